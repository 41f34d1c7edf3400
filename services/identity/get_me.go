package identity

import (
	"context"

	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	"github.com/pitboss-gaming/pitboss/kit/authz"
)

// GetMe answers the calling player.
func (s *Server) GetMe(ctx context.Context, _ *identityv1.GetMeRequest) (*identityv1.GetMeResponse, error) {
	if _, err := s.liveSession(ctx, s.q); err != nil {
		return nil, err
	}
	p, err := s.q.GetPlayer(ctx, authz.Own(ctx))
	if err != nil {
		return nil, notFound(err, errSessionOver())
	}
	m, err := s.player(ctx, s.q, p)
	return &identityv1.GetMeResponse{Player: m}, err
}
