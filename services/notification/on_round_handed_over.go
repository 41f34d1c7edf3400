package notification

import (
	"context"

	"github.com/jackc/pgx/v5"

	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	notificationv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/notification/v1"
	"github.com/pitboss-gaming/pitboss/kit/bus"
	"github.com/pitboss-gaming/pitboss/services/notification/internal/db"
)

// onRoundHandedOver tells the player that a round without a result is being looked at (domain.md 6.1): in the app only, because it says nothing to act on.
func (s *Server) onRoundHandedOver(ctx context.Context, tx pgx.Tx, m bus.Message) error {
	var e gamingv1.RoundHandedOver
	if err := m.Decode(&e); err != nil {
		return err
	}
	w, err := s.wishesOf(ctx, db.New(tx), e.GetPlayerId())
	if err != nil || !w.inbox(notificationv1.NotificationCategory_NOTIFICATION_CATEGORY_PLAY) {
		return err
	}
	return s.tell(ctx, tx, e.GetPlayerId(), "ROUND_UNDER_REVIEW", "events/"+m.ID, map[string]string{
		"round_id": e.GetRoundId(), "game_id": e.GetGameId(), "amount": e.GetHeld().GetAmount(), "currency": e.GetHeld().GetCurrency(),
	})
}
