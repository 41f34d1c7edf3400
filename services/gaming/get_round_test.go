package gaming_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
)

// TestGetRound: only for its player and for staff.
func TestGetRound(t *testing.T) {
	t.Parallel()
	c := open(t)
	g, other := c.played()
	back := gamingv1.NewGamingServiceClient(c.As(testkit.Operator("support")))
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
}
