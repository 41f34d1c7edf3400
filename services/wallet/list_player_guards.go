package wallet

import (
	"context"

	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
)

// ListPlayerGuards answers any player's guards, for the back office and for services; nothing for a player without any.
func (s *Server) ListPlayerGuards(ctx context.Context, req *walletv1.ListPlayerGuardsRequest) (*walletv1.ListPlayerGuardsResponse, error) {
	guards, err := s.guardsNow(ctx, s.queries, req.GetPlayerId(), s.clock())
	if err != nil {
		return nil, err
	}
	return &walletv1.ListPlayerGuardsResponse{Guards: guards}, nil
}
