package identity

import (
	"context"

	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	"github.com/pitboss-gaming/pitboss/kit/authn"
)

// GetPartnerIdentity answers the calling client.
func (s *Server) GetPartnerIdentity(ctx context.Context, _ *identityv1.GetPartnerIdentityRequest) (*identityv1.GetPartnerIdentityResponse, error) {
	caller := authn.From(ctx)
	c, err := s.q.GetPartnerClient(ctx, caller.ID)
	if err != nil {
		return nil, notFound(err, errSessionOver())
	}
	if !c.Enabled || c.SessionID != caller.SessionID {
		return nil, errSessionOver()
	}
	return &identityv1.GetPartnerIdentityResponse{Client: partnerClient(c), Scopes: caller.Scopes}, nil
}
