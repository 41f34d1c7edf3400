package wallet

import (
	"context"

	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/authz"
)

// ListGuards answers the calling player's guards.
func (s *Server) ListGuards(ctx context.Context, _ *walletv1.ListGuardsRequest) (*walletv1.ListGuardsResponse, error) {
	guards, err := s.guardsNow(ctx, s.queries, authz.Own(ctx), s.clock())
	if err != nil {
		return nil, err
	}
	return &walletv1.ListGuardsResponse{Guards: guards}, nil
}
