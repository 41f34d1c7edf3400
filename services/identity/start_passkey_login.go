package identity

import (
	"context"
	"time"

	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
)

// StartPasskeyLogin asks whatever device there is for a passkey of the platform. It names no account, so it tells nothing about any.
// Errors: PASSKEYS_NOT_CONFIGURED, THROTTLED.
func (s *Server) StartPasskeyLogin(ctx context.Context, _ *identityv1.StartPasskeyLoginRequest) (*identityv1.StartPasskeyLoginResponse, error) {
	if s.relyingParty == nil {
		return nil, errPasskeysNotConfigured()
	}
	if err := s.count(ctx, counters{s.addressCounter(ctx)}); err != nil {
		return nil, err
	}
	assertion, data, err := s.relyingParty.BeginDiscoverableLogin()
	if err != nil {
		return nil, err
	}
	res := &identityv1.StartPasskeyLoginResponse{ExpiresIn: int32(passkeyFlowTTL / time.Second)}
	res.Flow, res.Options, err = s.keepFlow(ctx, s.q, passkeyLogin, "", data, assertion.Response)
	if err != nil {
		return nil, err
	}
	return res, nil
}
