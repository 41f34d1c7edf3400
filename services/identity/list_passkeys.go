package identity

import (
	"context"

	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	"github.com/pitboss-gaming/pitboss/kit/authn"
)

// ListPasskeys answers the caller's passkeys, the newest first. There are at most 20, so there are no pages.
func (s *Server) ListPasskeys(ctx context.Context, _ *identityv1.ListPasskeysRequest) (*identityv1.ListPasskeysResponse, error) {
	if _, err := s.liveSession(ctx, s.q); err != nil {
		return nil, err
	}
	rows, err := s.q.ListPasskeys(ctx, authn.From(ctx).ID)
	if err != nil {
		return nil, err
	}
	res := &identityv1.ListPasskeysResponse{}
	for _, row := range rows {
		m, err := s.passkey(row)
		if err != nil {
			return nil, err
		}
		res.Passkeys = append(res.Passkeys, m)
	}
	return res, nil
}
