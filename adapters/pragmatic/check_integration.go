package pragmatic

import (
	"context"
	"maps"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	"github.com/pitboss-gaming/pitboss/kit/adapter"
)

// CheckIntegration validates an integration and writes its defaults out. Nothing is generated: the secret key is the provider's. The
// provider is not called, so an integration can be made before it can be reached. Errors: INTEGRATION_INVALID with the field.
func (s *Server) CheckIntegration(_ context.Context, req *adapterv1.CheckIntegrationRequest) (*adapterv1.CheckIntegrationResponse, error) {
	settings := maps.Clone(req.GetSettings())
	if settings == nil {
		settings = map[string]string{}
	}
	if settings[settingFreeRoundsPay] == "" {
		settings[settingFreeRoundsPay] = payResult
	}
	in, err := readIntegration(adapter.Stored{ID: req.GetIntegrationId(), Settings: settings, Secrets: req.GetSecrets()})
	if err != nil {
		return nil, err
	}
	if in.baseURL != "" {
		settings[settingBaseURL] = in.baseURL
	}
	return &adapterv1.CheckIntegrationResponse{Settings: settings, Secrets: req.GetSecrets()}, nil
}
