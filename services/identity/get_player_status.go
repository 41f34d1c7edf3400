package identity

import (
	"context"

	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
)

// GetPlayerStatus answers whether a player may act, and whether it is an internal test player.
func (s *Server) GetPlayerStatus(ctx context.Context, req *identityv1.GetPlayerStatusRequest) (*identityv1.GetPlayerStatusResponse, error) {
	p, err := s.q.GetPlayerStatus(ctx, req.GetPlayerId())
	if err != nil {
		return nil, notFound(err, errPlayerNotFound(req.GetPlayerId()))
	}
	return &identityv1.GetPlayerStatusResponse{
		Status: protoStatus(p.Status), Country: p.Country, Language: p.Language, Test: p.Test, Currency: p.Currency, DisplayName: p.DisplayName,
	}, nil
}
