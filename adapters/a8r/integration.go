package a8r

import (
	"net/http"
	"strings"

	"github.com/pitboss-gaming/pitboss/kit/adapter"
)

// Names of an integration's settings and secrets.
const (
	settingBaseURL         = "api_base_url"
	settingCasinoID        = "casino_id"
	settingJurisdiction    = "jurisdiction"
	settingDuplicateStatus = "duplicate_status"
	settingGames           = "games"
	secretAuthToken        = "auth_token"
)

var (
	settingNames = []string{settingBaseURL, settingCasinoID, settingJurisdiction, settingDuplicateStatus, settingGames}
	secretNames  = []string{secretAuthToken}
)

// minToken is the least length of the signing secret: a shorter one can be guessed from one signed body.
const minToken = 8

// integration is one licence: who we are to the aggregator, where it is, and the secret that signs both ways.
type integration struct {
	id              string
	baseURL         string // empty: callbacks only
	casinoID        string
	jurisdiction    string
	duplicateStatus int
	token           adapter.Secret
	games           []adapter.NamedGame // entered by hand; empty: the aggregator is asked for its list
}

// readIntegration reads settings and secrets. Errors: INTEGRATION_INVALID with the field.
func readIntegration(stored adapter.Stored) (*integration, error) {
	if err := adapter.CheckNames(stored, settingNames, secretNames); err != nil {
		return nil, err
	}
	in := &integration{
		id: stored.ID, casinoID: stored.Settings[settingCasinoID], jurisdiction: stored.Settings[settingJurisdiction],
		duplicateStatus: http.StatusBadRequest, token: adapter.SecretOf(stored.Secrets, secretAuthToken),
	}
	if n := len(in.token.Current()); n < minToken || n > adapter.MaxText {
		return nil, adapter.Invalid(secretAuthToken, "must have 8 to 255 characters; the aggregator gives it")
	}
	for name, value := range map[string]string{settingCasinoID: in.casinoID, settingJurisdiction: in.jurisdiction} {
		if len(value) > adapter.MaxText || !adapter.Printable(value) {
			return nil, adapter.Invalid(name, "must be at most 255 printable characters")
		}
	}
	switch stored.Settings[settingDuplicateStatus] {
	case "", "400":
	case "409":
		in.duplicateStatus = http.StatusConflict
	default:
		return nil, adapter.Invalid(settingDuplicateStatus, "must be 400 or 409")
	}
	if base := stored.Settings[settingBaseURL]; base != "" {
		checked, err := adapter.BaseURL(settingBaseURL, base)
		if err != nil {
			return nil, err
		}
		if in.casinoID == "" {
			return nil, adapter.Invalid(settingCasinoID, "must be given with "+settingBaseURL)
		}
		in.baseURL = strings.TrimSuffix(checked, "/v2") // calls add it
	}
	var err error
	in.games, err = adapter.NamedGames(settingGames, stored.Settings[settingGames])
	return in, err
}
