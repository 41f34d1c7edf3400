package identity

import (
	"testing"

	"github.com/stretchr/testify/require"

	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
)

func TestConfirmTotp(t *testing.T) {
	w := newWorld(t)
	p := w.player()
	me := w.bearer(p.tokens.GetAccessToken())
	_, err := me.ConfirmTotp(w.ctx(), &identityv1.ConfirmTotpRequest{Code: "123456"})
	requireReason(t, "TOTP_NOT_ENROLLED", err)
	e, err := me.EnrolTotp(w.ctx(), &identityv1.EnrolTotpRequest{})
	require.NoError(t, err)
	_, err = me.ConfirmTotp(w.ctx(), &identityv1.ConfirmTotpRequest{Code: w.wrongCode(e.GetSecret())})
	requireReason(t, "CODE_INVALID", err)
	code := w.code(e.GetSecret())
	res, err := me.ConfirmTotp(w.ctx(), &identityv1.ConfirmTotpRequest{Code: code})
	require.NoError(t, err)
	require.Len(t, res.GetRecoveryCodes(), 10)
	require.Equal(t, "aal2", claims(t, res.GetTokens().GetAccessToken())["acr"])
	require.Equal(t, p.tokens.GetSessionId(), res.GetTokens().GetSessionId())
	require.Empty(t, res.GetTokens().GetRefreshToken())

	t.Run("replayed", func(t *testing.T) {
		_, err := me.ConfirmTotp(w.ctx(), &identityv1.ConfirmTotpRequest{Code: code})
		requireReason(t, "TOTP_NOT_ENROLLED", err)
	})
	t.Run("the confirming code does not log in", func(t *testing.T) {
		_, err := w.anon().CompleteLogin(w.ctx(), &identityv1.CompleteLoginRequest{Challenge: w.login(p).GetChallenge(), TotpCode: code})
		requireReason(t, "CODE_INVALID", err)
	})
	t.Run("refreshing keeps two factors", func(t *testing.T) {
		r, err := w.refresh(p.tokens.GetRefreshToken())
		require.NoError(t, err)
		require.Equal(t, "aal2", r.GetAcr())
	})
	t.Run("denied and bad input", func(t *testing.T) {
		_, err := w.anon().ConfirmTotp(w.ctx(), &identityv1.ConfirmTotpRequest{Code: code})
		requireReason(t, "UNAUTHENTICATED", err)
		_, err = me.ConfirmTotp(w.ctx(), &identityv1.ConfirmTotpRequest{Code: "abc"})
		requireReason(t, "VALIDATION", err)
	})
}
