package identity

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
)

func TestVerifyEmail(t *testing.T) {
	w := newWorld(t)
	email := newEmail()
	_, err := w.anon().Register(w.ctx(), registration(email))
	require.NoError(t, err)
	code := w.mail.last(t, "verify_email", email)["code"]
	res, err := w.anon().VerifyEmail(w.ctx(), &identityv1.VerifyEmailRequest{Email: email, Code: code})
	require.NoError(t, err)
	p := res.GetPlayer()
	require.Equal(t, email, p.GetEmail())
	require.True(t, p.GetEmailVerified())
	require.Equal(t, identityv1.PlayerStatus_PLAYER_STATUS_ACTIVE, p.GetStatus())
	require.Equal(t, "MT", p.GetCountry())
	require.Equal(t, "aal1", res.GetTokens().GetAcr())
	require.EqualValues(t, 300, res.GetTokens().GetExpiresIn())

	var e identityv1.PlayerRegistered
	m := w.Events("player.registered.v1", 1)[0]
	require.NoError(t, m.Decode(&e))
	require.Equal(t, p.GetPlayerId(), e.GetPlayerId())
	require.Equal(t, "email", e.GetMethod())
	require.Equal(t, p.GetPlayerId(), m.PlayerID)
	var started identityv1.SessionStarted
	require.NoError(t, w.Events("session.started.v1", 1)[0].Decode(&started))
	require.Equal(t, res.GetTokens().GetSessionId(), started.GetSessionId())

	t.Run("replayed", func(t *testing.T) {
		_, err := w.anon().VerifyEmail(w.ctx(), &identityv1.VerifyEmailRequest{Email: email, Code: code})
		requireReason(t, "CODE_INVALID", err)
	})
	t.Run("unknown address", func(t *testing.T) {
		_, err := w.anon().VerifyEmail(w.ctx(), &identityv1.VerifyEmailRequest{Email: newEmail(), Code: code})
		requireReason(t, "CODE_INVALID", err)
	})
	t.Run("bad input", func(t *testing.T) {
		_, err := w.anon().VerifyEmail(w.ctx(), &identityv1.VerifyEmailRequest{Email: email, Code: "12345a"})
		requireReason(t, "VALIDATION", err)
	})
}

func TestVerifyEmailTooLate(t *testing.T) {
	w := newWorld(t)
	email := newEmail()
	_, err := w.anon().Register(w.ctx(), registration(email))
	require.NoError(t, err)
	code := w.mail.last(t, "verify_email", email)["code"]
	w.Clock.Advance(emailCodeTTL)
	_, err = w.anon().VerifyEmail(w.ctx(), &identityv1.VerifyEmailRequest{Email: email, Code: code})
	requireReason(t, "CODE_INVALID", err)
}

func TestVerifyEmailGuesses(t *testing.T) {
	w := newWorld(t, "PITBOSS_IDENTITY_CODE_ATTEMPTS", "100")
	email := newEmail()
	_, err := w.anon().Register(w.ctx(), registration(email))
	require.NoError(t, err)
	code := w.mail.last(t, "verify_email", email)["code"]
	for range codeGuesses {
		_, err = w.anon().VerifyEmail(w.ctx(), &identityv1.VerifyEmailRequest{Email: email, Code: other(code)})
		requireReason(t, "CODE_INVALID", err)
	}
	_, err = w.anon().VerifyEmail(w.ctx(), &identityv1.VerifyEmailRequest{Email: email, Code: code})
	requireReason(t, "CODE_INVALID", err)
}

func TestVerifyEmailIsThrottled(t *testing.T) {
	w := newWorld(t)
	email := newEmail() // not even registered: the answers are the same
	for range 5 {
		_, err := w.anon().VerifyEmail(w.ctx(), &identityv1.VerifyEmailRequest{Email: email, Code: "000000"})
		requireReason(t, "CODE_INVALID", err)
	}
	_, err := w.anon().VerifyEmail(w.ctx(), &identityv1.VerifyEmailRequest{Email: email, Code: "000000"})
	requireReason(t, "THROTTLED", err)
	w.Clock.Advance(time.Minute)
	_, err = w.anon().VerifyEmail(w.ctx(), &identityv1.VerifyEmailRequest{Email: email, Code: "000000"})
	requireReason(t, "CODE_INVALID", err)
}

// other is a code of the same form that is not c.
func other(c string) string {
	if c[0] == '0' {
		return "1" + c[1:]
	}
	return "0" + c[1:]
}
