package bookmaker

import (
	"strconv"
	"time"

	"github.com/pitboss-gaming/pitboss/kit/adapter"
	"github.com/pitboss-gaming/pitboss/kit/money"
)

// Names of an integration's settings and secrets.
const (
	settingPartnerID = "partner_id"
	settingGameCode  = "game_code"
	settingGameName  = "game_name"
	settingCurrency  = "currency"
	settingWindow    = "timestamp_window_seconds"
	settingBaseURL   = "api_base_url"
	settingLaunchURL = "launch_url"
	settingAccept    = "accept_within_seconds"
	secretSigning    = "signing_secret"
)

var (
	settingNames = []string{settingPartnerID, settingGameCode, settingGameName, settingCurrency, settingWindow, settingBaseURL, settingLaunchURL, settingAccept}
	secretNames  = []string{secretSigning}
)

// defaults are the settings that CheckIntegration fills in.
var defaults = map[string]string{settingGameCode: "sportsbook", settingGameName: "Sportsbook", settingCurrency: "EUR", settingWindow: "300", settingAccept: "0"}

// Bounds of settings.
const (
	minSecret = 16
	maxWindow = 3600
	maxAccept = 24 * 3600
	maxCode   = 128
)

// integration is one bookmaker: who it says it is, the secret that signs both ways, and what its bets are in the catalogue.
type integration struct {
	id        string
	partnerID adapter.Setting
	gameCode  string
	gameName  string
	currency  string // of players who never opened the sportsbook
	window    time.Duration
	baseURL   string        // empty: the partner is not asked
	launchURL string        // empty: bets come without a page of ours
	accept    time.Duration // a bet that the partner has not accepted by then goes back; 0: never
	secret    adapter.Secret
}

// readIntegration reads settings and secrets. Errors: INTEGRATION_INVALID with the field.
func readIntegration(stored adapter.Stored) (*integration, error) {
	if err := adapter.CheckNames(stored, settingNames, secretNames); err != nil {
		return nil, err
	}
	get := func(name string) string {
		if v := stored.Settings[name]; v != "" {
			return v
		}
		return defaults[name]
	}
	in := &integration{
		id: stored.ID, partnerID: adapter.SettingOf(stored.Settings, settingPartnerID), gameCode: get(settingGameCode), gameName: get(settingGameName), currency: get(settingCurrency),
		secret: adapter.SecretOf(stored.Secrets, secretSigning),
	}
	if n := len(in.secret.Current()); n < minSecret || n > adapter.MaxText {
		return nil, adapter.Invalid(secretSigning, "must have 16 to 255 characters; both sides sign with it")
	}
	for _, name := range []string{settingPartnerID, settingGameCode, settingGameName} {
		if v := get(name); len(v) > maxCode || !adapter.Printable(v) {
			return nil, adapter.Invalid(name, "must be at most 128 printable characters")
		}
	}
	if _, known := money.Exponent(in.currency); !known {
		return nil, adapter.Invalid(settingCurrency, "is not a currency that the platform keeps")
	}
	seconds, err := strconv.Atoi(get(settingWindow))
	if err != nil || seconds < 1 || seconds > maxWindow {
		return nil, adapter.Invalid(settingWindow, "must be 1 to 3600")
	}
	in.window = time.Duration(seconds) * time.Second
	if seconds, err = strconv.Atoi(get(settingAccept)); err != nil || seconds < 0 || seconds > maxAccept {
		return nil, adapter.Invalid(settingAccept, "must be 0 to 86400")
	}
	in.accept = time.Duration(seconds) * time.Second
	for name, into := range map[string]*string{settingBaseURL: &in.baseURL, settingLaunchURL: &in.launchURL} {
		if v := stored.Settings[name]; v != "" {
			if *into, err = adapter.BaseURL(name, v); err != nil {
				return nil, err
			}
		}
	}
	return in, nil
}
