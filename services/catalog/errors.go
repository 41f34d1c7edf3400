package catalog

import (
	"maps"
	"slices"
	"time"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	catalogv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/catalog/v1"
	"github.com/pitboss-gaming/pitboss/kit/country"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/language"
)

func errGameNotFound(key, value string) error {
	return errs.New(catalogv1.ErrorReason_ERROR_REASON_GAME_NOT_FOUND, "there is no such game", key, value)
}

func errIntegrationNotFound(id string) error {
	return errs.New(catalogv1.ErrorReason_ERROR_REASON_INTEGRATION_NOT_FOUND, "there is no such integration with games", "integration_id", id)
}

func errStaleRevision(expected, actual int64) error {
	return errs.New(catalogv1.ErrorReason_ERROR_REASON_STALE_REVISION, "it was changed meanwhile", "expected", expected, "actual", actual)
}

func errBadPageToken() error {
	return errs.New(catalogv1.ErrorReason_ERROR_REASON_BAD_PAGE_TOKEN, "the page token is not from this list")
}

func errProviderUnavailable(id string, cause error) error {
	return errs.New(catalogv1.ErrorReason_ERROR_REASON_PROVIDER_UNAVAILABLE, "the provider did not answer; nothing was changed", "integration_id", id).WithCause(cause)
}

// errFromAdapter says why an adapter brought no games, in the adapter's words where it told.
func errFromAdapter(id string, err error) error {
	m := errs.Metadata(err)
	switch {
	case errs.Is(err, adapterv1.ErrorReason_ERROR_REASON_INTEGRATION_DISABLED):
		return errs.New(catalogv1.ErrorReason_ERROR_REASON_INTEGRATION_DISABLED, "the integration is switched off", "integration_id", id)
	case errs.Is(err, adapterv1.ErrorReason_ERROR_REASON_INTEGRATION_INVALID):
		return errs.New(catalogv1.ErrorReason_ERROR_REASON_INTEGRATION_INVALID, "a setting of the integration is missing or wrong", "field", m["field"], "problem", m["problem"])
	case errs.Is(err, adapterv1.ErrorReason_ERROR_REASON_PROVIDER_REFUSED):
		return errs.New(catalogv1.ErrorReason_ERROR_REASON_PROVIDER_REFUSED, "the provider refused to tell its games", "provider_code", m["provider_code"], "provider_message", m["provider_message"])
	case errs.Is(err, adapterv1.ErrorReason_ERROR_REASON_PROVIDER_PROTOCOL):
		return errs.New(catalogv1.ErrorReason_ERROR_REASON_PROVIDER_PROTOCOL, "the provider's answer is not of its protocol", "problem", m["problem"]).WithCause(err)
	case errs.Is(err, adapterv1.ErrorReason_ERROR_REASON_NOT_SUPPORTED):
		return errs.New(catalogv1.ErrorReason_ERROR_REASON_LIST_NOT_SUPPORTED, "the protocol has no list of games", "what", m["what"])
	}
	return errProviderUnavailable(id, err)
}

func errTooManyGames(id string, games int) error {
	return errs.New(catalogv1.ErrorReason_ERROR_REASON_PROVIDER_PROTOCOL, "the provider's list is longer than any that is taken over; nothing was changed",
		"integration_id", id, "games", games, "maximum", maxGames, "problem", "too many games")
}

func errTooManyFavourites(maximum int) error {
	return errs.New(catalogv1.ErrorReason_ERROR_REASON_TOO_MANY_FAVOURITES, "there are as many favourites as there may be", "maximum", maximum)
}

func errLayoutIsMain() error {
	return errs.New(catalogv1.ErrorReason_ERROR_REASON_LAYOUT_IS_MAIN, "the main layout cannot be deleted")
}

func errBuildsInvalid() error {
	return errs.New(catalogv1.ErrorReason_ERROR_REASON_BUILDS_INVALID, "exactly one build must be active, and each be named once")
}

func errProviderNotFound(id string) error {
	return errs.New(catalogv1.ErrorReason_ERROR_REASON_PROVIDER_NOT_FOUND, "there is no such studio", "provider_id", id)
}

func errSectionRepeated(key string) error {
	return errs.New(catalogv1.ErrorReason_ERROR_REASON_SECTION_REPEATED, "two rows have the same key", "key", key)
}

func errCountryTaken(country, by string) error {
	return errs.New(catalogv1.ErrorReason_ERROR_REASON_COUNTRY_TAKEN, "the country is in another jurisdiction", "country", country, "jurisdiction", by)
}

func errCountryUnknown(code string) error {
	return errs.New(catalogv1.ErrorReason_ERROR_REASON_COUNTRY_UNKNOWN, "there is no such country", "country", code)
}

// countriesKnown refuses the first code that is no country's.
func countriesKnown(codes []string) error {
	for _, code := range codes {
		if !country.Known(code) {
			return errCountryUnknown(code)
		}
	}
	return nil
}

func errLanguageUnknown(code string) error {
	return errs.New(catalogv1.ErrorReason_ERROR_REASON_LANGUAGE_UNKNOWN, "there is no such language", "language", code)
}

// languagesKnown refuses texts in a language that is none.
func languagesKnown[T any](texts map[string]T) error {
	for _, code := range slices.Sorted(maps.Keys(texts)) {
		if !language.Known(code) {
			return errLanguageUnknown(code)
		}
	}
	return nil
}

func errJurisdictionNotFound(key string) error {
	return errs.New(catalogv1.ErrorReason_ERROR_REASON_JURISDICTION_NOT_FOUND, "there is no such jurisdiction", "jurisdiction", key)
}

func errCertificateNotFound(id string) error {
	return errs.New(catalogv1.ErrorReason_ERROR_REASON_CERTIFICATE_NOT_FOUND, "there is no such certificate", "certificate_id", id)
}

func errCertificateInvalid() error {
	return errs.New(catalogv1.ErrorReason_ERROR_REASON_CERTIFICATE_INVALID, "the certificate ends before it begins, or was revoked")
}

func errChangeNotFound(id string) error {
	return errs.New(catalogv1.ErrorReason_ERROR_REASON_CHANGE_NOT_FOUND, "there is no such change", "change_id", id)
}

func errChangeDecided(status catalogv1.GameChangeStatus) error {
	return errs.New(catalogv1.ErrorReason_ERROR_REASON_CHANGE_DECIDED, "the change was decided already", "status", status.String())
}

func errJackpotInvalid() error {
	return errs.New(catalogv1.ErrorReason_ERROR_REASON_JACKPOT_INVALID, "the amount is negative or none of its currency")
}

func errSwitchesUnknown(cause error) error {
	return errs.New(catalogv1.ErrorReason_ERROR_REASON_SWITCHES_UNKNOWN, "what is switched off is not known yet").WithCause(cause).WithRetry(time.Second)
}
