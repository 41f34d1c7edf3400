package identity

import (
	"context"
	"errors"

	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
)

// CompleteTelegramLogin consumes the state before it exchanges the code, so that neither works twice.
func (s *Server) CompleteTelegramLogin(ctx context.Context, req *identityv1.CompleteTelegramLoginRequest) (*identityv1.CompleteTelegramLoginResponse, error) {
	if err := s.count(ctx, counters{s.addressCounter(ctx)}); err != nil {
		return nil, err
	}
	hash := hashToken(req.GetState())
	begun, err := s.q.TakeTelegramLogin(ctx, hash)
	if err != nil {
		return nil, notFound(err, errTelegramProofInvalid(errors.New("identity: the state is unknown or used")))
	}
	if !s.clock().Before(begun.ExpiresAt) {
		return nil, errTelegramProofInvalid(errProofTooOld)
	}
	t, err := s.telegram(ctx, begun.IntegrationID)
	if err != nil {
		return nil, err
	}
	verifier, err := s.vault.open("telegram_login.verifier", string(hash), begun.Verifier)
	if err != nil {
		return nil, err
	}
	who, err := s.exchange(ctx, t, begun.RedirectUri, verifier, begun.Nonce, req.GetCode())
	if err != nil {
		return nil, errTelegramProofInvalid(err)
	}
	l, err := s.loginTelegram(ctx, t, who, nil)
	if err != nil {
		return nil, err
	}
	return &identityv1.CompleteTelegramLoginResponse{Tokens: l.tokens, Challenge: l.challenge, Registered: l.registered}, nil
}
