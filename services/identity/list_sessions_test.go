package identity

import (
	"testing"

	"github.com/stretchr/testify/require"

	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
)

func TestListSessions(t *testing.T) {
	w := newWorld(t)
	p, other := w.player(), w.player()
	second := w.login(p, "x-pitboss-user-agent", "Browser/2", "x-pitboss-client-ip", "192.0.2.5", "x-pitboss-device", "dev-2").GetTokens()
	res, err := w.bearer(second.GetAccessToken()).ListSessions(w.ctx(), &identityv1.ListSessionsRequest{})
	require.NoError(t, err)
	require.Len(t, res.GetSessions(), 2)
	newest, oldest := res.GetSessions()[0], res.GetSessions()[1]
	require.Equal(t, second.GetSessionId(), newest.GetSessionId())
	require.True(t, newest.GetCurrent())
	require.False(t, oldest.GetCurrent())
	require.Equal(t, "Browser/2", newest.GetUserAgent())
	require.Equal(t, "192.0.2.5", newest.GetIp())
	require.Equal(t, "dev-2", newest.GetDeviceId())
	require.Equal(t, []string{"password"}, newest.GetMethods())
	require.Equal(t, []string{"email_code"}, oldest.GetMethods())

	theirs, err := w.bearer(other.tokens.GetAccessToken()).ListSessions(w.ctx(), &identityv1.ListSessionsRequest{})
	require.NoError(t, err)
	require.Len(t, theirs.GetSessions(), 1)
	_, err = w.anon().ListSessions(w.ctx(), &identityv1.ListSessionsRequest{})
	requireReason(t, "UNAUTHENTICATED", err)

	var sealed []byte
	require.NoError(t, w.DB.QueryRow(w.ctx(), "SELECT client_sealed FROM session WHERE session_id = $1", second.GetSessionId()).Scan(&sealed))
	require.NotContains(t, string(sealed), "192.0.2.5")
}
