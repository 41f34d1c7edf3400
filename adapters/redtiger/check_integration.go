package redtiger

import (
	"context"
	"maps"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	"github.com/pitboss-gaming/pitboss/kit/adapter"
)

// CheckIntegration validates an integration and writes the defaults out. Nothing is generated: key and tokens are agreed with the provider, and
// one of ours could never be read again. The provider is not called. Errors: INTEGRATION_INVALID with the field.
func (s *Server) CheckIntegration(_ context.Context, req *adapterv1.CheckIntegrationRequest) (*adapterv1.CheckIntegrationResponse, error) {
	settings := maps.Clone(defaults)
	for name, value := range req.GetSettings() {
		if value != "" || defaults[name] == "" {
			settings[name] = value
		}
	}
	in, err := readIntegration(adapter.Stored{ID: req.GetIntegrationId(), Enabled: true, Settings: settings, Secrets: req.GetSecrets()})
	if err != nil {
		return nil, err
	}
	if in.baseURL != "" {
		settings[settingBaseURL] = in.baseURL
	}
	return &adapterv1.CheckIntegrationResponse{Settings: settings, Secrets: req.GetSecrets()}, nil
}
