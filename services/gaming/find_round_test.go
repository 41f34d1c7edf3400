package gaming_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
)

func TestFindRound(t *testing.T) {
	t.Parallel()
	c := open(t)
	g, other := c.seat("100.00"), c.seat("1.00")
	g.must(g.bet("fr", "fr-b", "10.00"))
	req := &gamingv1.FindRoundRequest{Caller: g.caller(), ProviderRoundId: "fr"}
	r, err := g.adapter.FindRound(t.Context(), req)
	require.NoError(t, err)
	require.Equal(t, []any{g.round("fr").GetRoundId(), "slot"}, []any{r.GetRoundId(), r.GetGameCode()})
	require.Nil(t, r.GetClosedAt())
	require.True(t, r.GetStaked())
	require.False(t, r.GetDecided())
	_, err = g.adapter.PlaceBet(t.Context(), g.betRequest("refused", "refused-b", "1000.00"))
	refused(t, err, gamingv1.ErrorReason_ERROR_REASON_INSUFFICIENT_FUNDS)
	r, err = g.adapter.FindRound(t.Context(), &gamingv1.FindRoundRequest{Caller: g.caller(), ProviderRoundId: "refused"})
	require.NoError(t, err)
	require.False(t, r.GetStaked(), "nothing but a stake that was refused")
	g.must(g.lastWin("fr", "fr-w", "fr-b", "1.00"))
	r, err = g.adapter.FindRound(t.Context(), req)
	require.NoError(t, err)
	require.NotNil(t, r.GetClosedAt())
	placed, err := g.bet("op", "op-b", "1.00")
	require.NoError(t, err)
	g.must(g.decide("op-d", placed.GetRoundId(), "op-b", "2.00"))
	r, err = g.adapter.FindRound(t.Context(), &gamingv1.FindRoundRequest{Caller: g.caller(), ProviderRoundId: "op"})
	require.NoError(t, err)
	require.True(t, r.GetDecided(), "by an operator")
	for _, x := range []*gamingv1.FindRoundRequest{{Caller: g.caller(), ProviderRoundId: "none"}, {Caller: other.caller(), ProviderRoundId: "fr"}} {
		_, err = g.adapter.FindRound(t.Context(), x)
		refused(t, err, gamingv1.ErrorReason_ERROR_REASON_ROUND_NOT_FOUND)
	}
	peersOnly(t, c, g.id, func(ctx context.Context, x gamingv1.GamingServiceClient) error {
		_, err := x.FindRound(ctx, req)
		return err
	})
}
