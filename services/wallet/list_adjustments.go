package wallet

import (
	"context"

	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/page"
	"github.com/pitboss-gaming/pitboss/services/wallet/internal/db"
)

// ListAdjustments answers adjustments, the newest first.
func (s *Server) ListAdjustments(ctx context.Context, req *walletv1.ListAdjustmentsRequest) (*walletv1.ListAdjustmentsResponse, error) {
	list, size := page.Of("ListAdjustments", req), page.Size(req.GetPage())
	position, err := list.Position(req.GetPage())
	if err != nil {
		return nil, badPageToken()
	}
	p := db.ListAdjustmentsParams{PlayerID: req.GetPlayerId(), State: int16(req.GetState()), PageSize: size + 1}
	if len(position) > 0 {
		p.Before = position[0]
	}
	rows, err := s.queries.ListAdjustments(ctx, p)
	if err != nil {
		return nil, err
	}
	out := &walletv1.ListAdjustmentsResponse{}
	rows, out.Page = page.Next(list, size, rows, func(a db.Adjustment) []string { return []string{a.ID} })
	for _, a := range rows {
		out.Adjustments = append(out.Adjustments, adjustmentOf(a))
	}
	return out, nil
}
