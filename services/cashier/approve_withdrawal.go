package cashier

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	cashierv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/cashier/v1"
	"github.com/pitboss-gaming/pitboss/kit/authn"
	"github.com/pitboss-gaming/pitboss/services/cashier/internal/db"
)

// ApproveWithdrawal records the calling person's approval of one revision, with amount and destination as they are then. The last
// approval needed approves; any change before makes a new revision, for which none counts.
func (s *Server) ApproveWithdrawal(ctx context.Context, req *cashierv1.ApproveWithdrawalRequest) (*cashierv1.ApproveWithdrawalResponse, error) {
	person, err := personOf(ctx)
	if err != nil {
		return nil, err
	}
	if _, err := s.findWithdrawal(ctx, req.GetWithdrawalId()); err != nil {
		return nil, err
	}
	w, err := s.changeWithdrawal(ctx, req.GetWithdrawalId(), func(tx pgx.Tx, w *db.Withdrawal) (step, error) {
		return s.approve(ctx, tx, w, person, req)
	})
	if err != nil {
		return nil, err
	}
	hint(s.payoutsWaiting)
	shown, err := s.showWithdrawal(ctx, w)
	if err != nil {
		return nil, err
	}
	return &cashierv1.ApproveWithdrawalResponse{Withdrawal: shown}, nil
}

func (s *Server) approve(ctx context.Context, tx pgx.Tx, w *db.Withdrawal, person authn.Caller, req *cashierv1.ApproveWithdrawalRequest) (step, error) {
	approvers, err := s.approvers(ctx, tx, *w)
	if err != nil {
		return step{}, err
	}
	switch {
	case req.GetRevision() == countedRevision(*w) && slices.Contains(approvers, person.ID):
		return step{}, nil // said before
	case withdrawalState(w.State) != withdrawalAwaiting || w.Outcome != 0:
		return step{}, errWrongState(withdrawalState(w.State).String())
	case req.GetRevision() != w.Revision:
		return step{}, errWithdrawalChanged(req.GetRevision(), w.Revision)
	}
	_, err = s.q.WithTx(tx).InsertApproval(ctx, db.InsertApprovalParams{
		WithdrawalID: w.WithdrawalID, Revision: w.Revision, OperatorID: person.ID, SessionID: person.SessionID, Comment: req.GetComment(),
		AmountMinor: w.AmountMinor, Currency: w.Currency, Destination: destinationOf(*w), ApprovedAt: s.now(),
	})
	if err != nil {
		return step{}, err
	}
	count := int32(len(approvers)) + 1
	if count < w.ApprovalsNeeded {
		return step{}, s.withdrawalStep(ctx, tx, *w, fmt.Sprintf("APPROVED_%d_OF_%d", count, w.ApprovalsNeeded))
	}
	w.State, w.ApprovedRevision = int16(withdrawalApproved), w.Revision
	return step{save: true, show: true, reason: "APPROVED", wake: true, events: []withdrawalEvent{payoutApproved}}, nil
}

// approvers are the persons whose approval counts.
func (s *Server) approvers(ctx context.Context, tx pgx.Tx, w db.Withdrawal) ([]string, error) {
	rows, err := s.q.WithTx(tx).ListApprovals(ctx, []string{w.WithdrawalID})
	if err != nil {
		return nil, err
	}
	var out []string
	for _, a := range rows {
		if a.Revision == countedRevision(w) {
			out = append(out, a.OperatorID)
		}
	}
	return out, nil
}

// personOf is the staff member who calls. A certificate says which machine it is, not which person, and cannot be one of two pairs of eyes.
// Errors: PERSON_REQUIRED.
func personOf(ctx context.Context) (authn.Caller, error) {
	c := authn.From(ctx)
	if c.Kind != authn.KindOperator || c.SessionID == "" || c.ID == "" {
		return c, errPersonRequired()
	}
	return c, nil
}

// destinationOf is the destination as an approval records it.
func destinationOf(w db.Withdrawal) string {
	if w.Destination == destinationBank {
		return "bank " + w.IbanMasked
	}
	return "source " + w.Psp
}
