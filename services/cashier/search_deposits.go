package cashier

import (
	"context"

	cashierv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/cashier/v1"
	"github.com/pitboss-gaming/pitboss/services/cashier/internal/db"
)

// SearchDeposits finds deposits for the back office, newest first.
func (s *Server) SearchDeposits(ctx context.Context, req *cashierv1.SearchDepositsRequest) (*cashierv1.SearchDepositsResponse, error) {
	l := listOf("search deposits", req.GetPlayerId(), req.GetState().String(), req.GetProviderRef())
	before, size, err := l.position(req.GetPage(), lastID)
	if err != nil {
		return nil, err
	}
	rows, err := s.q.SearchDeposits(ctx, db.SearchDepositsParams{
		Before: before, PlayerID: req.GetPlayerId(), State: int16(req.GetState()), ProviderRef: req.GetProviderRef(), MaxRows: size + 1,
	})
	if err != nil {
		return nil, err
	}
	rows, next := page(l, rows, size, func(d db.Deposit) string { return d.DepositID })
	shown, err := s.showDeposits(ctx, rows...)
	if err != nil {
		return nil, err
	}
	return &cashierv1.SearchDepositsResponse{Deposits: shown, Page: next}, nil
}
