package identity

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
)

func TestDisableTotp(t *testing.T) {
	w := newWorld(t)
	bare := w.player()
	_, err := w.bearer(bare.tokens.GetAccessToken()).DisableTotp(w.ctx(), &identityv1.DisableTotpRequest{})
	requireReason(t, "STEP_UP_REQUIRED", err)

	p := w.enrol(w.player())
	challenge := w.login(p).GetChallenge()
	me := w.bearer(p.tokens.GetAccessToken())
	for range 2 { // the second changes nothing
		_, err = me.DisableTotp(w.ctx(), &identityv1.DisableTotpRequest{})
		require.NoError(t, err)
	}
	w.mail.last(t, "totp_disabled", p.email)
	require.Len(t, w.mail.all("totp_disabled", p.email), 1)
	require.NotNil(t, w.login(p).GetTokens())
	_, err = w.anon().CompleteLogin(w.ctx(), &identityv1.CompleteLoginRequest{Challenge: challenge, RecoveryCode: p.recoveryCodes[0]})
	requireReason(t, "CHALLENGE_INVALID", err)
	r, err := w.refresh(p.tokens.GetRefreshToken())
	require.NoError(t, err)
	require.Equal(t, "aal1", r.GetAcr())

	stale := w.enrol(w.player())
	w.Clock.Advance(6 * time.Minute)
	r, err = w.refresh(stale.tokens.GetRefreshToken())
	require.NoError(t, err)
	_, err = w.bearer(r.GetAccessToken()).DisableTotp(w.ctx(), &identityv1.DisableTotpRequest{})
	requireReason(t, "STEP_UP_REQUIRED", err)
}
