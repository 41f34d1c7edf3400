package gaming

import (
	"context"
	"errors"
	"math/rand/v2"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"golang.org/x/sync/errgroup"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/timestamppb"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	"github.com/pitboss-gaming/pitboss/kit/bus"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/money"
	"github.com/pitboss-gaming/pitboss/kit/pg"
	"github.com/pitboss-gaming/pitboss/services/gaming/internal/db"
)

// Why a round is handed over to an operator.
const (
	whyUnknown      = "UNKNOWN_TO_PROVIDER"
	whyNotSupported = "NOT_SUPPORTED"
	whySilent       = "PROVIDER_SILENT"
	whyBooksDiffer  = "BOOKS_DIFFER"
)

const (
	sweepBatch  = 50
	sweepBeside = 8                // integrations that are asked at the same time
	sweepTurn   = 30 * time.Second // no question begins later in a turn
	sweepAgain  = time.Minute      // while a replica works on a round, others leave it alone for so long, and for as long as a question takes
	sweepMost   = time.Hour        // a provider is asked about the same round at least so often

	sweepSlice   = 10_000          // rounds that are looked at in one go
	sweepOverlap = 2 * time.Minute // how much longer than its round's opening a commit may take, clocks of replicas included
)

// sweepUntil looks for rounds without a result, until ctx ends.
func (s *Server) sweepUntil(ctx context.Context) error {
	tick := time.NewTicker(s.cfg.SweepEvery)
	defer tick.Stop()
	for {
		if err := s.sweep(ctx); err != nil && ctx.Err() == nil {
			s.log.WarnContext(ctx, "the sweep failed; it goes on at the next turn", "err", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// sweep asks providers about rounds that have been quiet for longer than rounds of their kind take (domain.md 6.1): a finished round gets what
// is missing and is closed, a cancelled one is voided, and one that its provider cannot tell about is handed over to an operator in the end.
func (s *Server) sweep(ctx context.Context) error {
	now, patience := s.now(), min(s.cfg.SweepSlots, s.cfg.SweepLive, s.cfg.SweepSport)
	again, before := now.Add(sweepAgain+s.questionTime()), now.Add(-patience)
	if err := s.markOpen(ctx, now, before); err != nil {
		return err
	}
	if err := s.q.TendQuietRounds(ctx, db.TendQuietRoundsParams{Patience: pgtype.Interval{Microseconds: patience.Microseconds(), Valid: true}, Now: now, Before: before}); err != nil {
		return err
	}
	rounds, err := s.q.TakeQuietRounds(ctx, db.TakeQuietRoundsParams{Now: now, Again: &again, Before: before, MaxRows: sweepBatch})
	if err != nil {
		return err
	}
	of := map[string][]db.Round{}
	for _, r := range rounds {
		s.holds.doubt(r.RoundID)
		of[r.IntegrationID] = append(of[r.IntegrationID], r)
	}
	var (
		g      errgroup.Group
		mu     sync.Mutex
		failed []error
	)
	g.SetLimit(sweepBeside)
	for _, rounds := range of {
		g.Go(func() error {
			err := s.sweepIntegration(ctx, rounds, now.Add(sweepTurn))
			mu.Lock()
			defer mu.Unlock()
			failed = append(failed, err)
			return nil
		})
	}
	_ = g.Wait() // what failed is told together
	return errors.Join(failed...)
}

// sweepIntegration goes through rounds of one integration until its turn is over; what is left then is taken again later. A provider that has not answered is not asked
// again in this turn. No round is always behind the same other one, about which its provider never answers.
func (s *Server) sweepIntegration(ctx context.Context, rounds []db.Round, until time.Time) error {
	rand.Shuffle(len(rounds), func(i, j int) { rounds[i], rounds[j] = rounds[j], rounds[i] })
	var (
		failed []error
		silent bool
	)
	for _, r := range rounds {
		if !s.now().Before(until) {
			break
		}
		why, err := s.sweepRound(ctx, r, silent)
		silent = silent || why == whySilent
		failed = append(failed, err)
	}
	return errors.Join(failed...)
}

// markOpen marks rounds that were opened until then and are open still. Each round is read once, by one replica, when it is old enough.
func (s *Server) markOpen(ctx context.Context, now, until time.Time) error {
	for done := false; !done; {
		err := pg.InTx(ctx, s.pool, func(tx pgx.Tx) error {
			q := s.q.WithTx(tx)
			if err := q.YieldToPlay(ctx); err != nil {
				return err
			}
			marked, err := q.SweepProgress(ctx)
			if done = err != nil || !marked.Before(until); done {
				if errors.Is(err, pgx.ErrNoRows) { // another replica is at it
					err = nil
				}
				return err
			}
			mark, err := q.NextSweepMark(ctx, db.NextSweepMarkParams{Marked: marked, Until: until, Most: sweepSlice})
			if err != nil {
				return err
			}
			if err = q.MarkOpenRounds(ctx, db.MarkOpenRoundsParams{Now: now, Marked: marked.Add(-sweepOverlap), Mark: mark}); err != nil {
				return err
			}
			return q.SetSweepProgress(ctx, mark)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// patience is how long a round of a game may be quiet.
func (s *Server) patience(category string) time.Duration {
	switch c := strings.ToLower(category); {
	case strings.Contains(c, "live"):
		return s.cfg.SweepLive
	case strings.Contains(c, "sport"):
		return s.cfg.SweepSport
	}
	return s.cfg.SweepSlots
}

// questionTime is how long a provider may take to answer about a round.
func (s *Server) questionTime() time.Duration { return 2 * s.cfg.WalletTimeout }

// sweepRound asks about a round and does what follows from the answer. silent: its provider is not asked, because it does not answer at the moment. why is what kept the
// provider from an answer that the round could be ended with.
func (s *Server) sweepRound(ctx context.Context, r db.Round, silent bool) (why string, err error) {
	bets, err := s.q.RoundBets(ctx, r.RoundID)
	if err != nil || len(bets) == 0 {
		return "", err
	}
	category := ""
	if g, err := s.gameByID(ctx, r.GameID); err == nil { // a game that is gone still has rounds
		category = g.GetCategory()
	}
	if due := r.TouchedAt.Add(s.patience(category)); due.After(s.now()) {
		return "", s.q.SetSweepAt(ctx, db.SetSweepAtParams{RoundID: r.RoundID, SweepAt: &due})
	}
	theirs, why := (*adapterv1.ProviderRound)(nil), whySilent
	if !silent {
		theirs, why = s.askAboutRound(ctx, r, bets[0])
	}
	switch {
	case why == "" && theirs.GetState() == adapterv1.ProviderRoundState_PROVIDER_ROUND_STATE_FINISHED:
		why, err = s.finishFromProvider(ctx, r, bets, theirs)
	case why == "" && theirs.GetState() == adapterv1.ProviderRoundState_PROVIDER_ROUND_STATE_CANCELLED:
		err = s.voidFromProvider(ctx, r, bets)
	case why == "":
		return "", s.askLater(ctx, r) // it is still being played
	}
	now := s.now()
	switch {
	case err != nil:
		return why, errors.Join(err, s.askLater(ctx, r))
	case why == "":
		return "", nil
	case why != whyBooksDiffer && now.Sub(r.TouchedAt) < s.cfg.ManualAfter:
		return why, s.askLater(ctx, r)
	case why != whyBooksDiffer && waiting(bets) == 0:
		_, err = s.CloseRound(ctx, &gamingv1.CloseRoundRequest{Caller: sweeper(r), ProviderRoundId: r.ProviderRoundID}) // nobody waits for money in it
		return why, err
	}
	return why, s.handOver(ctx, r, bets, why, now)
}

// askLater puts the next question off: the longer a round is quiet, the rarer.
func (s *Server) askLater(ctx context.Context, r db.Round) error {
	now := s.now()
	next := now.Add(min(max(now.Sub(r.TouchedAt)/4, sweepAgain), sweepMost))
	return s.q.SetSweepAt(ctx, db.SetSweepAtParams{RoundID: r.RoundID, SweepAt: &next})
}

// askAboutRound asks the provider. why says what kept it from an answer.
func (s *Server) askAboutRound(ctx context.Context, r db.Round, b db.Bet) (_ *adapterv1.ProviderRound, why string) {
	provider, err := s.providerOf(ctx, r.IntegrationID)
	if err != nil {
		return nil, whySilent
	}
	ctx, cancel := context.WithTimeout(ctx, s.questionTime())
	defer cancel()
	a, err := provider.GetRoundStatus(ctx, &adapterv1.GetRoundStatusRequest{
		IntegrationId: r.IntegrationID, PlayerId: r.PlayerID, RoundRef: r.ProviderRoundID, GameCode: b.GameCode, TransactionId: b.ProviderTxID, Currency: r.Currency,
		OpenedAt: timestamppb.New(r.OpenedAt),
	})
	switch {
	case errs.Is(err, adapterv1.ErrorReason_ERROR_REASON_NOT_SUPPORTED), status.Code(err) == codes.Unimplemented:
		return nil, whyNotSupported
	case err != nil:
		s.log.WarnContext(ctx, "a provider does not tell how a round ended", "round_id", r.RoundID, "integration_id", r.IntegrationID, "err", err)
		return nil, whySilent
	case a.GetRound().GetState() == adapterv1.ProviderRoundState_PROVIDER_ROUND_STATE_UNSPECIFIED:
		return nil, whyUnknown
	}
	return a.GetRound(), ""
}

// sweeper is the caller in whose name the sweeper does what the provider should have asked for.
func sweeper(r db.Round) *gamingv1.Caller {
	return &gamingv1.Caller{IntegrationId: r.IntegrationID, PlayerId: r.PlayerID, Reconciliation: true}
}

// finishFromProvider applies what is missing of a finished round under the provider's own transaction ids, so that a late callback of the same
// transaction is a repetition, and closes it. Sums without transactions are enough when they agree with ours; when they do not, nothing is
// invented: why is BOOKS_DIFFER.
func (s *Server) finishFromProvider(ctx context.Context, r db.Round, bets []db.Bet, theirs *adapterv1.ProviderRound) (why string, err error) {
	if len(theirs.GetLegs()) == 0 && !sameSums(bets, theirs) {
		return whyBooksDiffer, nil
	}
	known := map[string]bool{}
	for _, b := range bets {
		known[b.ProviderTxID] = true
	}
	for _, leg := range theirs.GetLegs() {
		switch leg.GetKind() {
		case adapterv1.ProviderLegKind_PROVIDER_LEG_KIND_BET:
			if !known[leg.GetProviderTxId()] {
				return whyBooksDiffer, nil // a stake is never taken after the round
			}
		case adapterv1.ProviderLegKind_PROVIDER_LEG_KIND_WIN:
			_, err = s.SettleBet(ctx, &gamingv1.SettleBetRequest{
				Caller: sweeper(r), GameCode: bets[0].GameCode, ProviderRoundId: r.ProviderRoundID, ProviderTxId: leg.GetProviderTxId(),
				BetProviderTxId: leg.GetBetProviderTxId(), Amount: leg.GetAmount(), AnyGame: true,
			})
		case adapterv1.ProviderLegKind_PROVIDER_LEG_KIND_CANCEL:
			_, err = s.CancelTransaction(ctx, &gamingv1.CancelTransactionRequest{
				Caller: sweeper(r), ProviderRoundId: r.ProviderRoundID, ProviderTxId: leg.GetProviderTxId(), ReferenceProviderTxId: leg.GetBetProviderTxId(),
				ReferenceKind: gamingv1.TransactionKind_TRANSACTION_KIND_BET,
			})
		}
		if err != nil {
			return "", err
		}
	}
	_, err = s.CloseRound(ctx, &gamingv1.CloseRoundRequest{Caller: sweeper(r), ProviderRoundId: r.ProviderRoundID})
	return "", err
}

// sameSums compares a provider's sums with what the bets of a round would come to if it were closed now.
func sameSums(bets []db.Bet, theirs *adapterv1.ProviderRound) bool {
	stake, serr := money.FromProto(theirs.GetStake())
	payout, perr := money.FromProto(theirs.GetPayout())
	if serr != nil || perr != nil {
		return false
	}
	var ours, paid int64
	for _, b := range bets {
		if b.State == betAccepted || b.State == betSettled {
			ours += b.StakeMinor
		}
		paid += b.PayoutMinor
	}
	return stake.Minor == ours && payout.Minor == paid && stake.Currency == bets[0].Currency && payout.Currency == bets[0].Currency
}

// voidFromProvider gives every stake of a round back that its provider has cancelled.
func (s *Server) voidFromProvider(ctx context.Context, r db.Round, bets []db.Bet) error {
	for _, b := range bets {
		if b.State == betVoided || b.State == betRejected {
			continue
		}
		_, err := s.CancelTransaction(ctx, &gamingv1.CancelTransactionRequest{
			Caller: sweeper(r), ProviderRoundId: r.ProviderRoundID, ProviderTxId: "sweep:" + b.BetID, ReferenceProviderTxId: b.ProviderTxID,
			ReferenceKind: gamingv1.TransactionKind_TRANSACTION_KIND_BET, IntoDebt: true, RoundClosed: true,
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// waiting counts the bets without a result.
func waiting(bets []db.Bet) int {
	n := 0
	for _, b := range bets {
		if b.State == betAccepted {
			n++
		}
	}
	return n
}

// handOver leaves a round to an operator and tells of it, unless something has happened in it meanwhile.
func (s *Server) handOver(ctx context.Context, r db.Round, bets []db.Bet, why string, now time.Time) error {
	var held int64
	for _, b := range bets {
		if b.State == betAccepted {
			held += b.StakeMinor
		}
	}
	return pg.InTx(ctx, s.pool, func(tx pgx.Tx) error {
		n, err := s.q.WithTx(tx).HandOverRound(ctx, db.HandOverRoundParams{RoundID: r.RoundID, TouchedAt: r.TouchedAt, Why: why})
		if err != nil || n == 0 {
			return err
		}
		return bus.Publish(ctx, tx, bus.Event{
			Subject: "round.handed_over.v1", PlayerID: r.PlayerID, AggregateID: r.RoundID, Version: r.Version + 1, OccurredAt: now,
			Message: &gamingv1.RoundHandedOver{
				RoundId: r.RoundID, GameId: r.GameID, PlayerId: r.PlayerID, IntegrationId: r.IntegrationID, ProviderRoundId: r.ProviderRoundID,
				Held: money.Amount{Minor: held, Currency: r.Currency}.Proto(), OpenedAt: timestamppb.New(r.OpenedAt), Why: why,
			},
		})
	})
}
