package gaming_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	commonv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
)

// TestSearchRounds: by what a support agent knows.
func TestSearchRounds(t *testing.T) {
	t.Parallel()
	c := open(t)
	g, _ := c.played()
	back := gamingv1.NewGamingServiceClient(c.As(testkit.Operator("support")))
	for name, want := range map[string]struct {
		req *gamingv1.SearchRoundsRequest
		n   int
	}{
		"player":      {&gamingv1.SearchRoundsRequest{PlayerId: g.id}, 5},
		"state":       {&gamingv1.SearchRoundsRequest{PlayerId: g.id, State: gamingv1.RoundState_ROUND_STATE_SETTLED}, 1},
		"transaction": {&gamingv1.SearchRoundsRequest{ProviderTxId: "w-0"}, 1},
		"integration": {&gamingv1.SearchRoundsRequest{IntegrationId: "studio-two"}, 0},
		"all":         {&gamingv1.SearchRoundsRequest{}, 6},
	} {
		r, err := back.SearchRounds(t.Context(), want.req)
		require.NoError(t, err, name)
		require.Len(t, r.GetRounds(), want.n, name)
		for _, x := range r.GetRounds() {
			require.Len(t, x.GetBets(), 1)
		}
	}
	first, err := back.SearchRounds(t.Context(), &gamingv1.SearchRoundsRequest{Page: &commonv1.PageRequest{Size: 4}})
	require.NoError(t, err)
	rest, err := back.SearchRounds(t.Context(), &gamingv1.SearchRoundsRequest{Page: &commonv1.PageRequest{Size: 4, Token: first.GetPage().GetNextToken()}})
	require.NoError(t, err)
	require.Len(t, rest.GetRounds(), 2)
	_, err = gamingv1.NewGamingServiceClient(c.As(testkit.Player(g.id))).SearchRounds(t.Context(), &gamingv1.SearchRoundsRequest{})
	require.Equal(t, codes.PermissionDenied, status.Code(err))
}
