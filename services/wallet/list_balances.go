package wallet

import (
	"context"

	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/authz"
)

// ListBalances answers the calling player's balances, one per currency the player ever had, ordered by currency.
func (s *Server) ListBalances(ctx context.Context, _ *walletv1.ListBalancesRequest) (*walletv1.ListBalancesResponse, error) {
	balances, err := s.balances(ctx, authz.Own(ctx))
	if err != nil {
		return nil, err
	}
	return &walletv1.ListBalancesResponse{Balances: balances}, nil
}

func (s *Server) balances(ctx context.Context, player string) ([]*walletv1.Balance, error) {
	rows, err := s.queries.ListBalances(ctx, player)
	if err != nil {
		return nil, err
	}
	balances := make([]*walletv1.Balance, len(rows))
	for i, r := range rows {
		balances[i] = balanceOf(player, r.Currency, r.AvailableMinor, r.HeldMinor, r.Version)
	}
	return balances, nil
}
