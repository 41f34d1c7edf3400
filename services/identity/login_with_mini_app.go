package identity

import (
	"context"

	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
)

// LoginWithMiniApp accepts init data once. The raw text could be written in several ways, so what is remembered is the signed content.
func (s *Server) LoginWithMiniApp(ctx context.Context, req *identityv1.LoginWithMiniAppRequest) (*identityv1.LoginWithMiniAppResponse, error) {
	if err := s.count(ctx, counters{s.addressCounter(ctx)}); err != nil {
		return nil, err
	}
	t, err := s.telegram(ctx, "")
	if err != nil {
		return nil, err
	}
	who, err := t.verifyInitData(req.GetInitData(), s.clock())
	if err != nil {
		return nil, errTelegramProofInvalid(err)
	}
	fields, err := parseInitData(req.GetInitData())
	if err != nil {
		return nil, errTelegramProofInvalid(err)
	}
	l, err := s.loginTelegram(ctx, t, who, hashToken("mini_app\n"+checkString(fields, "hash", "signature")))
	if err != nil {
		return nil, err
	}
	return &identityv1.LoginWithMiniAppResponse{Tokens: l.tokens, Challenge: l.challenge, Registered: l.registered}, nil
}
