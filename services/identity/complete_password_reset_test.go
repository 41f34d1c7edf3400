package identity

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
)

const otherPassword = "another battery 77 horse"

func TestCompletePasswordReset(t *testing.T) {
	w := newWorld(t)
	p := w.enrol(w.player())
	second := w.login2(p)
	half := w.login(p).GetChallenge()
	reset := func(token, password string) (*identityv1.CompletePasswordResetResponse, error) {
		return w.anon().CompletePasswordReset(w.ctx(), &identityv1.CompletePasswordResetRequest{Token: token, NewPassword: password})
	}
	// A new link replaces the one before; a password that is refused leaves the link.
	old, token := w.resetToken(p.email, 1), w.resetToken(p.email, 2)
	_, err := reset(old, otherPassword)
	requireReason(t, "RESET_INVALID", err)
	for _, weak := range []string{"short", "password123", p.email} {
		_, err = reset(token, weak)
		requireReason(t, "PASSWORD_WEAK", err)
	}
	// Called with a session of the account: that one ends as well.
	res, err := w.bearer(second.GetAccessToken()).CompletePasswordReset(w.ctx(), &identityv1.CompletePasswordResetRequest{Token: token, NewPassword: otherPassword})
	require.NoError(t, err)
	require.Equal(t, int32(2), res.GetSessionsEnded())
	for _, tokens := range []*identityv1.Tokens{p.tokens, second} {
		require.Equal(t, "PASSWORD_CHANGED", w.ended(tokens.GetSessionId()))
		_, err = w.refresh(tokens.GetRefreshToken())
		requireReason(t, "REFRESH_INVALID", err)
		_, err = w.bearer(tokens.GetAccessToken()).GetMe(w.ctx(), &identityv1.GetMeRequest{})
		requireReason(t, "UNAUTHENTICATED", err)
	}
	w.nextPeriod()
	_, err = w.anon().CompleteLogin(w.ctx(), &identityv1.CompleteLoginRequest{Challenge: half, TotpCode: w.code(p.secret)})
	requireReason(t, "CHALLENGE_INVALID", err)
	w.mail.last(t, "password_changed", p.email)
	_, err = reset(token, goodPassword) // replayed
	requireReason(t, "RESET_INVALID", err)

	// The old password is gone, the new one works, and TOTP is still asked for.
	_, err = w.anon().Login(w.ctx(), &identityv1.LoginRequest{Email: p.email, Password: goodPassword})
	requireReason(t, "CREDENTIALS_INVALID", err)
	l, err := w.anon().Login(w.ctx(), &identityv1.LoginRequest{Email: p.email, Password: otherPassword})
	require.NoError(t, err)
	require.Nil(t, l.GetTokens())
	_, err = w.anon().CompleteLogin(w.ctx(), &identityv1.CompleteLoginRequest{Challenge: l.GetChallenge(), TotpCode: w.code(p.secret)})
	require.NoError(t, err)

	_, err = reset("x", otherPassword)
	requireReason(t, "RESET_INVALID", err)
	_, err = reset("", otherPassword)
	requireReason(t, "VALIDATION", err)
	// Nobody is too important to need a token.
	_, err = w.as(testkit.Operator("admin")).CompletePasswordReset(w.ctx(), &identityv1.CompletePasswordResetRequest{Token: "x", NewPassword: otherPassword})
	requireReason(t, "RESET_INVALID", err)
}

// Links that are over, of accounts that were locked since, or older than a change of the password, do nothing.
func TestCompletePasswordReset_Over(t *testing.T) {
	w := newWorld(t)
	reset := func(token string) error {
		_, err := w.anon().CompletePasswordReset(w.ctx(), &identityv1.CompletePasswordResetRequest{Token: token, NewPassword: otherPassword})
		return err
	}
	late, locked, changed := w.player(), w.player(), w.player()
	token := w.resetToken(locked.email, 1)
	_, err := w.admin().SetPlayerLocked(w.ctx(), &identityv1.SetPlayerLockedRequest{PlayerId: locked.id, Locked: true, Reason: "test"})
	require.NoError(t, err)
	requireReason(t, "RESET_INVALID", reset(token))

	token = w.resetToken(changed.email, 1)
	_, err = w.bearer(changed.tokens.GetAccessToken()).ChangePassword(w.ctx(), &identityv1.ChangePasswordRequest{
		CurrentPassword: goodPassword, NewPassword: "yet another 5 staples",
	})
	require.NoError(t, err)
	requireReason(t, "RESET_INVALID", reset(token))

	token = w.resetToken(late.email, 1)
	w.Clock.Advance(passwordResetTTL + time.Second)
	requireReason(t, "RESET_INVALID", reset(token))
	w.login(late)
}

// One link presented many times at once sets one password.
func TestCompletePasswordReset_Race(t *testing.T) {
	w := newWorld(t)
	token := w.resetToken(w.player().email, 1)
	var good atomic.Int32
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if _, err := w.anon().CompletePasswordReset(w.ctx(), &identityv1.CompletePasswordResetRequest{Token: token, NewPassword: otherPassword}); err == nil {
				good.Add(1)
			}
		})
	}
	wg.Wait()
	require.Equal(t, int32(1), good.Load())
}

// Somebody whose account waits after many failures gets in again by the mailbox.
func TestCompletePasswordReset_Forgives(t *testing.T) {
	w := newWorld(t)
	p := w.player()
	login := func(password string) error {
		_, err := w.anon().Login(w.ctx(), &identityv1.LoginRequest{Email: p.email, Password: password})
		return err
	}
	for range 5 {
		requireReason(t, "CREDENTIALS_INVALID", login("wrong"))
	}
	requireReason(t, "THROTTLED", login(goodPassword))
	_, err := w.anon().CompletePasswordReset(w.ctx(), &identityv1.CompletePasswordResetRequest{Token: w.resetToken(p.email, 1), NewPassword: otherPassword})
	require.NoError(t, err)
	require.NoError(t, login(otherPassword))
}
