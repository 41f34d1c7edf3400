package identity

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
)

func TestCompletePasskeyLogin(t *testing.T) {
	w := newWorld(t)
	p, d := w.enrol(w.player()), newDevice(t)
	d.counter = 1
	w.addPasskey(p, d)

	// A complete login: TOTP is enrolled and not asked for, and the session has two factors.
	res, err := w.passkeyLogin(d)
	require.NoError(t, err)
	require.Equal(t, "aal2", res.GetTokens().GetAcr())
	require.NotEmpty(t, res.GetTokens().GetRefreshToken())
	require.Equal(t, p.id, claims(t, res.GetTokens().GetAccessToken())["sub"])
	me := w.bearer(res.GetTokens().GetAccessToken())
	sessions, err := me.ListSessions(w.ctx(), &identityv1.ListSessionsRequest{})
	require.NoError(t, err)
	require.Equal(t, []string{"passkey"}, sessions.GetSessions()[0].GetMethods())
	_, err = me.RenewRecoveryCodes(w.ctx(), &identityv1.RenewRecoveryCodesRequest{}) // needs a fresh second factor
	require.NoError(t, err)
	keys, err := me.ListPasskeys(w.ctx(), &identityv1.ListPasskeysRequest{})
	require.NoError(t, err)
	require.NotNil(t, keys.GetPasskeys()[0].GetLastUsedAt())

	// The same signature again, whole or for another flow.
	start, err := w.anon().StartPasskeyLogin(w.ctx(), &identityv1.StartPasskeyLoginRequest{})
	require.NoError(t, err)
	signed := &identityv1.CompletePasskeyLoginRequest{Flow: start.GetFlow(), Credential: d.sign(start.GetOptions())}
	_, err = w.anon().CompletePasskeyLogin(w.ctx(), signed)
	require.NoError(t, err)
	_, err = w.anon().CompletePasskeyLogin(w.ctx(), signed)
	requireReason(t, "PASSKEY_INVALID", err)
	start, err = w.anon().StartPasskeyLogin(w.ctx(), &identityv1.StartPasskeyLoginRequest{})
	require.NoError(t, err)
	_, err = w.anon().CompletePasskeyLogin(w.ctx(), &identityv1.CompletePasskeyLoginRequest{Flow: start.GetFlow(), Credential: signed.GetCredential()})
	requireReason(t, "PASSKEY_INVALID", err)
}

// What is refused leaves the passkey as it was.
func TestCompletePasskeyLogin_Refused(t *testing.T) {
	w := newWorld(t)
	p, d := w.player(), newDevice(t)
	d.counter = 1
	w.addPasskey(p, d)
	for name, bad := range d.deviations() {
		_, err := w.passkeyLogin(bad)
		require.Error(t, err, name)
		requireReason(t, "PASSKEY_INVALID", err)
	}
	// An unknown passkey, another key under a known id, another player's handle.
	stranger := newDevice(t)
	stranger.handle = randomBytes(passkeyHandleBytes)
	forged := *d
	forged.key = stranger.key
	otherDevice := newDevice(t)
	w.addPasskey(w.player(), otherDevice)
	swapped := *d
	swapped.handle = otherDevice.handle
	for _, bad := range []*device{stranger, &forged, &swapped} {
		_, err := w.passkeyLogin(bad)
		requireReason(t, "PASSKEY_INVALID", err)
	}
	// A flow that is over, and nonsense.
	start, err := w.anon().StartPasskeyLogin(w.ctx(), &identityv1.StartPasskeyLoginRequest{})
	require.NoError(t, err)
	w.Clock.Advance(passkeyFlowTTL + time.Second)
	_, err = w.anon().CompletePasskeyLogin(w.ctx(), &identityv1.CompletePasskeyLoginRequest{Flow: start.GetFlow(), Credential: d.sign(start.GetOptions())})
	requireReason(t, "PASSKEY_INVALID", err)
	_, err = w.anon().CompletePasskeyLogin(w.ctx(), &identityv1.CompletePasskeyLoginRequest{Flow: "x"})
	requireReason(t, "VALIDATION", err)
	// Being somebody helps nobody.
	_, err = w.as(testkit.Operator("admin")).CompletePasskeyLogin(w.ctx(), &identityv1.CompletePasskeyLoginRequest{
		Flow: start.GetFlow(), Credential: d.sign(start.GetOptions()),
	})
	requireReason(t, "PASSKEY_INVALID", err)

	// None of that has hurt the passkey. A locked account refuses like an unknown one.
	d.counter += 10
	_, err = w.passkeyLogin(d)
	require.NoError(t, err)
	_, err = w.admin().SetPlayerLocked(w.ctx(), &identityv1.SetPlayerLockedRequest{PlayerId: p.id, Locked: true, Reason: "test"})
	require.NoError(t, err)
	_, err = w.passkeyLogin(d)
	requireReason(t, "PASSKEY_INVALID", err)
}

// A counter that goes backwards means that there are two of a passkey that must be one.
func TestCompletePasskeyLogin_Clone(t *testing.T) {
	w := newWorld(t)
	p, d := w.player(), newDevice(t)
	d.counter = 5
	k := w.addPasskey(p, d)
	clone := *d
	_, err := w.passkeyLogin(d)
	require.NoError(t, err)
	_, err = w.passkeyLogin(&clone)
	requireReason(t, "PASSKEY_SUSPENDED", err)
	_, err = w.passkeyLogin(d) // the real one too, because nobody knows which it is
	requireReason(t, "PASSKEY_SUSPENDED", err)
	events := w.Events("player.passkey_suspended.v1", 1)
	require.Len(t, events, 1)
	var e identityv1.PasskeySuspended
	require.NoError(t, events[0].Decode(&e))
	require.Equal(t, k.GetPasskeyId(), e.GetPasskeyId())
	require.Equal(t, "Phone", w.mail.last(t, "passkey_suspended", p.email)["name"])

	// It is no second factor any more; its owner gets in by password and sees what happened.
	me := w.bearer(w.login(p).GetTokens().GetAccessToken())
	keys, err := me.ListPasskeys(w.ctx(), &identityv1.ListPasskeysRequest{})
	require.NoError(t, err)
	require.True(t, keys.GetPasskeys()[0].GetSuspended())
	_, err = me.StartPasskeyStepUp(w.ctx(), &identityv1.StartPasskeyStepUpRequest{})
	requireReason(t, "PASSKEY_NOT_FOUND", err)
	_, err = me.StartPasskeyRegistration(w.ctx(), &identityv1.StartPasskeyRegistrationRequest{})
	require.NoError(t, err)
}

// Where the public address has no domain, nothing pretends to work.
func TestPasskeysNotConfigured(t *testing.T) {
	w := newWorldAt(t, "http://192.0.2.1:8080")
	p := w.player()
	me := w.bearer(p.tokens.GetAccessToken())
	_, err := w.anon().StartPasskeyLogin(w.ctx(), &identityv1.StartPasskeyLoginRequest{})
	requireReason(t, "PASSKEYS_NOT_CONFIGURED", err)
	_, err = me.StartPasskeyRegistration(w.ctx(), &identityv1.StartPasskeyRegistrationRequest{})
	requireReason(t, "PASSKEYS_NOT_CONFIGURED", err)
	_, err = me.StartPasskeyStepUp(w.ctx(), &identityv1.StartPasskeyStepUpRequest{})
	requireReason(t, "PASSKEYS_NOT_CONFIGURED", err)
}
