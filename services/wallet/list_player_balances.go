package wallet

import (
	"context"

	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
)

// ListPlayerBalances answers any player's balances, for the back office; nothing for a player who never had any.
func (s *Server) ListPlayerBalances(
	ctx context.Context, req *walletv1.ListPlayerBalancesRequest,
) (*walletv1.ListPlayerBalancesResponse, error) {
	balances, err := s.balances(ctx, req.GetPlayerId())
	if err != nil {
		return nil, err
	}
	return &walletv1.ListPlayerBalancesResponse{Balances: balances}, nil
}
