package identity

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
)

// resetToken asks for a new password and answers the token of the n-th mail.
func (w *world) resetToken(email string, n int) string {
	w.t.Helper()
	_, err := w.anon().StartPasswordReset(w.ctx(), &identityv1.StartPasswordResetRequest{Email: email})
	require.NoError(w.t, err)
	link := w.mail.nth(w.t, "password_reset", email, n)["reset_url"]
	token, ok := strings.CutPrefix(link, "https://casino.test/reset-password#")
	require.True(w.t, ok, link)
	return token
}

// The answer is the same for an account, for none, for one that was never confirmed and for one that is locked; only the first gets a mail.
func TestStartPasswordReset(t *testing.T) {
	w := newWorld(t)
	p, locked, unconfirmed, nobody := w.player(), w.player(), newEmail(), newEmail()
	_, err := w.admin().SetPlayerLocked(w.ctx(), &identityv1.SetPlayerLockedRequest{PlayerId: locked.id, Locked: true, Reason: "test"})
	require.NoError(t, err)
	_, err = w.anon().Register(w.ctx(), registration(unconfirmed))
	require.NoError(t, err)
	want := &identityv1.StartPasswordResetResponse{TokenTtlS: 1800}
	// The account is asked for last: when its mail is there, the others have been dealt with.
	for _, email := range []string{nobody, unconfirmed, locked.email, strings.ToUpper(p.email)} {
		res, err := w.anon().StartPasswordReset(w.ctx(), &identityv1.StartPasswordResetRequest{Email: email})
		require.NoError(t, err)
		require.True(t, proto.Equal(want, res), email)
	}
	vars := w.mail.last(t, "password_reset", p.email)
	require.Equal(t, "30", vars["ttl_minutes"])
	var owed int
	eventually(t, func() bool {
		require.NoError(t, w.DB.QueryRow(w.ctx(), "SELECT count(*) FROM dispatch").Scan(&owed))
		return owed == 0
	})
	for _, email := range []string{nobody, unconfirmed, locked.email} {
		require.Empty(t, w.mail.all("password_reset", email), email)
	}
	// Neither address nor token lies readable anywhere.
	var kept int
	require.NoError(t, w.DB.QueryRow(w.ctx(), "SELECT count(*) FROM password_reset WHERE token_hash = $1 AND length(token_hash) = 32",
		hashToken(strings.TrimPrefix(vars["reset_url"], "https://casino.test/reset-password#"))).Scan(&kept))
	require.Equal(t, 1, kept)

	_, err = w.anon().StartPasswordReset(w.ctx(), &identityv1.StartPasswordResetRequest{Email: "no address"})
	requireReason(t, "FIELD_INVALID", err)
	_, err = w.anon().StartPasswordReset(w.ctx(), &identityv1.StartPasswordResetRequest{})
	requireReason(t, "VALIDATION", err)
}

// Strangers cannot fill a mailbox, whether it is anybody's or not.
func TestStartPasswordReset_Throttled(t *testing.T) {
	w := newWorld(t)
	p := w.player()
	for _, email := range []string{p.email, newEmail()} {
		ask := func(i int) error {
			ip := []string{"198.51.100.1", "203.0.113.1", "192.0.2.1"}[i%3]
			_, err := w.anon(fromIP(ip)...).StartPasswordReset(w.ctx(), &identityv1.StartPasswordResetRequest{Email: email})
			return err
		}
		asked := 0
		for ask(asked) == nil {
			asked++
			require.LessOrEqual(t, asked, 5)
		}
		requireReason(t, "THROTTLED", ask(0))
	}
}

func TestStartPasswordReset_ThrottledByNetwork(t *testing.T) {
	w := newWorld(t, "PITBOSS_IDENTITY_ADDRESS_PER_MINUTE", "3")
	for range 3 {
		_, err := w.anon().StartPasswordReset(w.ctx(), &identityv1.StartPasswordResetRequest{Email: newEmail()})
		require.NoError(t, err)
	}
	_, err := w.anon().StartPasswordReset(w.ctx(), &identityv1.StartPasswordResetRequest{Email: newEmail()})
	requireReason(t, "THROTTLED", err)
}
