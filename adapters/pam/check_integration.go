package pam

import (
	"context"
	"maps"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	"github.com/pitboss-gaming/pitboss/kit/adapter"
)

// CheckIntegration validates an integration and writes its defaults out. No token is generated: it must be known to the aggregator, and
// secrets are never shown again. Errors: INTEGRATION_INVALID with the field.
func (s *Server) CheckIntegration(_ context.Context, req *adapterv1.CheckIntegrationRequest) (*adapterv1.CheckIntegrationResponse, error) {
	settings := maps.Clone(req.GetSettings())
	if settings == nil {
		settings = map[string]string{}
	}
	if settings[settingRequireToken] == "" {
		settings[settingRequireToken] = "true"
	}
	if _, err := readIntegration(adapter.Stored{ID: req.GetIntegrationId(), Settings: settings, Secrets: req.GetSecrets()}); err != nil {
		return nil, err
	}
	return &adapterv1.CheckIntegrationResponse{Settings: settings, Secrets: req.GetSecrets()}, nil
}
