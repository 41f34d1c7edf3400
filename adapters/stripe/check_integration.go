package stripe

import (
	"context"
	"maps"
	"regexp"
	"slices"
	"strings"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
)

var versionForm = regexp.MustCompile(`^20\d\d-\d\d-\d\d(\.[a-z]+)?$`)

// CheckIntegration fills in the API's address and version and refuses what could not work or would be unsafe, above all an empty webhook
// secret, with which anybody could sign. Errors: INTEGRATION_INVALID.
func (s *Server) CheckIntegration(_ context.Context, req *adapterv1.CheckIntegrationRequest) (*adapterv1.CheckIntegrationResponse, error) {
	settings, secrets := map[string]string{settingBaseURL: defaultBaseURL, settingVersion: defaultAPIVersion}, map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(req.GetSettings())) {
		if _, ok := settings[name]; !ok {
			return nil, errIntegrationInvalid("settings."+name, "unknown")
		}
		if v := strings.TrimSpace(req.GetSettings()[name]); v != "" {
			settings[name] = v
		}
	}
	for _, name := range slices.Sorted(maps.Keys(req.GetSecrets())) {
		if name != secretAPIKey && name != secretWebhook {
			return nil, errIntegrationInvalid("secrets."+name, "unknown")
		}
		secrets[name] = strings.TrimSpace(req.GetSecrets()[name])
	}
	for _, name := range []string{secretAPIKey, secretWebhook} {
		switch v := secrets[name]; {
		case v == "":
			return nil, errIntegrationInvalid("secrets."+name, "missing")
		case strings.ContainsFunc(v, func(r rune) bool { return r <= ' ' || r > '~' }):
			return nil, errIntegrationInvalid("secrets."+name, "holds characters that keys do not have")
		}
	}
	if problem := baseURLProblem(settings[settingBaseURL]); problem != "" {
		return nil, errIntegrationInvalid("settings."+settingBaseURL, problem)
	}
	settings[settingBaseURL] = strings.TrimRight(settings[settingBaseURL], "/")
	if !versionForm.MatchString(settings[settingVersion]) {
		return nil, errIntegrationInvalid("settings."+settingVersion, "not like 2026-08-26.dahlia")
	}
	return &adapterv1.CheckIntegrationResponse{Settings: settings, Secrets: secrets}, nil
}
