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

// balancesAt reads what the entries after an instant say about what was before.
func (s *Server) balancesAt(ctx context.Context, player string, at time.Time) ([]*walletv1.Balance, error) {
	archived, err := s.queries.ArchivedUntil(ctx)
	if err != nil {
		return nil, err
	}
	if at.Before(archived.ArchivedUntil) {
		return nil, timeTooEarly(archived.ArchivedUntil)
	}
	rows, err := s.queries.ListBalancesAt(ctx, db.ListBalancesAtParams{At: at, PlayerID: player})
	if err != nil {
		return nil, err
	}
	now, err := s.queries.ListBalances(ctx, player)
	if err != nil {
		return nil, err
	}
	found := make(map[string]*balances, len(now))
	for _, r := range now {
		found[r.Currency] = &balances{version: r.Version}
	}
	for _, r := range rows {
		b := found[r.Currency]
		if b == nil {
			continue // made since the balances were read
		}
		b.version = min(b.version, r.Version)
		switch accountKind(r.Kind) {
		case kindCash:
			b.available = r.BalanceMinor
		case kindHeldCash:
			b.held = r.BalanceMinor
		case kindBonus:
			b.bonus += r.BalanceMinor
		case kindHeldBonus:
			b.heldBonus += r.BalanceMinor
		case kindReceivable:
			b.owed = -r.BalanceMinor
		}
	}
	var list []*walletv1.Balance
	for _, r := range now {
		if b := *found[r.Currency]; b != (balances{}) {
			list = append(list, balanceOf(player, r.Currency, b))
		}
	}
	return list, nil
}
