package bookmaker

import (
	"context"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/pitboss-gaming/pitboss/kit/adapter"
	"github.com/pitboss-gaming/pitboss/kit/errs"
)

// answer is the body of every response: of a success without a code.
type answer struct {
	Status  string `json:"status"`
	Code    string `json:"code,omitempty"`
	Message string `json:"message"`
	BetID   string `json:"bet_id,omitempty"`
}

// refusal is an answer that is no success. Rejected is a decision about the bet, error a fault of the call or of ours.
type refusal struct {
	http    int
	status  string
	code    string
	message string
	retry   time.Duration
}

func rejected(status int, code, message string) *refusal {
	return &refusal{http: status, status: "rejected", code: code, message: message}
}

func fault(status int, code, message string) *refusal {
	return &refusal{http: status, status: "error", code: code, message: message}
}

// later asks the partner to call again: what came of the call is not known, and every call can be repeated.
func later(after time.Duration) *refusal {
	r := fault(http.StatusServiceUnavailable, "try_again", "The platform cannot answer now, please repeat the call")
	r.retry = max(after, time.Second)
	return r
}

// retryAfter is the header's value, whole seconds.
func (r *refusal) retryAfter() string { return strconv.Itoa(int(math.Ceil(r.retry.Seconds()))) }

// invalidField names the field that is wrong.
func invalidField(f adapter.Fields) *refusal {
	switch problem, at := f.Problem(); problem {
	case adapter.Fine:
		return nil
	case adapter.Missing:
		return fault(http.StatusBadRequest, "missing_field", at+" is required")
	default:
		return fault(http.StatusBadRequest, "invalid_field", at+" is not valid")
	}
}

// refusalOf is a refusal of gaming in the contract's words; what is no refusal may be repeated.
func (s *Server) refusalOf(ctx context.Context, c callback, err error) *refusal {
	if r, ok := reasons[errs.ReasonOf(err)]; ok {
		copied := r
		if rule := errs.Metadata(err)["rule"]; rule != "" && copied.code == "limit_reached" {
			copied.message += " (" + rule + ", remaining " + errs.Metadata(err)["remaining"] + most(errs.Metadata(err)["max_stake"]) + ")"
		}
		return &copied
	}
	s.log.WarnContext(ctx, "a call is answered with a request to repeat it", "integration_id", c.in.id, "path", c.path, "err", err)
	after, _ := errs.RetryAfter(err)
	return later(after)
}

// most adds the largest stake that would be taken, which a check tells.
func most(stake string) string {
	if stake == "" {
		return ""
	}
	return ", at most " + stake
}

var reasons = map[string]refusal{
	"PLAYER_NOT_FOUND":   *rejected(http.StatusNotFound, "player_not_found", "The player is unknown"),
	"SESSION_NOT_FOUND":  *rejected(http.StatusNotFound, "player_not_found", "The player is unknown"),
	"PLAYER_MISMATCH":    *rejected(http.StatusNotFound, "bet_not_found", "The bet is unknown"),
	"PLAYER_BLOCKED":     *rejected(http.StatusForbidden, "player_blocked", "The player may not bet"),
	"LIMIT_REACHED":      *rejected(http.StatusForbidden, "limit_reached", "The stake exceeds a limit of the player"),
	"INSUFFICIENT_FUNDS": *rejected(http.StatusPaymentRequired, "insufficient_funds", "The player's balance is less than the stake"),
	"CURRENCY_MISMATCH":  *rejected(http.StatusUnprocessableEntity, "wrong_currency", "The player does not bet in this currency"),
	"UNKNOWN_CURRENCY":   *rejected(http.StatusUnprocessableEntity, "wrong_currency", "The player does not bet in this currency"),
	"GAME_NOT_FOUND":     *rejected(http.StatusForbidden, "sportsbook_unavailable", "The sportsbook is not published"),
	"GAME_UNAVAILABLE":   *rejected(http.StatusForbidden, "sportsbook_unavailable", "The sportsbook cannot be played now"),
	"BET_NOT_FOUND":      *rejected(http.StatusNotFound, "bet_not_found", "The bet is unknown"),
	"ROUND_NOT_FOUND":    *rejected(http.StatusNotFound, "bet_not_found", "The bet is unknown"),
	"BET_VOIDED":         *rejected(http.StatusConflict, "bet_refunded", "The bet was refunded"),
	"BET_CANCELLED":      *rejected(http.StatusConflict, "bet_refunded", "The bet was refunded"),
	"DUPLICATE_MISMATCH": *rejected(http.StatusConflict, "bet_id_conflict", "The bet_id was used for another bet"),
	"ROUND_CLOSED":       *rejected(http.StatusConflict, "bet_settled", "The bet has its result"),
	"BET_SETTLED":        *rejected(http.StatusConflict, "bet_settled", "The bet has its result"),
	"INVALID_AMOUNT":     *fault(http.StatusBadRequest, "invalid_field", "amount is not valid"),
	"VALIDATION":         *fault(http.StatusBadRequest, "invalid_field", "The call is not valid"),
}
