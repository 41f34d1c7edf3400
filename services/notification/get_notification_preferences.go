package notification

import (
	"context"

	notificationv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/notification/v1"
	"github.com/pitboss-gaming/pitboss/kit/authz"
)

// categories in the order in which they are answered.
var categories = []notificationv1.NotificationCategory{
	notificationv1.NotificationCategory_NOTIFICATION_CATEGORY_PAYMENTS, notificationv1.NotificationCategory_NOTIFICATION_CATEGORY_PLAY,
	notificationv1.NotificationCategory_NOTIFICATION_CATEGORY_SECURITY,
}

// GetNotificationPreferences answers how the caller wants to be told.
func (s *Server) GetNotificationPreferences(ctx context.Context, _ *notificationv1.GetNotificationPreferencesRequest) (*notificationv1.GetNotificationPreferencesResponse, error) {
	w, err := s.wishesOf(ctx, s.queries, authz.Own(ctx))
	return &notificationv1.GetNotificationPreferencesResponse{Preferences: w.all()}, err
}

// all is every category once.
func (w wishes) all() []*notificationv1.NotificationPreference {
	out := make([]*notificationv1.NotificationPreference, 0, len(categories))
	for _, c := range categories {
		out = append(out, &notificationv1.NotificationPreference{Category: c, Mail: w.mail(c), Inbox: w.inbox(c)})
	}
	return out
}
