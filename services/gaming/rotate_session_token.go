package gaming

import (
	"context"

	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
)

// RotateSessionToken replaces a test player's token by a new one of the same session. Errors: see the proto.
func (s *Server) RotateSessionToken(ctx context.Context, req *gamingv1.RotateSessionTokenRequest) (*gamingv1.RotateSessionTokenResponse, error) {
	sess, err := s.testSession(ctx, req.GetIntegrationId(), req.GetSessionToken())
	if err != nil {
		return nil, err
	}
	if sess.EndedAt != nil || !s.now().Before(sess.ExpiresAt) {
		return nil, errSessionExpired()
	}
	token, err := s.rotate(ctx, whoIs(&gamingv1.Caller{IntegrationId: req.GetIntegrationId(), SessionToken: req.GetSessionToken()}), &session{GameSession: sess})
	if err != nil {
		return nil, err
	}
	return &gamingv1.RotateSessionTokenResponse{SessionToken: token, GameSessionId: sess.GameSessionID}, nil
}
