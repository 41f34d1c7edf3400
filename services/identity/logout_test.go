package identity

import (
	"testing"

	"github.com/stretchr/testify/require"

	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
)

func TestLogout(t *testing.T) {
	w := newWorld(t)
	p, o := w.player(), w.staff(identityv1.Role_ROLE_ANALYST)
	for _, who := range []*newcomer{p, o} {
		_, err := w.bearer(who.tokens.GetAccessToken()).Logout(w.ctx(), &identityv1.LogoutRequest{})
		require.NoError(t, err)
		require.Equal(t, "LOGOUT", w.ended(who.tokens.GetSessionId()))
		_, err = w.refresh(who.tokens.GetRefreshToken())
		requireReason(t, "REFRESH_INVALID", err)
	}
	// The platform's revocation list knows the session by now, or soon.
	eventually(t, func() bool {
		_, err := w.bearer(p.tokens.GetAccessToken()).Logout(w.ctx(), &identityv1.LogoutRequest{})
		return err != nil
	})
	require.Len(t, w.Events("session.ended.v1", 2), 2)
	_, err := w.anon().Logout(w.ctx(), &identityv1.LogoutRequest{})
	requireReason(t, "UNAUTHENTICATED", err)
}
