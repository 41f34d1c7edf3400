package cashier

import (
	"context"
	"encoding/json"
	"time"

	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/proto"

	cashierv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/cashier/v1"
	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/bus"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/pg"
	"github.com/pitboss-gaming/pitboss/services/cashier/internal/db"
)

// recheckAfter is when the wallet is asked whether a refused reservation was made after all by a call that was still under way.
const recheckAfter = time.Minute

// reserve asks the wallet for the money of a withdrawal that is only requested, and then approves it by rule or puts it before operators. It
// may be called any number of times. Errors: WALLET_UNAVAILABLE, after which it stays REQUESTED and the background goes on.
func (s *Server) reserve(ctx context.Context, id string) (db.Withdrawal, error) {
	w, err := s.q.GetWithdrawal(ctx, id)
	if err != nil || withdrawalState(w.State) != withdrawalRequested {
		return w, err
	}
	callCtx, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.cfg.WalletTimeout)
	defer cancel()
	res, err := s.wallet.ReserveWithdrawal(callCtx, &walletv1.ReserveWithdrawalRequest{
		RequestId: reserveKey(id), PlayerId: w.PlayerID, Amount: moneyOf(w.AmountMinor, w.Currency),
		Reference: &walletv1.Reference{SourceKind: walletv1.SourceKind_SOURCE_KIND_WITHDRAWAL, SourceId: id},
	})
	switch {
	case err == nil:
		w, err = s.reserved(ctx, id, res.GetHoldId())
	case walletRefused(err):
		w, err = s.notReserved(ctx, id, refusal{Reason: errs.ReasonOf(err), Available: errs.Metadata(err)["available"]})
	default:
		return w, errWalletUnavailable(err)
	}
	if err == nil {
		hint(s.payoutsWaiting)
	}
	return w, err
}

func reserveKey(id string) string { return "withdrawal:" + id + ":reserve" }

func (s *Server) reserved(ctx context.Context, id, holdID string) (db.Withdrawal, error) {
	return s.changeWithdrawal(ctx, id, func(_ pgx.Tx, w *db.Withdrawal) (step, error) {
		if withdrawalState(w.State) != withdrawalRequested {
			return step{}, nil
		}
		w.HoldID, w.State = holdID, int16(withdrawalAwaiting)
		st := step{save: true, show: true, events: []withdrawalEvent{payoutRequested}}
		if w.ApprovalsNeeded == 0 {
			w.State, w.ApprovedRevision = int16(withdrawalApproved), w.Revision
			st.reason, st.wake, st.events = "APPROVED_BY_RULE", true, append(st.events, payoutApproved)
		}
		return st, nil
	})
}

func (s *Server) notReserved(ctx context.Context, id string, r refusal) (db.Withdrawal, error) {
	text, err := json.Marshal(r)
	if err != nil {
		return db.Withdrawal{}, err
	}
	return s.changeWithdrawal(ctx, id, func(tx pgx.Tx, w *db.Withdrawal) (step, error) {
		if withdrawalState(w.State) != withdrawalRequested {
			return step{}, nil
		}
		w.State, w.Reason, w.Refusal = int16(withdrawalFailed), r.Reason, text
		return step{save: true, show: true, reason: r.Reason, wakeAt: at(s.now().Add(recheckAfter))}, s.dropParts(ctx, tx, *w)
	})
}

// withdrawalEvent makes an event of a withdrawal.
type withdrawalEvent func(*cashierv1.Withdrawal) (subject string, m proto.Message)

func payoutRequested(w *cashierv1.Withdrawal) (string, proto.Message) {
	return "payout.requested.v1", &cashierv1.PayoutRequested{Withdrawal: w}
}

func payoutApproved(w *cashierv1.Withdrawal) (string, proto.Message) {
	return "payout.approved.v1", &cashierv1.PayoutApproved{Withdrawal: w}
}

func payoutPaid(w *cashierv1.Withdrawal) (string, proto.Message) {
	return "payout.paid.v1", &cashierv1.PayoutPaid{Withdrawal: w}
}

func payoutRejected(w *cashierv1.Withdrawal) (string, proto.Message) {
	return "payout.rejected.v1", &cashierv1.PayoutRejected{Withdrawal: w}
}

// step is what a change of a withdrawal needs besides its row.
type step struct {
	save, show bool
	reason     string
	// wake has the background look at once; wakeAt later.
	wake   bool
	wakeAt *time.Time
	events []withdrawalEvent
}

// changeWithdrawal loads a withdrawal under its lock, lets decide change it, and stores what it says. It answers it as it is then.
func (s *Server) changeWithdrawal(ctx context.Context, id string, decide func(pgx.Tx, *db.Withdrawal) (step, error)) (db.Withdrawal, error) {
	var out db.Withdrawal
	err := pg.InTx(ctx, s.pool, func(tx pgx.Tx) error {
		q := s.q.WithTx(tx)
		w, err := q.LockWithdrawal(ctx, id)
		if err != nil {
			return err
		}
		out = w
		st, err := decide(tx, &w)
		if err != nil || !st.save {
			return err
		}
		if st.wake {
			st.wakeAt = at(s.now())
		}
		out, err = q.SaveWithdrawal(ctx, db.SaveWithdrawalParams{
			WithdrawalID: id, State: w.State, HoldID: w.HoldID, Outcome: w.Outcome, Reason: w.Reason, BankReference: w.BankReference,
			Refusal: w.Refusal, ApprovedRevision: w.ApprovedRevision, UpdatedAt: s.now(), WakeAt: st.wakeAt,
		})
		if err != nil {
			return err
		}
		if st.show {
			if err := s.withdrawalStep(ctx, tx, out, st.reason); err != nil {
				return err
			}
		}
		return s.publishWithdrawal(ctx, tx, out, st.events)
	})
	return out, err
}

func (s *Server) publishWithdrawal(ctx context.Context, tx pgx.Tx, w db.Withdrawal, makers []withdrawalEvent) error {
	if len(makers) == 0 {
		return nil
	}
	q := s.q.WithTx(tx)
	parts, err := q.ListParts(ctx, w.WithdrawalID)
	if err != nil {
		return err
	}
	approvals, err := q.ListApprovals(ctx, []string{w.WithdrawalID})
	if err != nil {
		return err
	}
	shown := s.withdrawalOf(w, parts, approvals)
	if shown.GetBankAccount() != nil {
		shown.BankAccount.Holder = "" // a name is nobody's business on the bus
	}
	var events []bus.Event
	for _, make := range makers {
		subject, m := make(shown)
		events = append(events, bus.Event{
			Subject: subject, Message: m, PlayerID: w.PlayerID, AggregateID: w.WithdrawalID, Version: w.Revision, OccurredAt: s.now(),
		})
	}
	return bus.Publish(ctx, tx, events...)
}

// withdrawalStep writes what the player sees of a withdrawal that has just changed.
func (s *Server) withdrawalStep(ctx context.Context, tx pgx.Tx, w db.Withdrawal, reason string) error {
	state := withdrawalState(w.State)
	return s.q.WithTx(tx).AddStep(ctx, db.AddStepParams{
		PaymentID: w.WithdrawalID, State: state.String(), Reason: reason, NextStep: withdrawalNext(state, w.Destination), At: s.now(),
	})
}

// dropParts gives back what parts that will not be sent have claimed.
func (s *Server) dropParts(ctx context.Context, tx pgx.Tx, w db.Withdrawal) error {
	q := s.q.WithTx(tx)
	parts, err := q.ListParts(ctx, w.WithdrawalID)
	if err != nil {
		return err
	}
	for _, p := range parts {
		if partState(p.State) != partQueued {
			continue
		}
		p.State, p.FailureCode = int16(partFailed), "NOT_SENT"
		if err := s.savePart(ctx, tx, p, -p.AmountMinor, 0); err != nil {
			return err
		}
	}
	return nil
}

// savePart stores a part and what its change means for its deposit.
func (s *Server) savePart(ctx context.Context, tx pgx.Tx, p db.WithdrawalPart, claimed, refunded int64) error {
	q := s.q.WithTx(tx)
	if claimed > 0 {
		if err := q.ClaimRefund(ctx, db.ClaimRefundParams{DepositID: p.DepositID, Delta: claimed}); err != nil {
			return err
		}
	}
	if refunded != 0 {
		if err := q.AddRefunded(ctx, db.AddRefundedParams{DepositID: p.DepositID, Delta: refunded}); err != nil {
			return err
		}
	}
	if claimed < 0 {
		if err := q.ClaimRefund(ctx, db.ClaimRefundParams{DepositID: p.DepositID, Delta: claimed}); err != nil {
			return err
		}
	}
	return q.SavePart(ctx, db.SavePartParams{
		PartID: p.PartID, State: p.State, ProviderRef: p.ProviderRef, FailureCode: p.FailureCode, FirstSentAt: p.FirstSentAt, UpdatedAt: s.now(),
	})
}
