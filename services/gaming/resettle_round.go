package gaming

import (
	"context"
	"slices"

	"github.com/jackc/pgx/v5"
	"google.golang.org/grpc/codes"

	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	"github.com/pitboss-gaming/pitboss/kit/authn"
	"github.com/pitboss-gaming/pitboss/kit/errs"
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
// that comes at the same moment finds the hold closed, and must find out by whom, also when this process ends in between. When the correction is refused they are its
// provider's again.
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
	n := needs{who: c.w, roundIDs: []string{c.roundID}, txIDs: []string{c.id}}
	if sit, err = batched(ctx, s.reads, n); err != nil {
		return outcome{}, err
	}
	marked, err := s.decide(ctx, c, sit)
	if err != nil {
		return outcome{}, errWalletUnavailable(err)
	}
	out, err := s.transact(ctx, n, c.plan)
	if err != nil && len(marked) > 0 && definite(err) {
		s.undecide(ctx, c, marked)
	}
	return out, err
}

// decide marks the bets without a result that a correction is to give one, and answers those that nobody had marked before. A correction that can be seen to be none,
// because its request was used already, marks nothing.
func (s *Server) decide(ctx context.Context, c *correcting, sit *situation) (marked []string, err error) {
	p, err := c.plan(sit)
	if err != nil || len(p.deeds) != 1 {
		return nil, nil //nolint:nilerr // whoever carries it out finds the same and says so
	}
	r, err := c.find(sit)
	if err != nil {
		return nil, nil //nolint:nilerr // as above
	}
	ids := undecided(r, p.deeds[0].results)
	if len(ids) == 0 {
		return nil, nil
	}
	return marked, s.marking(ctx, r.RoundID, func(q *db.Queries) error {
		marked, err = q.DecideBets(ctx, db.DecideBetsParams{BetIds: ids, Accepted: betAccepted, Settled: betSettled, Now: c.now, TxID: c.id})
		return err
	})
}

// undecide takes the marks of a refused correction back, for its bets still get their results from their provider. What cannot be taken back now stays an operator's.
func (s *Server) undecide(ctx context.Context, c *correcting, betIDs []string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.cfg.WalletTimeout)
	defer cancel()
	err := s.marking(ctx, c.roundID, func(q *db.Queries) error {
		return q.UndecideBets(ctx, db.UndecideBetsParams{BetIds: betIDs, TxID: c.id, Accepted: betAccepted, Settled: betSettled, Voided: betVoided, Now: s.now()})
	})
	if err != nil {
		s.log.ErrorContext(ctx, "bets stay marked as an operator's though the correction was refused", "round_id", c.roundID, "bet_ids", betIDs, "err", err)
	}
}

// marking runs a change of marks under the lock of the round's writers.
func (s *Server) marking(ctx context.Context, roundID string, change func(*db.Queries) error) error {
	return pg.InTx(ctx, s.pool, func(tx pgx.Tx) error {
		q := s.q.WithTx(tx)
		if err := q.LockKeys(ctx, []int64{pg.LockKey("round", roundID)}); err != nil {
			return err
		}
		return change(q)
	})
}

// definite tells a refusal, after which nothing was done, from an error that leaves open what was.
func definite(err error) bool {
	if _, again := errs.RetryAfter(err); again {
		return false
	}
	switch errs.ToStatus(err).Code() {
	case codes.FailedPrecondition, codes.AlreadyExists, codes.InvalidArgument, codes.NotFound:
		return true
	}
	return false
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
