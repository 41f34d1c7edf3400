package gaming

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	"github.com/pitboss-gaming/pitboss/kit/bus"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/pg"
	"github.com/pitboss-gaming/pitboss/services/gaming/internal/db"
)

const reconcileBatch = 100

// reconcileUntil brings to an end what crashes and lost answers left under way, until ctx ends.
func (s *Server) reconcileUntil(ctx context.Context) error {
	tick := time.NewTicker(s.cfg.ReconcileEvery)
	defer tick.Stop()
	for {
		if err := s.reconcile(ctx); err != nil && ctx.Err() == nil {
			s.log.WarnContext(ctx, "reconciliation failed; it goes on at the next turn", "err", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// reconcile looks once. A bet without an outcome is accepted when the wallet holds its stake (the provider repeats it or cancels it)
// and given up when it does not; wins and cancellations are done again under their own keys; closing rounds are closed.
func (s *Server) reconcile(ctx context.Context) error {
	now := s.now()
	stale := now.Add(-s.cfg.ReconcileAfter)
	txs, err := s.q.TakeStaleTransactions(ctx, db.TakeStaleTransactionsParams{Now: now, Before: stale, MaxRows: reconcileBatch})
	if err != nil {
		return err
	}
	var failed []error
	for _, t := range txs {
		if err := s.reconcileOne(ctx, t); err != nil {
			failed = append(failed, err)
		}
	}
	rounds, err := s.q.StaleClosingRounds(ctx, db.StaleClosingRoundsParams{Before: stale, MaxRows: reconcileBatch})
	if err != nil {
		return errors.Join(append(failed, err)...)
	}
	for _, id := range rounds {
		if err := s.closeRound(ctx, id); err != nil {
			failed = append(failed, err)
		}
	}
	return errors.Join(append(failed, s.endExpired(ctx, now))...)
}

func (s *Server) reconcileOne(ctx context.Context, t db.ProviderTx) error {
	b, err := s.q.GetBet(ctx, t.BetID)
	if err != nil {
		return err
	}
	s.log.InfoContext(ctx, "bringing a transaction to its end", "integration_id", t.IntegrationID, "kind", t.Kind, "provider_tx_id", t.ProviderTxID)
	if t.Kind == kindBet {
		return s.resolve(ctx, b, &t.TouchedAt)
	}
	_, err = s.drive(ctx, t, b)
	return err
}

// resolve finds out from the wallet what became of a bet that is under way. With giveUpAt, a bet without a hold is given up, unless
// somebody has taken it up again since that moment.
func (s *Server) resolve(ctx context.Context, b db.Bet, giveUpAt *time.Time) error {
	m, err := s.findHold(ctx, b)
	if err != nil {
		return err
	}
	t, err := s.q.GetTransaction(ctx, db.GetTransactionParams{IntegrationID: b.IntegrationID, Kind: kindBet, ProviderTxID: b.ProviderTxID})
	if err != nil {
		return err
	}
	if m.holdID != "" {
		_, err = s.finishBet(ctx, t, m, "")
		if errs.Is(err, gamingv1.ErrorReason_ERROR_REASON_BET_CANCELLED) {
			return nil // the hold went back, as it should
		}
		return err
	}
	if giveUpAt == nil {
		return nil
	}
	return pg.InTx(ctx, s.pool, func(tx pgx.Tx) error { return s.giveUp(ctx, tx, t, *giveUpAt) })
}

// giveUp refuses a bet whose stake never reached the wallet.
func (s *Server) giveUp(ctx context.Context, tx pgx.Tx, t db.ProviderTx, at time.Time) error {
	q, now := s.q.WithTx(tx), s.now()
	r, err := q.LockRound(ctx, t.RoundID)
	if err != nil {
		return err
	}
	if t, err = q.GetTransaction(ctx, keyOf(t)); err != nil || t.State != txOpen || t.TouchedAt.After(at) {
		return err
	}
	b, err := q.GetBet(ctx, t.BetID)
	if err != nil {
		return err
	}
	t.State, t.RefuseReason = txRefused, reasonCancelled
	b.State, b.RejectReason, b.SettledAt = betRejected, reasonCancelled, &now
	if err = s.save(ctx, q, t, b, now); err != nil {
		return err
	}
	if err = bus.Publish(ctx, tx, betRejectedEvent(t, b, now)); err != nil {
		return err
	}
	_, err = s.advance(ctx, tx, r, step{}, now)
	return err
}

// clearWay brings to an end what is under way on a bet, so that another transaction can decide about it.
func (s *Server) clearWay(ctx context.Context, b db.Bet) error {
	if b.State == betPending {
		return s.resolve(ctx, b, nil)
	}
	if b.SettleClaim == claimClose {
		return s.closeRound(ctx, b.RoundID)
	}
	open, err := s.q.OpenTransactionsOfBet(ctx, b.BetID)
	if err != nil {
		return err
	}
	for _, t := range open {
		if b, err = s.q.GetBet(ctx, t.BetID); err != nil {
			return err
		}
		if _, err = s.drive(ctx, t, b); err != nil {
			return err
		}
	}
	return nil
}

// endExpired tells of sessions whose time is over.
func (s *Server) endExpired(ctx context.Context, now time.Time) error {
	return pg.InTx(ctx, s.pool, func(tx pgx.Tx) error {
		ended, err := s.q.WithTx(tx).EndExpiredSessions(ctx, db.EndExpiredSessionsParams{Now: now, MaxRows: reconcileBatch})
		if err != nil {
			return err
		}
		return publishEnded(ctx, tx, ended, now)
	})
}
