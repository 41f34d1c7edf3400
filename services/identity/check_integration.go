package identity

import (
	"context"
	"maps"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
)

// CheckIntegration checks and completes a Telegram integration: defaults, the bot's id, a webhook secret. With a bot token it also tells
// Telegram where to send updates; whether that worked stands in the setting webhook_state, because an integration may well be set up
// before Telegram can reach the platform. Repeating it keeps the webhook secret.
func (s *Server) CheckIntegration(ctx context.Context, req *adapterv1.CheckIntegrationRequest) (*adapterv1.CheckIntegrationResponse, error) {
	if err := knownTelegramNames(req.GetSettings(), req.GetSecrets()); err != nil {
		return nil, err
	}
	t, err := readTelegram(req.GetIntegrationId(), req.GetSettings(), req.GetSecrets())
	if err != nil {
		return nil, err
	}
	res := &adapterv1.CheckIntegrationResponse{Settings: withoutEmpty(telegramDefaults), Secrets: withoutEmpty(req.GetSecrets())}
	maps.Copy(res.Settings, withoutEmpty(req.GetSettings()))
	res.Settings[setBotID] = t.botID
	if t.webhookSecret == "" {
		t.webhookSecret, _ = newToken()
		res.Secrets[secretWebhook] = t.webhookSecret
	}
	res.Settings[setWebhookState] = s.registerWebhook(ctx, t)
	return res, nil
}

func withoutEmpty(m map[string]string) map[string]string {
	out := map[string]string{}
	for k, v := range m {
		if v != "" {
			out[k] = v
		}
	}
	return out
}
