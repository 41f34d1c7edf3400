package wallet

import (
	"context"

	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/authn"
	"github.com/pitboss-gaming/pitboss/services/wallet/internal/db"
)

// GetHolds answers what has become of the calling service's holds.
func (s *Server) GetHolds(ctx context.Context, req *walletv1.GetHoldsRequest) (*walletv1.GetHoldsResponse, error) {
	rows, err := s.queries.GetHolds(ctx, db.GetHoldsParams{Ids: req.GetHoldIds(), Purpose: int16(holdsOf[authn.From(ctx).Peer])})
	if err != nil {
		return nil, err
	}
	out := &walletv1.GetHoldsResponse{}
	for _, h := range rows {
		out.Holds = append(out.Holds, holdProto(h))
	}
	return out, nil
}
