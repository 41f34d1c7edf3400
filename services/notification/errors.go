package notification

import (
	notificationv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/notification/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
)

func templateUnknown(name string) error {
	return errs.New(notificationv1.ErrorReason_ERROR_REASON_TEMPLATE_UNKNOWN, "there is no such template", "template", name)
}

func variableMissing(name string) error {
	return errs.New(notificationv1.ErrorReason_ERROR_REASON_VARIABLE_MISSING, "the template needs a value that is not given", "variable", name)
}

func addressInvalid() error {
	return errs.New(notificationv1.ErrorReason_ERROR_REASON_ADDRESS_INVALID, "the address is not a mail address")
}

func deliveryNotFound(id string) error {
	return errs.New(notificationv1.ErrorReason_ERROR_REASON_DELIVERY_NOT_FOUND, "there is no such delivery", "delivery_id", id)
}

func deliveryNotFailed(state notificationv1.DeliveryState) error {
	return errs.New(notificationv1.ErrorReason_ERROR_REASON_DELIVERY_NOT_FAILED, "only a failed delivery can be retried", "state", state)
}

func idempotencyConflict(requestID string) error {
	return errs.New(notificationv1.ErrorReason_ERROR_REASON_IDEMPOTENCY_CONFLICT, "the request id was used before for another mail", "request_id", requestID)
}

func badPageToken() error {
	return errs.New(notificationv1.ErrorReason_ERROR_REASON_BAD_PAGE_TOKEN, "the page token is not from this list")
}

func categoryMandatory() error {
	return errs.New(notificationv1.ErrorReason_ERROR_REASON_CATEGORY_MANDATORY, "messages about security cannot be switched off")
}
