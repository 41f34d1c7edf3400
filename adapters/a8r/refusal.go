package a8r

import (
	"net/http"

	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	"github.com/pitboss-gaming/pitboss/kit/adapter"
	"github.com/pitboss-gaming/pitboss/kit/errs"
)

// refusal is an error in Twirp's form (providers.md 7). The provider decides by meta.api_code.
type refusal struct {
	status int
	Code   string `json:"code"`
	Msg    string `json:"msg"`
	Meta   meta   `json:"meta"`
}

type meta struct {
	APICode    string `json:"api_code"`
	APIMessage string `json:"api_message"`
	Balance    string `json:"balance,omitempty"`
}

// Codes of the protocol (providers.md 7).
const (
	codeFunds     = "100"
	codePlayer    = "101"
	codeMaxBet    = "106"
	codeCurrency  = "154"
	codeInvalid   = "400"
	codeForbidden = "403"
	codeExists    = "409"
	codeUnknown   = "500"
)

// refuse is a refusal; Twirp's own code follows from the protocol's.
func refuse(apiCode, message string) *refusal {
	r := &refusal{status: http.StatusBadRequest, Code: "invalid_argument", Msg: message, Meta: meta{APICode: apiCode, APIMessage: message}}
	switch apiCode {
	case codeForbidden:
		r.status, r.Code = http.StatusForbidden, "permission_denied"
	case codeExists:
		r.Code = "already_exists"
	case codeUnknown:
		r.status, r.Code = http.StatusInternalServerError, "internal"
	}
	return r
}

var errUnknown = refuse(codeUnknown, "Unknown error")

// badRoute is what Twirp answers for a method that is not there.
func badRoute(method, path string) *refusal {
	r := refuse(codeInvalid, "no handler for "+method+" "+path)
	r.status, r.Code = http.StatusNotFound, "bad_route"
	return r
}

// invalidField says what is wrong with a field in the words of the protocol's validation.
func invalidField(f adapter.Fields) *refusal {
	problem, at := f.Problem()
	switch problem {
	case adapter.Fine:
		return nil
	case adapter.Missing:
		return refuse(codeInvalid, at+": value is required")
	default:
		return refuse(codeInvalid, at+": value is not valid")
	}
}

// refusalOf is a refusal of gaming in the protocol's words. What is no refusal is api_code 500, after which the provider repeats the call or rolls it back.
func refusalOf(err error) *refusal {
	if errs.Is(err, gamingv1.ErrorReason_ERROR_REASON_INSUFFICIENT_FUNDS) {
		r := refuse(codeFunds, "Not enough funds")
		r.Meta.Balance = errs.Metadata(err)["available"]
		return r
	}
	if known, ok := reasons[errs.ReasonOf(err)]; ok {
		return refuse(known[0], known[1])
	}
	return errUnknown
}

// reasons is the table by gaming's error reason: api_code and words. OVERLOADED, WALLET_UNAVAILABLE and TRANSACTION_IN_FLIGHT have no code and
// are 500, so that the call comes again.
var reasons = map[string][2]string{
	"PLAYER_NOT_FOUND":      {codePlayer, "Player is invalid"},
	"PLAYER_BLOCKED":        {codePlayer, "Player is disabled"},
	"PLAYER_MISMATCH":       {codeExists, "The transaction is another player's"},
	"SESSION_NOT_FOUND":     {codePlayer, "Player is invalid"},
	"SESSION_EXPIRED":       {codePlayer, "Player is not playing"},
	"LIMIT_REACHED":         {codeMaxBet, "The bet exceeds the player's limit"},
	"CURRENCY_MISMATCH":     {codeCurrency, "Currency is not allowed for the player"},
	"UNKNOWN_CURRENCY":      {codeCurrency, "Currency is not allowed for the player"},
	"DUPLICATE_MISMATCH":    {codeExists, "The transaction id was used for another transaction"},
	"WRONG_KIND":            {codeExists, "The transaction is of another type"},
	"GAME_NOT_FOUND":        {codeInvalid, "game_id: the game is unknown"},
	"GAME_UNAVAILABLE":      {codeInvalid, "game_id: the game cannot be played now"},
	"ROUND_CLOSED":          {codeInvalid, "round_id: the round is finished"},
	"ROUND_NOT_FOUND":       {codeInvalid, "round_id: the bet is of another round"},
	"BET_NOT_FOUND":         {codeInvalid, "bet_id: the bet is unknown"},
	"BET_VOIDED":            {codeInvalid, "bet_id: the bet was rolled back"},
	"BET_CANCELLED":         {codeInvalid, "The transaction was rolled back"},
	"BET_SETTLED":           {codeInvalid, "bet_id: the bet has its result"},
	"FREE_ROUNDS_NOT_FOUND": {codeInvalid, "issue_id: the issue is unknown"},
	"INVALID_AMOUNT":        {codeInvalid, "amount: value is not valid"},
	"VALIDATION":            {codeInvalid, "The request is not valid"},
}
