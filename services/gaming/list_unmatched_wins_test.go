package gaming_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
)

// unmatched is the queue of the player.
func (g *guest) unmatched() []*gamingv1.UnmatchedWin {
	g.t.Helper()
	r, err := gamingv1.NewGamingServiceClient(g.As(testkit.Operator("support"))).ListUnmatchedWins(g.t.Context(), &gamingv1.ListUnmatchedWinsRequest{PlayerId: g.id})
	require.NoError(g.t, err)
	return r.GetWins()
}

func TestListUnmatchedWins(t *testing.T) {
	t.Parallel()
	c := open(t)
	g := c.seat("100.00")
	for range 3 {
		_, err := g.win("u1", "u1-w", "u1-b", "5.00")
		refused(t, err, gamingv1.ErrorReason_ERROR_REASON_BET_NOT_FOUND)
	}
	_, err := g.win("u1", "u1-w0", "u1-b", "0.00")
	refused(t, err, gamingv1.ErrorReason_ERROR_REASON_BET_NOT_FOUND)
	wins := g.unmatched()
	require.Len(t, wins, 1, "nothing is lost with a loss")
	w := wins[0]
	require.Equal(t, []any{g.id, "u1-w", "u1-b", "u1", "slot", "5.00", "BET_NOT_FOUND", gamingv1.UnmatchedWinState_UNMATCHED_WIN_STATE_OPEN, int64(3)},
		[]any{w.GetPlayerId(), w.GetProviderTxId(), w.GetBetProviderTxId(), w.GetProviderRoundId(), w.GetGameCode(), w.GetAmount().GetAmount(), w.GetReason(), w.GetState(), w.GetAttempts()})

	// The bet comes after all, and then the win again.
	g.must(g.bet("u1", "u1-b", "10.00"))
	g.must(g.win("u1", "u1-w", "u1-b", "5.00"))
	eventually(t, "the win is matched", func() bool {
		return g.unmatched()[0].GetState() == gamingv1.UnmatchedWinState_UNMATCHED_WIN_STATE_MATCHED
	})
	g.cash("95.00", "0.00")
	for _, who := range []testkit.Caller{testkit.Player(g.id), testkit.Peer("hub88"), testkit.Anonymous()} {
		_, err = gamingv1.NewGamingServiceClient(c.As(who)).ListUnmatchedWins(t.Context(), &gamingv1.ListUnmatchedWinsRequest{})
		require.Error(t, err)
	}
}
