package gaming_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
)

func TestVoidRound(t *testing.T) {
	t.Parallel()
	c := open(t)
	g := c.seat("100.00")
	placed, err := g.bet("vr", "vr-b1", "10.00")
	require.NoError(t, err)
	g.must(g.bet("vr", "vr-b2", "10.00"))
	g.must(g.win("vr", "vr-w", "vr-b1", "30.00"))
	req := &gamingv1.VoidRoundRequest{RequestId: "v1", RoundId: placed.GetRoundId(), Reason: "the table broke"}
	staffOnly(t, c, g.id, func(ctx context.Context, x gamingv1.GamingServiceClient) error {
		_, err := x.VoidRound(ctx, req)
		return err
	})
	for i := range 2 {
		r, err := c.finance().VoidRound(t.Context(), req)
		require.NoError(t, err)
		require.Equal(t, i == 1, r.GetReplayed())
		require.Len(t, r.GetBets(), 2, "also when it is repeated")
		require.Equal(t, "30.00", r.GetBets()[0].GetPayoutBefore().GetAmount())
	}
	g.cash("100.00", "0.00")
	require.Equal(t, gamingv1.RoundState_ROUND_STATE_VOIDED, g.round("vr").GetState())
	_, err = g.win("vr", "vr-w2", "vr-b1", "5.00")
	refused(t, err, gamingv1.ErrorReason_ERROR_REASON_BET_VOIDED)

	// Its provider took a bet back and left the winnings; they go too.
	kept, err := g.bet("vk", "vk-b", "10.00")
	require.NoError(t, err)
	g.must(g.win("vk", "vk-w", "vk-b", "8.00"))
	x := g.cancelRequest("vk", "vk-c", "vk-b")
	x.KeepWinnings = true
	g.must(g.adapter.CancelTransaction(t.Context(), x))
	g.cash("108.00", "0.00")
	for _, request := range []string{"k1", "k1", "k2"} {
		g.must(c.finance().VoidRound(t.Context(), &gamingv1.VoidRoundRequest{RequestId: request, RoundId: kept.GetRoundId(), Reason: "the table broke"}))
		g.cash("100.00", "0.00")
	}
	require.Equal(t, "0.00", g.round("vk").GetPayout().GetAmount())
	g.must(g.cancel("vk", "vk-cw", "vk-w"))
	g.cash("100.00", "0.00")
	req.RoundId = "rnd_none"
	_, err = c.finance().VoidRound(t.Context(), req)
	refused(t, err, gamingv1.ErrorReason_ERROR_REASON_ROUND_NOT_FOUND)
	c.verify()
}
