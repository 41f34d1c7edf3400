package gaming_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
)

func TestGetPlayerBalance(t *testing.T) {
	t.Parallel()
	c := open(t)
	g, other := c.seat("10.00"), c.seat("20.00")
	_, err := g.bet("r", "b", "3.00")
	require.NoError(t, err)
	good := &gamingv1.GetPlayerBalanceRequest{Caller: &gamingv1.Caller{IntegrationId: integration, SessionToken: g.token, PlayerId: g.id}, GameCode: "slot"}
	r, err := c.adapter.GetPlayerBalance(t.Context(), good)
	require.NoError(t, err)
	require.Equal(t, []string{g.id, "7.00", "EUR"}, []string{r.GetPlayerId(), r.GetFunds().GetCash().GetAmount(), r.GetFunds().GetCash().GetCurrency()})
	for name, want := range map[string]struct {
		req    *gamingv1.GetPlayerBalanceRequest
		reason gamingv1.ErrorReason
	}{
		"unknown token":  {&gamingv1.GetPlayerBalanceRequest{Caller: &gamingv1.Caller{IntegrationId: integration, SessionToken: "nobody's"}}, gamingv1.ErrorReason_ERROR_REASON_SESSION_NOT_FOUND},
		"foreign player": {&gamingv1.GetPlayerBalanceRequest{Caller: &gamingv1.Caller{IntegrationId: integration, SessionToken: g.token, PlayerId: other.id}}, gamingv1.ErrorReason_ERROR_REASON_PLAYER_MISMATCH},
		"unknown game":   {&gamingv1.GetPlayerBalanceRequest{Caller: &gamingv1.Caller{IntegrationId: integration, SessionToken: g.token}, GameCode: "nope"}, gamingv1.ErrorReason_ERROR_REASON_GAME_NOT_FOUND},
	} {
		_, err = c.adapter.GetPlayerBalance(t.Context(), want.req)
		require.True(t, errs.Is(err, want.reason), "%s: %v", name, err)
	}
	_, err = gamingv1.NewGamingServiceClient(c.As(testkit.Player(g.id))).GetPlayerBalance(t.Context(), good)
	require.Equal(t, codes.PermissionDenied, status.Code(err))
}
