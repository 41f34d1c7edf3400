package wallet

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5/pgtype"

	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/authn"
	"github.com/pitboss-gaming/pitboss/kit/ids"
	"github.com/pitboss-gaming/pitboss/services/wallet/internal/db"
)

// RequestAdjustment notes what one person asks for.
func (s *Server) RequestAdjustment(ctx context.Context, req *walletv1.RequestAdjustmentRequest) (*walletv1.RequestAdjustmentResponse, error) {
	minor, currency, err := signed(req.GetAmount())
	if err != nil {
		return nil, err
	}
	person := authn.From(ctx).ID
	key := requestKey{caller: "operator:" + person, requestID: req.GetRequestId()}
	p := db.InsertAdjustmentParams{
		ID: ids.New("adj"), PlayerID: req.GetPlayerId(), Currency: currency, AmountMinor: minor, Target: int16(req.GetTarget()), Source: int16(req.GetSource()),
		Reason: req.GetReason(), RequestKey: pgtype.UUID{Bytes: key.hash(), Valid: true}, RequestedBy: person, RequestedAt: s.clock().Truncate(time.Microsecond),
	}
	if _, err := s.queries.InsertAdjustment(ctx, p); err != nil {
		return nil, err
	}
	a, err := s.queries.AdjustmentOfRequest(ctx, p.RequestKey)
	if err != nil {
		return nil, err
	}
	if a.PlayerID != p.PlayerID || a.Currency != p.Currency || a.AmountMinor != p.AmountMinor || a.Target != p.Target || a.Source != p.Source || a.Reason != p.Reason {
		return nil, idempotencyConflict(req.GetRequestId())
	}
	return &walletv1.RequestAdjustmentResponse{Adjustment: adjustmentOf(a)}, nil
}
