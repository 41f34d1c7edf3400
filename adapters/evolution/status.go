package evolution

import (
	"context"
	"encoding/json"

	commonv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	"github.com/pitboss-gaming/pitboss/kit/adapter"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/money"
)

// Statuses of the protocol (providers.md 3.3).
const (
	statusOK               = "OK"
	statusAlreadySettled   = "BET_ALREADY_SETTLED"
	statusTemporary        = "TEMPORARY_ERROR"
	statusInProcess        = "OPERATION_IN_PROCESS"
	statusInvalidSid       = "INVALID_SID"
	statusInvalidToken     = "INVALID_TOKEN_ID"
	statusLocked           = "ACCOUNT_LOCKED"
	statusCloseSession     = "FATAL_ERROR_CLOSE_USER_SESSION"
	statusUnknown          = "UNKNOWN_ERROR"
	statusInvalidParameter = "INVALID_PARAMETER"
	statusNoBet            = "BET_DOES_NOT_EXIST"
	statusNoFunds          = "INSUFFICIENT_FUNDS"
	statusFailed           = "FINAL_ERROR_ACTION_FAILED"
	statusBonusLimit       = "BONUS_LIMIT_EXCEEDED"
	statusTurnoverLimit    = "CASINO_LIMIT_EXCEEDED_TURNOVER"
	statusStakeLimit       = "CASINO_LIMIT_EXCEEDED_STAKE"
	statusLossLimit        = "CASINO_LIMIT_EXCEEDED_LOSS"
)

// reasons are gaming's refusals in the protocol's words. What is not there, WALLET_UNAVAILABLE and OVERLOADED among it, is TEMPORARY_ERROR:
// the provider sends the same transaction again.
var reasons = map[string]string{
	"SESSION_NOT_FOUND":     statusInvalidSid,
	"SESSION_EXPIRED":       statusInvalidSid,
	"PLAYER_MISMATCH":       statusInvalidSid,
	"PLAYER_NOT_FOUND":      statusInvalidSid,
	"PLAYER_BLOCKED":        statusLocked,
	"GAME_NOT_FOUND":        statusInvalidParameter,
	"GAME_UNAVAILABLE":      statusFailed,
	"CURRENCY_MISMATCH":     statusInvalidParameter,
	"UNKNOWN_CURRENCY":      statusInvalidParameter,
	"INVALID_AMOUNT":        statusInvalidParameter,
	"VALIDATION":            statusInvalidParameter,
	"INSUFFICIENT_FUNDS":    statusNoFunds,
	"BET_CANCELLED":         statusFailed,
	"ROUND_CLOSED":          statusFailed,
	"DUPLICATE_MISMATCH":    statusFailed,
	"BET_NOT_FOUND":         statusNoBet,
	"ROUND_NOT_FOUND":       statusNoBet,
	"WRONG_KIND":            statusNoBet,
	"BET_SETTLED":           statusAlreadySettled,
	"BET_VOIDED":            statusAlreadySettled,
	"TRANSACTION_IN_FLIGHT": statusInProcess,
}

// limits are the statuses of the ledger's limits by their rule.
var limits = map[string]string{
	"STAKE": statusTurnoverLimit, "SINGLE_STAKE": statusStakeLimit, "NET_LOSS": statusLossLimit, "SINGLE_STAKE_BONUS": statusBonusLimit,
}

// statusOf is a refusal of gaming in the protocol's words.
func statusOf(c call, err error) string {
	reason := errs.ReasonOf(err)
	if errs.Is(err, gamingv1.ErrorReason_ERROR_REASON_LIMIT_REACHED) {
		if s, known := limits[errs.Metadata(err)["rule"]]; known {
			return s
		}
		return statusFailed
	}
	s, known := reasons[reason]
	switch {
	case !known:
		return statusTemporary
	case c.method == "credit" && errs.Is(err, gamingv1.ErrorReason_ERROR_REASON_DUPLICATE_MISMATCH):
		return statusAlreadySettled // the bet has a result from this transaction, with another amount
	case (c.method == "credit" || c.method == "cancel") && errs.Is(err, gamingv1.ErrorReason_ERROR_REASON_PLAYER_MISMATCH):
		return statusNoBet // the sid is told apart from the bet in refuse
	}
	return s
}

// refuse answers a refusal, with the balance where the protocol wants it (providers.md 3.3).
func (s *Server) refuse(ctx context.Context, c call, err error) answer {
	a := answer{Status: statusOf(c, err)}
	switch a.Status {
	case statusTemporary, statusInProcess:
		s.log.WarnContext(ctx, "a callback was answered with "+a.Status, "integration_id", c.in.id, "method", c.method, "err", err)
		a.Retransmission = true
	case statusNoBet:
		return s.noBet(ctx, c)
	case statusNoFunds, statusAlreadySettled:
		b, err := s.funds(ctx, c)
		if errs.Is(err, gamingv1.ErrorReason_ERROR_REASON_SESSION_NOT_FOUND) { // a result is taken with any sid
			c.sid = ""
			b, err = s.funds(ctx, c)
		}
		if err != nil {
			s.log.WarnContext(ctx, "a refusal went out without the balance", "integration_id", c.in.id, "method", c.method, "err", err)
			return a
		}
		b.Status = a.Status
		return b
	}
	return a
}

// noBet answers a result of a bet that this player does not have: with a sid that is not the player's it is the sid that is wrong.
func (s *Server) noBet(ctx context.Context, c call) answer {
	a, err := s.funds(ctx, c)
	switch {
	case errs.Is(err, gamingv1.ErrorReason_ERROR_REASON_SESSION_NOT_FOUND), errs.Is(err, gamingv1.ErrorReason_ERROR_REASON_PLAYER_MISMATCH):
		return answer{Status: statusInvalidSid}
	case err != nil:
		s.log.WarnContext(ctx, "a refusal went out without the balance", "integration_id", c.in.id, "method", c.method, "err", err)
		return answer{Status: statusNoBet}
	}
	a.Status = statusNoBet
	return a
}

// funds is an answer with what the player has now, whether the session is over or not.
func (s *Server) funds(ctx context.Context, c call) (answer, error) {
	caller := c.caller()
	caller.Tokenless = c.sid == ""
	b, err := s.gaming.GetPlayerBalance(ctx, &gamingv1.GetPlayerBalanceRequest{Caller: caller})
	if err != nil {
		return answer{}, err
	}
	return s.accept(ctx, b.GetFunds()), nil
}

// accept is OK with what the player has.
func (s *Server) accept(ctx context.Context, f *gamingv1.Funds) answer {
	cash, err := six(f.GetCash())
	if err != nil {
		s.log.ErrorContext(ctx, "a balance cannot be written", "err", err)
		return temporary()
	}
	bonus := json.RawMessage("0.000000")
	if f.GetBonus() != nil {
		if bonus, err = six(f.GetBonus()); err != nil {
			s.log.ErrorContext(ctx, "a bonus balance cannot be written", "err", err)
			return temporary()
		}
	}
	return answer{Status: statusOK, Balance: cash, Bonus: bonus}
}

// six writes an amount with six decimals.
func six(m *commonv1.Money) (json.RawMessage, error) {
	a, err := money.FromProto(m)
	if err != nil {
		return nil, err
	}
	return json.RawMessage(adapter.Fixed(a, 6)), nil
}

// temporary asks the provider to send the same again.
func temporary() answer { return answer{Status: statusTemporary, Retransmission: true} }
