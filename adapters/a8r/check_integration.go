package a8r

import (
	"context"
	"maps"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	"github.com/pitboss-gaming/pitboss/kit/adapter"
)

// CheckIntegration validates an integration and writes its defaults out. Nothing is asked of the provider: an integration can be made while it
// is away. Errors: INTEGRATION_INVALID with the field.
func (s *Server) CheckIntegration(_ context.Context, req *adapterv1.CheckIntegrationRequest) (*adapterv1.CheckIntegrationResponse, error) {
	settings, secrets := maps.Clone(req.GetSettings()), maps.Clone(req.GetSecrets())
	if settings == nil {
		settings = map[string]string{}
	}
	if settings[settingDuplicateStatus] == "" {
		settings[settingDuplicateStatus] = "400"
	}
	in, err := readIntegration(adapter.Stored{ID: req.GetIntegrationId(), Enabled: true, Settings: settings, Secrets: secrets})
	if err != nil {
		return nil, err
	}
	if in.baseURL != "" {
		settings[settingBaseURL] = in.baseURL
	}
	return &adapterv1.CheckIntegrationResponse{Settings: settings, Secrets: secrets}, nil
}
