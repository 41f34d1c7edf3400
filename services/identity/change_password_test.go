package identity

import (
	"testing"

	"github.com/stretchr/testify/require"

	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
)

func TestChangePassword(t *testing.T) {
	w := newWorld(t)
	p := w.player()
	other := w.login(p).GetTokens()
	me := w.bearer(p.tokens.GetAccessToken())
	const next = "another good phrase 77"

	_, err := me.ChangePassword(w.ctx(), &identityv1.ChangePasswordRequest{CurrentPassword: "wrong", NewPassword: next})
	requireReason(t, "CREDENTIALS_INVALID", err)
	_, err = me.ChangePassword(w.ctx(), &identityv1.ChangePasswordRequest{NewPassword: next})
	requireReason(t, "CREDENTIALS_INVALID", err)
	_, err = me.ChangePassword(w.ctx(), &identityv1.ChangePasswordRequest{CurrentPassword: goodPassword, NewPassword: "12345678"})
	requireReason(t, "PASSWORD_WEAK", err)
	_, err = w.anon().ChangePassword(w.ctx(), &identityv1.ChangePasswordRequest{CurrentPassword: goodPassword, NewPassword: next})
	requireReason(t, "UNAUTHENTICATED", err)

	req := &identityv1.ChangePasswordRequest{CurrentPassword: goodPassword, NewPassword: next}
	res, err := me.ChangePassword(w.ctx(), req)
	require.NoError(t, err)
	require.EqualValues(t, 1, res.GetSessionsEnded())
	require.Equal(t, "PASSWORD_CHANGED", w.ended(other.GetSessionId()))
	_, err = w.refresh(other.GetRefreshToken())
	requireReason(t, "REFRESH_INVALID", err)
	_, err = w.refresh(p.tokens.GetRefreshToken())
	require.NoError(t, err, "the calling session stays")
	w.mail.last(t, "password_changed", p.email)
	_, err = w.anon().Login(w.ctx(), &identityv1.LoginRequest{Email: p.email, Password: goodPassword})
	requireReason(t, "CREDENTIALS_INVALID", err)
	_, err = w.anon().Login(w.ctx(), &identityv1.LoginRequest{Email: p.email, Password: next})
	require.NoError(t, err)
	_, err = me.ChangePassword(w.ctx(), req)
	requireReason(t, "CREDENTIALS_INVALID", err) // replayed
}

func TestChangePasswordKillsHalfDoneLogins(t *testing.T) {
	w := newWorld(t)
	p := w.enrol(w.player())
	challenge := w.login(p).GetChallenge()
	_, err := w.bearer(p.tokens.GetAccessToken()).ChangePassword(w.ctx(), &identityv1.ChangePasswordRequest{
		CurrentPassword: goodPassword, NewPassword: "another good phrase 77",
	})
	require.NoError(t, err)
	_, err = w.anon().CompleteLogin(w.ctx(), &identityv1.CompleteLoginRequest{Challenge: challenge, TotpCode: w.code(p.secret)})
	requireReason(t, "CHALLENGE_INVALID", err)
}

func TestChangePasswordOfStaff(t *testing.T) {
	w := newWorld(t)
	o := w.staff(identityv1.Role_ROLE_SUPPORT)
	me := w.bearer(o.tokens.GetAccessToken())
	_, err := me.ChangePassword(w.ctx(), &identityv1.ChangePasswordRequest{CurrentPassword: goodPassword, NewPassword: "short 4 me!"})
	requireReason(t, "PASSWORD_WEAK", err) // eleven characters, enough for players only
	_, err = me.ChangePassword(w.ctx(), &identityv1.ChangePasswordRequest{CurrentPassword: goodPassword, NewPassword: "another good phrase 77"})
	require.NoError(t, err)
	w.mail.last(t, "password_changed", o.email)
}

func TestChangePasswordIsThrottled(t *testing.T) {
	w := newWorld(t)
	me := w.bearer(w.player().tokens.GetAccessToken())
	for range 5 {
		_, err := me.ChangePassword(w.ctx(), &identityv1.ChangePasswordRequest{CurrentPassword: "wrong", NewPassword: "another good phrase 77"})
		requireReason(t, "CREDENTIALS_INVALID", err)
	}
	_, err := me.ChangePassword(w.ctx(), &identityv1.ChangePasswordRequest{CurrentPassword: goodPassword, NewPassword: "another good phrase 77"})
	requireReason(t, "THROTTLED", err)
}

// An account that came from Telegram has no password to show: a fresh second factor stands in its place.
func TestChangePasswordWithoutOne(t *testing.T) {
	w := newTelegramWorld(t)
	l, err := w.anon().LoginWithMiniApp(w.ctx(), w.initData(w.user(4260)))
	require.NoError(t, err)
	p := &newcomer{tokens: l.GetTokens()}
	req := &identityv1.ChangePasswordRequest{NewPassword: goodPassword}
	_, err = w.bearer(p.tokens.GetAccessToken()).ChangePassword(w.ctx(), req)
	requireReason(t, "STEP_UP_REQUIRED", err)
	w.enrol(p)
	_, err = w.bearer(p.tokens.GetAccessToken()).ChangePassword(w.ctx(), req)
	require.NoError(t, err)
	_, err = w.bearer(p.tokens.GetAccessToken()).ChangePassword(w.ctx(), req)
	requireReason(t, "CREDENTIALS_INVALID", err) // from now on the current one is asked for
}
