package cashier

import (
	"context"

	cashierv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/cashier/v1"
	"github.com/pitboss-gaming/pitboss/services/cashier/internal/db"
)

// SearchWithdrawals finds withdrawals for the back office: newest first, or one state's queue, oldest first.
func (s *Server) SearchWithdrawals(ctx context.Context, req *cashierv1.SearchWithdrawalsRequest) (*cashierv1.SearchWithdrawalsResponse, error) {
	queue := req.GetState() != cashierv1.WithdrawalState_WITHDRAWAL_STATE_UNSPECIFIED
	l := listOf("search withdrawals", req.GetPlayerId(), req.GetState().String())
	first := lastID
	if queue {
		first = ""
	}
	from, size, err := l.position(req.GetPage(), first)
	if err != nil {
		return nil, err
	}
	var rows []db.Withdrawal
	if queue {
		rows, err = s.q.SearchWithdrawalsQueue(ctx, db.SearchWithdrawalsQueueParams{
			State: int16(req.GetState()), After: from, PlayerID: req.GetPlayerId(), MaxRows: size + 1,
		})
	} else {
		rows, err = s.q.SearchWithdrawalsNewest(ctx, db.SearchWithdrawalsNewestParams{Before: from, PlayerID: req.GetPlayerId(), MaxRows: size + 1})
	}
	if err != nil {
		return nil, err
	}
	rows, next := page(l, rows, size, func(w db.Withdrawal) string { return w.WithdrawalID })
	shown, err := s.showWithdrawals(ctx, rows...)
	if err != nil {
		return nil, err
	}
	return &cashierv1.SearchWithdrawalsResponse{Withdrawals: shown, Page: next}, nil
}
