package hub88

import (
	"context"
	"maps"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
)

// CheckIntegration validates an integration and completes it: without a private key one is made, and its public half, which the
// operator gives to the provider, always becomes the setting operator_public_key_pem. Errors: INTEGRATION_INVALID with the field.
func (s *Server) CheckIntegration(_ context.Context, req *adapterv1.CheckIntegrationRequest) (*adapterv1.CheckIntegrationResponse, error) {
	settings, secrets := maps.Clone(req.GetSettings()), maps.Clone(req.GetSecrets())
	if settings == nil {
		settings = map[string]string{}
	}
	if secrets == nil {
		secrets = map[string]string{}
	}
	if settings[settingDialect] == "" {
		settings[settingDialect] = dialectHub88
	}
	if settings[settingSignatureStatus] == "" {
		settings[settingSignatureStatus] = "200"
	}
	if _, err := readSettings(req.GetIntegrationId(), true, settings); err != nil { // before a key is made, which takes its time
		return nil, err
	}
	if secrets[secretPrivateKey] == "" {
		_, text, err := newPrivateKey()
		if err != nil {
			return nil, err
		}
		secrets[secretPrivateKey] = text
	}
	in, err := readIntegration(req.GetIntegrationId(), true, settings, secrets)
	if err != nil {
		return nil, err
	}
	if settings[settingOperatorKey], err = publicPEM(in.privateKey); err != nil {
		return nil, err
	}
	settings[settingBaseURL] = in.baseURL
	return &adapterv1.CheckIntegrationResponse{Settings: settings, Secrets: secrets}, nil
}
