package identity

import (
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"

	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
)

func TestStartTelegramLogin(t *testing.T) {
	w := newTelegramWorld(t)
	res, err := w.anon().StartTelegramLogin(w.ctx(), &identityv1.StartTelegramLoginRequest{})
	require.NoError(t, err)
	u, err := url.Parse(res.GetAuthorizationUrl())
	require.NoError(t, err)
	q := u.Query()
	require.Equal(t, res.GetState(), q.Get("state"))
	require.Equal(t, "S256", q.Get("code_challenge_method"))
	require.Equal(t, "code", q.Get("response_type"))
	require.Equal(t, "https://casino.test/login/telegram", q.Get("redirect_uri"))
	require.NotEmpty(t, q.Get("nonce"))
	again, err := w.anon().StartTelegramLogin(w.ctx(), &identityv1.StartTelegramLoginRequest{})
	require.NoError(t, err)
	require.NotEqual(t, res.GetState(), again.GetState())

	for _, foreign := range []string{
		"https://evil.example/", "https://casino.test.evil.example/login/telegram", "https://casino.test@evil.example/", "//evil.example",
		"http://casino.test/login/telegram", "https://casino.test/elsewhere", "javascript:alert(1)", "https://casino.test:444/login/telegram",
	} {
		_, err = w.anon().StartTelegramLogin(w.ctx(), &identityv1.StartTelegramLoginRequest{ReturnUrl: foreign})
		requireReason(t, "RETURN_URL_FOREIGN", err)
	}

	t.Run("the integration's list admits addresses of the platform's host only", func(t *testing.T) {
		settings, secrets := w.settings()
		settings[setReturnURLs] = "https://casino.test/elsewhere https://evil.example/"
		w.ops.put(integrationID, settings, secrets, true)
		_, err := w.anon().StartTelegramLogin(w.ctx(), &identityv1.StartTelegramLoginRequest{ReturnUrl: "https://casino.test/elsewhere"})
		require.NoError(t, err)
		_, err = w.anon().StartTelegramLogin(w.ctx(), &identityv1.StartTelegramLoginRequest{ReturnUrl: "https://evil.example/"})
		requireReason(t, "RETURN_URL_FOREIGN", err)
	})
	w.integrate(false)
	_, err = w.anon().StartTelegramLogin(w.ctx(), &identityv1.StartTelegramLoginRequest{})
	requireReason(t, "TELEGRAM_NOT_CONFIGURED", err)
}

func TestStartTelegramLoginWithoutIntegration(t *testing.T) {
	w := newWorld(t)
	_, err := w.anon().StartTelegramLogin(w.ctx(), &identityv1.StartTelegramLoginRequest{})
	requireReason(t, "TELEGRAM_NOT_CONFIGURED", err)
}
