package hub88

import (
	"context"
	"maps"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	"github.com/pitboss-gaming/pitboss/kit/adapter"
)

// CheckIntegration validates an integration and completes it: without a private key one is made, and its public half, which the
// operator gives to the provider, always becomes the setting operator_public_key_pem. Errors: INTEGRATION_INVALID with the field.
func (s *Server) CheckIntegration(_ context.Context, req *adapterv1.CheckIntegrationRequest) (*adapterv1.CheckIntegrationResponse, error) {
	stored := adapter.Stored{ID: req.GetIntegrationId(), Enabled: true, Settings: maps.Clone(req.GetSettings()), Secrets: maps.Clone(req.GetSecrets())}
	if stored.Settings == nil {
		stored.Settings = map[string]string{}
	}
	if stored.Secrets == nil {
		stored.Secrets = map[string]string{}
	}
	if stored.Settings[settingDialect] == "" {
		stored.Settings[settingDialect] = dialectHub88
	}
	if stored.Settings[settingSignatureStatus] == "" {
		stored.Settings[settingSignatureStatus] = "200"
	}
	if _, err := readSettings(stored); err != nil { // before a key is made, which takes its time
		return nil, err
	}
	if stored.Secrets[secretPrivateKey] == "" {
		_, text, err := newPrivateKey()
		if err != nil {
			return nil, err
		}
		stored.Secrets[secretPrivateKey] = text
	}
	in, err := readIntegration(stored)
	if err != nil {
		return nil, err
	}
	if stored.Settings[settingOperatorKey], err = publicPEM(in.privateKey); err != nil {
		return nil, err
	}
	if in.baseURL != "" {
		stored.Settings[settingBaseURL] = in.baseURL
	}
	return &adapterv1.CheckIntegrationResponse{Settings: stored.Settings, Secrets: stored.Secrets}, nil
}
