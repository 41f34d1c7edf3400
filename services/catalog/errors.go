package catalog

import (
	catalogv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/catalog/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
)

func errGameNotFound(key, value string) error {
	return errs.New(catalogv1.ErrorReason_ERROR_REASON_GAME_NOT_FOUND, "there is no such game", key, value)
}

func errIntegrationNotFound(id string) error {
	return errs.New(catalogv1.ErrorReason_ERROR_REASON_INTEGRATION_NOT_FOUND, "there is no such integration with games", "integration_id", id)
}

func errStaleRevision(expected, actual int64) error {
	return errs.New(catalogv1.ErrorReason_ERROR_REASON_STALE_REVISION, "the lobby was changed meanwhile", "expected", expected, "actual", actual)
}

func errBadPageToken() error {
	return errs.New(catalogv1.ErrorReason_ERROR_REASON_BAD_PAGE_TOKEN, "the page token is not from this list")
}

func errProviderUnavailable(id string, cause error) error {
	return errs.New(catalogv1.ErrorReason_ERROR_REASON_PROVIDER_UNAVAILABLE, "the provider did not answer; nothing was changed", "integration_id", id).WithCause(cause)
}
