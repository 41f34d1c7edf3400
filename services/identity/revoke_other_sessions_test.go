package identity

import (
	"testing"

	"github.com/stretchr/testify/require"

	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
)

func TestRevokeOtherSessions(t *testing.T) {
	w := newWorld(t)
	p, other := w.player(), w.player()
	second, third := w.login(p).GetTokens(), w.login(p).GetTokens()
	me := w.bearer(third.GetAccessToken())
	for _, want := range []int32{2, 0} {
		res, err := me.RevokeOtherSessions(w.ctx(), &identityv1.RevokeOtherSessionsRequest{})
		require.NoError(t, err)
		require.Equal(t, want, res.GetSessionsEnded())
	}
	for _, id := range []string{p.tokens.GetSessionId(), second.GetSessionId()} {
		require.Equal(t, "REVOKED", w.ended(id))
	}
	for _, alive := range []string{third.GetRefreshToken(), other.tokens.GetRefreshToken()} {
		_, err := w.refresh(alive)
		require.NoError(t, err)
	}
	_, err := w.bearer(second.GetAccessToken()).RevokeOtherSessions(w.ctx(), &identityv1.RevokeOtherSessionsRequest{})
	requireReason(t, "UNAUTHENTICATED", err) // an ended session ends nobody
	_, err = w.anon().RevokeOtherSessions(w.ctx(), &identityv1.RevokeOtherSessionsRequest{})
	requireReason(t, "UNAUTHENTICATED", err)
}
