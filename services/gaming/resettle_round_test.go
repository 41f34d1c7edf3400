package gaming_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	commonv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
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
