package evolution

import (
	"slices"

	"github.com/pitboss-gaming/pitboss/kit/adapter"
)

// Names of an integration's settings and secrets.
const (
	settingBaseURL    = "api_base_url"
	settingCasinoKey  = "casino_key"
	settingTables     = "tables"
	settingUnlisted   = "unlisted_tables"
	settingTest       = "test_environment"
	settingRotate     = "rotate_sid"
	settingAuthStatus = "auth_failure_status"
	settingPerRound   = "credit_closes_round"
	settingBrand      = "brand_id"
	settingSkin       = "brand_skin"
	secretAuthToken   = "auth_token"
	secretAPIToken    = "api_token"

	yes, no = "true", "false"
	refuse  = "refuse"
)

var (
	settingNames = []string{
		settingBaseURL, settingCasinoKey, settingTables, settingUnlisted, settingTest, settingRotate, settingAuthStatus, settingPerRound, settingBrand, settingSkin,
	}
	secretNames = []string{secretAuthToken, secretAPIToken}

	// defaults are the settings that always have a value.
	defaults = map[string]string{settingUnlisted: refuse, settingTest: no, settingRotate: no, settingAuthStatus: "401", settingPerRound: no}
)

// lobby is the game code of the provider's own lobby, from where players go to any table.
const lobby = "lobby"

// integration is one casino at the provider: how it knows us, and how we know it.
type integration struct {
	id         string
	authToken  adapter.Secret
	authStatus int
	test       bool // the sid method is there
	rotate     bool // check gives a new sid
	perRound   bool // one credit settles a whole round
	baseURL    string
	casinoKey  string
	apiToken   string
	brand      string
	skin       string
	tables     []adapter.NamedGame
	unlisted   bool // bets at other tables are the lobby's
}

// games are the codes under which a debit at a table may be booked, the likelier one first: a table may have been listed between a debit and its repetition.
func (i *integration) games(code string) []string {
	switch listed := slices.ContainsFunc(i.tables, func(t adapter.NamedGame) bool { return t.Code == code }); {
	case !i.unlisted || code == lobby:
		return []string{code}
	case listed:
		return []string{code, lobby}
	}
	return []string{lobby, code}
}

// readIntegration reads settings and secrets. What only calls of the provider need may be absent. Errors: INTEGRATION_INVALID with the field.
func readIntegration(in adapter.Stored) (*integration, error) {
	if err := adapter.CheckNames(in, settingNames, secretNames); err != nil {
		return nil, err
	}
	i := &integration{
		id: in.ID, authToken: adapter.SecretOf(in.Secrets, secretAuthToken), authStatus: 401, casinoKey: in.Settings[settingCasinoKey],
		apiToken: in.Secrets[secretAPIToken], brand: in.Settings[settingBrand], skin: in.Settings[settingSkin],
	}
	if i.authToken.Current() == "" {
		return nil, adapter.Invalid(secretAuthToken, "is missing: the token that the provider sends with every call")
	}
	for name, into := range map[string]*bool{settingTest: &i.test, settingRotate: &i.rotate, settingPerRound: &i.perRound} {
		switch in.Settings[name] {
		case "", no:
		case yes:
			*into = true
		default:
			return nil, adapter.Invalid(name, "must be true or false")
		}
	}
	switch in.Settings[settingUnlisted] {
	case "", refuse:
	case lobby:
		i.unlisted = true
	default:
		return nil, adapter.Invalid(settingUnlisted, "must be refuse or lobby")
	}
	switch in.Settings[settingAuthStatus] {
	case "", "401":
	case "200":
		i.authStatus = 200
	default:
		return nil, adapter.Invalid(settingAuthStatus, "must be 401 or 200")
	}
	for _, name := range []string{settingCasinoKey, settingBrand, settingSkin} {
		if v := in.Settings[name]; len(v) > adapter.MaxText || !adapter.Printable(v) {
			return nil, adapter.Invalid(name, "is too long or has control characters")
		}
	}
	var err error
	if text := in.Settings[settingBaseURL]; text != "" {
		if i.baseURL, err = adapter.BaseURL(settingBaseURL, text); err != nil {
			return nil, err
		}
	}
	if i.tables, err = adapter.NamedGames(settingTables, in.Settings[settingTables]); err != nil {
		return nil, err
	}
	if slices.ContainsFunc(i.tables, func(t adapter.NamedGame) bool { return t.Code == lobby }) {
		return nil, adapter.Invalid(settingTables, "has the lobby, which is always there")
	}
	return i, nil
}

// callable says what is missing for calls of the provider. Errors: INTEGRATION_INVALID with the field.
func (i *integration) callable() error {
	for _, n := range []struct{ name, value string }{{settingBaseURL, i.baseURL}, {settingCasinoKey, i.casinoKey}, {secretAPIToken, i.apiToken}} {
		if n.value == "" {
			return adapter.Invalid(n.name, "is needed for calls of the provider")
		}
	}
	return nil
}
