package pam

import (
	"errors"
	"net/http"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/pitboss-gaming/pitboss/kit/errs"
)

// Error codes of the protocol (providers.md 1.4).
const (
	codeUndefined        = "PAM_ERR_UNDEFINED"
	codePlayerNotFound   = "PAM_ERR_PLAYER_NOT_FOUND"
	codeGameNotFound     = "PAM_ERR_GAME_NOT_FOUND"
	codeRoundNotFound    = "PAM_ERR_ROUND_NOT_FOUND"
	codeTransNotFound    = "PAM_ERR_TRANS_NOT_FOUND"
	codeCashOverdraft    = "PAM_ERR_CASH_OVERDRAFT"
	codeBonusOverdraft   = "PAM_ERR_BONUS_OVERDRAFT"
	codePromoOverdraft   = "PAM_ERR_PROMO_OVERDRAFT"
	codeSessionNotFound  = "PAM_ERR_SESSION_NOT_FOUND"
	codeSessionExpired   = "PAM_ERR_SESSION_EXPIRED"
	codeMissingProvider  = "PAM_ERR_MISSING_PROVIDER"
	codeCurrency         = "PAM_ERR_TRANS_CURRENCY"
	codeNegative         = "PAM_ERR_NEGATIVE_STAKE"
	codeCancelNotFound   = "PAM_ERR_CANCEL_NOT_FOUND"
	codeAlreadyCancelled = "PAM_ERR_TRANS_ALREADY_CANCELLED"
	codeCancelNoWithdraw = "PAM_ERR_CANCEL_NON_WITHDRAW"
	codeNotAllowed       = "PAM_ERR_BET_NOT_ALLOWED"
	codeAPIToken         = "PAM_ERR_API_TOKEN"
	codeAlreadySettled   = "PAM_ERR_TRANS_ALREADY_SETTLED"
	codeDuplicate        = "PAM_ERR_DUPLICATE_TRANS"
	codeTimeout          = "PAM_ERR_TIMEOUT"
)

// refusal is an answer that is none of gaming's: HTTP status, code, and words for the people who read the aggregator's logs.
type refusal struct {
	http          int
	code, message string
}

func (r *refusal) Error() string { return "pam: " + r.code + ": " + r.message }

// malformed says what is wrong with a request.
func malformed(message string) error {
	return &refusal{http.StatusBadRequest, codeUndefined, message}
}

// refuse is a business refusal: HTTP 200.
func refuse(code, message string) error {
	return &refusal{http.StatusOK, code, message}
}

// refusalOf is an error in the protocol's words. Sessions are refused with 401, a missing round with 404, everything else with 200.
func refusalOf(err error) *refusal {
	var r *refusal
	if errors.As(err, &r) {
		return r
	}
	if w, ok := words[errs.ReasonOf(err)]; ok {
		return &w
	}
	switch status.Code(err) {
	case codes.DeadlineExceeded, codes.Unavailable:
		return &refusal{http.StatusOK, codeTimeout, "try again"}
	}
	return &refusal{http.StatusOK, codeUndefined, "internal error"}
}

// words is the table by gaming's error reason. What depends on the operation is decided there: overdrafts, cancellations, rounds.
var words = map[string]refusal{
	"SESSION_NOT_FOUND":     {http.StatusUnauthorized, codeSessionNotFound, "there is no such session"},
	"PLAYER_MISMATCH":       {http.StatusUnauthorized, codeSessionNotFound, "there is no such session"},
	"SESSION_EXPIRED":       {http.StatusUnauthorized, codeSessionExpired, "the session is over"},
	"PLAYER_NOT_FOUND":      {http.StatusOK, codePlayerNotFound, "there is no such player"},
	"PLAYER_BLOCKED":        {http.StatusOK, codeNotAllowed, "the player may not play"},
	"LIMIT_REACHED":         {http.StatusOK, codeNotAllowed, "a limit of the player is reached"},
	"GAME_NOT_FOUND":        {http.StatusOK, codeGameNotFound, "there is no such game"},
	"GAME_UNAVAILABLE":      {http.StatusOK, codeGameNotFound, "the game cannot be played now"},
	"CURRENCY_MISMATCH":     {http.StatusOK, codeCurrency, "the currency is not the session's"},
	"UNKNOWN_CURRENCY":      {http.StatusOK, codeCurrency, "the currency is not the session's"},
	"INSUFFICIENT_FUNDS":    {http.StatusOK, codeCashOverdraft, "not enough cash"},
	"INVALID_AMOUNT":        {http.StatusBadRequest, codeUndefined, "an amount is not one of the currency"},
	"VALIDATION":            {http.StatusBadRequest, codeUndefined, "the request is malformed"},
	"DUPLICATE_MISMATCH":    {http.StatusOK, codeDuplicate, "the transaction id was used for another transaction"},
	"BET_NOT_FOUND":         {http.StatusOK, codeTransNotFound, "there is no such bet"},
	"ROUND_NOT_FOUND":       {http.StatusOK, codeTransNotFound, "there is no such round"},
	"ROUND_CLOSED":          {http.StatusOK, codeAlreadySettled, "the round is over"},
	"BET_SETTLED":           {http.StatusOK, codeAlreadySettled, "the bet has its result"},
	"BET_VOIDED":            {http.StatusOK, codeAlreadyCancelled, "the bet was cancelled"},
	"BET_CANCELLED":         {http.StatusOK, codeAlreadyCancelled, "the bet was cancelled"},
	"WRONG_KIND":            {http.StatusOK, codeCancelNoWithdraw, "the transaction is not a bet"},
	"WALLET_UNAVAILABLE":    {http.StatusOK, codeTimeout, "try again"},
	"OVERLOADED":            {http.StatusOK, codeTimeout, "try again"},
	"TRANSACTION_IN_FLIGHT": {http.StatusOK, codeTimeout, "try again"},
}
