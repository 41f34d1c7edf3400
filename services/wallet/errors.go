package wallet

import (
	"time"

	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/money"
)

// overloadedRetry is the hint when a queue is full: a few batches later there is room.
const overloadedRetry = 50 * time.Millisecond

func insufficientFunds(currency string, available, required int64) error {
	return errs.New(walletv1.ErrorReason_ERROR_REASON_INSUFFICIENT_FUNDS, "the available cash is less than the amount",
		"available", money.Amount{Minor: available, Currency: currency}, "required", money.Amount{Minor: required, Currency: currency},
		"currency", currency)
}

func idempotencyConflict(requestID string) error {
	return errs.New(walletv1.ErrorReason_ERROR_REASON_IDEMPOTENCY_CONFLICT, "the request id was used before for another request",
		"request_id", requestID)
}

func unknownCurrency(currency string) error {
	return errs.New(walletv1.ErrorReason_ERROR_REASON_UNKNOWN_CURRENCY, "the currency is not in the registry", "currency", currency)
}

func excessPrecision(amount, currency string) error {
	decimals, _ := money.Exponent(currency)
	return errs.New(walletv1.ErrorReason_ERROR_REASON_EXCESS_PRECISION, "the amount has more decimals than its currency",
		"amount", amount, "currency", currency, "decimals", decimals)
}

func amountOverflow(currency string) error {
	return errs.New(walletv1.ErrorReason_ERROR_REASON_AMOUNT_OVERFLOW, "the amount or a balance after it is out of range", "currency", currency)
}

func amountSyntax() error {
	return errs.New(walletv1.ErrorReason_ERROR_REASON_AMOUNT_SYNTAX, "not a decimal amount")
}

func amountNotPositive(amount money.Amount) error {
	return errs.New(walletv1.ErrorReason_ERROR_REASON_AMOUNT_NOT_POSITIVE, "the amount is not allowed to be that small",
		"amount", amount, "currency", amount.Currency)
}

func currencyMismatch(a, b string) error {
	return errs.New(walletv1.ErrorReason_ERROR_REASON_CURRENCY_MISMATCH, "the amounts of one operation have one currency",
		"currency", a, "other_currency", b)
}

func holdNotFound(id string) error {
	return errs.New(walletv1.ErrorReason_ERROR_REASON_HOLD_NOT_FOUND, "there is no such hold", "hold_id", id)
}

func holdClosed(id string, state holdState) error {
	return errs.New(walletv1.ErrorReason_ERROR_REASON_HOLD_CLOSED, "the hold was closed before", "hold_id", id, "state", state)
}

func holdMismatch(id string) error {
	return errs.New(walletv1.ErrorReason_ERROR_REASON_HOLD_MISMATCH, "the hold is not this player's, in this currency, for this purpose",
		"hold_id", id)
}

func staleVersion(expected, actual int64) error {
	return errs.New(walletv1.ErrorReason_ERROR_REASON_STALE_VERSION, "the balance changed since it was read",
		"expected", expected, "actual", actual)
}

func overloaded(cause error) error {
	return errs.New(walletv1.ErrorReason_ERROR_REASON_OVERLOADED, "too much is waiting").WithRetry(overloadedRetry).WithCause(cause)
}

func operationNotFound(id string) error {
	return errs.New(walletv1.ErrorReason_ERROR_REASON_OPERATION_NOT_FOUND, "there is no such operation", "operation_id", id)
}

func requestNotFound(requestID string) error {
	return errs.New(walletv1.ErrorReason_ERROR_REASON_OPERATION_NOT_FOUND, "the caller committed nothing under this request id",
		"request_id", requestID)
}

func badPageToken() error {
	return errs.New(walletv1.ErrorReason_ERROR_REASON_BAD_PAGE_TOKEN, "the page token is not from this list")
}

func counterpartyNotAllowed(name string) error {
	return errs.New(walletv1.ErrorReason_ERROR_REASON_COUNTERPARTY_NOT_ALLOWED, "the caller may not post to this account", "counterparty", name)
}
