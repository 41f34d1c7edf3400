package identity

import (
	"testing"

	"github.com/stretchr/testify/require"

	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
)

func TestRevokeSession(t *testing.T) {
	w := newWorld(t)
	p, other := w.player(), w.player()
	second := w.login(p).GetTokens()
	me := w.bearer(p.tokens.GetAccessToken())
	req := &identityv1.RevokeSessionRequest{SessionId: second.GetSessionId()}
	_, err := me.RevokeSession(w.ctx(), req)
	require.NoError(t, err)
	require.Equal(t, "REVOKED", w.ended(second.GetSessionId()))
	_, err = w.refresh(second.GetRefreshToken())
	requireReason(t, "REFRESH_INVALID", err)

	for _, id := range []string{second.GetSessionId() /* replayed */, other.tokens.GetSessionId(), "ses_unknown"} {
		_, err = me.RevokeSession(w.ctx(), &identityv1.RevokeSessionRequest{SessionId: id})
		requireReason(t, "SESSION_NOT_FOUND", err)
	}
	_, err = w.refresh(other.tokens.GetRefreshToken())
	require.NoError(t, err, "somebody else's session lives")
	_, err = me.RevokeSession(w.ctx(), &identityv1.RevokeSessionRequest{})
	requireReason(t, "VALIDATION", err)
	_, err = w.anon().RevokeSession(w.ctx(), req)
	requireReason(t, "UNAUTHENTICATED", err)
	_, err = w.admin().RevokeSession(w.ctx(), req)
	requireReason(t, "PERMISSION_DENIED", err)
}
