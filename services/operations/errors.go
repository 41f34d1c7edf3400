package operations

import (
	"time"

	operationsv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/operations/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
)

func integrationNotFound(id string) error {
	return errs.New(operationsv1.ErrorReason_ERROR_REASON_INTEGRATION_NOT_FOUND, "there is no such integration", "integration_id", id)
}

func integrationExists(id string) error {
	return errs.New(operationsv1.ErrorReason_ERROR_REASON_INTEGRATION_EXISTS, "the id is taken by another integration", "integration_id", id)
}

func protocolUnknown(name string) error {
	return errs.New(operationsv1.ErrorReason_ERROR_REASON_PROTOCOL_UNKNOWN, "no adapter speaks this protocol", "protocol", name, "known", knownProtocols())
}

func integrationInvalid(from map[string]string) error {
	return errs.New(operationsv1.ErrorReason_ERROR_REASON_INTEGRATION_INVALID, "the adapter refuses the settings", "field", from["field"], "problem", from["problem"])
}

func staleRevision(expected, actual int64) error {
	return errs.New(operationsv1.ErrorReason_ERROR_REASON_STALE_REVISION, "the integration was changed meanwhile", "expected", expected, "actual", actual)
}

func adapterUnavailable(protocol string, cause error) error {
	return errs.New(operationsv1.ErrorReason_ERROR_REASON_ADAPTER_UNAVAILABLE, "the adapter does not answer; nothing was stored", "protocol", protocol).WithCause(cause).WithRetry(time.Second)
}

func badPageToken() error {
	return errs.New(operationsv1.ErrorReason_ERROR_REASON_BAD_PAGE_TOKEN, "the page token is not from this list")
}

func killSwitchInvalid(scope operationsv1.KillSwitchScope, value, problem string) error {
	message := "the value does not fit the scope"
	if problem == "unknown" {
		message = "there is nothing of this name to switch off"
	}
	return errs.New(operationsv1.ErrorReason_ERROR_REASON_KILL_SWITCH_INVALID, message, "field", "value", "problem", problem, "scope", scope.String(), "value", value)
}
