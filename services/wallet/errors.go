package wallet

import (
	"errors"
	"time"

	"google.golang.org/protobuf/proto"

	commonv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/money"
)

// closedRetry is the hint when the process is about to end: others take its place.
const closedRetry = 50 * time.Millisecond

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

func tooManySteps(steps int) error {
	return errs.New(commonv1.ErrorReason_ERROR_REASON_VALIDATION, "the rounds have too many operations together", "field", "rounds", "operations", steps, "maximum", maxRoundsSteps)
}

func overloaded(cause error, retry time.Duration) error {
	return errs.New(walletv1.ErrorReason_ERROR_REASON_OVERLOADED, "too much is waiting").WithRetry(retry).WithCause(cause)
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

func testPlayerMoney(player string) error {
	return errs.New(walletv1.ErrorReason_ERROR_REASON_TEST_PLAYER, "real money and test money do not mix", "player_id", player)
}

func limitReached(g *guard, cash *account, now time.Time, requested int64) error {
	amount := func(minor int64) money.Amount { return money.Amount{Minor: minor, Currency: g.currency} }
	kv := []any{
		"guard_id", g.id, "guard", g.kind, "layer", g.layer, "maximum", amount(g.maximum), "remaining", amount(max(g.room(cash), 0)),
		"requested", amount(requested), "currency", g.currency,
	}
	if g.kind.isLimit() {
		kv = append(kv, "window", g.window, "used", amount(g.used(cash)), "resets_at", g.resetsAt(cash, now).UTC().Format(time.RFC3339))
	}
	return errs.New(walletv1.ErrorReason_ERROR_REASON_LIMIT_REACHED, "a limit does not leave room for the amount", kv...)
}

func restricted(g *guard) error {
	kv := []any{"guard_id", g.id, "guard", g.kind, "layer", g.layer, "restriction_reason", g.reason}
	if g.expiresAt != nil {
		kv = append(kv, "expires_at", g.expiresAt.UTC().Format(time.RFC3339))
	}
	return errs.New(walletv1.ErrorReason_ERROR_REASON_RESTRICTED, "a restriction forbids it", kv...)
}

func guardInvalid(field string) error {
	return errs.New(walletv1.ErrorReason_ERROR_REASON_GUARD_INVALID, "the guard's kind and fields do not fit", "field", field)
}

func guardLooser(id string) error {
	return errs.New(walletv1.ErrorReason_ERROR_REASON_GUARD_LOOSER, "the change would allow more than the guard does now", "guard_id", id)
}

func guardProtected(id string, layer guardLayer) error {
	return errs.New(walletv1.ErrorReason_ERROR_REASON_GUARD_PROTECTED, "staff may not loosen guards of this layer", "guard_id", id, "layer", layer)
}

func guardNotFound(id string) error {
	return errs.New(walletv1.ErrorReason_ERROR_REASON_GUARD_NOT_FOUND, "the player has no such guard", "guard_id", id)
}

func grantNotFound(grant, currency string) error {
	return errs.New(walletv1.ErrorReason_ERROR_REASON_GRANT_NOT_FOUND, "the player has no bonus pool of this grant", "grant_id", grant, "currency", currency)
}

func grantClosed(grant string) error {
	return errs.New(walletv1.ErrorReason_ERROR_REASON_GRANT_CLOSED, "the grant's pool was closed", "grant_id", grant)
}

func fundingInvalid(field string) error {
	return errs.New(walletv1.ErrorReason_ERROR_REASON_FUNDING_INVALID, "the fields do not fit together", "field", field)
}

func partTooLarge(id, currency string, remaining, requested int64) error {
	return errs.New(walletv1.ErrorReason_ERROR_REASON_PART_TOO_LARGE, "the part is more than what is still held", "hold_id", id,
		"remaining", money.Amount{Minor: remaining, Currency: currency}, "requested", money.Amount{Minor: requested, Currency: currency})
}

func holdStillOpen(id string) error {
	return errs.New(walletv1.ErrorReason_ERROR_REASON_HOLD_OPEN, "an open hold is settled, not corrected", "hold_id", id)
}

func holdVoid(id string) error {
	return errs.New(walletv1.ErrorReason_ERROR_REASON_HOLD_VOID, "all of the hold was given back", "hold_id", id)
}

func debtOutstanding(currency string, owed int64) error {
	return errs.New(walletv1.ErrorReason_ERROR_REASON_DEBT_OUTSTANDING, "the player owes money, which has to be settled first",
		"owed", money.Amount{Minor: owed, Currency: currency}, "currency", currency)
}

func nothingOwed(currency string, owed int64) error {
	return errs.New(walletv1.ErrorReason_ERROR_REASON_NOTHING_OWED, "the player owes less than the amount",
		"owed", money.Amount{Minor: owed, Currency: currency}, "currency", currency)
}

func rateMismatch(from, to, expected money.Amount, rate string) error {
	return errs.New(walletv1.ErrorReason_ERROR_REASON_RATE_MISMATCH, "the amounts do not follow from the rate", "from", from, "to", to, "rate", rate,
		"expected", expected)
}

func adjustmentNotFound(id string) error {
	return errs.New(walletv1.ErrorReason_ERROR_REASON_ADJUSTMENT_NOT_FOUND, "there is no such adjustment", "adjustment_id", id)
}

func adjustmentDecided(id string, state adjustmentState) error {
	return errs.New(walletv1.ErrorReason_ERROR_REASON_ADJUSTMENT_DECIDED, "the adjustment was decided before", "adjustment_id", id, "state", state)
}

func secondPersonNeeded(id string) error {
	return errs.New(walletv1.ErrorReason_ERROR_REASON_SECOND_PERSON_NEEDED, "another person has to approve it", "adjustment_id", id)
}

func requestIDMissing() error {
	return errs.New(walletv1.ErrorReason_ERROR_REASON_REQUEST_ID_MISSING, "an idempotency key is needed, and only one")
}

func timeTooEarly(earliest time.Time) error {
	return errs.New(walletv1.ErrorReason_ERROR_REASON_TIME_TOO_EARLY, "the ledger does not reach back so far", "earliest", earliest.UTC().Format(time.RFC3339))
}

func layerNotAllowed(l guardLayer) error {
	return errs.New(walletv1.ErrorReason_ERROR_REASON_LAYER_NOT_ALLOWED, "the calling service does not set guards of this layer and kind", "layer", l)
}

// atPosition adds to a refusal which of a request's operations was refused, counted from 0.
func atPosition(err error, position int) error {
	if e, ok := errors.AsType[*errs.Error](err); ok {
		return e.With("operation", position)
	}
	return err
}

// idempotentReplay refuses what was done before and tells the first answer.
func idempotentReplay(requestID string, first proto.Message) error {
	return errs.New(walletv1.ErrorReason_ERROR_REASON_IDEMPOTENT_REPLAY, "the request was done before", "request_id", requestID).WithDetail(first)
}

func playerMismatch(player string) error {
	return errs.New(walletv1.ErrorReason_ERROR_REASON_HOLD_MISMATCH, "the steps of a round are one player's", "player_id", player)
}

// notActive is the restriction that a player's status is.
func notActive(status string) error {
	return errs.New(walletv1.ErrorReason_ERROR_REASON_RESTRICTED, "the player may not play", "guard", "PLAYER_STATUS", "restriction_reason", status)
}

func playerUnknown(player, currency string) error {
	return errs.New(walletv1.ErrorReason_ERROR_REASON_PLAYER_UNKNOWN, "the player has no account in this currency", "player_id", player, "currency", currency)
}

func noSuchPlayer(player string) error {
	return errs.New(walletv1.ErrorReason_ERROR_REASON_PLAYER_UNKNOWN, "there is no such player", "player_id", player)
}

func ledgerCheckNotFound(id string) error {
	return errs.New(walletv1.ErrorReason_ERROR_REASON_LEDGER_CHECK_NOT_FOUND, "there is no such check of the ledger", "check_id", id)
}

func verificationRunning() error {
	return errs.New(walletv1.ErrorReason_ERROR_REASON_VERIFICATION_RUNNING, "this replica is verifying the ledger already").WithRetry(time.Minute)
}

func noCheckpoint() error {
	return errs.New(walletv1.ErrorReason_ERROR_REASON_NO_CHECKPOINT, "the ledger has no checkpoint yet; a full check writes it")
}
