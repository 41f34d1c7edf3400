package gaming

import (
	"context"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	"github.com/pitboss-gaming/pitboss/kit/authn"
	"github.com/pitboss-gaming/pitboss/kit/pg"
	"github.com/pitboss-gaming/pitboss/services/gaming/internal/db"
)

// ResettleRound corrects what bets of a round have paid, by an operator's decision. Idempotent by (operator, request_id). Errors: see the proto.
func (s *Server) ResettleRound(ctx context.Context, req *gamingv1.ResettleRoundRequest) (*gamingv1.ResettleRoundResponse, error) {
	c := correcting{roundID: req.GetRoundId(), id: operatorTx(ctx, req.GetRequestId()), bets: req.GetBets(), reason: req.GetReason(), now: s.now()}
	if err := c.read(); err != nil {
		return nil, err
	}
	out, err := s.correct(ctx, &c)
	if err != nil {
		return nil, err
	}
	bets, err := correctedBets(out.txs[0])
	return &gamingv1.ResettleRoundResponse{Bets: bets, Replayed: out.replayed[0]}, err
}

// operatorTx is the name of an operator's transaction among those of a provider.
func operatorTx(ctx context.Context, requestID string) string {
	return "operator:" + authn.From(ctx).ID + ":" + requestID
}

// correct carries out an operator's correction of a round. Bets that have no result are marked as the operator's before the wallet is asked: a result of their provider
// that comes at the same moment finds the hold closed, and must find out by whom, also when this process ends in between.
func (s *Server) correct(ctx context.Context, c *correcting) (outcome, error) {
	sit, err := batched(ctx, s.reads, needs{roundIDs: []string{c.roundID}})
	if err != nil {
		return outcome{}, err
	}
	r, err := c.find(sit)
	if err != nil {
		return outcome{}, err
	}
	c.w = who{integrationID: r.IntegrationID}
	if p, err := c.plan(sit); err == nil && len(p.deeds) == 1 {
		if ids := undecided(r, p.deeds[0].results); len(ids) > 0 {
			if err := s.decide(ctx, r.RoundID, ids, c.now); err != nil {
				return outcome{}, errWalletUnavailable(err)
			}
		}
	}
	return s.transact(ctx, needs{who: c.w, roundIDs: []string{c.roundID}, txIDs: []string{c.id}}, c.plan)
}

// decide marks bets as an operator's.
func (s *Server) decide(ctx context.Context, roundID string, betIDs []string, now time.Time) error {
	return pg.InTx(ctx, s.pool, func(tx pgx.Tx) error {
		q := s.q.WithTx(tx)
		if err := q.LockKeys(ctx, []int64{pg.LockKey("round", roundID)}); err != nil {
			return err
		}
		return q.DecideBets(ctx, db.DecideBetsParams{BetIds: betIDs, Accepted: betAccepted, Settled: betSettled, Now: now})
	})
}

// undecided are the bets among results that have none yet, or that were lost, be it that the round ended without a word of their provider's about them.
func undecided(r *round, results []result) []string {
	var ids []string
	for _, b := range r.bets {
		if (b.State == betAccepted || b.State == betSettled && b.PayoutMinor == 0 && !b.Decided) && slices.ContainsFunc(results, func(x result) bool { return x.betID == b.BetID }) {
			ids = append(ids, b.BetID)
		}
	}
	return ids
}
