package stripe

import (
	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
)

func errIntegrationInvalid(field, problem string) error {
	return errs.New(adapterv1.ErrorReason_ERROR_REASON_INTEGRATION_INVALID, "a setting or a secret is missing or wrong", "field", field, "problem", problem)
}

func errIntegrationNotFound(id string) error {
	return errs.New(adapterv1.ErrorReason_ERROR_REASON_INTEGRATION_NOT_FOUND, "there is no such integration of this protocol", "integration_id", id)
}

func errIntegrationDisabled(id string) error {
	return errs.New(adapterv1.ErrorReason_ERROR_REASON_INTEGRATION_DISABLED, "the integration is switched off", "integration_id", id)
}

func errProviderUnavailable(id string, cause error) error {
	return errs.New(adapterv1.ErrorReason_ERROR_REASON_PROVIDER_UNAVAILABLE, "the provider did not answer; whether it acted is not known",
		"integration_id", id).WithCause(cause)
}

func errProviderRefused(code, message string) error {
	return errs.New(adapterv1.ErrorReason_ERROR_REASON_PROVIDER_REFUSED, "the provider refused", "provider_code", code, "provider_message", message)
}

func errProviderProtocol(problem string) error {
	return errs.New(adapterv1.ErrorReason_ERROR_REASON_PROVIDER_PROTOCOL, "the provider answered something its protocol does not allow", "problem", problem)
}
