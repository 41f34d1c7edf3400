package cashier

import (
	"context"

	"github.com/jackc/pgx/v5"

	cashierv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/cashier/v1"
	"github.com/pitboss-gaming/pitboss/services/cashier/internal/db"
)

// RejectWithdrawal refuses a withdrawal that waits for approval, and gives the money back. Repeating it changes nothing.
func (s *Server) RejectWithdrawal(ctx context.Context, req *cashierv1.RejectWithdrawalRequest) (*cashierv1.RejectWithdrawalResponse, error) {
	if _, err := s.findWithdrawal(ctx, req.GetWithdrawalId()); err != nil {
		return nil, err
	}
	w, err := s.end(ctx, req.GetWithdrawalId(), withdrawalRejected, req.GetReason())
	if err != nil {
		return nil, err
	}
	shown, err := s.showWithdrawal(ctx, w)
	if err != nil {
		return nil, err
	}
	return &cashierv1.RejectWithdrawalResponse{Withdrawal: shown}, nil
}

// end decides that a withdrawal that waits for approval does not happen, and carries it out. Errors: WRONG_STATE, WALLET_UNAVAILABLE, after
// which the decision stands and the background goes on.
func (s *Server) end(ctx context.Context, id string, outcome withdrawalState, reason string) (db.Withdrawal, error) {
	w, err := s.changeWithdrawal(ctx, id, func(_ pgx.Tx, w *db.Withdrawal) (step, error) {
		switch {
		case withdrawalState(w.Outcome) == outcome:
			return step{}, nil
		case withdrawalState(w.State) != withdrawalAwaiting || w.Outcome != 0:
			return step{}, errWrongState(withdrawalState(w.State).String())
		}
		w.Outcome, w.Reason = int16(outcome), reason
		return step{save: true, wakeAt: at(s.now().Add(backoff(2)))}, nil
	})
	if err != nil {
		return w, err
	}
	return s.finish(ctx, w)
}
