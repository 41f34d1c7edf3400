package adapter

import (
	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
)

// Invalid says which setting or secret of an integration is wrong, and what is wrong with it.
func Invalid(field, problem string) error {
	return errs.New(adapterv1.ErrorReason_ERROR_REASON_INTEGRATION_INVALID, field+": "+problem, "field", field, "problem", problem)
}

// IntegrationNotFound says that an integration is unknown or of another protocol.
func IntegrationNotFound(id string) error {
	return errs.New(adapterv1.ErrorReason_ERROR_REASON_INTEGRATION_NOT_FOUND, "there is no such integration of this protocol", "integration_id", id)
}

// IntegrationDisabled says that an integration is switched off.
func IntegrationDisabled(id string) error {
	return errs.New(adapterv1.ErrorReason_ERROR_REASON_INTEGRATION_DISABLED, "the integration is switched off", "integration_id", id)
}

// ProviderUnavailable says that a provider did not answer, or answered that it cannot now; whether it acted is not known.
func ProviderUnavailable(id string, cause error) error {
	return errs.New(adapterv1.ErrorReason_ERROR_REASON_PROVIDER_UNAVAILABLE, "the provider does not answer", "integration_id", id).WithCause(cause)
}

// ProviderRefused says that a provider refused, in its own words; it did nothing.
func ProviderRefused(code, message string) error {
	return errs.New(adapterv1.ErrorReason_ERROR_REASON_PROVIDER_REFUSED, "the provider refused", "provider_code", code, "provider_message", message)
}

// ProviderProtocol says that a provider's answer is not one of its protocol.
func ProviderProtocol(problem string) error {
	return errs.New(adapterv1.ErrorReason_ERROR_REASON_PROVIDER_PROTOCOL, "the provider's answer is not one of its protocol", "problem", problem)
}

// NotSupported says that a protocol has nothing of the kind that was asked for.
func NotSupported(what string) error {
	return errs.New(adapterv1.ErrorReason_ERROR_REASON_NOT_SUPPORTED, "the protocol has no "+what, "what", what)
}
