package cashier

import (
	"time"

	cashierv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/cashier/v1"
	commonv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/money"
)

const retryHint = time.Second

func errMethodNotFound(methodID string) error {
	return errs.New(cashierv1.ErrorReason_ERROR_REASON_METHOD_NOT_FOUND, "there is no such payment method", "method_id", methodID)
}

func errAmountOutOfRange(r amountRange, currency string) error {
	return errs.New(cashierv1.ErrorReason_ERROR_REASON_AMOUNT_OUT_OF_RANGE, "the amount is outside the limits",
		"min", money.Amount{Minor: r.min, Currency: currency}, "max", money.Amount{Minor: r.max, Currency: currency}, "currency", currency)
}

func errCurrencyNotSupported(currency string) error {
	return errs.New(cashierv1.ErrorReason_ERROR_REASON_CURRENCY_NOT_SUPPORTED, "the currency is not supported", "currency", currency)
}

func errInvalidAmount(m *commonv1.Money) error {
	return errs.New(cashierv1.ErrorReason_ERROR_REASON_INVALID_AMOUNT, "the amount is not a positive amount of its currency",
		"amount", m.GetAmount(), "currency", m.GetCurrency())
}

func errProviderUnavailable(integrationID string, cause error) error {
	return errs.New(cashierv1.ErrorReason_ERROR_REASON_PROVIDER_UNAVAILABLE, "the provider did not answer; try again with the same key",
		"integration_id", integrationID).WithRetry(retryHint).WithCause(cause)
}

func errProviderRefused(code string) error {
	return errs.New(cashierv1.ErrorReason_ERROR_REASON_PROVIDER_REFUSED, "the provider refused", "provider_code", code)
}

func errIdempotencyConflict(key string) error {
	return errs.New(cashierv1.ErrorReason_ERROR_REASON_IDEMPOTENCY_CONFLICT, "the key was used for another request", "request_id", key)
}

func errIdempotencyKeyMissing() error {
	return errs.New(cashierv1.ErrorReason_ERROR_REASON_IDEMPOTENCY_KEY_MISSING, "the Idempotency-Key header or request_id is needed")
}

func errDepositNotFound() error {
	return errs.New(cashierv1.ErrorReason_ERROR_REASON_DEPOSIT_NOT_FOUND, "there is no such deposit")
}

func errWithdrawalNotFound() error {
	return errs.New(cashierv1.ErrorReason_ERROR_REASON_WITHDRAWAL_NOT_FOUND, "there is no such withdrawal")
}

func errInsufficientFunds(available, currency string) error {
	return errs.New(cashierv1.ErrorReason_ERROR_REASON_INSUFFICIENT_FUNDS, "the available cash is less than the amount",
		"available", available, "currency", currency)
}

func errDestinationInvalid(field string) error {
	return errs.New(cashierv1.ErrorReason_ERROR_REASON_DESTINATION_INVALID, "the destination is missing or wrong", "field", field)
}

func errRefundableExceeded(refundable int64, currency string) error {
	return errs.New(cashierv1.ErrorReason_ERROR_REASON_REFUNDABLE_EXCEEDED, "less can go back to the source; the rest needs a bank account",
		"refundable", money.Amount{Minor: refundable, Currency: currency}, "currency", currency)
}

func errWrongState(state string) error {
	return errs.New(cashierv1.ErrorReason_ERROR_REASON_WRONG_STATE, "the payment is in a state that does not allow it", "state", state)
}

func errWithdrawalChanged(expected, actual int64) error {
	return errs.New(cashierv1.ErrorReason_ERROR_REASON_WITHDRAWAL_CHANGED, "the withdrawal changed since it was read", "expected", expected, "actual", actual)
}

func errApproverNotDistinct() error {
	return errs.New(cashierv1.ErrorReason_ERROR_REASON_APPROVER_NOT_DISTINCT, "another person must do this")
}

func errPersonRequired() error {
	return errs.New(cashierv1.ErrorReason_ERROR_REASON_PERSON_REQUIRED, "a staff member who is logged in must do this")
}

func errPlayerCancelForbidden() error {
	return errs.New(cashierv1.ErrorReason_ERROR_REASON_PLAYER_CANCEL_FORBIDDEN, "the jurisdiction does not let players cancel withdrawals")
}

func errReturnURLForeign() error {
	return errs.New(cashierv1.ErrorReason_ERROR_REASON_RETURN_URL_FOREIGN, "the return address does not lie on the platform's host")
}

func errBadPageToken() error {
	return errs.New(cashierv1.ErrorReason_ERROR_REASON_BAD_PAGE_TOKEN, "the page token is not from this list")
}

func errWalletUnavailable(cause error) error {
	return errs.New(cashierv1.ErrorReason_ERROR_REASON_WALLET_UNAVAILABLE, "the wallet does not answer; try again with the same key").
		WithRetry(retryHint).WithCause(cause)
}

func errPlayerBlocked(rule string) error {
	return errs.New(cashierv1.ErrorReason_ERROR_REASON_PLAYER_BLOCKED, "the player may not pay now", "rule", rule)
}

func errUnavailable(cause error) error {
	return errs.New(commonv1.ErrorReason_ERROR_REASON_UNAVAILABLE, "a part that the call needs does not answer").WithRetry(retryHint).WithCause(cause)
}
