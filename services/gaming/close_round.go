package gaming

import (
	"context"

	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
)

// CloseRound ends a round, under its former name too: its bets without a result are lost. It may be called any number of times. Errors: see the proto.
func (s *Server) CloseRound(ctx context.Context, req *gamingv1.CloseRoundRequest) (*gamingv1.CloseRoundResponse, error) {
	w := whoIs(req.GetCaller())
	names := namesOf(req.GetProviderRoundId(), req.GetFormerRoundId())
	var rounds []*round
	var known *identityv1.GetPlayerStatusResponse
	var player, currency string
	n := needs{who: w, providerRounds: names}
	_, err := s.knowing(ctx, w, &known, func() (outcome, error) {
		sit, err := batched(ctx, s.reads, n)
		if err != nil {
			return outcome{}, err
		}
		var sess *session
		if player, sess, err = sit.player(w); err != nil {
			return outcome{}, err
		}
		rounds = rounds[:0]
		for _, r := range []*round{sit.round(w.integrationID, player, names[0]), sit.former(w, player, names, req.GetGameCode())} {
			if r != nil {
				rounds = append(rounds, r)
			}
		}
		switch {
		case len(rounds) > 0:
			currency = rounds[0].Currency
		case sess != nil:
			currency = sess.Currency
		case player == "":
			return outcome{}, errSessionNotFound()
		case known == nil:
			return outcome{}, errStranger
		}
		return outcome{}, nil
	})
	if err != nil {
		return nil, err
	}
	for _, r := range rounds {
		if err = s.closeNow(ctx, r); err != nil {
			return nil, err
		}
	}
	resp := &gamingv1.CloseRoundResponse{Found: len(rounds) > 0, PlayerId: player}
	if currency == "" { // a player without a session: there is no currency to tell
		return resp, nil
	}
	m, err := s.funds(ctx, player, currency)
	resp.Funds = fundsOf(m, currency)
	return resp, err
}

// closeNow ends a round that a call or the background found, with the bets that it found.
func (s *Server) closeNow(ctx context.Context, r *round) error {
	if r.Closing && (r.State == roundSettled || r.State == roundVoided) {
		return nil
	}
	ctx = context.WithoutCancel(ctx)
	lost, err := s.lose(ctx, r)
	if err != nil {
		return err
	}
	w, err := batched(ctx, s.writes, record{ctx: ctx, plan: plan{playerID: r.PlayerID, currency: r.Currency, roundID: r.RoundID, closes: true, lost: lost}})
	if err != nil {
		return errWalletUnavailable(err)
	}
	if w.closing != nil && len(w.closing.bets) > len(r.bets) { // a bet came in between
		return s.closeNow(ctx, w.closing)
	}
	return nil
}
