package wallet

import (
	"context"

	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/authz"
)

// ListBalances answers the calling player's balances, one per currency the player ever had, ordered by currency.
func (s *Server) ListBalances(ctx context.Context, _ *walletv1.ListBalancesRequest) (*walletv1.ListBalancesResponse, error) {
	list, err := s.balancesOf(ctx, authz.Own(ctx))
	if err != nil {
		return nil, err
	}
	return &walletv1.ListBalancesResponse{Balances: list}, nil
}

func (s *Server) balancesOf(ctx context.Context, player string) ([]*walletv1.Balance, error) {
	rows, err := s.queries.ListBalances(ctx, player)
	if err != nil {
		return nil, err
	}
	list := make([]*walletv1.Balance, len(rows))
	for i, r := range rows {
		list[i] = balanceOf(player, r.Currency, balances{
			available: r.BalanceMinor, held: r.HeldMinor, bonus: r.BonusMinor, heldBonus: r.HeldBonusMinor, owed: r.OwedMinor, version: r.Version,
		})
	}
	return list, nil
}
