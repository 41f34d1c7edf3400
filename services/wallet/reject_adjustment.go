package wallet

import (
	"context"
	"time"

	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/authn"
	"github.com/pitboss-gaming/pitboss/services/wallet/internal/db"
)

// RejectAdjustment ends an adjustment that was asked for.
func (s *Server) RejectAdjustment(ctx context.Context, req *walletv1.RejectAdjustmentRequest) (*walletv1.RejectAdjustmentResponse, error) {
	person, now := authn.From(ctx).ID, s.clock().Truncate(time.Microsecond)
	var out db.Adjustment
	err := s.decideAdjustment(ctx, req.GetAdjustmentId(), func(ctx context.Context, q *db.Queries, a db.Adjustment) error {
		out = a
		switch {
		case adjustmentState(a.State) == adjustmentRejected && a.DecidedBy == person:
			return nil // said before
		case adjustmentState(a.State) != adjustmentRequested:
			return adjustmentDecided(a.ID, adjustmentState(a.State))
		}
		out.State, out.DecidedBy, out.DecidedAt, out.Note = int16(adjustmentRejected), person, &now, req.GetNote()
		return q.DecideAdjustment(ctx, db.DecideAdjustmentParams{ID: a.ID, State: out.State, DecidedBy: person, DecidedAt: &now, Note: req.GetNote()})
	})
	if err != nil {
		return nil, err
	}
	return &walletv1.RejectAdjustmentResponse{Adjustment: adjustmentOf(out)}, nil
}
