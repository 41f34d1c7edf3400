package identity

import (
	"testing"

	"github.com/stretchr/testify/require"

	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
)

func TestRenewRecoveryCodes(t *testing.T) {
	w := newWorld(t)
	p := w.enrol(w.player())
	res, err := w.bearer(p.tokens.GetAccessToken()).RenewRecoveryCodes(w.ctx(), &identityv1.RenewRecoveryCodesRequest{})
	require.NoError(t, err)
	require.Len(t, res.GetRecoveryCodes(), 10)
	for i, c := range res.GetRecoveryCodes() {
		require.Regexp(t, "^([0-9a-hjkmnp-tv-z]{4}-){3}[0-9a-hjkmnp-tv-z]{4}$", c)
		require.NotContains(t, p.recoveryCodes, c)
		require.NotContains(t, res.GetRecoveryCodes()[:i], c)
	}
	_, err = w.anon().CompleteLogin(w.ctx(), &identityv1.CompleteLoginRequest{Challenge: w.login(p).GetChallenge(), RecoveryCode: p.recoveryCodes[0]})
	requireReason(t, "CODE_INVALID", err)
	_, err = w.anon().CompleteLogin(w.ctx(), &identityv1.CompleteLoginRequest{Challenge: w.login(p).GetChallenge(), RecoveryCode: res.GetRecoveryCodes()[0]})
	require.NoError(t, err)

	bare := w.player()
	_, err = w.bearer(bare.tokens.GetAccessToken()).RenewRecoveryCodes(w.ctx(), &identityv1.RenewRecoveryCodesRequest{})
	requireReason(t, "STEP_UP_REQUIRED", err)
	// A token that claims two factors for a session with one account without any: the row decides.
	_, err = w.as(testkit.Player(bare.id).Fresh().InSession(bare.tokens.GetSessionId())).RenewRecoveryCodes(w.ctx(), &identityv1.RenewRecoveryCodesRequest{})
	requireReason(t, "TOTP_NOT_ENROLLED", err)
}
