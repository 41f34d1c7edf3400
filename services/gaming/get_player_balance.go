package gaming

import (
	"context"

	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
)

// GetPlayerBalance answers the cash that a provider shows, in the session's currency. Errors: SESSION_NOT_FOUND, PLAYER_MISMATCH,
// GAME_NOT_FOUND, WALLET_UNAVAILABLE, OVERLOADED.
func (s *Server) GetPlayerBalance(ctx context.Context, req *gamingv1.GetPlayerBalanceRequest) (*gamingv1.GetPlayerBalanceResponse, error) {
	sess, err := s.sessionOf(ctx, req.GetCaller().GetIntegrationId(), req.GetCaller().GetSessionToken(), req.GetCaller().GetPlayerId())
	if err != nil {
		return nil, err
	}
	if code := req.GetGameCode(); code != "" {
		if _, err = s.gameByCode(ctx, req.GetCaller().GetIntegrationId(), code); err != nil {
			return nil, err
		}
	}
	m, err := s.balance(ctx, sess.PlayerID, sess.Currency)
	if err != nil {
		return nil, err
	}
	return &gamingv1.GetPlayerBalanceResponse{PlayerId: sess.PlayerID, Funds: fundsOf(m.balance, 0, sess.Currency)}, nil
}
