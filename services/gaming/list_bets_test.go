package gaming_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	commonv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
)

// played is five rounds of one player, the first won, and one of another.
func (c *casino) played() (g, other *guest) {
	c.t.Helper()
	g, other = c.seat("100.00"), c.seat("100.00")
	for n := range 5 {
		_, err := g.bet("round-"+tx(n), tx(n), "1.00")
		require.NoError(c.t, err)
	}
	_, err := g.lastWin("round-tx-0", "w-0", tx(0), "2.00")
	require.NoError(c.t, err)
	_, err = other.bet("theirs", "theirs-b", "1.00")
	require.NoError(c.t, err)
	return g, other
}

// TestListBets: in pages, newest first, only one's own.
func TestListBets(t *testing.T) {
	t.Parallel()
	c := open(t)
	g, _ := c.played()
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
}
