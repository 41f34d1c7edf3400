package redtiger

import (
	"context"

	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	"github.com/pitboss-gaming/pitboss/kit/adapter"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/money"
)

// Error codes of the protocol (providers.md 5).
const (
	codeAPIKey      = 100
	codeInput       = 200
	codeGeneric     = 201
	codeNotAllowed  = 301
	codeBanned      = 303
	codeFunds       = 304
	codeCurrency    = 305
	codeLimit       = 306
	codeNotFound    = 400
	codeDuplicate   = 401
	codeInternal    = 500
	codeMaintenance = 501
)

var messages = map[int]string{
	codeAPIKey: "API authentication error", codeInput: "Invalid input", codeGeneric: "Generic error", codeNotAllowed: "Not authorized",
	codeBanned: "User is banned", codeFunds: "Insufficient funds", codeCurrency: "Invalid currency", codeLimit: "Limit reached",
	codeNotFound: "Transaction not found", codeDuplicate: "Duplicate transaction", codeInternal: "Internal error", codeMaintenance: "Under maintenance",
}

// failure is the body of a refusal.
type failure struct {
	Success bool        `json:"success"`
	Error   failureWhat `json:"error"`
}

type failureWhat struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
}

func refused(code int) *failure {
	return &failure{Error: failureWhat{Code: code, Message: messages[code]}}
}

// purse is an amount by where it lies. The protocol writes money as text with two decimals.
type purse struct {
	Cash  string `json:"cash"`
	Bonus string `json:"bonus"`
}

// success is the body of an answer; Balance and Currency are there for refunds, which carry them beside the result.
type success struct {
	Success  bool   `json:"success"`
	Result   any    `json:"result"`
	Balance  *purse `json:"balance,omitempty"`
	Currency string `json:"currency,omitempty"`
}

type authResult struct {
	Token    string `json:"token"`
	Currency string `json:"currency"`
	UserID   string `json:"userId"`
	Casino   string `json:"casino"`
	Country  string `json:"country"`
	Language string `json:"language"`
	Balance  purse  `json:"balance"`
}

// moneyResult is the result of all others; Stake or Payout is there, by the operation.
type moneyResult struct {
	Token    string `json:"token"`
	Currency string `json:"currency,omitempty"`
	ID       string `json:"id"`
	Stake    *purse `json:"stake,omitempty"`
	Payout   *purse `json:"payout,omitempty"`
	Balance  *purse `json:"balance,omitempty"`
}

// reasons are gaming's refusals as codes. What is not there, the wallet's silence and overload among it, is 500, after which the provider sends
// the same again.
var reasons = map[string]int{
	"SESSION_NOT_FOUND":  codeNotAllowed,
	"SESSION_EXPIRED":    codeNotAllowed,
	"PLAYER_MISMATCH":    codeNotAllowed,
	"PLAYER_NOT_FOUND":   codeNotAllowed,
	"PLAYER_BLOCKED":     codeBanned,
	"INSUFFICIENT_FUNDS": codeFunds,
	"CURRENCY_MISMATCH":  codeCurrency,
	"UNKNOWN_CURRENCY":   codeCurrency,
	"LIMIT_REACHED":      codeLimit,
	"GAME_NOT_FOUND":     codeInput,
	"GAME_UNAVAILABLE":   codeGeneric,
	"INVALID_AMOUNT":     codeInput,
	"VALIDATION":         codeInput,
	"BET_CANCELLED":      codeGeneric,
	"BET_NOT_FOUND":      codeNotFound,
	"ROUND_NOT_FOUND":    codeNotFound,
	"WRONG_KIND":         codeNotFound,
	"BET_VOIDED":         codeDuplicate,
	"BET_SETTLED":        codeDuplicate,
	"DUPLICATE_MISMATCH": codeDuplicate,
	"ROUND_CLOSED":       codeDuplicate,
}

// refuse is a refusal of gaming in the protocol's words.
func (s *Server) refuse(ctx context.Context, c call, err error) *failure {
	code, known := reasons[errs.ReasonOf(err)]
	switch {
	case !known:
		s.log.WarnContext(ctx, "a callback was answered with an internal error", "integration_id", c.in.id, "err", err)
		return refused(codeInternal)
	case c.stakes && errs.Is(err, gamingv1.ErrorReason_ERROR_REASON_ROUND_CLOSED):
		code = codeInput
	case c.result && errs.Is(err, gamingv1.ErrorReason_ERROR_REASON_PLAYER_MISMATCH) && errs.Metadata(err)["by"] != "token":
		code = codeNotFound // token and player fit, so it is the transaction that is another's
	}
	return refused(code)
}

// purseOf shows a player's money.
func purseOf(f *gamingv1.Funds) (purse, error) {
	cash, err := money.FromProto(f.GetCash())
	if err != nil {
		return purse{}, err
	}
	p := purse{Cash: adapter.Fixed(cash, decimals), Bonus: zero}
	if f.GetBonus() != nil {
		bonus, err := money.FromProto(f.GetBonus())
		if err != nil {
			return purse{}, err
		}
		p.Bonus = adapter.Fixed(bonus, decimals)
	}
	return p, nil
}

const (
	decimals = 2
	zero     = "0.00"
)
