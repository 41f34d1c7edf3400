package identity

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
)

func TestStartPasskeyRegistration(t *testing.T) {
	w := newWorld(t)
	p := w.player()
	start := func(token string) (*identityv1.StartPasskeyRegistrationResponse, error) {
		return w.bearer(token).StartPasskeyRegistration(w.ctx(), &identityv1.StartPasskeyRegistrationRequest{})
	}
	res, err := start(p.tokens.GetAccessToken())
	require.NoError(t, err)
	require.Equal(t, int32(300), res.GetExpiresIn())
	o := res.GetOptions().AsMap()
	require.Equal(t, map[string]any{"id": "casino.test", "name": "Pitboss"}, o["rp"])
	require.Equal(t, p.email, o["user"].(map[string]any)["name"])
	require.NotContains(t, o["user"].(map[string]any)["id"], p.id)
	selection := o["authenticatorSelection"].(map[string]any)
	require.Equal(t, "required", selection["residentKey"])
	require.Equal(t, "required", selection["userVerification"])

	// With a passkey there is a second factor, so the next one needs a fresh one; and so does TOTP, which would be another way around it.
	d := newDevice(t)
	w.addPasskey(p, d)
	_, err = start(p.tokens.GetAccessToken())
	requireReason(t, "STEP_UP_REQUIRED", err)
	_, err = w.bearer(p.tokens.GetAccessToken()).EnrolTotp(w.ctx(), &identityv1.EnrolTotpRequest{})
	requireReason(t, "STEP_UP_REQUIRED", err)
	up, err := w.passkeyStepUp(p.tokens.GetAccessToken(), d)
	require.NoError(t, err)
	res, err = start(up.GetTokens().GetAccessToken())
	require.NoError(t, err)
	excluded := res.GetOptions().AsMap()["excludeCredentials"].([]any)
	require.Len(t, excluded, 1)
	require.Equal(t, b64(d.id), excluded[0].(map[string]any)["id"])
	w.Clock.Advance(4 * time.Minute)
	_, err = start(up.GetTokens().GetAccessToken())
	require.NoError(t, err)

	// TOTP is a second factor just as well.
	q := w.enrol(w.player())
	_, err = start(w.login2(q).GetAccessToken())
	require.NoError(t, err)

	for _, who := range []testkit.Caller{testkit.Operator("admin"), testkit.Peer("gaming"), testkit.Partner("pcl_1", "wallet")} {
		_, err = w.as(who).StartPasskeyRegistration(w.ctx(), &identityv1.StartPasskeyRegistrationRequest{})
		requireReason(t, "PERMISSION_DENIED", err)
	}
	_, err = w.anon().StartPasskeyRegistration(w.ctx(), &identityv1.StartPasskeyRegistrationRequest{})
	requireReason(t, "UNAUTHENTICATED", err)
}

// login2 logs in with password and TOTP.
func (w *world) login2(p *newcomer) *identityv1.Tokens {
	w.t.Helper()
	res, err := w.anon().CompleteLogin(w.ctx(), &identityv1.CompleteLoginRequest{Challenge: w.login(p).GetChallenge(), TotpCode: w.code(p.secret)})
	require.NoError(w.t, err)
	return res.GetTokens()
}
