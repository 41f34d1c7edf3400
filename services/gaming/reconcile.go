package gaming

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pitboss-gaming/pitboss/kit/pg"
	"github.com/pitboss-gaming/pitboss/services/gaming/internal/db"
)

const (
	reconcileBatch = 100
	mostForgotten  = 1000 // refusals that are forgotten at one turn
)

// reconcileUntil brings to an end what crashes and lost answers left half done, until ctx ends.
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

// reconcile looks once: rounds that ended and have bets without a result are closed, sessions whose time is over are told. What the wallet did and no row tells is
// written down when its provider sends it again, as it does until it gets an answer.
func (s *Server) reconcile(ctx context.Context) error {
	now := s.now()
	rounds, err := s.q.StaleClosingRounds(ctx, db.StaleClosingRoundsParams{Before: now.Add(-s.cfg.ReconcileAfter), MaxRows: reconcileBatch})
	failed := []error{err}
	s.holds.doubt(rounds...)
	for _, id := range rounds {
		failed = append(failed, s.closeStale(ctx, id))
	}
	_, err = s.q.ForgetPartnerRefusals(ctx, db.ForgetPartnerRefusalsParams{Before: now.Add(-s.cfg.RefusalsKept), MaxRows: mostForgotten})
	failed = append(failed, err)
	failed = append(failed, s.q.MatchWins(ctx, db.MatchWinsParams{Now: now, MaxRows: reconcileBatch}))
	return errors.Join(append(failed, s.endExpired(ctx, now))...)
}

// closeStale closes a round; one that cannot be closed now is looked at again later.
func (s *Server) closeStale(ctx context.Context, roundID string) error {
	if err := s.q.TouchRound(ctx, db.TouchRoundParams{Now: s.now(), RoundID: roundID}); err != nil {
		return err
	}
	sit, err := batched(ctx, s.reads, needs{roundIDs: []string{roundID}})
	if err != nil {
		return err
	}
	if r := sit.rounds[roundID]; r != nil {
		return s.closeNow(ctx, r)
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
