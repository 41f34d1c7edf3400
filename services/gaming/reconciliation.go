package gaming

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/timestamppb"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	commonv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	operationsv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/operations/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/money"
	"github.com/pitboss-gaming/pitboss/services/gaming/internal/db"
)

// Where a run stands, as in the proto.
const (
	runDone         int16 = 2
	runFailed       int16 = 3
	runNotSupported int16 = 4
)

const (
	runAbandoned = 2 * time.Minute // without a sign of life for so long, another replica starts the run again
	runEvery     = 2 * time.Second // how often a worker looks for runs
	ourPage      = 1000
	byScheduleID = "schedule"

	scheduleEvery = 15 * time.Minute // how often runs of the schedule are started that are due
	daysTried     = 3                // for how many days a run of the schedule that failed is started again
)

// reconcileBooksUntil works on runs and starts those of the schedule, until ctx ends.
func (s *Server) reconcileBooksUntil(ctx context.Context) error {
	tick := time.NewTicker(runEvery)
	defer tick.Stop()
	var scheduled time.Time
	for {
		if now := s.now(); s.cfg.ReconcileDaily && now.Sub(scheduled) >= scheduleEvery {
			scheduled = now
			if err := s.scheduleRuns(ctx, now); err != nil && ctx.Err() == nil {
				scheduled = now.Add(time.Minute - scheduleEvery)
				s.log.WarnContext(ctx, "yesterday's reconciliation could not be started; it is tried again in a minute", "err", err)
			}
		}
		if err := s.workOnRun(ctx); err != nil && ctx.Err() == nil {
			s.log.WarnContext(ctx, "a reconciliation could not be worked on; it is taken up again", "err", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// scheduleRuns starts yesterday's run (UTC) of every integration of games, once, and not before what lies beside its span is over too, and again those of the last days that
// have failed.
func (s *Server) scheduleRuns(ctx context.Context, now time.Time) error {
	until := now.UTC().Add(-timingGrace).Truncate(24 * time.Hour)
	for token := ""; ; {
		list, err := s.operations.ListIntegrations(ctx, &operationsv1.ListIntegrationsRequest{
			Kind: operationsv1.IntegrationKind_INTEGRATION_KIND_GAME, Page: &commonv1.PageRequest{Token: token},
		})
		if err != nil {
			return err
		}
		for _, in := range list.GetIntegrations() {
			if err = s.scheduleRunsOf(ctx, in, now, until); err != nil {
				return err
			}
		}
		if token = list.GetPage().GetNextToken(); token == "" {
			return nil
		}
	}
}

// scheduleRunsOf starts the run of yesterday, unless there is one, and those of the days before it that have failed so far: the provider or its adapter may have been away.
func (s *Server) scheduleRunsOf(ctx context.Context, in *operationsv1.Integration, now, until time.Time) error {
	for day := range daysTried {
		if !in.GetEnabled() {
			return nil
		}
		until := until.AddDate(0, 0, -day)
		from := until.AddDate(0, 0, -1)
		before, err := s.q.ScheduledBefore(ctx, db.ScheduledBeforeParams{IntegrationID: in.GetIntegrationId(), FromAt: from, UntilAt: until})
		if err != nil {
			return err
		}
		again := before.Failed > 0 && now.Sub(before.Last) >= tryAgainAfter(before.Failed)
		if before.Told > 0 || !again && (day > 0 || before.Failed > 0) {
			continue
		}
		if _, err = s.startRun(ctx, in.GetIntegrationId(), byScheduleID, from, until); err != nil {
			return err
		}
	}
	return nil
}

// tryAgainAfter is how long after the last run that failed the next one is started: 1, 2, 4 ... hours, at most 12.
func tryAgainAfter(failed int64) time.Duration {
	return min(time.Hour<<min(failed-1, 4), 12*time.Hour)
}

// workOnRun takes up one run and compares to its end.
func (s *Server) workOnRun(ctx context.Context) error {
	now := s.now()
	run, err := s.q.TakeReconciliation(ctx, db.TakeReconciliationParams{Now: now, Before: now.Add(-runAbandoned)})
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	c := comparison{
		s: s, run: run, asked: now, seen: map[string]bool{}, near: map[string]roundBook{}, formerly: map[string]string{}, undecided: map[itemKey]string{},
	}
	err = c.compare(ctx)
	end := db.FinishReconciliationParams{
		RunID: run.RunID, State: runDone, TheirRounds: c.theirs, OurRounds: c.ours, Matched: c.matched, Findings: c.findings, Now: s.now(),
	}
	switch {
	case ctx.Err() != nil:
		return ctx.Err() // another replica, or this one after its restart, takes it up again
	case errs.Is(err, adapterv1.ErrorReason_ERROR_REASON_NOT_SUPPORTED), status.Code(err) == codes.Unimplemented:
		end.State = runNotSupported
	case err != nil:
		end.State, end.Problem = runFailed, orElse(errs.ReasonOf(err), status.Code(err).String())
		s.log.WarnContext(ctx, "a reconciliation failed", "run_id", run.RunID, "integration_id", run.IntegrationID, "err", err)
	}
	return s.q.FinishReconciliation(ctx, end)
}

// comparison is a run under way.
type comparison struct {
	s                               *Server
	run                             db.Reconciliation
	asked                           time.Time            // when the provider's book was opened
	seen                            map[string]bool      // rounds that the provider has listed in the span, by round and player
	near                            map[string]roundBook // rounds that the provider has listed beside the span, within timingGrace of it
	formerly                        map[string]string    // rounds of ours that were found by a former name of the provider's: whose it is
	undecided                       map[itemKey]string   // open findings of kind TIMING of runs before, which this one has not seen yet
	theirs, ours, matched, findings int64
}

func seenKey(roundRef, player string) string { return roundRef + "\x00" + player }

// alive keeps other replicas from taking the run up, and tells who looks how far it is.
func (c *comparison) alive(ctx context.Context) error {
	return c.s.q.TouchReconciliation(ctx, db.TouchReconciliationParams{RunID: c.run.RunID, TheirRounds: c.theirs, Now: c.s.now()})
}

// span is what is asked of the provider's book: a little beyond both ends of the span of the run, where it is over already.
func (c *comparison) span() (from, until time.Time) {
	from, until = c.run.FromAt.Add(-timingGrace), c.run.UntilAt.Add(timingGrace)
	if until.After(c.asked) {
		until = c.asked
	}
	return from, until
}

// compare reads the provider's book page by page and then ours for what the provider did not list. The book is read a little beyond both ends of the span, where it is
// over already: a round of ours that the provider has there is not missing.
func (c *comparison) compare(ctx context.Context) error {
	in, err := c.s.gameIntegration(ctx, c.run.IntegrationID)
	if err != nil {
		return err
	}
	if err = c.loadUndecided(ctx); err != nil {
		return err
	}
	if in.GetTransferWallet() {
		return c.compareWallets(ctx)
	}
	provider, err := c.s.providerOf(ctx, c.run.IntegrationID)
	if err != nil {
		return err
	}
	from, until := c.span()
	for cursor := ""; ; {
		r, err := provider.ListRounds(ctx, &adapterv1.ListRoundsRequest{
			IntegrationId: c.run.IntegrationID, From: timestamppb.New(from), Until: timestamppb.New(until), Cursor: cursor,
		})
		if err != nil {
			return err
		}
		if err = c.page(ctx, r.GetRounds()); err != nil {
			return err
		}
		if err = c.alive(ctx); err != nil {
			return err
		}
		if cursor = r.GetNextCursor(); cursor == "" {
			return c.rest(ctx)
		}
	}
}

// page compares what the provider has listed.
func (c *comparison) page(ctx context.Context, rounds []*adapterv1.ProviderRound) error {
	refs := make([]string, 0, len(rounds))
	for _, r := range rounds {
		refs = append(refs, namesOf(r.GetRoundRef(), r.GetFormerRoundRef())...)
	}
	rows, err := c.s.q.RoundsNamed(ctx, db.RoundsNamedParams{IntegrationID: c.run.IntegrationID, ProviderRoundIds: refs})
	if err != nil {
		return err
	}
	bets, err := c.s.betsOf(ctx, rows)
	if err != nil {
		return err
	}
	byKey, byRef := map[string]roundBook{}, map[string]roundBook{}
	for _, r := range rows {
		b := ourBook(r, bets[r.RoundID])
		byKey[seenKey(b.roundRef, b.player)], byRef[b.roundRef] = b, b
	}
	for _, r := range rounds {
		theirs, err := theirBook(r)
		if err != nil {
			return err
		}
		key := seenKey(theirs.roundRef, theirs.player)
		ours, found := byKey[key]
		if !found {
			ours, found = c.byFormerName(theirs, byKey)
		}
		if outside(theirs.endedAt, c.run.FromAt, c.run.UntilAt) { // another run's, unless ours is in this one's span
			if !found {
				ours = theirs
			}
			c.near[seenKey(ours.roundRef, ours.player)] = theirs
			continue
		}
		c.theirs++
		if !found {
			ours, found = byRef[theirs.roundRef] // the same round of another player is a finding of its own
		}
		if !found {
			ours.roundRef, ours.player, ours.currency = theirs.roundRef, theirs.player, theirs.currency
		}
		var diffs []difference
		switch {
		case !found:
			diffs = []difference{missingOurs(theirs)}
		default:
			diffs = compareRound(ours, theirs, c.run.FromAt, c.run.UntilAt)
		}
		if c.seen[key] {
			diffs = listedAgain(ours, theirs, found, diffs)
		}
		c.seen[key] = true
		c.seen[seenKey(ours.roundRef, ours.player)] = true
		if err = c.note(ctx, ours, "", diffs); err != nil {
			return err
		}
	}
	return nil
}

// listedAgain is what differs about a round by a further line of the provider's: that it is there again, unless the line differs from ours in something graver.
func listedAgain(ours, theirs roundBook, found bool, diffs []difference) []difference {
	gain := ours.gain() - theirs.gain()
	again := difference{kind: gamingv1.FindingKind_FINDING_KIND_DUPLICATE, theirs: theirs.words(), delta: &gain}
	if !found {
		return []difference{again}
	}
	again.ours = ours.words()
	if len(diffs) > 0 && diffs[0].priority() < again.priority() {
		return diffs
	}
	return []difference{again}
}

// byFormerName finds our round that one of the provider's is about, when we have it under the name that the adapter gave it before: it must be of the same player and game, and no other
// round of the provider's is compared with it.
func (c *comparison) byFormerName(theirs roundBook, byKey map[string]roundBook) (roundBook, bool) {
	key := seenKey(theirs.formerRef, theirs.player)
	ours, found := byKey[key]
	if !found || theirs.formerRef == "" || theirs.game == "" || ours.game != theirs.game {
		return roundBook{}, false
	}
	switch by, taken := c.formerly[key]; {
	case taken && by != theirs.roundRef:
		return roundBook{}, false
	case !taken && c.seen[key]: // the provider has listed it by that name
		return roundBook{}, false
	}
	c.formerly[key] = theirs.roundRef
	return ours, true
}

// rest compares those of our rounds that the provider did not list.
func (c *comparison) rest(ctx context.Context) error {
	for after := ""; ; {
		rows, err := c.s.q.RoundsClosedIn(ctx, db.RoundsClosedInParams{
			IntegrationID: c.run.IntegrationID, FromAt: c.run.FromAt, UntilAt: c.run.UntilAt, AfterID: after, MaxRows: ourPage,
		})
		if err != nil || len(rows) == 0 {
			return err
		}
		bets, err := c.s.betsOf(ctx, rows)
		if err != nil {
			return err
		}
		for _, r := range rows {
			c.ours++
			b := ourBook(r, bets[r.RoundID])
			key := seenKey(b.roundRef, b.player)
			theirs, near := c.near[key]
			var diffs []difference
			switch {
			case c.seen[key]:
				continue
			case near:
				diffs = compareRound(b, theirs, c.run.FromAt, c.run.UntilAt)
			case b.state == bookCancelled:
				if err = c.decide(ctx, b, "", nil); err != nil { // many providers do not list what they have cancelled
					return err
				}
				continue
			default:
				diffs = []difference{missingTheirs(b, c.run.UntilAt, c.asked)}
			}
			if err = c.note(ctx, b, "", diffs); err != nil {
				return err
			}
		}
		after = rows[len(rows)-1].RoundID
	}
}

// ourBook is a round as we have it.
func ourBook(r db.Round, bets []db.Bet) roundBook {
	b := roundBook{
		roundRef: r.ProviderRoundID, roundID: r.RoundID, player: r.PlayerID, currency: r.Currency, game: gameOf(bets), state: bookOpen, bets: map[string]int64{},
		payout: r.AdjustedMinor,
	}
	switch r.State {
	case roundSettled:
		b.state = bookFinished
	case roundVoided:
		b.state = bookCancelled
	}
	if r.ClosedAt != nil {
		b.endedAt = *r.ClosedAt
	}
	for _, x := range bets {
		if x.State == betAccepted || x.State == betSettled || x.State == betCorrected {
			b.stake += x.StakeMinor
			b.bets[x.ProviderTxID] = x.StakeMinor
		}
		b.payout += x.PayoutMinor
	}
	return b
}

// theirBook is a round as the provider has it.
func theirBook(r *adapterv1.ProviderRound) (roundBook, error) {
	b := roundBook{roundRef: r.GetRoundRef(), formerRef: r.GetFormerRoundRef(), player: r.GetPlayerId(), game: r.GetGameCode(), state: bookOpen}
	stake, err := money.FromProto(r.GetStake())
	if err != nil {
		return b, err
	}
	payout, err := money.FromProto(r.GetPayout())
	if err != nil {
		return b, err
	}
	b.stake, b.payout, b.currency = stake.Minor, payout.Minor, stake.Currency
	switch r.GetState() {
	case adapterv1.ProviderRoundState_PROVIDER_ROUND_STATE_FINISHED:
		b.state = bookFinished
	case adapterv1.ProviderRoundState_PROVIDER_ROUND_STATE_CANCELLED:
		b.state = bookCancelled
	}
	if r.GetFinishedAt() != nil {
		b.endedAt = r.GetFinishedAt().AsTime()
	}
	for _, leg := range r.GetLegs() {
		if leg.GetKind() != adapterv1.ProviderLegKind_PROVIDER_LEG_KIND_BET {
			continue
		}
		a, err := money.FromProto(leg.GetAmount())
		if err != nil {
			return b, err
		}
		if b.bets == nil {
			b.bets = map[string]int64{}
		}
		b.bets[leg.GetProviderTxId()] = a.Minor
	}
	return b, nil
}

func runProto(r db.Reconciliation) *gamingv1.ReconciliationRun {
	return &gamingv1.ReconciliationRun{
		RunId: r.RunID, IntegrationId: r.IntegrationID, From: timestamppb.New(r.FromAt), Until: timestamppb.New(r.UntilAt), State: gamingv1.ReconciliationState(r.State),
		TheirRounds: r.TheirRounds, OurRounds: r.OurRounds, Matched: r.Matched, Findings: r.Findings, StartedBy: r.StartedBy,
		StartedAt: timestamppb.New(r.StartedAt), FinishedAt: timeProto(r.FinishedAt), Problem: r.Problem,
	}
}

func findingProto(f db.Finding) *gamingv1.Finding {
	p := &gamingv1.Finding{
		FindingId: f.FindingID, IntegrationId: f.IntegrationID, Kind: gamingv1.FindingKind(f.Kind), Priority: int32(f.Priority), ProviderRoundId: f.ProviderRoundID,
		ProviderTxId: f.ProviderTxID, RoundId: f.RoundID, PlayerId: f.PlayerID, Ours: f.Ours, Theirs: f.Theirs, HoldId: f.HoldID,
		FirstSeenAt: timestamppb.New(f.FirstSeenAt), LastSeenAt: timestamppb.New(f.LastSeenAt),
		ResolvedBy: f.ResolvedBy, Resolution: f.Resolution, ResolvedAt: timeProto(f.ResolvedAt),
	}
	if f.RunID != nil {
		p.RunId = *f.RunID
	}
	if f.DeltaMinor != nil {
		p.Delta = money.Amount{Minor: *f.DeltaMinor, Currency: f.Currency}.Proto()
	}
	return p
}
