package identity

import (
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/structpb"

	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
)

func TestCompletePasskeyStepUp(t *testing.T) {
	w := newWorld(t)
	p, d := w.player(), newDevice(t)
	d.counter = 1
	w.addPasskey(p, d)
	me := w.bearer(p.tokens.GetAccessToken())
	_, err := me.RenewRecoveryCodes(w.ctx(), &identityv1.RenewRecoveryCodesRequest{})
	requireReason(t, "STEP_UP_REQUIRED", err)
	res, err := w.passkeyStepUp(p.tokens.GetAccessToken(), d)
	require.NoError(t, err)
	require.Equal(t, "aal2", res.GetTokens().GetAcr())
	require.Empty(t, res.GetTokens().GetRefreshToken())
	require.Equal(t, p.tokens.GetSessionId(), res.GetTokens().GetSessionId())
	_, err = w.bearer(res.GetTokens().GetAccessToken()).CreateTelegramLink(w.ctx(), &identityv1.CreateTelegramLinkRequest{})
	requireReason(t, "TELEGRAM_NOT_CONFIGURED", err) // past the step-up

	// Replayed, in another session, for a login, deviating, and another player's passkey.
	start, err := me.StartPasskeyStepUp(w.ctx(), &identityv1.StartPasskeyStepUpRequest{})
	require.NoError(t, err)
	signed := &identityv1.CompletePasskeyStepUpRequest{Flow: start.GetFlow(), Credential: d.sign(start.GetOptions())}
	elsewhere := w.bearer(w.login(p).GetTokens().GetAccessToken())
	_, err = elsewhere.CompletePasskeyStepUp(w.ctx(), signed)
	requireReason(t, "PASSKEY_INVALID", err)
	_, err = w.anon().CompletePasskeyLogin(w.ctx(), &identityv1.CompletePasskeyLoginRequest{Flow: signed.GetFlow(), Credential: signed.GetCredential()})
	requireReason(t, "PASSKEY_INVALID", err)
	_, err = me.CompletePasskeyStepUp(w.ctx(), signed)
	require.NoError(t, err) // the flow was of this session, and nobody else could spend it
	_, err = me.CompletePasskeyStepUp(w.ctx(), signed)
	requireReason(t, "PASSKEY_INVALID", err)
	bad := d.deviations()
	otherDevice := newDevice(t)
	w.addPasskey(w.player(), otherDevice)
	bad["another player's"] = otherDevice
	for name, x := range bad {
		_, err = w.passkeyStepUp(p.tokens.GetAccessToken(), x)
		require.Error(t, err, name)
		requireReason(t, "PASSKEY_INVALID", err)
	}

	// The counter going backwards suspends it here too.
	clone := *d
	clone.counter = 1
	_, err = w.passkeyStepUp(p.tokens.GetAccessToken(), &clone)
	requireReason(t, "PASSKEY_SUSPENDED", err)
	require.Len(t, w.Events("player.passkey_suspended.v1", 1), 1)
	_, err = w.as(testkit.Operator("admin")).CompletePasskeyStepUp(w.ctx(), &identityv1.CompletePasskeyStepUpRequest{Flow: "x", Credential: &structpb.Struct{}})
	requireReason(t, "PERMISSION_DENIED", err)
}
