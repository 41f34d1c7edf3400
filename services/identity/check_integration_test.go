package identity

import (
	"testing"

	"github.com/stretchr/testify/require"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
)

func TestCheckIntegration(t *testing.T) {
	w := newTelegramWorld(t)
	check := func(settings, secrets map[string]string) (*adapterv1.CheckIntegrationResponse, error) {
		return w.adapter(testkit.Peer("operations")).CheckIntegration(w.ctx(), &adapterv1.CheckIntegrationRequest{
			IntegrationId: "tg", Settings: settings, Secrets: secrets,
		})
	}
	settings, secrets := w.settings()
	delete(secrets, secretWebhook)
	res, err := check(settings, secrets)
	require.NoError(t, err)
	require.Equal(t, w.botID(), res.GetSettings()[setBotID])
	require.Len(t, res.GetSecrets()[secretWebhook], 43)
	require.Equal(t, "registered", res.GetSettings()[setWebhookState])
	again, err := check(res.GetSettings(), res.GetSecrets())
	require.NoError(t, err)
	require.Equal(t, res.GetSecrets(), again.GetSecrets())
	require.Equal(t, res.GetSettings(), again.GetSettings())

	minimal, err := check(map[string]string{setBotUsername: "some_bot", setBotID: "77"}, nil)
	require.NoError(t, err)
	require.Equal(t, "https://api.telegram.org", minimal.GetSettings()[setAPIBase])
	require.Equal(t, "https://oauth.telegram.org", minimal.GetSettings()[setIssuer])
	require.Equal(t, "no bot token", minimal.GetSettings()[setWebhookState])

	unknown := map[string]string{secretBotToken: "77:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}
	res, err = check(map[string]string{setBotUsername: "some_bot", setAPIBase: w.base}, unknown)
	require.NoError(t, err, "an integration may be set up before Telegram can be reached")
	require.Equal(t, "not registered: Telegram does not know the bot token", res.GetSettings()[setWebhookState])
	require.NotContains(t, res.GetSettings()[setWebhookState], "AAAA")

	for field, c := range map[string][2]map[string]string{
		setBotUsername: {{setBotUsername: "@bot"}, nil},
		setBotID:       {{setBotUsername: "some_bot"}, nil},
		secretBotToken: {{setBotUsername: "some_bot"}, {secretBotToken: "not a token"}},
		setAPIBase:     {{setBotUsername: "some_bot", setBotID: "1", setAPIBase: "http://169.254.169.254"}, nil},
		setIssuer:      {{setBotUsername: "some_bot", setBotID: "1", setIssuer: "https://user:pw@oauth.telegram.org"}, nil},
		setClientID:    {{setBotUsername: "some_bot", setBotID: "1", setClientID: "1"}, nil},
		setEd25519:     {{setBotUsername: "some_bot", setBotID: "1", setEd25519: "00"}, nil},
		setReturnURLs:  {{setBotUsername: "some_bot", setBotID: "1", setReturnURLs: "/relative"}, nil},
		secretWebhook:  {{setBotUsername: "some_bot", setBotID: "1"}, {secretWebhook: "short"}},
		"bot_usrname":  {{setBotUsername: "some_bot", setBotID: "1", "bot_usrname": "x"}, nil},
		"token":        {{setBotUsername: "some_bot", setBotID: "1"}, {"token": "x"}},
	} {
		t.Run(field, func(t *testing.T) {
			_, err := check(c[0], c[1])
			requireReason(t, "INTEGRATION_INVALID", err)
			require.Equal(t, field, errs.Metadata(err)["field"])
		})
	}
	for _, way := range []string{"oidc", "widget", "both"} {
		_, err := check(map[string]string{setBotUsername: "some_bot", setBotID: "1", setWebLogin: way}, nil)
		requireReason(t, "INTEGRATION_INVALID", err)
		require.Equal(t, setWebLogin, errs.Metadata(err)["field"], way)
	}
	for _, who := range []testkit.Caller{testkit.Peer("gaming"), testkit.Operator("admin"), testkit.Player("ply_x")} {
		_, err := w.adapter(who).CheckIntegration(w.ctx(), &adapterv1.CheckIntegrationRequest{IntegrationId: "tg"})
		requireReason(t, "PERMISSION_DENIED", err)
	}
}
