package transfer

import (
	"context"
	"maps"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	"github.com/pitboss-gaming/pitboss/kit/adapter"
)

// CheckIntegration validates an integration. Nothing is asked of the provider: an integration can be made while it is away. Errors: INTEGRATION_INVALID with the field.
func (s *Server) CheckIntegration(_ context.Context, req *adapterv1.CheckIntegrationRequest) (*adapterv1.CheckIntegrationResponse, error) {
	in, err := readIntegration(adapter.Stored{ID: req.GetIntegrationId(), Enabled: true, Settings: req.GetSettings(), Secrets: req.GetSecrets()})
	if err != nil {
		return nil, err
	}
	settings := maps.Clone(req.GetSettings())
	settings[settingBaseURL] = in.baseURL
	return &adapterv1.CheckIntegrationResponse{Settings: settings, Secrets: req.GetSecrets()}, nil
}
