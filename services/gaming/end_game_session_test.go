package gaming_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
)

func TestEndGameSession(t *testing.T) {
	t.Parallel()
	c := open(t)
	g, other := c.seat("10.00"), c.seat("10.00")
	_, err := g.bet("e", "e-b", "1.00")
	require.NoError(t, err)
	_, err = c.as(other.id).EndGameSession(t.Context(), &gamingv1.EndGameSessionRequest{GameSessionId: g.session})
	refused(t, err, gamingv1.ErrorReason_ERROR_REASON_GAME_SESSION_NOT_FOUND)
	first, err := c.as(g.id).EndGameSession(t.Context(), &gamingv1.EndGameSessionRequest{GameSessionId: g.session})
	require.NoError(t, err)
	again, err := c.as(g.id).EndGameSession(t.Context(), &gamingv1.EndGameSessionRequest{GameSessionId: g.session})
	require.NoError(t, err)
	require.Equal(t, first.GetEndedAt().AsTime(), again.GetEndedAt().AsTime())
	_, err = g.bet("e", "e-b2", "1.00")
	refused(t, err, gamingv1.ErrorReason_ERROR_REASON_SESSION_EXPIRED)
	_, err = g.lastWin("e", "e-w", "e-b", "2.00")
	require.NoError(t, err)
	require.Len(t, c.Events("game_session.ended.v1", 1), 1)
}
