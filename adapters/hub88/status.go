package hub88

import "github.com/pitboss-gaming/pitboss/kit/errs"

// Status codes of the protocol (providers.md 2.4).
const (
	statusOK                   = "RS_OK"
	statusUnknown              = "RS_ERROR_UNKNOWN"
	statusInvalidPartner       = "RS_ERROR_INVALID_PARTNER"
	statusInvalidToken         = "RS_ERROR_INVALID_TOKEN"
	statusTokenExpired         = "RS_ERROR_TOKEN_EXPIRED"
	statusInvalidGame          = "RS_ERROR_INVALID_GAME"
	statusWrongCurrency        = "RS_ERROR_WRONG_CURRENCY"
	statusNotEnoughMoney       = "RS_ERROR_NOT_ENOUGH_MONEY"
	statusUserDisabled         = "RS_ERROR_USER_DISABLED"
	statusInvalidSignature     = "RS_ERROR_INVALID_SIGNATURE"
	statusWrongSyntax          = "RS_ERROR_WRONG_SYNTAX"
	statusWrongTypes           = "RS_ERROR_WRONG_TYPES"
	statusDuplicateTransaction = "RS_ERROR_DUPLICATE_TRANSACTION"
	statusNoTransaction        = "RS_ERROR_TRANSACTION_DOES_NOT_EXIST"
	statusRolledBack           = "RS_ERROR_TRANSACTION_ROLLED_BACK"
	statusLimitReached         = "RS_ERROR_LIMIT_REACHED"
	statusBetLimit             = "RS_ERROR_BET_LIMIT_EXCEEDED"
)

// statusOf is a refusal of gaming in the dialect's words. result: the call was a win or a rollback, where a foreign player means that
// this player has no such transaction, unless it is the token that is another player's. What is not a refusal is RS_ERROR_UNKNOWN, after
// which the provider rolls a bet back and sends a win or a rollback again.
func (d *dialect) statusOf(err error, result bool) string {
	reason := errs.ReasonOf(err)
	switch reason {
	case "LIMIT_REACHED":
		return d.limit
	case "BET_VOIDED", "BET_CANCELLED":
		return d.cancelled
	case "ROUND_CLOSED":
		if result { // it stays closed: the provider would send the result for ever
			return statusNoTransaction
		}
	case "PLAYER_MISMATCH":
		if result && errs.Metadata(err)["by"] != "token" {
			return statusNoTransaction
		}
	}
	if status, ok := reasons[reason]; ok {
		return status
	}
	return statusUnknown
}

// reasons is the table by gaming's error reason. ROUND_CLOSED, OVERLOADED, WALLET_UNAVAILABLE and TRANSACTION_IN_FLIGHT have no word in
// the protocol and are RS_ERROR_UNKNOWN.
var reasons = map[string]string{
	"SESSION_NOT_FOUND":  statusInvalidToken,
	"SESSION_EXPIRED":    statusTokenExpired,
	"PLAYER_MISMATCH":    statusInvalidToken,
	"PLAYER_BLOCKED":     statusUserDisabled,
	"GAME_NOT_FOUND":     statusInvalidGame,
	"GAME_UNAVAILABLE":   statusInvalidGame,
	"CURRENCY_MISMATCH":  statusWrongCurrency,
	"UNKNOWN_CURRENCY":   statusWrongCurrency,
	"INSUFFICIENT_FUNDS": statusNotEnoughMoney,
	"DUPLICATE_MISMATCH": statusDuplicateTransaction,
	"BET_NOT_FOUND":      statusNoTransaction,
	"PLAYER_NOT_FOUND":   statusInvalidToken,
	"ROUND_NOT_FOUND":    statusNoTransaction,
	"INVALID_AMOUNT":     statusWrongTypes,
	"VALIDATION":         statusWrongSyntax,
}
