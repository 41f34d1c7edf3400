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
	require.Equal(t, identityv1.TelegramLoginWay_TELEGRAM_LOGIN_WAY_OIDC, res.GetWay())
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

func TestStartTelegramLoginByTheWidget(t *testing.T) {
	w := newTelegramWorld(t)
	start := func(returnURL string) (*identityv1.StartTelegramLoginResponse, error) {
		return w.anon().StartTelegramLogin(w.ctx(), &identityv1.StartTelegramLoginRequest{ReturnUrl: returnURL})
	}
	settings, secrets := w.settings()
	for name, change := range map[string]func(){
		"by setting, though there is a client": func() { settings[setWebLogin] = "widget" },
		"because only the bot is there": func() {
			delete(settings, setWebLogin)
			delete(settings, setClientID)
			delete(secrets, secretClientSecret)
		},
	} {
		change()
		w.ops.put(integrationID, settings, secrets, true)
		res, err := start("")
		require.NoError(t, err, name)
		require.Equal(t, identityv1.TelegramLoginWay_TELEGRAM_LOGIN_WAY_WIDGET, res.GetWay(), name)
		u, err := url.Parse(res.GetAuthorizationUrl())
		require.NoError(t, err)
		require.Equal(t, w.base+"/auth", u.Scheme+"://"+u.Host+u.Path)
		q := u.Query()
		require.Equal(t, w.botID(), q.Get("bot_id"))
		require.Equal(t, "https://casino.test", q.Get("origin"))
		require.Equal(t, "https://casino.test/login/telegram?state="+res.GetState(), q.Get("return_to"))
		require.NotContains(t, u.RawQuery, "token")
		again, err := start("")
		require.NoError(t, err)
		require.NotEqual(t, res.GetState(), again.GetState())
		_, err = start("https://evil.example/")
		requireReason(t, "RETURN_URL_FOREIGN", err)
		settings, secrets = w.settings()
	}
	settings[setReturnURLs] = "https://casino.test/elsewhere?a=b%26c"
	settings[setWebLogin] = "widget"
	w.ops.put(integrationID, settings, secrets, true)
	res, err := start("https://casino.test/elsewhere?a=b%26c")
	require.NoError(t, err)
	u, err := url.Parse(res.GetAuthorizationUrl())
	require.NoError(t, err)
	back, err := url.Parse(u.Query().Get("return_to"))
	require.NoError(t, err)
	require.Equal(t, url.Values{"a": {"b&c"}, "state": {res.GetState()}}, back.Query(), "the address's own query stays")

	delete(settings, setWebLogin)
	delete(settings, setClientID)
	settings[setBotID] = w.botID()
	w.ops.put(integrationID, settings, nil, true)
	_, err = start("")
	requireReason(t, "TELEGRAM_NOT_CONFIGURED", err) // nothing verifies the widget's fields without the bot token
}

func TestStartTelegramLoginWithoutIntegration(t *testing.T) {
	w := newWorld(t)
	_, err := w.anon().StartTelegramLogin(w.ctx(), &identityv1.StartTelegramLoginRequest{})
	requireReason(t, "TELEGRAM_NOT_CONFIGURED", err)
}
