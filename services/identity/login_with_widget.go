package identity

import (
	"context"

	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
)

// LoginWithWidget accepts the legacy widget's fields once.
func (s *Server) LoginWithWidget(ctx context.Context, req *identityv1.LoginWithWidgetRequest) (*identityv1.LoginWithWidgetResponse, error) {
	if err := s.count(ctx, counters{s.addressCounter(ctx)}); err != nil {
		return nil, err
	}
	t, err := s.telegram(ctx, "")
	if err != nil {
		return nil, err
	}
	who, err := t.verifyWidget(req.GetFields(), s.clock())
	if err != nil {
		return nil, errTelegramProofInvalid(err)
	}
	l, err := s.loginTelegram(ctx, t, who, hashToken("widget\n"+checkString(req.GetFields(), "hash")))
	if err != nil {
		return nil, err
	}
	return &identityv1.LoginWithWidgetResponse{Tokens: l.tokens, Challenge: l.challenge, Registered: l.registered}, nil
}
