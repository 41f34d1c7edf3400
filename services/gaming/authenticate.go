package gaming

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	"github.com/pitboss-gaming/pitboss/services/gaming/internal/db"
)

// Authenticate answers who is behind a token. For a protocol that names the player without a token it answers from the player's
// latest session of the integration, live or over, so that a provider learns nothing about players who never opened its games.
// Errors: SESSION_NOT_FOUND, SESSION_EXPIRED, PLAYER_MISMATCH, PLAYER_NOT_FOUND.
func (s *Server) Authenticate(ctx context.Context, req *gamingv1.AuthenticateRequest) (*gamingv1.AuthenticateResponse, error) {
	if req.GetCaller().GetSessionToken() == "" {
		sess, err := s.q.LatestSession(ctx, db.LatestSessionParams{PlayerID: req.GetCaller().GetPlayerId(), IntegrationID: req.GetCaller().GetIntegrationId()})
		if errors.Is(err, pgx.ErrNoRows) {
			return nil, errPlayerNotFound(req.GetCaller().GetPlayerId())
		}
		return authenticated(sess), err
	}
	sess, err := s.sessionOf(ctx, req.GetCaller().GetIntegrationId(), req.GetCaller().GetSessionToken(), req.GetCaller().GetPlayerId())
	if err != nil {
		return nil, err
	}
	if sess.EndedAt != nil || !s.now().Before(sess.ExpiresAt) {
		return nil, errSessionExpired()
	}
	return authenticated(sess.GameSession), nil
}

func authenticated(s db.GameSession) *gamingv1.AuthenticateResponse {
	return &gamingv1.AuthenticateResponse{
		PlayerId: s.PlayerID, GameSessionId: s.GameSessionID, Currency: s.Currency, Country: s.Country, Language: s.Language,
	}
}
