package hub88

import (
	"crypto/rsa"
	"strconv"

	"github.com/pitboss-gaming/pitboss/kit/adapter"
)

// Names of an integration's settings and secrets.
const (
	settingBaseURL         = "api_base_url"
	settingOperatorID      = "operator_id"
	settingProviderKey     = "provider_public_key_pem"
	settingFormerKey       = "provider_public_key_pem_previous"
	settingOperatorKey     = "operator_public_key_pem"
	settingDialect         = "dialect"
	settingSignatureStatus = "signature_failure_status"
	settingSubPartner      = "sub_partner_id"
	settingFreeBets        = "free_bets"
	settingGames           = "games"
	secretPrivateKey       = "private_key_pem"
)

// Values of free_bets.
const (
	freeBetsPromo = "promo"
	freeBetsFace  = "face_value"
)

var (
	settingNames = []string{
		settingBaseURL, settingOperatorID, settingProviderKey, settingFormerKey, settingOperatorKey, settingDialect, settingSignatureStatus, settingSubPartner,
		settingFreeBets, settingGames,
	}
	secretNames = []string{secretPrivateKey}
)

// integration is one licence: where the provider is, who we are to it, and the keys of both.
type integration struct {
	id              string
	dialect         *dialect
	baseURL         string // empty: callbacks only
	operatorID      any    // as the dialect writes it; nil when it is not set
	providerKeys    []*providerKey
	privateKey      *rsa.PrivateKey
	signatureStatus int
	subPartner      adapter.Setting
	promoBets       bool                // free bets are paid from bonus money instead of being worth their face value
	games           []adapter.NamedGame // entered by hand; empty: the provider is asked for its list
}

// readIntegration reads settings and secrets. Errors: INTEGRATION_INVALID with the field.
func readIntegration(stored adapter.Stored) (*integration, error) {
	in, err := readSettings(stored)
	if err != nil {
		return nil, err
	}
	if in.privateKey, err = parsePrivateKey(stored.Secrets[secretPrivateKey]); err != nil {
		return nil, adapter.Invalid(secretPrivateKey, "must be one PKCS#1 or PKCS#8 PEM block with an RSA key of at least 2048 bits")
	}
	return in, nil
}

// readSettings reads everything but our own key. Errors: INTEGRATION_INVALID with the field.
func readSettings(stored adapter.Stored) (*integration, error) {
	if err := adapter.CheckNames(stored, settingNames, secretNames); err != nil {
		return nil, err
	}
	settings := stored.Settings
	in := &integration{id: stored.ID, subPartner: adapter.SettingOf(settings, settingSubPartner), signatureStatus: 200, dialect: dialects[dialectHub88]}
	var err error
	if d := settings[settingDialect]; d != "" {
		if in.dialect = dialects[d]; in.dialect == nil {
			return nil, adapter.Invalid(settingDialect, "must be "+dialectHub88+" or "+dialectCaleta)
		}
	}
	if err = in.readProvider(settings); err != nil {
		return nil, err
	}
	if in.providerKeys, err = readKeys(settings); err != nil {
		return nil, err
	}
	switch v := settings[settingSignatureStatus]; v {
	case "", "200":
	case "401", "403":
		in.signatureStatus, _ = strconv.Atoi(v)
	default:
		return nil, adapter.Invalid(settingSignatureStatus, "must be 200, 401 or 403")
	}
	switch v := settings[settingFreeBets]; v {
	case "":
		in.promoBets = in.dialect.promoBets
	case freeBetsPromo, freeBetsFace:
		in.promoBets = v == freeBetsPromo
	default:
		return nil, adapter.Invalid(settingFreeBets, "must be "+freeBetsPromo+" or "+freeBetsFace)
	}
	if len(in.subPartner.Current()) > adapter.MaxText {
		return nil, adapter.Invalid(settingSubPartner, "is too long")
	}
	in.games, err = adapter.NamedGames(settingGames, settings[settingGames])
	return in, err
}

// readProvider reads where the provider is and who we are to it. An integration that only takes callbacks needs neither.
func (in *integration) readProvider(settings map[string]string) (err error) {
	operator := settings[settingOperatorID]
	if base := settings[settingBaseURL]; base != "" {
		if in.baseURL, err = adapter.BaseURL(settingBaseURL, base); err != nil {
			return err
		}
		if operator == "" {
			return adapter.Invalid(settingOperatorID, "must be given with "+settingBaseURL)
		}
	}
	switch {
	case operator == "":
		return nil
	case in.dialect.textOperator:
		if len(operator) > adapter.MaxText || !adapter.Printable(operator) {
			return adapter.Invalid(settingOperatorID, "must be at most 255 printable characters")
		}
		in.operatorID = operator
		return nil
	}
	number, err := strconv.ParseInt(operator, 10, 64)
	if err != nil || number < 0 {
		return adapter.Invalid(settingOperatorID, "must be a whole number")
	}
	in.operatorID = number
	return nil
}

// readKeys reads the provider's key, and the one before it while the provider changes them: both are taken.
func readKeys(settings map[string]string) ([]*providerKey, error) {
	keys, err := parsePublicKeys(settings[settingProviderKey])
	if err != nil {
		return nil, adapter.Invalid(settingProviderKey, "must be one or two SPKI PEM blocks with RSA keys of at least 2048 bits")
	}
	if former := settings[settingFormerKey]; former != "" {
		more, err := parsePublicKeys(former)
		if err != nil {
			return nil, adapter.Invalid(settingFormerKey, "must be one or two SPKI PEM blocks with RSA keys of at least 2048 bits")
		}
		keys = append(keys, more...)
	}
	return keys, nil
}
