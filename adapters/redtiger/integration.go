package redtiger

import (
	"net/http"
	"strings"

	"github.com/pitboss-gaming/pitboss/kit/adapter"
)

// Names of an integration's settings and secrets.
const (
	settingBaseURL     = "api_base_url"
	settingCasino      = "casino_id"
	settingGames       = "games"
	settingErrorStatus = "error_status"
	settingAffiliate   = "affiliate"
	settingHistory     = "has_history"
	secretAPIKey       = "api_key"
	secretRecon        = "recon_token"
)

var (
	settingNames = []string{settingBaseURL, settingCasino, settingGames, settingErrorStatus, settingAffiliate, settingHistory}
	secretNames  = []string{secretAPIKey, secretRecon}

	// defaults are the settings that always have a value.
	defaults = map[string]string{settingErrorStatus: "400", settingHistory: "true"}
)

// Bounds of the protocol (providers.md 5).
const (
	maxToken       = 255
	maxUser        = 64
	maxCasino      = 50
	maxCurrency    = 8
	maxTransaction = 32
	maxCode        = 128
	// minRecon keeps the reconciliation token from being guessed: it opens every player's results.
	minRecon = 16
)

// integration is one casino at the provider.
type integration struct {
	id          string
	apiKey      adapter.Secret
	recon       adapter.Secret
	baseURL     string
	casino      adapter.Setting
	games       []adapter.NamedGame
	errorStatus int
	affiliate   string
	history     string
}

// readIntegration reads settings and secrets. What only launches need may be absent. Errors: INTEGRATION_INVALID with the field.
func readIntegration(in adapter.Stored) (*integration, error) {
	if err := adapter.CheckNames(in, settingNames, secretNames); err != nil {
		return nil, err
	}
	i := &integration{
		id: in.ID, apiKey: adapter.SecretOf(in.Secrets, secretAPIKey), recon: adapter.SecretOf(in.Secrets, secretRecon),
		casino: adapter.SettingOf(in.Settings, settingCasino), affiliate: in.Settings[settingAffiliate], errorStatus: http.StatusBadRequest, history: "true",
	}
	switch recon := i.recon.Current(); {
	case i.apiKey.Current() == "":
		return nil, adapter.Invalid(secretAPIKey, "is missing: the key that the provider sends with every call")
	case recon != "" && (len(recon) < minRecon || len(recon) > maxToken):
		return nil, adapter.Invalid(secretRecon, "must have 16 to 255 characters")
	}
	switch in.Settings[settingErrorStatus] {
	case "", "400":
	case "200":
		i.errorStatus = http.StatusOK
	default:
		return nil, adapter.Invalid(settingErrorStatus, "must be 400 or 200")
	}
	switch v := in.Settings[settingHistory]; v {
	case "":
	case "true", "false":
		i.history = v
	default:
		return nil, adapter.Invalid(settingHistory, "must be true or false")
	}
	for name, v := range map[string]string{settingCasino: i.casino.Current(), settingAffiliate: i.affiliate} {
		if len(v) > maxCasino || !adapter.Printable(v) || strings.TrimSpace(v) != v {
			return nil, adapter.Invalid(name, "must be a word of at most 50 characters")
		}
	}
	var err error
	if text := in.Settings[settingBaseURL]; text != "" {
		if i.baseURL, err = adapter.BaseURL(settingBaseURL, text); err != nil {
			return nil, err
		}
	}
	i.games, err = adapter.NamedGames(settingGames, in.Settings[settingGames])
	return i, err
}
