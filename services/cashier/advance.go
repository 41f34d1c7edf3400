package cashier

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/services/cashier/internal/db"
)

// movesAtOnce bounds how many moves one turn makes for one withdrawal.
const movesAtOnce = 50

// advanceDueWithdrawals makes the next moves of withdrawals whose time has come.
func (s *Server) advanceDueWithdrawals(ctx context.Context) (int, error) {
	now := s.now()
	due, err := s.q.ClaimDueWithdrawals(ctx, db.ClaimDueWithdrawalsParams{Now: &now, LeaseUntil: at(now.Add(leaseTime)), MaxRows: claimMax})
	if err != nil {
		return 0, err
	}
	each(ctx, due, func(ctx context.Context, w db.Withdrawal) {
		after, err := s.advance(ctx, w.WithdrawalID)
		if err != nil {
			s.log.Warn("withdrawal not settled yet", "withdrawal", w.WithdrawalID, "reason", errs.ReasonOf(err), "error", err)
		}
		p := db.ScheduleWithdrawalParams{WithdrawalID: w.WithdrawalID, Claimed: w.NextStepAt, NextStepAt: s.nextStep(w, after, err)}
		if err := s.q.ScheduleWithdrawal(context.WithoutCancel(ctx), p); err != nil {
			s.log.Error("withdrawal not scheduled; it is looked at again when its lease ends", "withdrawal", w.WithdrawalID, "error", err)
		}
	})
	return len(due), nil
}

// nextStep is when a withdrawal is looked at next; nil when a person or nobody is to act.
func (s *Server) nextStep(claimed, after db.Withdrawal, failed error) *time.Time {
	now, n := s.now(), int(claimed.StepCount)
	switch {
	case failed != nil:
		return at(now.Add(backoff(n)))
	case withdrawalState(after.State) == withdrawalUnknown:
		return at(now.Add(pause(s.cfg.UnknownDelays, n-1)))
	case withdrawalState(after.State) == withdrawalSubmitted && after.Destination == destinationSource:
		return at(now.Add(pause(s.cfg.SyncDelays, n-1)))
	}
	return nil
}

// advance makes moves until a withdrawal waits for something. Every move leaves a committed state, so it may stop anywhere and be called again.
func (s *Server) advance(ctx context.Context, id string) (db.Withdrawal, error) {
	asked := map[string]bool{}
	var w db.Withdrawal
	for range movesAtOnce {
		var parts []db.WithdrawalPart
		var err error
		if w, err = s.q.GetWithdrawal(ctx, id); err != nil {
			return w, err
		}
		if parts, err = s.q.ListParts(ctx, id); err != nil {
			return w, err
		}
		facts := payoutOf(w, parts, asked)
		m, i := facts.next()
		if i >= 0 {
			asked[parts[i].PartID] = true
		}
		if goOn, err := s.make(ctx, m, w, parts, i); err != nil || !goOn {
			if err == nil {
				w, err = s.q.GetWithdrawal(ctx, id)
			}
			return w, err
		}
	}
	return w, fmt.Errorf("cashier: %s did not come to rest", id)
}

// make makes one move and says whether there may be another.
func (s *Server) make(ctx context.Context, m move, w db.Withdrawal, parts []db.WithdrawalPart, i int) (bool, error) {
	var err error
	switch m {
	case moveReserve:
		_, err = s.reserve(ctx, w.WithdrawalID)
	case moveRecheck:
		return false, s.recheck(ctx, w)
	case moveSubmit:
		_, err = s.changeWithdrawal(ctx, w.WithdrawalID, func(_ pgx.Tx, w *db.Withdrawal) (step, error) {
			if withdrawalState(w.State) != withdrawalApproved {
				return step{}, nil
			}
			w.State = int16(withdrawalSubmitted)
			return step{save: true, show: true}, nil
		})
	case moveSend:
		err = s.sendPart(ctx, w, parts[i])
	case moveAsk:
		err = s.askPart(ctx, w, parts[i])
	case movePaid:
		_, err = s.decide(ctx, w.WithdrawalID, withdrawalPaid, "")
	case moveFail:
		_, err = s.decide(ctx, w.WithdrawalID, withdrawalFailed, failureOf(parts))
	case moveReplace:
		return s.replaceParts(ctx, w.WithdrawalID)
	case moveFinish:
		_, err = s.finish(ctx, w)
	case moveWait:
		return false, nil
	}
	return err == nil, err
}

// failureOf is the code of the first part that failed.
func failureOf(parts []db.WithdrawalPart) string {
	for _, p := range parts {
		if partState(p.State) == partFailed && p.FailureCode != "" {
			return p.FailureCode
		}
	}
	return "PROVIDER_REFUSED"
}

// decide commits how a withdrawal ends; the wallet is told by finish. The first decision stands.
func (s *Server) decide(ctx context.Context, id string, outcome withdrawalState, reason string) (db.Withdrawal, error) {
	return s.changeWithdrawal(ctx, id, func(_ pgx.Tx, w *db.Withdrawal) (step, error) {
		if w.Outcome != 0 {
			return step{}, nil
		}
		w.Outcome, w.Reason = int16(outcome), reason
		return step{save: true, wake: true}, nil
	})
}

// finish carries a decided end out: the wallet lets the money leave or gives it back, once, and then the withdrawal is in its last state.
// Errors: WALLET_UNAVAILABLE, after which the background goes on.
func (s *Server) finish(ctx context.Context, w db.Withdrawal) (db.Withdrawal, error) {
	if w.Outcome == 0 || w.Outcome == w.State {
		return w, nil
	}
	callCtx, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.cfg.WalletTimeout)
	defer cancel()
	var err error
	if withdrawalState(w.Outcome) == withdrawalPaid {
		_, err = s.wallet.CompleteWithdrawal(callCtx, &walletv1.CompleteWithdrawalRequest{
			RequestId: "withdrawal:" + w.WithdrawalID + ":complete", PlayerId: w.PlayerID, HoldId: w.HoldID, Psp: w.Psp,
		})
	} else {
		_, err = s.wallet.CancelWithdrawal(callCtx, &walletv1.CancelWithdrawalRequest{
			RequestId: cancelKey(w.WithdrawalID), PlayerId: w.PlayerID, HoldId: w.HoldID,
		})
	}
	if err != nil {
		if walletRefused(err) {
			f := finding{kindStatusDiff, "to be " + withdrawalState(w.Outcome).String(), "the wallet refused: " + errs.ReasonOf(err)}
			if ferr := s.reconcileAlone(ctx, w.WithdrawalID, w.PlayerID, "", f); ferr != nil {
				return w, ferr
			}
		}
		return w, errWalletUnavailable(err)
	}
	return s.changeWithdrawal(ctx, w.WithdrawalID, func(tx pgx.Tx, w *db.Withdrawal) (step, error) {
		if w.State == w.Outcome {
			return step{}, nil
		}
		w.State = w.Outcome
		st := step{save: true, show: true, reason: w.Reason, events: []withdrawalEvent{payoutRejected}}
		if withdrawalState(w.State) == withdrawalPaid {
			st.events[0] = payoutPaid
			return st, nil
		}
		return st, s.dropParts(ctx, tx, *w)
	})
}

func cancelKey(id string) string { return "withdrawal:" + id + ":cancel" }

// recheck gives a reservation back that a call made after another call with the same key was refused.
func (s *Server) recheck(ctx context.Context, w db.Withdrawal) error {
	found, err := s.wallet.FindOperation(ctx, &walletv1.FindOperationRequest{RequestId: reserveKey(w.WithdrawalID)})
	if status.Code(err) == codes.NotFound {
		return nil
	}
	if err != nil {
		return err
	}
	_, err = s.wallet.CancelWithdrawal(ctx, &walletv1.CancelWithdrawalRequest{
		RequestId: cancelKey(w.WithdrawalID), PlayerId: w.PlayerID, HoldId: found.GetHoldId(),
	})
	return err
}

// replaceParts finds other deposits for what failed after something was paid. When there are none, operators are told and the money
// stays reserved.
func (s *Server) replaceParts(ctx context.Context, id string) (bool, error) {
	replaced := false
	_, err := s.changeWithdrawal(ctx, id, func(tx pgx.Tx, w *db.Withdrawal) (step, error) {
		replaced = false
		parts, err := s.q.WithTx(tx).ListParts(ctx, id)
		if err != nil {
			return step{}, err
		}
		missing := payoutOf(*w, parts, nil).unpaid()
		if missing <= 0 || w.Outcome != 0 {
			return step{}, nil
		}
		sources, err := s.refundable(ctx, tx, w.PlayerID, w.Currency, w.Psp)
		if err != nil {
			return step{}, err
		}
		shares, _ := allocate(without(sources, parts), missing)
		if shares == nil {
			return step{}, s.reconcile(ctx, tx, id, w.PlayerID, parts[0].IntegrationID,
				finding{kindStatusDiff, "SUBMITTED", moneyOf(missing, w.Currency).GetAmount() + " " + w.Currency + " cannot go back to a source"})
		}
		replaced = true
		return step{}, s.insertParts(ctx, tx, id, shares)
	})
	return replaced, err
}

// without leaves out deposits on which a part of the withdrawal has failed.
func without(sources []source, parts []db.WithdrawalPart) []source {
	failed := map[string]bool{}
	for _, p := range parts {
		failed[p.DepositID] = failed[p.DepositID] || partState(p.State) == partFailed
	}
	var out []source
	for _, src := range sources {
		if !failed[src.depositID] {
			out = append(out, src)
		}
	}
	return out
}

// refundCallError sorts an adapter's error: a refusal after which nothing happened, a call that was not made, or unclear.
func refundCallError(err error) (refused bool, code string, unclear bool) {
	switch {
	case errs.Is(err, adapterv1.ErrorReason_ERROR_REASON_PROVIDER_REFUSED):
		return true, errs.Metadata(err)["provider_code"], false
	case errs.Is(err, adapterv1.ErrorReason_ERROR_REASON_INTEGRATION_DISABLED), errs.Is(err, adapterv1.ErrorReason_ERROR_REASON_INTEGRATION_NOT_FOUND):
		return false, "", false
	}
	return false, "", true
}
