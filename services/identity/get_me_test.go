package identity

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
)

func TestGetMe(t *testing.T) {
	w := newWorld(t)
	p, other := w.enrol(w.player()), w.player()
	res, err := w.bearer(p.tokens.GetAccessToken()).GetMe(w.ctx(), &identityv1.GetMeRequest{})
	require.NoError(t, err)
	require.Equal(t, p.id, res.GetPlayer().GetPlayerId())
	require.NotEqual(t, other.id, res.GetPlayer().GetPlayerId())
	require.True(t, res.GetPlayer().GetTotpEnrolled())
	require.EqualValues(t, 10, res.GetPlayer().GetRecoveryCodesLeft())

	_, err = w.anon().GetMe(w.ctx(), &identityv1.GetMeRequest{})
	requireReason(t, "UNAUTHENTICATED", err)
	_, err = w.admin().GetMe(w.ctx(), &identityv1.GetMeRequest{})
	requireReason(t, "PERMISSION_DENIED", err)
	w.Clock.Advance(6 * time.Minute)
	_, err = w.bearer(p.tokens.GetAccessToken()).GetMe(w.ctx(), &identityv1.GetMeRequest{})
	requireReason(t, "TOKEN_EXPIRED", err)
}
