package cashier

import (
	"context"

	"github.com/jackc/pgx/v5"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	"github.com/pitboss-gaming/pitboss/kit/money"
	"github.com/pitboss-gaming/pitboss/services/cashier/internal/db"
)

// sendPart commits that a queued part is being sent, and then sends it.
func (s *Server) sendPart(ctx context.Context, w db.Withdrawal, p db.WithdrawalPart) error {
	sending := false
	_, err := s.changeWithdrawal(ctx, w.WithdrawalID, func(tx pgx.Tx, w *db.Withdrawal) (step, error) {
		now, err := s.q.WithTx(tx).GetPart(ctx, p.PartID)
		if err != nil {
			return step{}, err
		}
		if sending = partState(now.State) == partQueued && w.Outcome == 0; !sending {
			return step{}, nil
		}
		now.State, now.FirstSentAt = int16(partSending), at(s.now())
		p = now
		return step{}, s.savePart(ctx, tx, now, 0, 0)
	})
	if err != nil || !sending {
		return err
	}
	return s.callRefund(ctx, w, p)
}

// askPart finds out what became of a part: by its refund where that is known, else by the same call with the same key, which the
// provider answers as it did the first time. When its memory of keys may be over, only operators can find out.
func (s *Server) askPart(ctx context.Context, w db.Withdrawal, p db.WithdrawalPart) error {
	if p.ProviderRef != "" {
		r, err := s.askRefund(ctx, p.IntegrationID, p.ProviderRef)
		if err != nil {
			return err
		}
		return s.applyPart(ctx, p.PartID, r)
	}
	if p.FirstSentAt != nil && s.now().Before(p.FirstSentAt.Add(s.cfg.ResendWithin)) {
		return s.callRefund(ctx, w, p)
	}
	return s.reconcileAlone(ctx, w.WithdrawalID, w.PlayerID, p.IntegrationID, finding{kindStatusDiff, "UNKNOWN", "no answer about " + p.PartID})
}

// askRefund reads a refund from its provider.
func (s *Server) askRefund(ctx context.Context, integrationID, ref string) (report, error) {
	ctx, cancel := context.WithTimeout(ctx, s.cfg.ProviderTimeout)
	defer cancel()
	client, err := s.provider(ctx, integrationID)
	if err != nil {
		return report{}, err
	}
	askedAt := s.now()
	res, err := client.GetRefund(ctx, &adapterv1.GetRefundRequest{IntegrationId: integrationID, ProviderRef: ref})
	if err != nil {
		return report{}, err
	}
	return reportOf(res.GetRefund(), askedAt), nil
}

// callRefund makes the call of a part, with a key that follows from the part, and applies what comes of it.
func (s *Server) callRefund(ctx context.Context, w db.Withdrawal, p db.WithdrawalPart) error {
	d, err := s.q.GetDeposit(ctx, p.DepositID)
	if err != nil {
		return err
	}
	callCtx, cancel := context.WithTimeout(ctx, s.cfg.ProviderTimeout)
	defer cancel()
	client, err := s.provider(callCtx, p.IntegrationID)
	if err != nil {
		return err
	}
	askedAt := s.now()
	res, err := client.CreateRefund(callCtx, &adapterv1.CreateRefundRequest{
		IntegrationId: p.IntegrationID, IdempotencyKey: "ref:" + p.PartID, OurRef: p.PartID, PaymentRef: d.ProviderRef,
		Amount: moneyOf(p.AmountMinor, w.Currency),
	})
	if err == nil {
		return s.applyPart(ctx, p.PartID, reportOf(res.GetRefund(), askedAt))
	}
	refused, code, unclear := refundCallError(err)
	switch {
	case refused:
		return s.partRefused(ctx, w, p, code)
	case unclear:
		if uerr := s.partUnclear(context.WithoutCancel(ctx), p.PartID); uerr != nil {
			return uerr
		}
		s.log.Warn("refund without an answer", "withdrawal", w.WithdrawalID, "part", p.PartID, "error", err)
		return nil
	}
	return err
}

// partRefused applies a refusal after which nothing moved, and tells operators, because a source that should have had room had none.
func (s *Server) partRefused(ctx context.Context, w db.Withdrawal, p db.WithdrawalPart, code string) error {
	if err := s.reconcileAlone(ctx, w.WithdrawalID, w.PlayerID, p.IntegrationID, finding{kindStatusDiff, "refund of " + p.DepositID, "refused " + code}); err != nil {
		return err
	}
	return s.applyPart(ctx, p.PartID, report{
		ref: p.ProviderRef, ourRef: p.PartID, status: reportFailed, amount: money.Amount{Minor: p.AmountMinor, Currency: w.Currency},
		failureCode: code, askedAt: s.now(),
	})
}

// partUnclear keeps the money reserved until somebody knows.
func (s *Server) partUnclear(ctx context.Context, partID string) error {
	return s.changePart(ctx, partID, func(f partFacts) (partState, *finding) {
		if f.ended() || f.state == partPending {
			return f.state, nil
		}
		return partUnknown, nil
	}, report{})
}

// applyPart is the one place where a provider's answer changes a refund, whoever asked.
func (s *Server) applyPart(ctx context.Context, partID string, r report) error {
	return s.changePart(ctx, partID, func(f partFacts) (partState, *finding) { return f.judge(r) }, r)
}

// changePart loads a part under its withdrawal's lock, lets judge decide, and stores the part, its deposit and the withdrawal's state.
func (s *Server) changePart(ctx context.Context, partID string, judge func(partFacts) (partState, *finding), r report) error {
	p, err := s.q.GetPart(ctx, partID)
	if err != nil {
		return err
	}
	_, err = s.changeWithdrawal(ctx, p.WithdrawalID, func(tx pgx.Tx, w *db.Withdrawal) (step, error) {
		q := s.q.WithTx(tx)
		p, err := q.GetPart(ctx, partID)
		if err != nil {
			return step{}, err
		}
		facts := partOf(p, w.Currency)
		if facts.revivable, err = s.revivable(ctx, tx, *w, p); err != nil {
			return step{}, err
		}
		state, f := judge(facts)
		if f != nil {
			if err := s.reconcile(ctx, tx, w.WithdrawalID, w.PlayerID, p.IntegrationID, *f); err != nil {
				return step{}, err
			}
		}
		if err := s.movePart(ctx, tx, p, state, r); err != nil {
			return step{}, err
		}
		return s.showParts(ctx, tx, w)
	})
	if err == nil {
		hint(s.payoutsWaiting)
	}
	return err
}

// movePart stores a part's new state with what it means for its deposit.
func (s *Server) movePart(ctx context.Context, tx pgx.Tx, p db.WithdrawalPart, state partState, r report) error {
	before := partState(p.State)
	learned := p.ProviderRef == "" && r.ref != "" && state != partUnknown
	if state == before && !learned {
		return nil
	}
	var claimed, refunded int64
	switch {
	case state == partFailed && before != partFailed:
		claimed, p.FailureCode = -p.AmountMinor, r.failureCode
	case state == partSucceeded && before != partSucceeded:
		refunded, p.FailureCode = p.AmountMinor, ""
		if before == partFailed {
			claimed, p.ProviderRef = p.AmountMinor, r.ref
		}
	}
	if learned {
		p.ProviderRef = r.ref
	}
	p.State = int16(state)
	return s.savePart(ctx, tx, p, claimed, refunded)
}

// revivable says whether a failed part that turns out to be paid still has room: in the withdrawal, and on its deposit.
func (s *Server) revivable(ctx context.Context, tx pgx.Tx, w db.Withdrawal, p db.WithdrawalPart) (bool, error) {
	if partState(p.State) != partFailed || w.Outcome != 0 {
		return false, nil
	}
	if st := withdrawalState(w.State); st != withdrawalSubmitted && st != withdrawalUnknown {
		return false, nil
	}
	q := s.q.WithTx(tx)
	parts, err := q.ListParts(ctx, w.WithdrawalID)
	if err != nil || payoutOf(w, parts, nil).unpaid() < p.AmountMinor {
		return false, err
	}
	d, err := q.LockDeposit(ctx, p.DepositID)
	return d.AmountMinor-d.RefundClaimedMinor >= p.AmountMinor, err
}

// showParts keeps the withdrawal's state in step with its parts: UNKNOWN while one is. The background is woken in any case.
func (s *Server) showParts(ctx context.Context, tx pgx.Tx, w *db.Withdrawal) (step, error) {
	q := s.q.WithTx(tx)
	state := withdrawalState(w.State)
	if w.Outcome != 0 || state != withdrawalSubmitted && state != withdrawalUnknown {
		return step{}, nil
	}
	parts, err := q.ListParts(ctx, w.WithdrawalID)
	if err != nil {
		return step{}, err
	}
	want := withdrawalSubmitted
	for _, p := range parts {
		if partState(p.State) == partUnknown {
			want = withdrawalUnknown
		}
	}
	if want == state {
		return step{}, nil
	}
	w.State = int16(want)
	return step{save: true, show: true}, nil
}
