package pragmatic

import (
	"github.com/pitboss-gaming/pitboss/kit/adapter"
)

// Names of an integration's settings and secrets.
const (
	settingBaseURL       = "api_base_url"
	settingSecureLogin   = "secure_login"
	settingProviderID    = "provider_id"
	settingFreeRoundsPay = "free_rounds_pay"
	settingStyleName     = "stylename"
	settingFeedLogin     = "feed_login"
	settingGames         = "games"
	secretKey            = "secret_key"
	secretFeedPassword   = "feed_password"

	payResult   = "result"
	payBonusWin = "bonus_win"
)

var (
	settingNames = []string{settingBaseURL, settingSecureLogin, settingProviderID, settingFreeRoundsPay, settingStyleName, settingFeedLogin, settingGames}
	secretNames  = []string{secretKey, secretFeedPassword}
)

// integration is one licence: the secret of both directions, and where the provider is and who we are to it, as far as we call it.
type integration struct {
	id           string
	key          adapter.Secret
	providerID   adapter.Setting
	bonusWinPays bool   // bonusWin pays the winnings of free rounds, and result does not
	baseURL      string // empty: the provider cannot be called
	secureLogin  string
	styleName    string
	feedLogin    string
	feedPassword string
	games        []adapter.NamedGame // entered by hand; empty: the provider is asked for its list
}

// readIntegration reads settings and secrets. Errors: INTEGRATION_INVALID with the field.
func readIntegration(stored adapter.Stored) (*integration, error) {
	if err := adapter.CheckNames(stored, settingNames, secretNames); err != nil {
		return nil, err
	}
	set := stored.Settings
	in := &integration{
		id: stored.ID, key: adapter.SecretOf(stored.Secrets, secretKey), providerID: adapter.SettingOf(set, settingProviderID), secureLogin: set[settingSecureLogin],
		styleName: set[settingStyleName], feedLogin: set[settingFeedLogin], feedPassword: stored.Secrets[secretFeedPassword],
	}
	if in.key.Current() == "" {
		return nil, adapter.Invalid(secretKey, "is what the provider gave for hashes; without it nothing can be verified")
	}
	for _, name := range settingNames {
		if name != settingGames && len(set[name]) > adapter.MaxText || !adapter.Printable(set[name]) {
			return nil, adapter.Invalid(name, "is too long or not printable")
		}
	}
	switch set[settingFreeRoundsPay] {
	case "", payResult:
	case payBonusWin:
		in.bonusWinPays = true
	default:
		return nil, adapter.Invalid(settingFreeRoundsPay, "must be "+payResult+" or "+payBonusWin)
	}
	var err error
	if in.games, err = adapter.NamedGames(settingGames, set[settingGames]); err != nil || set[settingBaseURL] == "" {
		return in, err
	}
	if in.baseURL, err = adapter.BaseURL(settingBaseURL, set[settingBaseURL]); err != nil {
		return nil, err
	}
	if in.secureLogin == "" {
		return nil, adapter.Invalid(settingSecureLogin, "is needed to call the provider")
	}
	if in.feedLogin == "" {
		in.feedLogin = in.secureLogin
	}
	return in, nil
}
