package cashier

import (
	"context"

	cashierv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/cashier/v1"
	"github.com/pitboss-gaming/pitboss/kit/authz"
	"github.com/pitboss-gaming/pitboss/services/cashier/internal/db"
)

// ListWithdrawals answers the caller's withdrawals, newest first.
func (s *Server) ListWithdrawals(ctx context.Context, req *cashierv1.ListWithdrawalsRequest) (*cashierv1.ListWithdrawalsResponse, error) {
	player := authz.Own(ctx)
	l := listOf("withdrawals", player)
	before, size, err := l.position(req.GetPage(), lastID)
	if err != nil {
		return nil, err
	}
	rows, err := s.q.ListWithdrawals(ctx, db.ListWithdrawalsParams{PlayerID: player, Before: before, MaxRows: size + 1})
	if err != nil {
		return nil, err
	}
	rows, next := page(l, rows, size, func(w db.Withdrawal) string { return w.WithdrawalID })
	shown, err := s.showWithdrawals(ctx, rows...)
	if err != nil {
		return nil, err
	}
	return &cashierv1.ListWithdrawalsResponse{Withdrawals: shown, Page: next}, nil
}
