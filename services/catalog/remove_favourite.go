package catalog

import (
	"context"

	catalogv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/catalog/v1"
	"github.com/pitboss-gaming/pitboss/kit/authz"
	"github.com/pitboss-gaming/pitboss/services/catalog/internal/db"
)

// RemoveFavourite takes a game from the caller's favourites. Idempotent.
func (s *Server) RemoveFavourite(ctx context.Context, req *catalogv1.RemoveFavouriteRequest) (*catalogv1.RemoveFavouriteResponse, error) {
	err := s.q.RemoveFavourite(ctx, db.RemoveFavouriteParams{PlayerID: authz.Own(ctx), GameID: req.GetGameId()})
	return &catalogv1.RemoveFavouriteResponse{}, err
}
