package gaming_test

import (
	"context"
	"strconv"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	commonv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/services/gaming/internal/db"
)

func TestResettleRound(t *testing.T) {
	t.Parallel()
	c := open(t)
	g := c.seat("100.00")
	placed, err := g.bet("rt", "rt-b", "10.00")
	require.NoError(t, err)
	g.must(g.lastWin("rt", "rt-w", "rt-b", "30.00"))
	req := &gamingv1.ResettleRoundRequest{
		RequestId: "r1", RoundId: placed.GetRoundId(), Reason: "dealer's mistake", Bets: []*gamingv1.BetResult{{BetId: placed.GetBetId(), Payout: eur("25.00")}},
	}
	staffOnly(t, c, g.id, func(ctx context.Context, x gamingv1.GamingServiceClient) error {
		_, err := x.ResettleRound(ctx, req)
		return err
	})
	for i := range 2 {
		r, err := c.finance().ResettleRound(t.Context(), req)
		require.NoError(t, err)
		require.Equal(t, i == 1, r.GetReplayed())
		require.Len(t, r.GetBets(), 1, "also when it is repeated")
		require.Equal(t, "30.00", r.GetBets()[0].GetPayoutBefore().GetAmount())
	}
	g.cash("115.00", "0.00")
	var e gamingv1.RoundRecalculated
	require.NoError(t, c.Events("round.recalculated.v1", 1)[0].Decode(&e))
	require.Equal(t, "dealer's mistake", e.GetReason())
	req.RoundId = "rnd_none"
	_, err = c.finance().ResettleRound(t.Context(), req)
	refused(t, err, gamingv1.ErrorReason_ERROR_REASON_ROUND_NOT_FOUND)
	c.verify()
}

// A bet that is named twice has two results: the request is refused as such, by whichever of its names, and is not asked to be sent again.
func TestResettleRound_BetTwice(t *testing.T) {
	t.Parallel()
	c := open(t)
	g := c.seat("100.00")
	placed, err := g.bet("rd", "rd-b", "10.00")
	require.NoError(t, err)
	g.must(g.lastWin("rd", "rd-w", "rd-b", "30.00"))
	for i, second := range []*gamingv1.BetResult{{BetId: placed.GetBetId(), Payout: eur("26.00")}, {BetProviderTxId: "rd-b", Payout: eur("25.00")}} {
		_, err = c.finance().ResettleRound(t.Context(), &gamingv1.ResettleRoundRequest{
			RequestId: "twice", RoundId: placed.GetRoundId(), Reason: "dealer's mistake", Bets: []*gamingv1.BetResult{{BetId: placed.GetBetId(), Payout: eur("25.00")}, second},
		})
		require.True(t, errs.Is(err, commonv1.ErrorReason_ERROR_REASON_VALIDATION), "%d: %v", i, err)
	}
	g.cash("120.00", "0.00")
	c.verify()
}

// decide is an operator's result of one bet.
func (g *guest) decide(request, roundID, betTx, payout string) (*gamingv1.ResettleRoundResponse, error) {
	return g.finance().ResettleRound(g.t.Context(), &gamingv1.ResettleRoundRequest{
		RequestId: request, RoundId: roundID, Reason: "the studio told us", Bets: []*gamingv1.BetResult{{BetProviderTxId: g.name(betTx), Payout: eur(payout)}},
	})
}

// What a provider reports after an operator has given a bet its result is not paid beside that: it waits for the operator. Its other bets, losses and corrections
// go on as ever.
func TestResettleRound_ProviderAfterwards(t *testing.T) {
	t.Parallel()
	c := open(t)
	g := c.seat("100.00")
	first, err := g.bet("ra", "ra-b1", "10.00")
	require.NoError(t, err)
	_, err = g.bet("ra", "ra-b2", "10.00")
	require.NoError(t, err)
	g.must(g.decide("ra", first.GetRoundId(), "ra-b1", "12.00"))
	require.Equal(t, []bool{true, false}, []bool{g.round("ra").GetBets()[0].GetDecided(), g.round("ra").GetBets()[1].GetDecided()})
	_, err = g.win("ra", "ra-w1", "ra-b1", "12.00")
	refused(t, err, gamingv1.ErrorReason_ERROR_REASON_BET_SETTLED)
	require.Len(t, g.unmatched(), 1)
	g.must(g.win("ra", "ra-w0", "ra-b1", "0.00"))
	g.must(g.win("ra", "ra-w2", "ra-b2", "5.00"))
	g.cash("97.00", "0.00")

	g.must(g.decide("ra2", first.GetRoundId(), "ra-b1", "0.00"))
	_, err = g.win("ra", "ra-w1", "ra-b1", "12.00")
	refused(t, err, gamingv1.ErrorReason_ERROR_REASON_BET_SETTLED)
	g.must(c.finance().ResolveUnmatchedWin(t.Context(), &gamingv1.ResolveUnmatchedWinRequest{UnmatchedWinId: g.unmatched()[0].GetUnmatchedWinId(), Pay: new(true), Reason: "as the studio says"}))
	paid, err := g.win("ra", "ra-w1", "ra-b1", "12.00")
	require.NoError(t, err, "its provider sends it again")
	require.True(t, paid.GetReceipt().GetReplayed())
	g.cash("97.00", "0.00")

	g.must(g.adapter.RecalculateRound(t.Context(), &gamingv1.RecalculateRoundRequest{
		Caller: g.caller(), ProviderRoundId: "ra", ProviderTxId: "ra-c", Bets: []*gamingv1.BetResult{{BetProviderTxId: "ra-b1", Payout: eur("1.00")}},
	}))
	require.False(t, g.round("ra").GetBets()[0].GetDecided(), "now it is the provider's")
	g.cash("86.00", "0.00")
	g.must(g.win("ra", "ra-w3", "ra-b1", "2.00"))
	g.cash("88.00", "0.00")
	c.verify()
}

// A result that an operator only corrects stays its provider's.
func TestResettleRound_CorrectedIsNotDecided(t *testing.T) {
	t.Parallel()
	c := open(t)
	g := c.seat("100.00")
	placed, err := g.bet("rc", "rc-b", "10.00")
	require.NoError(t, err)
	g.must(g.win("rc", "rc-w", "rc-b", "30.00"))
	g.must(g.decide("rc", placed.GetRoundId(), "rc-b", "20.00"))
	require.False(t, g.round("rc").GetBets()[0].GetDecided())
	g.must(g.win("rc", "rc-w2", "rc-b", "1.00"))
	g.cash("111.00", "0.00")
	c.verify()
}

// An operator's correction that is refused changes nothing about whose the bets are: their provider's results and cancellations are treated as if nobody had tried.
func TestResettleRound_RefusedLeavesNoMark(t *testing.T) {
	t.Parallel()
	c := open(t)
	g := c.seat("1000.00")
	decided := func(roundID string) (is []bool) {
		require.NoError(t, c.DB.QueryRow(t.Context(), "SELECT array_agg(decided) FROM bet WHERE round_id = $1", roundID).Scan(&is))
		return is
	}
	t.Run("a request that was used", func(t *testing.T) {
		first, err := g.bet("rm1", "rm-b1", "10.00")
		require.NoError(t, err)
		g.must(g.decide("used", first.GetRoundId(), "rm-b1", "12.00"))
		second, err := g.bet("rm2", "rm-b2", "10.00")
		require.NoError(t, err)
		_, err = g.decide("used", second.GetRoundId(), "rm-b2", "12.00")
		refused(t, err, gamingv1.ErrorReason_ERROR_REASON_DUPLICATE_MISMATCH)
		_, err = c.finance().VoidRound(t.Context(), &gamingv1.VoidRoundRequest{RequestId: "used", RoundId: second.GetRoundId(), Reason: "mistake"})
		refused(t, err, gamingv1.ErrorReason_ERROR_REASON_DUPLICATE_MISMATCH)
		require.Equal(t, []bool{false}, decided(second.GetRoundId()))
		g.must(g.lastWin("rm2", "rm-w2", "rm-b2", "7.00"))
	})
	t.Run("a cancellation at the same moment", func(t *testing.T) {
		for i, refusals := 0, 0; refusals < 3 && i < 40; i++ {
			name := "rn" + strconv.Itoa(i)
			first, err := g.bet(name, name+"-b1", "1.00")
			require.NoError(t, err)
			_, err = g.bet(name, name+"-b2", "1.00")
			require.NoError(t, err)
			var work sync.WaitGroup
			work.Go(func() { _, _ = g.cancel(name, name+"-c", name+"-b1") }) // which of the two is first does not matter
			_, err = c.finance().ResettleRound(t.Context(), &gamingv1.ResettleRoundRequest{
				RequestId: name, RoundId: first.GetRoundId(), Reason: "the studio told us",
				Bets: []*gamingv1.BetResult{{BetProviderTxId: g.name(name + "-b1"), Payout: eur("2.00")}, {BetProviderTxId: g.name(name + "-b2"), Payout: eur("2.00")}},
			})
			work.Wait()
			if errs.Is(err, gamingv1.ErrorReason_ERROR_REASON_BET_VOIDED) {
				refusals++
				require.Equal(t, []bool{false, false}, decided(first.GetRoundId()))
				g.must(g.lastWin(name, name+"-w", name+"-b2", "3.00"))
			} else {
				require.NoError(t, err)
				require.Equal(t, []bool{true, true}, decided(first.GetRoundId()))
			}
		}
	})
	c.verify()
}

// A mark that another correction has made anew since is not taken back by the first one's refusal.
func TestUndecideBets(t *testing.T) {
	t.Parallel()
	c := open(t)
	g := c.seat("100.00")
	placed, err := g.bet("ru", "ru-b", "10.00")
	require.NoError(t, err)
	q := db.New(c.DB)
	mark := func(tx string) []string {
		ids, err := q.DecideBets(t.Context(), db.DecideBetsParams{BetIds: []string{placed.GetBetId()}, Accepted: 2, Settled: 3, Now: c.Clock.Now(), TxID: tx})
		require.NoError(t, err)
		return ids
	}
	undo := func(tx string) bool {
		require.NoError(t, q.UndecideBets(t.Context(), db.UndecideBetsParams{BetIds: []string{placed.GetBetId()}, TxID: tx, Accepted: 2, Settled: 3, Voided: 4, Now: c.Clock.Now()}))
		b, err := q.BetByID(t.Context(), placed.GetBetId())
		require.NoError(t, err)
		return !b.Decided
	}
	require.Equal(t, []string{placed.GetBetId()}, mark("first"))
	require.Empty(t, mark("second"), "it was marked before")
	require.False(t, undo("first"))
	require.True(t, undo("second"))
	require.Len(t, mark("third"), 1)
	require.True(t, undo("third"))
}
