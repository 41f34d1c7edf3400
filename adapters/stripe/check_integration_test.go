package stripe

import (
	"testing"

	"github.com/stretchr/testify/require"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
)

func TestCheckIntegration(t *testing.T) {
	s := &Server{}
	secrets := map[string]string{"api_key": "sk_test_1", "webhook_secret": "whsec_1"}
	res, err := s.CheckIntegration(t.Context(), &adapterv1.CheckIntegrationRequest{IntegrationId: "card", Secrets: secrets})
	require.NoError(t, err)
	require.Equal(t, map[string]string{"api_base_url": "https://api.stripe.com", "api_version": "2026-08-26.dahlia"}, res.GetSettings())
	require.Equal(t, secrets, res.GetSecrets())
	res, err = s.CheckIntegration(t.Context(), &adapterv1.CheckIntegrationRequest{Settings: map[string]string{"api_base_url": "http://127.0.0.1:8090/psp/"}, Secrets: secrets})
	require.NoError(t, err)
	require.Equal(t, "http://127.0.0.1:8090/psp", res.GetSettings()["api_base_url"])

	for field, req := range map[string]*adapterv1.CheckIntegrationRequest{
		"secrets.api_key":        {Secrets: map[string]string{"webhook_secret": "w"}},
		"secrets.webhook_secret": {Secrets: map[string]string{"api_key": "k", "webhook_secret": "  "}},
		"secrets.other":          {Secrets: map[string]string{"api_key": "k", "webhook_secret": "w", "other": "x"}},
		"settings.other":         {Settings: map[string]string{"other": "x"}, Secrets: secrets},
		"settings.api_version":   {Settings: map[string]string{"api_version": "latest"}, Secrets: secrets},
	} {
		_, err := s.CheckIntegration(t.Context(), req)
		require.Equal(t, "INTEGRATION_INVALID", errs.ReasonOf(err), field)
		require.Equal(t, field, errs.Metadata(err)["field"])
	}
	for _, bad := range []string{"http://api.stripe.com", "ftp://x", "https://user:pw@host", "https://host?x=1", "host", "https://", "http://10.0.0.1", "http://localhost.evil.example"} {
		_, err := s.CheckIntegration(t.Context(), &adapterv1.CheckIntegrationRequest{Settings: map[string]string{"api_base_url": bad}, Secrets: secrets})
		require.Equal(t, "INTEGRATION_INVALID", errs.ReasonOf(err), bad)
	}
	_, err = s.CheckIntegration(t.Context(), &adapterv1.CheckIntegrationRequest{Secrets: map[string]string{"api_key": "k\nX: y", "webhook_secret": "w"}})
	require.Equal(t, "INTEGRATION_INVALID", errs.ReasonOf(err))
}
