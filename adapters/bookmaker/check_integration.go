package bookmaker

import (
	"context"
	"maps"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	"github.com/pitboss-gaming/pitboss/kit/adapter"
)

// CheckIntegration validates an integration and writes its defaults out. Nothing is asked of the partner: an integration can be made while it is
// away. The secret is not made here, because both sides must know it and a stored one is never shown. Errors: INTEGRATION_INVALID with the field.
func (s *Server) CheckIntegration(_ context.Context, req *adapterv1.CheckIntegrationRequest) (*adapterv1.CheckIntegrationResponse, error) {
	settings, secrets := maps.Clone(req.GetSettings()), maps.Clone(req.GetSecrets())
	if settings == nil {
		settings = map[string]string{}
	}
	for name, value := range defaults {
		if settings[name] == "" {
			settings[name] = value
		}
	}
	in, err := readIntegration(adapter.Stored{ID: req.GetIntegrationId(), Enabled: true, Settings: settings, Secrets: secrets})
	if err != nil {
		return nil, err
	}
	for name, value := range map[string]string{settingBaseURL: in.baseURL, settingLaunchURL: in.launchURL} {
		if value != "" {
			settings[name] = value
		}
	}
	return &adapterv1.CheckIntegrationResponse{Settings: settings, Secrets: secrets}, nil
}
