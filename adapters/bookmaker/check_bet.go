package bookmaker

import (
	"context"

	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
)

// checkBet tells whether a stake would be taken now, and why not, limits in the ledger included. It moves no money and promises nothing: block_funds decides.
func (s *Server) checkBet(ctx context.Context, c callback) (answer, *refusal) {
	x, refused := c.slip()
	if refused != nil {
		return answer{}, refused
	}
	amount, refused := s.stake(ctx, c, x)
	if refused != nil {
		return answer{}, refused
	}
	_, err := s.gaming.CheckBet(ctx, &gamingv1.CheckBetRequest{Caller: c.caller(x.player), GameCode: c.in.gameCode, Amount: amount.Proto()})
	if err != nil {
		return answer{}, s.refusalOf(ctx, c, err)
	}
	return answer{Status: "approved", Message: "Stake is it possible"}, nil
}
