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
