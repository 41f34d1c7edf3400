package bookmaker

import (
	"context"

	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/money"
)

// checkBet tells whether a stake would be taken now, and why not. It moves no money and promises nothing: block_funds decides, with the limits in
// the ledger too.
func (s *Server) checkBet(ctx context.Context, c callback) (answer, *refusal) {
	x, refused := c.slip()
	if refused != nil {
		return answer{}, refused
	}
	amount, refused := s.stake(ctx, c, x)
	if refused != nil {
		return answer{}, refused
	}
	who, err := s.gaming.Authenticate(ctx, &gamingv1.AuthenticateRequest{Caller: c.caller(x.player)})
	if err != nil {
		return answer{}, s.refusalOf(ctx, c, err)
	}
	if who.GetGameSessionId() == "" && !who.GetLive() { // of a player without a session: may not bet
		r := reasons["PLAYER_BLOCKED"]
		return answer{}, &r
	}
	ask := &gamingv1.GetPlayerBalanceRequest{Caller: c.caller(x.player), GameCode: c.in.gameCode, Currency: amount.Currency, Live: who.GetGameSessionId() != ""}
	b, err := s.gaming.GetPlayerBalance(ctx, ask)
	if errs.Is(err, gamingv1.ErrorReason_ERROR_REASON_SESSION_EXPIRED) {
		ask.Live = false // a bet needs no session; with one, it tells whether the player is blocked
		b, err = s.gaming.GetPlayerBalance(ctx, ask)
	}
	if err != nil {
		return answer{}, s.refusalOf(ctx, c, err)
	}
	cash, err := money.FromProto(b.GetFunds().GetCash())
	if err != nil {
		return answer{}, s.refusalOf(ctx, c, err)
	}
	if cash.Minor < amount.Minor {
		r := reasons["INSUFFICIENT_FUNDS"]
		return answer{}, &r
	}
	return answer{Status: "approved", Message: "Stake is it possible"}, nil
}
