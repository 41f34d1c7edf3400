package cashier

import (
	"context"

	cashierv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/cashier/v1"
	"github.com/pitboss-gaming/pitboss/kit/authz"
	"github.com/pitboss-gaming/pitboss/services/cashier/internal/db"
)

// ListDeposits answers the caller's deposits, newest first.
func (s *Server) ListDeposits(ctx context.Context, req *cashierv1.ListDepositsRequest) (*cashierv1.ListDepositsResponse, error) {
	player := authz.Own(ctx)
	l := listOf("deposits", player)
	before, size, err := l.position(req.GetPage(), lastID)
	if err != nil {
		return nil, err
	}
	rows, err := s.q.ListDeposits(ctx, db.ListDepositsParams{PlayerID: player, Before: before, MaxRows: size + 1})
	if err != nil {
		return nil, err
	}
	rows, next := page(l, rows, size, func(d db.Deposit) string { return d.DepositID })
	shown, err := s.showDeposits(ctx, rows...)
	if err != nil {
		return nil, err
	}
	return &cashierv1.ListDepositsResponse{Deposits: shown, Page: next}, nil
}
