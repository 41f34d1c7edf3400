package transfer

import "github.com/pitboss-gaming/pitboss/kit/adapter"

// Names of an integration's settings and secrets.
const (
	settingBaseURL    = "api_base_url"
	settingOperatorID = "operator_id"
	secretSigning     = "signing_secret"
)

var (
	settingNames = []string{settingBaseURL, settingOperatorID}
	secretNames  = []string{secretSigning}
)

// minSecret keeps the secret from being guessed from one signed request.
const minSecret = 16

// integration is one licence: where the provider is, who we are to it, and the secret that signs both ways.
type integration struct {
	id         string
	baseURL    string
	operatorID string
	secret     adapter.Secret
}

// readIntegration reads settings and secrets. Errors: INTEGRATION_INVALID with the field.
func readIntegration(stored adapter.Stored) (*integration, error) {
	if err := adapter.CheckNames(stored, settingNames, secretNames); err != nil {
		return nil, err
	}
	in := &integration{id: stored.ID, operatorID: stored.Settings[settingOperatorID], secret: adapter.SecretOf(stored.Secrets, secretSigning)}
	if n := len(in.secret.Current()); n < minSecret || n > adapter.MaxText {
		return nil, adapter.Invalid(secretSigning, "must have 16 to 255 characters; both sides know it")
	}
	if in.operatorID == "" || len(in.operatorID) > adapter.MaxText || !adapter.Printable(in.operatorID) {
		return nil, adapter.Invalid(settingOperatorID, "must be 1 to 255 printable characters; the provider gives it")
	}
	var err error
	in.baseURL, err = adapter.BaseURL(settingBaseURL, stored.Settings[settingBaseURL])
	return in, err
}
