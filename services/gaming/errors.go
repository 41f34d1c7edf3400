package gaming

import (
	"errors"
	"time"

	commonv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
)

const retryHint = 500 * time.Millisecond

func errGameNotFound(key, value string) error {
	return errs.New(gamingv1.ErrorReason_ERROR_REASON_GAME_NOT_FOUND, "there is no such game", key, value)
}

func errGameUnavailable(gameID, rule string) error {
	return errs.New(gamingv1.ErrorReason_ERROR_REASON_GAME_UNAVAILABLE, "the game cannot be played now", "game_id", gameID, "rule", rule)
}

func errPlayerBlocked(rule string) error {
	return errs.New(gamingv1.ErrorReason_ERROR_REASON_PLAYER_BLOCKED, "the player may not play", "rule", rule)
}

func errSessionNotFound() error {
	return errs.New(gamingv1.ErrorReason_ERROR_REASON_SESSION_NOT_FOUND, "the token was never issued for this integration")
}

func errSessionExpired() error {
	return errs.New(gamingv1.ErrorReason_ERROR_REASON_SESSION_EXPIRED, "the session is over")
}

func errPlayerMismatch() error {
	return errs.New(gamingv1.ErrorReason_ERROR_REASON_PLAYER_MISMATCH, "the token or the transaction belongs to another player")
}

func errPlayerNotFound(playerID string) error {
	return errs.New(gamingv1.ErrorReason_ERROR_REASON_PLAYER_NOT_FOUND, "there is no such player, or none that opened a game of this integration", "player_id", playerID)
}

func errCurrencyMismatch(currency, expected string) error {
	return errs.New(gamingv1.ErrorReason_ERROR_REASON_CURRENCY_MISMATCH, "the currency is another", "currency", currency, "expected", expected)
}

func errUnknownCurrency(currency string) error {
	return errs.New(gamingv1.ErrorReason_ERROR_REASON_UNKNOWN_CURRENCY, "the currency is not one the platform keeps", "currency", currency)
}

func errInsufficientFunds(available, currency string) error {
	return errs.New(gamingv1.ErrorReason_ERROR_REASON_INSUFFICIENT_FUNDS, "the available cash is less than the amount", "available", available, "currency", currency)
}

func errRoundClosed(roundID string) error {
	return errs.New(gamingv1.ErrorReason_ERROR_REASON_ROUND_CLOSED, "the round is over", "round_id", roundID)
}

func errRoundNotFound() error {
	return errs.New(gamingv1.ErrorReason_ERROR_REASON_ROUND_NOT_FOUND, "there is no such round")
}

func errBetNotFound(providerTxID string) error {
	return errs.New(gamingv1.ErrorReason_ERROR_REASON_BET_NOT_FOUND, "there is no such bet", "provider_tx_id", providerTxID)
}

func errBetVoided(providerTxID string) error {
	return errs.New(gamingv1.ErrorReason_ERROR_REASON_BET_VOIDED, "the bet was taken back", "provider_tx_id", providerTxID)
}

func errBetTwice(betID string) error {
	return errs.New(commonv1.ErrorReason_ERROR_REASON_VALIDATION, "the bet is named twice", "field", "bets", "bet_id", betID)
}

func errFieldInvalid(field string) error {
	return errs.New(commonv1.ErrorReason_ERROR_REASON_VALIDATION, "the value is not one this field can have", "field", field)
}

func errBetCancelled(providerTxID string) error {
	return errs.New(gamingv1.ErrorReason_ERROR_REASON_BET_CANCELLED, "the transaction was cancelled before it came", "provider_tx_id", providerTxID)
}

func errDuplicateMismatch(providerTxID string) error {
	return errs.New(gamingv1.ErrorReason_ERROR_REASON_DUPLICATE_MISMATCH, "the transaction id was used for other content", "provider_tx_id", providerTxID)
}

func errInvalidAmount(amount, currency string) error {
	return errs.New(gamingv1.ErrorReason_ERROR_REASON_INVALID_AMOUNT, "the amount is zero where there must be something, negative, too precise or too large", "amount", amount, "currency", currency)
}

func errProviderUnavailable(integrationID string, cause error) error {
	return errs.New(gamingv1.ErrorReason_ERROR_REASON_PROVIDER_UNAVAILABLE, "the provider did not open the game", "integration_id", integrationID).WithCause(cause)
}

func errOverloaded(cause error) error {
	return errs.New(gamingv1.ErrorReason_ERROR_REASON_OVERLOADED, "too much is waiting").WithRetry(retryHint).WithCause(cause)
}

func errBadPageToken() error {
	return errs.New(gamingv1.ErrorReason_ERROR_REASON_BAD_PAGE_TOKEN, "the page token is not from this list")
}

func errGameSessionNotFound() error {
	return errs.New(gamingv1.ErrorReason_ERROR_REASON_GAME_SESSION_NOT_FOUND, "there is no such session")
}

func errLobbyURLForeign() error {
	return errs.New(gamingv1.ErrorReason_ERROR_REASON_LOBBY_URL_FOREIGN, "the lobby address does not lie on the platform's host")
}

func errWalletUnavailable(cause error) error {
	return errs.New(gamingv1.ErrorReason_ERROR_REASON_WALLET_UNAVAILABLE, "the wallet does not answer; send the same transaction again").WithRetry(retryHint).WithCause(cause)
}

func errBetSettled(providerTxID string) error {
	return errs.New(gamingv1.ErrorReason_ERROR_REASON_BET_SETTLED, "the bet has its result", "provider_tx_id", providerTxID)
}

// errLimitReached tells what the ledger's guard says: rule is the guard's kind, the rest as the wallet names it.
func errLimitReached(guard map[string]string) error {
	e := errs.New(gamingv1.ErrorReason_ERROR_REASON_LIMIT_REACHED, "a limit does not leave room for the stake", "rule", guard["guard"])
	for _, key := range []string{"guard_id", "layer", "window", "maximum", "used", "remaining", "requested", "resets_at", "currency"} {
		if v := guard[key]; v != "" {
			e = e.With(key, v)
		}
	}
	return e
}

// errRestricted tells a restriction of the ledger: the player may not stake at all.
func errRestricted(guard map[string]string) error {
	e := errs.New(gamingv1.ErrorReason_ERROR_REASON_PLAYER_BLOCKED, "the player may not play", "rule", guard["guard"])
	for _, key := range []string{"guard_id", "layer", "restriction_reason", "expires_at"} {
		if v := guard[key]; v != "" {
			e = e.With(key, v)
		}
	}
	return e
}

// refusalOf is a refusal as it was answered the first time, with all that it said.
func refusalOf(reason string, meta map[string]string) error {
	value, known := gamingv1.ErrorReason_value["ERROR_REASON_"+reason]
	if !known {
		return nil
	}
	e := errs.New(gamingv1.ErrorReason(value), "the transaction was refused")
	for key, v := range meta {
		e = e.With(key, v)
	}
	return e
}

func errInFlight(providerTxID string) error {
	return errs.New(gamingv1.ErrorReason_ERROR_REASON_TRANSACTION_IN_FLIGHT, "the transaction referred to is not decided yet", "provider_tx_id", providerTxID).WithRetry(retryHint)
}

// errIntegrationOff is why a provider is not asked.
var errIntegrationOff = errors.New("gaming: the integration is switched off")

func errNotTestPlayer(playerID string) error {
	return errs.New(gamingv1.ErrorReason_ERROR_REASON_NOT_TEST_PLAYER, "only test players have tokens without a launch", "player_id", playerID)
}

func errIntegrationNotFound(id string) error {
	return errs.New(gamingv1.ErrorReason_ERROR_REASON_INTEGRATION_NOT_FOUND, "there is no such integration of games", "integration_id", id)
}

func errRequestIDMissing() error {
	return errs.New(gamingv1.ErrorReason_ERROR_REASON_REQUEST_ID_MISSING, "the request has no idempotency key, or two different ones")
}

func errFreeRoundsClosed(id, state string) error {
	return errs.New(gamingv1.ErrorReason_ERROR_REASON_FREE_ROUNDS_CLOSED, "the free rounds cannot be given or taken back any more", "free_rounds_id", id, "state", state)
}

// errFreeRoundsNotSupported tells what a provider does not have: free rounds at all, or such ones.
func errFreeRoundsNotSupported(integrationID, what string) error {
	return errs.New(gamingv1.ErrorReason_ERROR_REASON_FREE_ROUNDS_NOT_SUPPORTED, "the provider has no such free rounds", "integration_id", integrationID, "what", what)
}

func errSpanInvalid() error {
	return errs.New(gamingv1.ErrorReason_ERROR_REASON_SPAN_INVALID, "the span is empty, longer than 7 days, or not over yet")
}

func errRunNotFound(id string) error {
	return errs.New(gamingv1.ErrorReason_ERROR_REASON_RUN_NOT_FOUND, "there is no such run", "run_id", id)
}

func errFindingNotFound(id string) error {
	return errs.New(gamingv1.ErrorReason_ERROR_REASON_FINDING_NOT_FOUND, "there is no such finding", "finding_id", id)
}

func errHoldNotFound(id string) error {
	return errs.New(gamingv1.ErrorReason_ERROR_REASON_HOLD_NOT_FOUND, "the wallet has no such hold of a bet", "hold_id", id)
}

func errHoldClosed(id, state string) error {
	return errs.New(gamingv1.ErrorReason_ERROR_REASON_HOLD_CLOSED, "the hold is closed", "hold_id", id, "state", state)
}

func errHoldOwned(id, betID, roundID string) error {
	return errs.New(gamingv1.ErrorReason_ERROR_REASON_HOLD_OWNED, "the hold is an open bet's", "hold_id", id, "bet_id", betID, "round_id", roundID)
}

func errHoldUnknownBet(id, missing string) error {
	return errs.New(gamingv1.ErrorReason_ERROR_REASON_HOLD_UNKNOWN_BET, "what is known of the hold does not name its bet", "hold_id", id, "missing", missing)
}

func errHoldMismatch(id, field string) error {
	return errs.New(gamingv1.ErrorReason_ERROR_REASON_HOLD_MISMATCH, "what was told does not fit the hold", "hold_id", id, "field", field)
}
