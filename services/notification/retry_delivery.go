package notification

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	notificationv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/notification/v1"
	"github.com/pitboss-gaming/pitboss/kit/pg"
	"github.com/pitboss-gaming/pitboss/services/notification/internal/db"
)

// RetryDelivery queues a failed delivery again.
func (s *Server) RetryDelivery(ctx context.Context, q *notificationv1.RetryDeliveryRequest) (*notificationv1.RetryDeliveryResponse, error) {
	var row db.Delivery
	err := pg.InTx(ctx, s.pool, func(tx pgx.Tx) error {
		queries := db.New(tx)
		var err error
		row, err = queries.LockDelivery(ctx, q.GetDeliveryId())
		if errors.Is(err, pgx.ErrNoRows) {
			return deliveryNotFound(q.GetDeliveryId())
		}
		if err != nil {
			return err
		}
		if state := notificationv1.DeliveryState(row.State); state != notificationv1.DeliveryState_DELIVERY_STATE_FAILED {
			return deliveryNotFailed(state)
		}
		now := s.clock()
		row, err = queries.RequeueDelivery(ctx, db.RequeueDeliveryParams{DeliveryID: row.DeliveryID, Now: now, ExpiresAt: now.Add(s.cfg.GiveUpAfter)})
		return err
	})
	if err != nil {
		return nil, err
	}
	s.nudge()
	return &notificationv1.RetryDeliveryResponse{Delivery: toProto(row)}, nil
}
