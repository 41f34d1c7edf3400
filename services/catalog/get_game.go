package catalog

import (
	"context"

	catalogv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/catalog/v1"
)

// GetGame answers one published game, from memory. Errors: GAME_NOT_FOUND, also for one that players do not see.
func (s *Server) GetGame(_ context.Context, req *catalogv1.GetGameRequest) (*catalogv1.GetGameResponse, error) {
	g := s.current.Load().byID[req.GetGameId()]
	if g == nil || !visible(g) {
		return nil, errGameNotFound("game_id", req.GetGameId())
	}
	return &catalogv1.GetGameResponse{Game: g}, nil
}
