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

func TestLists(t *testing.T) {
	t.Parallel()
	c := open(t)
	g, other := c.seat("100.00"), c.seat("100.00")
	for n := range 5 {
		_, err := g.bet("round-"+tx(n), tx(n), "1.00")
		require.NoError(t, err)
	}
	_, err := g.lastWin("round-tx-0", "w-0", tx(0), "2.00")
	require.NoError(t, err)
	_, err = other.bet("theirs", "theirs-b", "1.00")
	require.NoError(t, err)
	back := gamingv1.NewGamingServiceClient(c.As(testkit.Operator("support")))

	t.Run("bets in pages, newest first, only one's own", func(t *testing.T) {
		var seen []string
		token := ""
		for {
			r, err := c.as(g.id).ListBets(t.Context(), &gamingv1.ListBetsRequest{Page: &commonv1.PageRequest{Size: 2, Token: token}})
			require.NoError(t, err)
			for _, b := range r.GetBets() {
				seen = append(seen, b.GetProviderTxId())
				require.Equal(t, g.id, b.GetPlayerId())
			}
			if token = r.GetPage().GetNextToken(); token == "" {
				break
			}
		}
		require.Equal(t, []string{tx(4), tx(3), tx(2), tx(1), tx(0)}, seen)
		r, err := c.as(g.id).ListBets(t.Context(), &gamingv1.ListBetsRequest{State: gamingv1.BetState_BET_STATE_SETTLED, GameId: c.games["slot"]})
		require.NoError(t, err)
		require.Len(t, r.GetBets(), 1)
		require.Equal(t, gamingv1.BetOutcome_BET_OUTCOME_WIN, r.GetBets()[0].GetOutcome())
		for _, bad := range []string{"x", "e30"} {
			_, err = c.as(g.id).ListBets(t.Context(), &gamingv1.ListBetsRequest{Page: &commonv1.PageRequest{Token: bad}})
			refused(t, err, gamingv1.ErrorReason_ERROR_REASON_BAD_PAGE_TOKEN)
		}
	})

	t.Run("rounds by what a support agent knows", func(t *testing.T) {
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
	})

	t.Run("a round only for its player and for staff", func(t *testing.T) {
		id := other.round("theirs").GetRoundId()
		_, err := c.as(g.id).GetRound(t.Context(), &gamingv1.GetRoundRequest{RoundId: id})
		refused(t, err, gamingv1.ErrorReason_ERROR_REASON_ROUND_NOT_FOUND)
		_, err = c.as(g.id).GetRound(t.Context(), &gamingv1.GetRoundRequest{RoundId: "rnd_none"})
		refused(t, err, gamingv1.ErrorReason_ERROR_REASON_ROUND_NOT_FOUND)
		r, err := c.as(other.id).GetRound(t.Context(), &gamingv1.GetRoundRequest{RoundId: id})
		require.NoError(t, err)
		require.Len(t, r.GetRound().GetBets(), 1)
		_, err = back.GetRound(t.Context(), &gamingv1.GetRoundRequest{RoundId: id})
		require.NoError(t, err)
		_, err = gamingv1.NewGamingServiceClient(c.As(testkit.Anonymous())).GetRound(t.Context(), &gamingv1.GetRoundRequest{RoundId: id})
		require.Equal(t, codes.Unauthenticated, status.Code(err))
	})
}
