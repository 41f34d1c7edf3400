package gaming

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestCompareRound: one case for each class of domain.md 6.4, and their priority when several apply.
func TestCompareRound(t *testing.T) {
	t.Parallel()
	from := time.Date(2026, 11, 25, 0, 0, 0, 0, time.UTC)
	until := from.Add(24 * time.Hour)
	good := func() roundBook {
		return roundBook{
			roundRef: "r", player: "ply_a", currency: "EUR", state: bookFinished, stake: 1000, payout: 1500, endedAt: from.Add(time.Hour), bets: map[string]int64{"b": 1000},
		}
	}
	for name, c := range map[string]struct {
		change func(ours, theirs *roundBook)
		want   string // empty: they agree
		delta  int64
	}{
		"agree":                     {func(_, _ *roundBook) {}, "", 0},
		"cancelled in both":         {func(o, th *roundBook) { o.state, th.state, o.stake, o.payout = bookCancelled, bookCancelled, 0, 0 }, "", 0},
		"their sums only":           {func(_, th *roundBook) { th.bets = nil }, "", 0},
		"amount":                    {func(_, th *roundBook) { th.payout = 1600 }, "FINDING_KIND_AMOUNT_MISMATCH", -100},
		"status":                    {func(_, th *roundBook) { th.state = bookCancelled }, "FINDING_KIND_STATUS_MISMATCH", 0},
		"open here":                 {func(o, _ *roundBook) { o.state, o.endedAt = bookOpen, time.Time{} }, "FINDING_KIND_OPEN_ROUND", 0},
		"amount before open":        {func(o, _ *roundBook) { o.state, o.payout = bookOpen, 0 }, "FINDING_KIND_AMOUNT_MISMATCH", -1500},
		"ended in the next span":    {func(o, _ *roundBook) { o.endedAt = until.Add(time.Minute) }, "FINDING_KIND_TIMING", 0},
		"told in the next span":     {func(_, th *roundBook) { th.endedAt = until.Add(time.Minute) }, "FINDING_KIND_TIMING", 0},
		"both in the next span":     {func(o, th *roundBook) { o.endedAt, th.endedAt = until, until.Add(time.Minute) }, "", 0},
		"player before all":         {func(o, th *roundBook) { o.player, th.payout = "ply_b", 9 }, "FINDING_KIND_PLAYER_MISMATCH", 1491},
		"stakes under another id":   {func(_, th *roundBook) { th.bets = map[string]int64{"c": 1000} }, "FINDING_KIND_MISSING_OURS", 1000},
		"stakes of another amounts": {func(_, th *roundBook) { th.bets = map[string]int64{"b": 900} }, "FINDING_KIND_AMOUNT_MISMATCH", -100},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ours, theirs := good(), good()
			c.change(&ours, &theirs)
			diffs := compareRound(ours, theirs, from, until)
			if c.want == "" {
				require.Empty(t, diffs)
				return
			}
			require.NotEmpty(t, diffs)
			require.Equal(t, c.want, diffs[0].kind.String())
			require.Equal(t, c.delta, *diffs[0].delta)
		})
	}
	t.Run("currency", func(t *testing.T) {
		t.Parallel()
		ours, theirs := good(), good()
		theirs.currency, theirs.payout = "USD", 1
		diffs := compareRound(ours, theirs, from, until)
		require.Equal(t, "FINDING_KIND_CURRENCY_MISMATCH", diffs[0].kind.String())
		require.Nil(t, diffs[0].delta, "no delta between currencies")
		require.EqualValues(t, 1, diffs[0].priority())
	})
	t.Run("missing", func(t *testing.T) {
		t.Parallel()
		require.EqualValues(t, -500, *missingOurs(good()).delta)
		inside, edge := good(), good()
		edge.endedAt = until.Add(-time.Minute)
		early := until.Add(timingGrace - time.Second)
		require.Equal(t, "FINDING_KIND_MISSING_THEIRS", missingTheirs(inside, until, early).kind.String())
		require.Equal(t, "FINDING_KIND_TIMING", missingTheirs(edge, until, early).kind.String(), "it may be listed yet")
		require.Equal(t, "FINDING_KIND_MISSING_THEIRS", missingTheirs(edge, until, until.Add(timingGrace)).kind.String())
		edge.endedAt = from
		require.Equal(t, "FINDING_KIND_MISSING_THEIRS", missingTheirs(edge, until, early).kind.String())
	})
}
