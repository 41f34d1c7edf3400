package gaming_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	commonv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
)

func (c *casino) reconcile(from, until time.Time) *gamingv1.ReconciliationRun {
	c.t.Helper()
	r, err := c.staff("finance").StartReconciliation(c.t.Context(), &gamingv1.StartReconciliationRequest{
		IntegrationId: integration, From: timestamppb.New(from), Until: timestamppb.New(until),
	})
	require.NoError(c.t, err)
	var run *gamingv1.ReconciliationRun
	eventually(c.t, "the run ends", func() bool {
		g, err := c.staff("finance").GetReconciliation(c.t.Context(), &gamingv1.GetReconciliationRequest{RunId: r.GetRun().GetRunId()})
		require.NoError(c.t, err)
		run = g.GetRun()
		return run.GetState() != gamingv1.ReconciliationState_RECONCILIATION_STATE_RUNNING
	})
	return run
}

func (c *casino) findings() []*gamingv1.Finding {
	c.t.Helper()
	r, err := c.staff("finance").ListFindings(c.t.Context(), &gamingv1.ListFindingsRequest{IntegrationId: integration})
	require.NoError(c.t, err)
	return r.GetFindings()
}

// TestReconciliation: rounds that agree are counted, those that do not are findings, told once however often they are seen, until an operator closes them.
func TestReconciliation(t *testing.T) {
	t.Parallel()
	c := open(t)
	g := c.seat("100.00")
	from := c.Clock.Now().Add(-time.Hour)
	for _, r := range []string{"agrees", "paid-more-there", "only-here"} {
		_, err := g.bet(r, "b-"+r, "10.00")
		require.NoError(t, err)
		_, err = g.lastWin(r, "w-"+r, "b-"+r, "15.00")
		require.NoError(t, err)
	}
	round := func(ref, payout string) *adapterv1.ProviderRound {
		return &adapterv1.ProviderRound{
			RoundRef: ref, PlayerId: g.id, GameCode: "slot", State: adapterv1.ProviderRoundState_PROVIDER_ROUND_STATE_FINISHED, Stake: eur("10.00"), Payout: eur(payout),
			FinishedAt: timestamppb.New(c.Clock.Now()),
		}
	}
	c.out.books.set(func(b *books) {
		b.rounds = []*adapterv1.ProviderRound{round("agrees", "15.00"), round("paid-more-there", "20.00"), round("only-there", "0.00"), round("agrees", "15.00")}
	})
	c.Clock.Advance(10 * time.Minute)
	until := c.Clock.Now()
	run := c.reconcile(from, until)
	require.Equal(t, gamingv1.ReconciliationState_RECONCILIATION_STATE_DONE, run.GetState())
	require.Equal(t, []int64{4, 3, 1, 4}, []int64{run.GetTheirRounds(), run.GetOurRounds(), run.GetMatched(), run.GetFindings()})
	kinds := map[string]string{}
	for _, f := range c.findings() {
		kinds[f.GetProviderRoundId()] = f.GetKind().String() + " " + f.GetDelta().GetAmount()
	}
	require.Equal(t, map[string]string{
		"agrees": "FINDING_KIND_DUPLICATE 0.00", "paid-more-there": "FINDING_KIND_AMOUNT_MISMATCH -5.00", "only-there": "FINDING_KIND_MISSING_OURS 10.00",
		"only-here": "FINDING_KIND_MISSING_THEIRS 5.00",
	}, kinds)
	before := c.findings()
	require.NotEqual(t, run.GetRunId(), c.reconcile(from, until).GetRunId())
	require.Len(t, c.findings(), len(before), "seen again, told once")

	resolve := &gamingv1.ResolveFindingRequest{FindingId: before[0].GetFindingId(), Resolution: "asked the studio, corrected there"}
	_, err := c.staff("support").ResolveFinding(t.Context(), resolve)
	require.Equal(t, codes.PermissionDenied, status.Code(err))
	first, err := c.staff("admin").ResolveFinding(t.Context(), resolve)
	require.NoError(t, err)
	again, err := c.staff("admin").ResolveFinding(t.Context(), resolve)
	require.NoError(t, err)
	require.True(t, proto.Equal(first, again))
	require.Len(t, c.findings(), len(before)-1)
	c.reconcile(from, until)
	require.Len(t, c.findings(), len(before), "it is still so, and told anew")
	g.cash("115.00", "0.00")

	runs, err := c.staff("finance").ListReconciliations(t.Context(), &gamingv1.ListReconciliationsRequest{IntegrationId: integration, Page: &commonv1.PageRequest{Size: 2}})
	require.NoError(t, err)
	require.Len(t, runs.GetRuns(), 2)
	rest, err := c.staff("finance").ListReconciliations(t.Context(), &gamingv1.ListReconciliationsRequest{
		IntegrationId: integration, Page: &commonv1.PageRequest{Size: 2, Token: runs.GetPage().GetNextToken()},
	})
	require.NoError(t, err)
	require.Len(t, rest.GetRuns(), 1)
}

// TestReconciliation_Edges: what the provider has within five minutes beside the span is TIMING when ours is in it, and nobody's finding otherwise; what it has nowhere is missing,
// however near to an edge it ended. While the time after the span is not over, what ended near its end may be listed yet.
func TestReconciliation_Edges(t *testing.T) {
	t.Parallel()
	c := open(t)
	g := c.seat("100.00")
	play := func(ref string) time.Time {
		_, err := g.bet(ref, "b-"+ref, "10.00")
		require.NoError(t, err)
		_, err = g.lastWin(ref, "w-"+ref, "b-"+ref, "0.00")
		require.NoError(t, err)
		return c.Clock.Now()
	}
	list := func(ref string, at time.Time) {
		c.out.books.set(func(b *books) {
			b.rounds = append(b.rounds, &adapterv1.ProviderRound{
				RoundRef: ref, PlayerId: g.id, GameCode: "slot", State: adapterv1.ProviderRoundState_PROVIDER_ROUND_STATE_FINISHED, Stake: eur("10.00"), Payout: eur("0.00"),
				FinishedAt: timestamppb.New(at),
			})
		})
	}
	from := c.Clock.Now()
	list("before-there", from.Add(-4*time.Minute))
	list("long-before-there", from.Add(-6*time.Minute))
	list("not-ours-before", from.Add(-time.Minute))
	c.Clock.Advance(time.Minute)
	for _, ref := range []string{"before-there", "long-before-there", "nowhere-early"} {
		play(ref)
	}
	c.Clock.Advance(time.Hour)
	for _, ref := range []string{"after-there", "nowhere-late"} {
		play(ref)
	}
	c.Clock.Advance(time.Minute)
	until := c.Clock.Now()
	list("after-there", until.Add(4*time.Minute))
	list("neither", until.Add(2*time.Minute))
	list("not-ours-after", until.Add(time.Minute))
	kinds := func() (map[string]string, []int64) {
		run := c.reconcile(from, until)
		require.Equal(t, gamingv1.ReconciliationState_RECONCILIATION_STATE_DONE, run.GetState())
		out := map[string]string{}
		for _, f := range c.findings() {
			out[f.GetProviderRoundId()] = f.GetKind().String()
			_, err := c.staff("admin").ResolveFinding(t.Context(), &gamingv1.ResolveFindingRequest{FindingId: f.GetFindingId(), Resolution: "seen"})
			require.NoError(t, err)
		}
		return out, []int64{run.GetTheirRounds(), run.GetOurRounds(), run.GetMatched(), run.GetFindings()}
	}
	c.Clock.Advance(2 * time.Minute)
	got, counts := kinds()
	require.Equal(t, map[string]string{
		"before-there": "FINDING_KIND_TIMING", "long-before-there": "FINDING_KIND_MISSING_THEIRS", "nowhere-early": "FINDING_KIND_MISSING_THEIRS",
		"after-there": "FINDING_KIND_TIMING", "nowhere-late": "FINDING_KIND_TIMING",
	}, got, "asked two minutes after the span")
	require.Equal(t, []int64{0, 5, 0, 5}, counts)
	play("neither")
	c.Clock.Advance(3 * time.Minute)
	got, counts = kinds()
	require.Equal(t, map[string]string{
		"before-there": "FINDING_KIND_TIMING", "long-before-there": "FINDING_KIND_MISSING_THEIRS", "nowhere-early": "FINDING_KIND_MISSING_THEIRS",
		"after-there": "FINDING_KIND_TIMING", "nowhere-late": "FINDING_KIND_MISSING_THEIRS",
	}, got, "asked when what lies beside it is over too")
	require.Equal(t, []int64{0, 5, 0, 5}, counts)
}

// TestReconciliation_ListedAgain: each line of a round is compared with ours. One that is there again and agrees is told as that, one that does not by what differs (domain.md 6.4).
func TestReconciliation_ListedAgain(t *testing.T) {
	t.Parallel()
	c := open(t)
	g := c.seat("100.00")
	from := c.Clock.Now().Add(-time.Hour)
	for ref, payout := range map[string]string{"lost": "0.00", "won": "25.00", "same": "0.00"} {
		g.must(g.bet(ref, "b-"+ref, "10.00"))
		g.must(g.lastWin(ref, "w-"+ref, "b-"+ref, payout))
	}
	line := func(ref, payout string) *adapterv1.ProviderRound {
		return &adapterv1.ProviderRound{
			RoundRef: ref, PlayerId: g.id, GameCode: "slot", State: adapterv1.ProviderRoundState_PROVIDER_ROUND_STATE_FINISHED, Stake: eur("10.00"), Payout: eur(payout),
			FinishedAt: timestamppb.New(c.Clock.Now()),
		}
	}
	c.out.books.set(func(b *books) {
		b.rounds = []*adapterv1.ProviderRound{
			line("lost", "0.00"), line("lost", "25.00"), line("won", "0.00"), line("won", "25.00"), line("same", "0.00"), line("same", "0.00"), line("there", "0.00"), line("there", "3.00"),
		}
	})
	c.Clock.Advance(10 * time.Minute)
	c.reconcile(from, c.Clock.Now())
	var got []string
	for _, f := range c.findings() {
		text := fmt.Sprint(f.GetProviderRoundId(), strings.TrimPrefix(f.GetKind().String(), "FINDING_KIND"), " ", f.GetPriority(), " ", f.GetDelta().GetAmount())
		if f.GetOurs() == "" {
			text += " nothing of ours"
		}
		got = append(got, text)
	}
	require.ElementsMatch(t, []string{
		"lost_AMOUNT_MISMATCH 2 -25.00", "won_AMOUNT_MISMATCH 2 25.00", "won_DUPLICATE 3 0.00", "same_DUPLICATE 3 0.00", "there_MISSING_OURS 2 10.00 nothing of ours",
		"there_DUPLICATE 3 7.00 nothing of ours",
	}, got)
}

// TestReconciliation_Decides: what a run could not tell yet is closed by the run that can, whatever it says; what it still cannot tell stays, and no other kind is closed.
func TestReconciliation_Decides(t *testing.T) {
	t.Parallel()
	c := open(t)
	g := c.seat("100.00")
	from := c.Clock.Now()
	c.Clock.Advance(time.Hour)
	for _, ref := range []string{"nowhere", "later", "otherwise", "taken-back", "twice"} {
		g.must(g.bet(ref, "b-"+ref, "10.00"))
		g.must(g.lastWin(ref, "w-"+ref, "b-"+ref, "0.00"))
	}
	c.Clock.Advance(time.Minute)
	until := c.Clock.Now()
	list := func(ref, payout string, at time.Time) {
		c.out.books.set(func(b *books) {
			b.rounds = append(b.rounds, &adapterv1.ProviderRound{
				RoundRef: ref, PlayerId: g.id, GameCode: "slot", State: adapterv1.ProviderRoundState_PROVIDER_ROUND_STATE_FINISHED, Stake: eur("10.00"), Payout: eur(payout),
				FinishedAt: timestamppb.New(at),
			})
		})
	}
	states := func() []string {
		c.reconcile(from, until)
		r, err := c.staff("finance").ListFindings(t.Context(), &gamingv1.ListFindingsRequest{IntegrationId: integration, ResolvedToo: true})
		require.NoError(t, err)
		var out []string
		for _, f := range r.GetFindings() {
			out = append(out, f.GetProviderRoundId()+" "+strings.TrimPrefix(f.GetKind().String(), "FINDING_KIND_")+" "+f.GetResolvedBy())
		}
		return out
	}
	list("only-there", "0.00", from)
	require.ElementsMatch(t, []string{
		"nowhere TIMING ", "later TIMING ", "otherwise TIMING ", "taken-back TIMING ", "twice TIMING ", "only-there MISSING_OURS ",
	}, states(), "asked at the end of the span")

	c.Clock.Advance(5 * time.Minute)
	list("later", "0.00", until.Add(-time.Minute))
	list("otherwise", "3.00", until.Add(-time.Minute))
	list("twice", "0.00", until.Add(time.Minute))
	c.exec("UPDATE round SET state = 3 WHERE provider_round_id = 'taken-back'")
	c.out.books.set(func(b *books) { b.rounds = b.rounds[1:] })
	for range 2 {
		require.ElementsMatch(t, []string{
			"nowhere TIMING reconciliation", "nowhere MISSING_THEIRS ", "later TIMING reconciliation", "otherwise TIMING reconciliation", "otherwise AMOUNT_MISMATCH ",
			"taken-back TIMING reconciliation", "twice TIMING ", "only-there MISSING_OURS ",
		}, states(), "asked when the time after it is over")
	}

	c.exec("UPDATE round SET closed_at = $1 WHERE provider_round_id = 'twice'", until.Add(time.Second)) // of the next span, which the provider has twice in this one
	c.out.books.set(func(b *books) { b.rounds[2].FinishedAt = timestamppb.New(until.Add(-time.Second)) })
	list("twice", "0.00", until.Add(-time.Second))
	for range 2 {
		require.Subset(t, states(), []string{"twice TIMING ", "twice DUPLICATE "})
		require.NotContains(t, states(), "twice TIMING reconciliation", "its first line says the same again")
	}
}

// TestReconciliation_FormerNames: a round of the provider's that we have under the name that its adapter gave it before is compared with that, and never two of them with one of ours.
func TestReconciliation_FormerNames(t *testing.T) {
	t.Parallel()
	c := open(t)
	g, other := c.seat("1000.00"), c.seat("100.00")
	from := c.Clock.Now().Add(-time.Hour)
	play := func(g *guest, game, ref string) {
		b := g.betRequest(ref, "b-"+game+ref, "10.00")
		b.GameCode = game
		g.must(g.adapter.PlaceBet(t.Context(), b))
		g.must(g.lastWin(ref, "w-"+game+ref, "b-"+game+ref, "0.00"))
	}
	for _, ref := range []string{"slot:new", "old", "two-games", "two-games-turned", "slot:parts", "parts", "twice", "both-names", "by-first", "no-game", "claimed", "claimed-near", "after",
		"after-elsewhere", "before-and-in"} {
		play(g, "slot", ref)
	}
	g.must(g.adapter.PlaceBet(t.Context(), g.betRequest("mixed", "b-mixed", "10.00")))
	b := g.betRequest("mixed", "b-mixed2", "10.00")
	b.GameCode = "other"
	g.must(g.adapter.PlaceBet(t.Context(), b))
	g.must(g.adapter.CloseRound(t.Context(), &gamingv1.CloseRoundRequest{Caller: g.caller(), ProviderRoundId: "mixed"}))
	play(other, "slot", "somebody-else")
	c.Clock.Advance(10 * time.Minute)
	until := c.Clock.Now().Add(-time.Minute)
	at := until.Add(-time.Minute)
	round := func(game, ref string, at time.Time) *adapterv1.ProviderRound {
		return &adapterv1.ProviderRound{
			RoundRef: game + ":" + ref, FormerRoundRef: ref, PlayerId: g.id, GameCode: game, State: adapterv1.ProviderRoundState_PROVIDER_ROUND_STATE_FINISHED,
			Stake: eur("10.00"), Payout: eur("0.00"), FinishedAt: timestamppb.New(at),
		}
	}
	named := func(ref, former string, at time.Time) *adapterv1.ProviderRound {
		r := round("slot", "", at)
		r.RoundRef, r.FormerRoundRef = ref, former
		return r
	}
	nameless := round("slot", "no-game", at)
	nameless.GameCode = ""
	c.out.books.set(func(b *books) {
		b.rounds = []*adapterv1.ProviderRound{
			round("slot", "new", at), round("slot", "old", at), round("slot", "two-games", at), round("other", "two-games", at), round("other", "two-games-turned", at),
			round("slot", "two-games-turned", at), round("slot", "parts", at), round("slot", "twice", at), round("slot", "twice", at), round("slot", "both-names", at), named("both-names", "", at),
			named("by-first", "", at), round("slot", "by-first", at), nameless, named("claims", "claimed", at), named("claims-too", "claimed", at),
			named("claims-near", "claimed-near", until), named("claims-near-too", "claimed-near", at),
			round("slot", "mixed", at), round("slot", "somebody-else", at), round("slot", "after", until), round("other", "after-elsewhere", until), round("slot", "before-and-in", until),
			round("slot", "before-and-in", at), round("slot", "only-there", at), round("slot", "only-there", at),
		}
	})
	run := c.reconcile(from, until)
	require.Equal(t, gamingv1.ReconciliationState_RECONCILIATION_STATE_DONE, run.GetState())
	var found []string
	for _, f := range c.findings() {
		found = append(found, f.GetProviderRoundId()+" "+strings.TrimPrefix(f.GetKind().String(), "FINDING_KIND_"))
	}
	require.ElementsMatch(t, []string{
		"other:two-games MISSING_OURS", "other:two-games-turned MISSING_OURS", "parts MISSING_THEIRS", "twice DUPLICATE", "both-names DUPLICATE", "slot:no-game MISSING_OURS",
		"no-game MISSING_THEIRS", "slot:mixed MISSING_OURS", "mixed MISSING_THEIRS", "slot:somebody-else MISSING_OURS", "somebody-else MISSING_THEIRS", "after TIMING",
		"after-elsewhere MISSING_THEIRS", "slot:only-there MISSING_OURS", "slot:only-there DUPLICATE",
		"slot:by-first MISSING_OURS", "claims-too MISSING_OURS", "claimed-near TIMING", "claims-near-too MISSING_OURS",
	}, found)
	require.Equal(t, []int64{22, 17, 10}, []int64{run.GetTheirRounds(), run.GetOurRounds(), run.GetMatched()})
}

// TestReconciliation_BadInputAndFailures: nothing is compared that cannot be, and a run says why it ended.
func TestReconciliation_BadInputAndFailures(t *testing.T) {
	t.Parallel()
	c := open(t)
	now := c.Clock.Now()
	for name, span := range map[string][2]time.Time{
		"empty": {now, now}, "backwards": {now, now.Add(-time.Hour)}, "long": {now.Add(-8 * 24 * time.Hour), now}, "future": {now.Add(-time.Hour), now.Add(time.Hour)},
	} {
		_, err := c.staff("finance").StartReconciliation(t.Context(), &gamingv1.StartReconciliationRequest{
			IntegrationId: integration, From: timestamppb.New(span[0]), Until: timestamppb.New(span[1]),
		})
		require.True(t, errs.Is(err, gamingv1.ErrorReason_ERROR_REASON_SPAN_INVALID), "%s: %v", name, err)
	}
	good := &gamingv1.StartReconciliationRequest{IntegrationId: "nope", From: timestamppb.New(now.Add(-time.Hour)), Until: timestamppb.New(now)}
	_, err := c.staff("finance").StartReconciliation(t.Context(), good)
	refused(t, err, gamingv1.ErrorReason_ERROR_REASON_INTEGRATION_NOT_FOUND)
	_, err = c.as("ply_x").StartReconciliation(t.Context(), good)
	require.Equal(t, codes.PermissionDenied, status.Code(err))
	_, err = c.staff("finance").GetReconciliation(t.Context(), &gamingv1.GetReconciliationRequest{RunId: "rec_nope"})
	refused(t, err, gamingv1.ErrorReason_ERROR_REASON_RUN_NOT_FOUND)
	_, err = c.staff("admin").ResolveFinding(t.Context(), &gamingv1.ResolveFindingRequest{FindingId: "fnd_nope", Resolution: "nothing"})
	refused(t, err, gamingv1.ErrorReason_ERROR_REASON_FINDING_NOT_FOUND)

	c.out.books.set(func(b *books) { b.err = errs.New(adapterv1.ErrorReason_ERROR_REASON_NOT_SUPPORTED, "no") })
	require.Equal(t, gamingv1.ReconciliationState_RECONCILIATION_STATE_NOT_SUPPORTED, c.reconcile(now.Add(-time.Hour), now).GetState())
	c.out.books.set(func(b *books) {
		b.err = errs.New(adapterv1.ErrorReason_ERROR_REASON_PROVIDER_UNAVAILABLE, "away")
	})
	failed := c.reconcile(now.Add(-time.Hour), now)
	require.Equal(t, gamingv1.ReconciliationState_RECONCILIATION_STATE_FAILED, failed.GetState())
	require.Equal(t, "PROVIDER_UNAVAILABLE", failed.GetProblem())
}
