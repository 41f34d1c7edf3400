package pragmatic

import (
	"errors"

	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
)

// Error codes of the protocol (providers.md 4.4). After a bet the provider sends a refund for every code but 0, 1, 3, 50, 120 and 310; a result
// and a refund it repeats for every code but 0, 120 and 310, for up to a day.
const (
	codeOK            = 0
	codeNoFunds       = 1
	codeNoPlayer      = 2
	codeNotAllowed    = 3
	codeNotAuthentic  = 4
	codeHash          = 5
	codeFrozen        = 6
	codeParameters    = 7
	codeNoGame        = 8
	codeLimit         = 50
	codeRetry         = 100
	codeFinal         = 120
	codeEndRoundRetry = 130
)

// descriptions are for the people who read the provider's logs.
var descriptions = map[int]string{
	codeOK: "Success", codeNoFunds: "Insufficient balance", codeNoPlayer: "Player not found", codeNotAllowed: "Bet is not allowed",
	codeNotAuthentic: "Player authentication failed", codeHash: "Invalid hash code", codeFrozen: "Player is frozen", codeParameters: "Bad parameters",
	codeNoGame: "Game is not found or disabled", codeLimit: "Bet limit has been reached", codeRetry: "Internal server error",
	codeFinal: "The transaction cannot be accepted", codeEndRoundRetry: "Internal server error on end of round",
}

// errParameter says that a parameter's value is none the player's currency has.
var errParameter = errors.New("pragmatic: a parameter is not one of the protocol")

// codeOf is a refusal of gaming in the protocol's words. token: the call carried one, so a player who does not fit is a wrong token and not a
// wrong player. What is not a refusal is 100, after which the provider rolls a bet back and repeats everything else.
func codeOf(err error, token bool) int {
	if errors.Is(err, errParameter) {
		return codeParameters
	}
	if token && errs.Is(err, gamingv1.ErrorReason_ERROR_REASON_PLAYER_MISMATCH) {
		return codeNotAuthentic
	}
	if code, ok := codes[errs.ReasonOf(err)]; ok {
		return code
	}
	return codeRetry
}

// codes is the table by gaming's error reason. BET_NOT_FOUND and ROUND_NOT_FOUND are what a result answers that came before its bet:
// 100, so that it comes again. OVERLOADED, WALLET_UNAVAILABLE and TRANSACTION_IN_FLIGHT are 100 too.
var codes = map[string]int{
	"SESSION_NOT_FOUND":  codeNotAuthentic,
	"SESSION_EXPIRED":    codeNotAuthentic,
	"PLAYER_MISMATCH":    codeNoPlayer,
	"PLAYER_NOT_FOUND":   codeNoPlayer,
	"PLAYER_BLOCKED":     codeFrozen,
	"LIMIT_REACHED":      codeLimit,
	"GAME_NOT_FOUND":     codeNoGame,
	"GAME_UNAVAILABLE":   codeNoGame,
	"CURRENCY_MISMATCH":  codeParameters,
	"UNKNOWN_CURRENCY":   codeParameters,
	"INSUFFICIENT_FUNDS": codeNoFunds,
	"ROUND_CLOSED":       codeNotAllowed,
	"DUPLICATE_MISMATCH": codeParameters, // another player's reference
	"BET_CANCELLED":      codeFinal,
	"BET_VOIDED":         codeFinal,
	"BET_SETTLED":        codeFinal,
	"WRONG_KIND":         codeFinal,
	"INVALID_AMOUNT":     codeParameters,
	"VALIDATION":         codeParameters,
}
