package wallet

import (
	"context"

	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/services/wallet/internal/db"
)

// ListBonusPools answers a player's pools of bonus money.
func (s *Server) ListBonusPools(ctx context.Context, req *walletv1.ListBonusPoolsRequest) (*walletv1.ListBonusPoolsResponse, error) {
	rows, err := s.queries.ListPools(ctx, db.ListPoolsParams{PlayerID: req.GetPlayerId(), IncludeClosed: req.GetIncludeClosed()})
	if err != nil {
		return nil, err
	}
	out := &walletv1.ListBonusPoolsResponse{}
	for _, r := range rows {
		out.Pools = append(out.Pools, &walletv1.BonusPool{
			GrantId: r.Pool, Available: moneyOf(r.BalanceMinor, r.Currency), Held: moneyOf(r.HeldMinor, r.Currency), Closed: r.LateTo != 0,
			LateMoney: walletv1.LateMoney(r.LateTo),
		})
	}
	return out, nil
}
