package wallet

import (
	"context"
	"time"

	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/authn"
	"github.com/pitboss-gaming/pitboss/services/wallet/internal/db"
)

// ApproveAdjustment records that a second person agrees, and then posts the adjustment. When the process ends in between, keepAdjustments posts it.
func (s *Server) ApproveAdjustment(ctx context.Context, req *walletv1.ApproveAdjustmentRequest) (*walletv1.ApproveAdjustmentResponse, error) {
	person, now := authn.From(ctx).ID, s.clock().Truncate(time.Microsecond)
	var approved db.Adjustment
	err := s.decideAdjustment(ctx, req.GetAdjustmentId(), func(ctx context.Context, q *db.Queries, a db.Adjustment) error {
		approved = a
		switch {
		case adjustmentState(a.State) != adjustmentRejected && a.DecidedBy == person:
			return nil // said before
		case adjustmentState(a.State) != adjustmentRequested:
			return adjustmentDecided(a.ID, adjustmentState(a.State))
		case a.RequestedBy == person:
			return secondPersonNeeded(a.ID)
		}
		approved.State, approved.DecidedBy = int16(adjustmentApproved), person
		return q.DecideAdjustment(ctx, db.DecideAdjustmentParams{
			ID: a.ID, State: int16(adjustmentApproved), DecidedBy: person, DecidedAt: &now, Note: req.GetNote(),
		})
	})
	if err != nil {
		return nil, err
	}
	if adjustmentState(approved.State) == adjustmentApproved {
		if err := s.postAdjustment(ctx, approved.ID); err != nil {
			return nil, err
		}
	}
	a, err := s.queries.GetAdjustment(ctx, req.GetAdjustmentId())
	if err != nil {
		return nil, err
	}
	return &walletv1.ApproveAdjustmentResponse{Adjustment: adjustmentOf(a)}, nil
}
