package bookmaker

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/pitboss-gaming/pitboss/adapters/bookmaker/internal/db"
	"github.com/pitboss-gaming/pitboss/kit/adapter"
)

// States of a repricing.
const (
	repricingOpen    = 1
	repricingDone    = 2
	repricingGivenUp = 3
)

// A bookmaker is asked once and then up to maxRetries times more, 2^n seconds plus jitter apart (wire-contracts.md 3). What is open is in the database,
// so a restart goes on where it was.
const (
	maxRetries = 5
	batchSize  = 20
	lease      = 30 * time.Second // longer than an attempt takes
)

// errNotPriced rolls back a correction that cannot be carried out.
var errNotPriced = errors.New("bookmaker: bets cannot be priced")

// pause is how long to wait after the n-th attempt, which is counted from one.
func pause(attempt int32) time.Duration {
	d := time.Second << min(attempt, maxRetries)
	return d + rand.N(d/4)
}

// repeatedly looks at what is due, until the service stops.
func (s *Server) repeatedly(ctx context.Context, look func(context.Context)) error {
	tick := time.NewTicker(s.cfg.RepriceEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			look(ctx)
		}
	}
}

// repriceDue asks bookmakers again whose answer was missing.
func (s *Server) repriceDue(ctx context.Context) {
	due, err := s.queries.ClaimDue(ctx, db.ClaimDueParams{LeaseUntil: s.now().Add(lease), Now: s.now(), Batch: batchSize})
	if err != nil && ctx.Err() == nil {
		s.log.ErrorContext(ctx, "open questions to bookmakers could not be read", "err", err)
	}
	for _, p := range due {
		s.reprice(ctx, p)
	}
}

// askRound asks the partner about the bets of a round that wait for it, and tells whether all are done.
func (s *Server) askRound(ctx context.Context, c callback, round string) *refusal {
	due, err := s.queries.ClaimRound(ctx, db.ClaimRoundParams{LeaseUntil: s.now().Add(lease), IntegrationID: c.in.id, RoundID: round, Now: s.now()})
	if err != nil {
		return s.refusalOf(ctx, c, err)
	}
	for _, p := range due {
		s.reprice(ctx, p)
	}
	open, err := s.queries.CountOpenRepricings(ctx, db.CountOpenRepricingsParams{IntegrationID: c.in.id, RoundID: round})
	switch {
	case err != nil:
		return s.refusalOf(ctx, c, err)
	case open > 0:
		return later(pause(1))
	}
	return nil
}

// reprice makes one attempt: it asks, corrects the bet, and writes down how that went.
func (s *Server) reprice(ctx context.Context, p db.Repricing) {
	outcome := db.FinishRepricingParams{
		State: repricingDone, NextAttemptAt: s.now(), IntegrationID: p.IntegrationID, RoundID: p.RoundID, BetID: p.BetID, CorrectResult: p.CorrectResult,
	}
	if problem := s.attempt(ctx, p); problem != "" {
		outcome.State, outcome.NextAttemptAt, outcome.LastError = repricingOpen, s.now().Add(pause(p.Attempts)), problem
		if p.Attempts > maxRetries {
			outcome.State = repricingGivenUp
			s.log.ErrorContext(ctx, "a bookmaker does not price a bet; it can repeat recalculate_bets, or an operator resettles the bet's round",
				"integration_id", p.IntegrationID, "bet_id", p.BetID, "problem", problem)
		}
	}
	if err := s.queries.FinishRepricing(context.WithoutCancel(ctx), outcome); err != nil {
		s.log.WarnContext(ctx, "what came of a question to a bookmaker could not be written down; it will be asked again", "err", err)
	}
}

// attempt answers what was wrong; empty when the bet pays what it should.
func (s *Server) attempt(ctx context.Context, p db.Repricing) string {
	in, err := s.integrations.Live(ctx, p.IntegrationID)
	if err != nil {
		return err.Error()
	}
	b, err := s.queries.GetBet(ctx, db.GetBetParams{IntegrationID: p.IntegrationID, BetID: p.BetID})
	if err != nil {
		return err.Error()
	}
	if b.Void || b.Refunded {
		return "" // its stake has gone back
	}
	word, err := s.operatorsWord(ctx, p.IntegrationID, b.PlayerID, b.BetID)
	if err != nil {
		return err.Error()
	}
	if word.GetVoided() { // by an operator
		if err = s.queries.MarkRefunded(ctx, db.MarkRefundedParams{Now: s.now(), IntegrationID: p.IntegrationID, BetID: p.BetID}); err != nil {
			return err.Error()
		}
		return ""
	}
	r, err := s.askResult(ctx, in, b, p)
	if err != nil {
		return err.Error()
	}
	c := callback{in: in, path: "reprice", Fields: adapter.Read(nil)}
	if refused := s.correctOne(ctx, c, p.BetID, r, 0); refused != nil {
		return refused.code
	}
	return ""
}
