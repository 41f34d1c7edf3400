package notification

import (
	"context"

	"github.com/jackc/pgx/v5"

	notificationv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/notification/v1"
	"github.com/pitboss-gaming/pitboss/kit/authz"
	"github.com/pitboss-gaming/pitboss/kit/pg"
	"github.com/pitboss-gaming/pitboss/services/notification/internal/db"
)

// UpdateNotificationPreferences changes how the caller wants to be told, all of it or nothing. Errors: CATEGORY_MANDATORY.
func (s *Server) UpdateNotificationPreferences(ctx context.Context, q *notificationv1.UpdateNotificationPreferencesRequest) (*notificationv1.UpdateNotificationPreferencesResponse, error) {
	player := authz.Own(ctx)
	for _, p := range q.GetPreferences() {
		if p.GetCategory() == notificationv1.NotificationCategory_NOTIFICATION_CATEGORY_SECURITY && (!p.GetMail() || !p.GetInbox()) {
			return nil, categoryMandatory()
		}
	}
	var w wishes
	err := pg.InTx(ctx, s.pool, func(tx pgx.Tx) (err error) {
		for _, p := range q.GetPreferences() {
			if err = db.New(tx).SetPreference(ctx, db.SetPreferenceParams{
				PlayerID: player, Category: int16(p.GetCategory()), Mail: p.GetMail(), Inbox: p.GetInbox(), //nolint:gosec // an enum of three
			}); err != nil {
				return err
			}
		}
		w, err = s.wishesOf(ctx, db.New(tx), player)
		return err
	})
	if err != nil {
		return nil, err
	}
	return &notificationv1.UpdateNotificationPreferencesResponse{Preferences: w.all()}, nil
}
