package cashier

import (
	"context"
	"slices"

	"github.com/jackc/pgx/v5"

	cashierv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/cashier/v1"
	"github.com/pitboss-gaming/pitboss/services/cashier/internal/db"
)

// ConfirmBankTransfer records what the bank did with a transfer, and lets the money leave or gives it back. Who approved it cannot
// confirm it. Repeating it with the same result changes nothing.
func (s *Server) ConfirmBankTransfer(ctx context.Context, req *cashierv1.ConfirmBankTransferRequest) (*cashierv1.ConfirmBankTransferResponse, error) {
	person, err := personOf(ctx)
	if err != nil {
		return nil, err
	}
	if _, err := s.findWithdrawal(ctx, req.GetWithdrawalId()); err != nil {
		return nil, err
	}
	outcome := withdrawalFailed
	if req.GetPaid() {
		outcome = withdrawalPaid
	}
	w, err := s.changeWithdrawal(ctx, req.GetWithdrawalId(), func(tx pgx.Tx, w *db.Withdrawal) (step, error) {
		approvers, err := s.approvers(ctx, tx, *w)
		if err != nil {
			return step{}, err
		}
		switch {
		case slices.Contains(approvers, person.ID):
			return step{}, errApproverNotDistinct()
		case w.Destination == destinationBank && withdrawalState(w.Outcome) == outcome && w.BankReference == req.GetReference():
			return step{}, nil
		case w.Destination != destinationBank || withdrawalState(w.State) != withdrawalSubmitted || w.Outcome != 0:
			return step{}, errWrongState(withdrawalState(w.State).String())
		}
		w.Outcome, w.BankReference = int16(outcome), req.GetReference()
		if !req.GetPaid() {
			w.Reason = req.GetReference()
		}
		return step{save: true, wakeAt: at(s.now().Add(backoff(2)))}, nil
	})
	if err != nil {
		return nil, err
	}
	if w, err = s.finish(ctx, w); err != nil {
		return nil, err
	}
	shown, err := s.showWithdrawal(ctx, w)
	if err != nil {
		return nil, err
	}
	return &cashierv1.ConfirmBankTransferResponse{Withdrawal: shown}, nil
}
