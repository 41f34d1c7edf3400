package gaming

import (
	"context"

	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
)

// GetPlayerBalance answers the money that a provider shows, in the session's currency. Errors: see the proto.
func (s *Server) GetPlayerBalance(ctx context.Context, req *gamingv1.GetPlayerBalanceRequest) (*gamingv1.GetPlayerBalanceResponse, error) {
	w := whoIs(req.GetCaller())
	sit, err := s.whose(ctx, w, req)
	if err != nil {
		return nil, err
	}
	player, sess, err := sit.player(w)
	switch {
	case err != nil:
		return nil, err
	case w.hasToken && !w.reconciliation && sit.tokenSession(w) == nil, player == "":
		return nil, errSessionNotFound()
	}
	if code := req.GetGameCode(); code != "" {
		if _, err = s.gameByCode(ctx, w.integrationID, code); err != nil {
			return nil, err
		}
	}
	currency, err := s.currencyToShow(ctx, req, player, sess)
	if r := sit.round(w.integrationID, player, req.GetProviderRoundId()); errs.Is(err, gamingv1.ErrorReason_ERROR_REASON_CURRENCY_MISMATCH) && r != nil && r.Currency == req.GetCurrency() {
		currency, err = r.Currency, nil
	}
	if err != nil {
		return nil, err
	}
	m, err := s.funds(ctx, player, currency)
	if err != nil {
		return nil, err
	}
	return &gamingv1.GetPlayerBalanceResponse{PlayerId: player, Funds: fundsOf(m, currency)}, nil
}

// whose reads whom a balance is asked for. Whose a token is never changes, so that is remembered, unless the session must be live.
func (s *Server) whose(ctx context.Context, w who, req *gamingv1.GetPlayerBalanceRequest) (*situation, error) {
	if sess := s.memory.token(w); sess != nil && !req.GetLive() && req.GetProviderRoundId() == "" {
		return sess.alone(w), nil
	}
	return batched(ctx, s.reads, needs{who: w, providerRounds: []string{req.GetProviderRoundId()}})
}

// currencyToShow is the session's currency, or for a player without a session the one that the protocol names.
func (s *Server) currencyToShow(ctx context.Context, req *gamingv1.GetPlayerBalanceRequest, player string, sess *session) (string, error) {
	if sess == nil {
		p, err := s.stranger(ctx, player)
		if err != nil {
			return "", err
		}
		if req.GetCurrency() == "" || req.GetLive() {
			return "", errPlayerNotFound(player)
		}
		return req.GetCurrency(), playsIn(p, req.GetCurrency())
	}
	if req.GetLive() {
		if err := sess.takesStakes(s.now()); err != nil {
			return "", err
		}
	}
	if c := req.GetCurrency(); c != "" && c != sess.Currency {
		return "", errCurrencyMismatch(c, sess.Currency)
	}
	return sess.Currency, nil
}
