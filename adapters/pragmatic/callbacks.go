package pragmatic

import (
	"context"
	"strings"

	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
)

// unknownCountry is what gaming says when it knows none.
const unknownCountry = "XX"

// authenticate answers who is behind a launch token. The token stays: the provider may send it with later calls.
func (s *Server) authenticate(ctx context.Context, c call) answer {
	r := c.fields()
	token := r.text("token")
	if r.bad != "" {
		return badParameter(r.bad)
	}
	b, err := s.gaming.GetPlayerBalance(ctx, &gamingv1.GetPlayerBalanceRequest{Caller: c.caller("", token), Live: true}) // tells a frozen player from an old token
	if err != nil {
		return s.refuse(ctx, c, err, true)
	}
	who, err := s.gaming.Authenticate(ctx, &gamingv1.AuthenticateRequest{Caller: c.caller("", token)})
	if err != nil {
		return s.refuse(ctx, c, err, true)
	}
	a := s.accept(ctx, c, b.GetFunds())
	if a.Error == codeOK {
		a.UserID, a.Token = who.GetPlayerId(), token
		if country := who.GetCountry(); country != unknownCountry {
			a.Country = country
		}
	}
	return a
}

// balance answers what a player has.
func (s *Server) balance(ctx context.Context, c call) answer {
	r := c.fields()
	user, token := r.text("userId"), r.optional("token")
	if r.bad != "" {
		return badParameter(r.bad)
	}
	b, err := s.gaming.GetPlayerBalance(ctx, &gamingv1.GetPlayerBalanceRequest{Caller: c.caller(user, token)})
	if err != nil {
		return s.refuse(ctx, c, err, token != "")
	}
	return s.accept(ctx, c, b.GetFunds())
}

// balancePerGame answers the same for each game: no money of ours is bound to one.
func (s *Server) balancePerGame(ctx context.Context, c call) answer {
	r := c.fields()
	user, token := r.text("userId"), r.optional("token")
	list, _, twice := c.form.get("gameIdList")
	if list == "" || twice {
		r.fail("gameIdList")
	}
	if r.bad != "" {
		return badParameter(r.bad)
	}
	b, err := s.gaming.GetPlayerBalance(ctx, &gamingv1.GetPlayerBalanceRequest{Caller: c.caller(user, token)})
	if err != nil {
		return s.refuse(ctx, c, err, token != "")
	}
	a := s.accept(ctx, c, b.GetFunds())
	for game := range strings.SplitSeq(list, ",") {
		if game = strings.TrimSpace(game); game != "" && a.Error == codeOK {
			a.GamesBalances = append(a.GamesBalances, gameBalance{GameID: game, Cash: a.Cash, Bonus: a.Bonus})
		}
	}
	a.Currency, a.Cash, a.Bonus = "", "", ""
	return a
}

// endRound ends a round. It may come several times and never changes a balance.
func (s *Server) endRound(ctx context.Context, c call) answer {
	r := c.fields()
	user, token := r.text("userId"), r.optional("token")
	game, round, former := r.round()
	if r.bad != "" {
		return badParameter(r.bad)
	}
	x, err := s.gaming.CloseRound(ctx, &gamingv1.CloseRoundRequest{Caller: c.caller(user, token), GameCode: game, ProviderRoundId: round, FormerRoundId: former})
	if err != nil {
		return s.refuse(ctx, c, err, token != "")
	}
	funds := x.GetFunds()
	if funds == nil { // a round that we never saw: there is nothing to end
		b, err := s.gaming.GetPlayerBalance(ctx, &gamingv1.GetPlayerBalanceRequest{Caller: c.caller(user, "")})
		if err != nil {
			return s.refuse(ctx, c, err, token != "")
		}
		funds = b.GetFunds()
	}
	a := s.accept(ctx, c, funds)
	a.Currency = ""
	return a
}

// sessionExpired is told when the provider's own session is over. Ours is the player's and ends by itself.
func (s *Server) sessionExpired(ctx context.Context, c call) answer {
	r := c.fields()
	r.text("sessionId")
	return s.acknowledge(ctx, c, r, r.text("playerId"))
}

// roundDetails tells what happened in a round in the provider's words; the money is in the other methods.
func (s *Server) roundDetails(ctx context.Context, c call) answer {
	r := c.fields()
	user := r.text("userId")
	r.text("roundId")
	r.present("smResult", "gameCategory", "betMultiplier")
	return s.acknowledge(ctx, c, r, user)
}

// acknowledge answers a method that changes nothing, for a player whom the integration knows.
func (s *Server) acknowledge(ctx context.Context, c call, r *fields, player string) answer {
	if r.bad != "" {
		return badParameter(r.bad)
	}
	if _, err := s.gaming.Authenticate(ctx, &gamingv1.AuthenticateRequest{Caller: c.known(player)}); err != nil {
		return s.refuse(ctx, c, err, false)
	}
	return failed(codeOK)
}
