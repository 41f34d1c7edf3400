package identity

import (
	"testing"

	"github.com/stretchr/testify/require"

	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
)

// The question names no account and is never the same.
func TestStartPasskeyLogin(t *testing.T) {
	w := newWorld(t, "PITBOSS_IDENTITY_ADDRESS_PER_MINUTE", "3")
	seen := map[any]bool{}
	for range 3 {
		res, err := w.anon().StartPasskeyLogin(w.ctx(), &identityv1.StartPasskeyLoginRequest{})
		require.NoError(t, err)
		o := res.GetOptions().AsMap()
		require.Equal(t, "casino.test", o["rpId"])
		require.Equal(t, "required", o["userVerification"])
		require.NotContains(t, o, "allowCredentials")
		require.False(t, seen[o["challenge"]] || seen[res.GetFlow()])
		seen[o["challenge"]], seen[res.GetFlow()] = true, true
	}
	_, err := w.anon().StartPasskeyLogin(w.ctx(), &identityv1.StartPasskeyLoginRequest{})
	requireReason(t, "THROTTLED", err)
}

// Browsers bind passkeys to domains; a loopback address is reached as localhost for them.
func TestNewRelyingParty(t *testing.T) {
	for public, want := range map[string][]string{
		"https://casino.test":      {"casino.test", "https://casino.test"},
		"https://casino.test:8443": {"casino.test", "https://casino.test:8443"},
		"http://127.0.0.1:8080":    {"localhost", "http://127.0.0.1:8080", "http://localhost:8080"},
		"http://[::1]:8080":        {"localhost", "http://[::1]:8080", "http://localhost:8080"},
		"http://192.0.2.1":         nil,
		"":                         nil,
	} {
		rp, err := newRelyingParty(Config{}, public)
		require.NoError(t, err, public)
		if want == nil {
			require.Nil(t, rp, public)
			continue
		}
		require.Equal(t, want, append([]string{rp.Config.RPID}, rp.Config.RPOrigins...), public)
	}
	rp, err := newRelyingParty(Config{PasskeyRPID: "casino.test", PasskeyOrigins: "https://m.casino.test, https://www.casino.test"}, "https://play.casino.test")
	require.NoError(t, err)
	require.Equal(t, []string{"https://play.casino.test", "https://m.casino.test", "https://www.casino.test"}, rp.Config.RPOrigins)
	_, err = newRelyingParty(Config{PasskeyRPID: "not a domain"}, "https://casino.test")
	require.Error(t, err)
}
