package hub88

import (
	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
)

func errInvalid(field, problem string) error {
	return errs.New(adapterv1.ErrorReason_ERROR_REASON_INTEGRATION_INVALID, field+": "+problem, "field", field, "problem", problem)
}

func errIntegrationNotFound(id string) error {
	return errs.New(adapterv1.ErrorReason_ERROR_REASON_INTEGRATION_NOT_FOUND, "there is no such integration of this protocol", "integration_id", id)
}

func errIntegrationDisabled(id string) error {
	return errs.New(adapterv1.ErrorReason_ERROR_REASON_INTEGRATION_DISABLED, "the integration is switched off", "integration_id", id)
}

func errProviderUnavailable(id string, cause error) error {
	return errs.New(adapterv1.ErrorReason_ERROR_REASON_PROVIDER_UNAVAILABLE, "the provider does not answer", "integration_id", id).WithCause(cause)
}

func errProviderRefused(code, message string) error {
	return errs.New(adapterv1.ErrorReason_ERROR_REASON_PROVIDER_REFUSED, "the provider refused", "provider_code", code, "provider_message", message)
}

func errProviderProtocol(problem string) error {
	return errs.New(adapterv1.ErrorReason_ERROR_REASON_PROVIDER_PROTOCOL, "the provider's answer is not one of its protocol", "problem", problem)
}
