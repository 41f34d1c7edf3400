package catalog

import (
	"context"

	catalogv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/catalog/v1"
	"github.com/pitboss-gaming/pitboss/kit/authz"
)

// ListFavourites answers the caller's favourites that they may play at present, the newest first.
func (s *Server) ListFavourites(ctx context.Context, req *catalogv1.ListFavouritesRequest) (*catalogv1.ListFavouritesResponse, error) {
	v, err := s.view(ctx, s.visitor(ctx, "", req.GetLanguage(), ""))
	if err != nil {
		return nil, err
	}
	rows, err := s.q.ListFavourites(ctx, authz.Own(ctx))
	if err != nil {
		return nil, err
	}
	res := &catalogv1.ListFavouritesResponse{}
	for _, row := range rows {
		if e := v.byID[row.GameID]; e != nil && v.unavailable(e) == "" {
			res.Games = append(res.Games, v.shown(e))
		}
	}
	return res, nil
}
