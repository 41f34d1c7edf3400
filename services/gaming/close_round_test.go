package gaming_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
)

// peersOnly asserts that nobody but an adapter may call.
func peersOnly(t *testing.T, c *casino, playerID string, call func(context.Context, gamingv1.GamingServiceClient) error) {
	t.Helper()
	for _, who := range []testkit.Caller{testkit.Player(playerID), testkit.Operator("admin").Fresh(), testkit.Peer("cashier"), testkit.Partner("pcl_1", "wallet")} {
		require.Equal(t, codes.PermissionDenied, status.Code(call(t.Context(), gamingv1.NewGamingServiceClient(c.As(who)))))
	}
}

// staffOnly asserts that nobody but staff with a fresh second factor and the right to adjust may call.
func staffOnly(t *testing.T, c *casino, playerID string, call func(context.Context, gamingv1.GamingServiceClient) error) {
	t.Helper()
	for _, who := range []testkit.Caller{testkit.Player(playerID), testkit.Operator("support").Fresh(), testkit.Operator("finance").Stale(), testkit.Peer("hub88")} {
		require.Error(t, call(t.Context(), gamingv1.NewGamingServiceClient(c.As(who))))
	}
}

// finance is gaming as somebody sees it who may correct.
func (c *casino) finance() gamingv1.GamingServiceClient {
	return gamingv1.NewGamingServiceClient(c.As(testkit.OperatorNamed("opr_finance", "finance").Fresh()))
}

func TestCloseRound(t *testing.T) {
	t.Parallel()
	c := open(t)
	g, other := c.seat("100.00"), c.seat("5.00")
	g.must(g.bet("cr", "cr-b1", "10.00"))
	g.must(g.bet("cr", "cr-b2", "20.00"))
	g.must(g.win("cr", "cr-w1", "cr-b1", "3.00"))
	req := &gamingv1.CloseRoundRequest{Caller: g.caller(), ProviderRoundId: "cr"}
	peersOnly(t, c, g.id, func(ctx context.Context, x gamingv1.GamingServiceClient) error {
		_, err := x.CloseRound(ctx, req)
		return err
	})
	for range 2 {
		r, err := g.adapter.CloseRound(t.Context(), req)
		require.NoError(t, err)
		require.True(t, r.GetFound())
		require.Equal(t, []string{g.id, "73.00"}, []string{r.GetPlayerId(), r.GetFunds().GetCash().GetAmount()})
	}
	g.cash("73.00", "0.00")
	round := g.round("cr")
	require.Equal(t, gamingv1.RoundState_ROUND_STATE_SETTLED, round.GetState())
	require.Equal(t, gamingv1.BetOutcome_BET_OUTCOME_LOSE, round.GetBets()[1].GetOutcome())
	_, err := g.bet("cr", "cr-b3", "1.00")
	refused(t, err, gamingv1.ErrorReason_ERROR_REASON_ROUND_CLOSED)

	unknown, err := g.adapter.CloseRound(t.Context(), &gamingv1.CloseRoundRequest{Caller: g.caller(), ProviderRoundId: "cr-none"})
	require.NoError(t, err)
	require.False(t, unknown.GetFound())
	require.Equal(t, "73.00", unknown.GetFunds().GetCash().GetAmount())
	_, err = g.adapter.CloseRound(t.Context(), &gamingv1.CloseRoundRequest{
		Caller: &gamingv1.Caller{IntegrationId: integration, SessionToken: g.token, PlayerId: other.id}, ProviderRoundId: "cr",
	})
	refused(t, err, gamingv1.ErrorReason_ERROR_REASON_PLAYER_MISMATCH)
	_, err = g.adapter.CloseRound(t.Context(), &gamingv1.CloseRoundRequest{Caller: g.caller()})
	require.Equal(t, codes.InvalidArgument, status.Code(err))
	c.verify()
}
