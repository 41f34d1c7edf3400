package wallet

import (
	"context"
	"time"

	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/services/wallet/internal/db"
)

// ListPlayerBalances answers any player's balances, now or as they were at an instant, for the back office; nothing for a player who never had any.
func (s *Server) ListPlayerBalances(
	ctx context.Context, req *walletv1.ListPlayerBalancesRequest,
) (*walletv1.ListPlayerBalancesResponse, error) {
	list := []*walletv1.Balance(nil)
	var err error
	if req.GetAt() == nil {
		list, err = s.balancesOf(ctx, req.GetPlayerId())
	} else {
		list, err = s.balancesAt(ctx, req.GetPlayerId(), instant(req.GetAt(), end))
	}
	if err != nil {
		return nil, err
	}
	return &walletv1.ListPlayerBalancesResponse{Balances: list}, nil
}

// balancesAt reads what the entries up to an instant say.
func (s *Server) balancesAt(ctx context.Context, player string, at time.Time) ([]*walletv1.Balance, error) {
	rows, err := s.queries.ListBalancesAt(ctx, db.ListBalancesAtParams{At: at, PlayerID: player})
	if err != nil {
		return nil, err
	}
	var list []*walletv1.Balance
	for i := 0; i < len(rows); {
		currency, b, last := rows[i].Currency, balances{}, rows[i]
		for ; i < len(rows) && rows[i].Currency == currency; i++ {
			r := rows[i]
			switch accountKind(r.Kind) {
			case kindCash:
				b.available = r.BalanceAfterMinor
			case kindHeldCash:
				b.held = r.BalanceAfterMinor
			case kindBonus:
				b.bonus += r.BalanceAfterMinor
			case kindHeldBonus:
				b.heldBonus += r.BalanceAfterMinor
			case kindReceivable:
				b.owed = -r.BalanceAfterMinor
			}
			if r.OperationNumber > last.OperationNumber {
				last = r
			}
		}
		// The version counts operations, also those without entries; this is the one of the last that moved money.
		if b.version, err = s.queries.VersionAt(ctx, db.VersionAtParams{Number: last.OperationNumber, CreatedAt: last.CreatedAt}); err != nil {
			return nil, err
		}
		list = append(list, balanceOf(player, currency, b))
	}
	return list, nil
}
