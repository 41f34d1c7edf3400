package catalog

import (
	"context"

	catalogv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/catalog/v1"
)

// ResolveGame finds a game by id, or by integration and provider's code, published or not, from memory. Errors: GAME_NOT_FOUND.
func (s *Server) ResolveGame(_ context.Context, req *catalogv1.ResolveGameRequest) (*catalogv1.ResolveGameResponse, error) {
	c := s.current.Load()
	if id := req.GetGameId(); id != "" {
		if g := c.byID[id]; g != nil {
			return &catalogv1.ResolveGameResponse{Game: g}, nil
		}
		return nil, errGameNotFound("game_id", id)
	}
	if g := c.byCode[codeKey{req.GetIntegrationId(), req.GetCode()}]; g != nil {
		return &catalogv1.ResolveGameResponse{Game: g}, nil
	}
	return nil, errGameNotFound("code", req.GetCode())
}
