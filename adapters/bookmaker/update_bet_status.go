package bookmaker

import (
	"context"
	"net/http"

	"github.com/pitboss-gaming/pitboss/kit/adapter"
)

// updateBetStatus pays a bet's result. Idempotent by bet_id; a partner that numbers its results (seq) may correct them, and an older number changes
// nothing.
func (s *Server) updateBetStatus(ctx context.Context, c callback) (answer, *refusal) {
	x, refused := c.slip()
	if refused != nil {
		return answer{}, refused
	}
	r, known, final, pays := statusOf(c.Text("status"))
	if c.OK() && !known {
		c.Fail("status", adapter.WrongType)
	}
	payout, seq := "0", int64(noSeq)
	if pays || c.Has("payout") {
		payout = c.Number("payout")
	}
	if c.Has("seq") {
		seq = c.Integer("seq")
	}
	if refused = invalidField(c.Fields); refused != nil {
		return answer{}, refused
	}
	b, refused := s.theBet(ctx, c, x)
	if refused != nil {
		return answer{}, refused
	}
	amount, refused := amountIn(c.Fields, "payout", payout, b.Currency)
	switch {
	case refused != nil:
		return answer{}, refused
	case pays:
		r.payout = amount.Minor
	case amount.Minor != 0 && !r.void && !r.push && final:
		return answer{}, fault(http.StatusBadRequest, "invalid_field", "payout is not valid")
	}
	if final {
		if refused = s.settle(ctx, c, x.betID, r, seq); refused != nil {
			return answer{}, refused
		}
	}
	return answer{Status: "updated", Message: "The bet status has been successfully updated"}, nil
}
