package notification

import (
	"context"

	notificationv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/notification/v1"
	"github.com/pitboss-gaming/pitboss/kit/authz"
	"github.com/pitboss-gaming/pitboss/services/notification/internal/db"
)

// MarkInboxRead marks messages of the caller as read.
func (s *Server) MarkInboxRead(ctx context.Context, q *notificationv1.MarkInboxReadRequest) (*notificationv1.MarkInboxReadResponse, error) {
	player, named := authz.Own(ctx), q.GetMessageIds()
	if named == nil {
		named = []string{}
	}
	if err := s.queries.MarkInboxRead(ctx, db.MarkInboxReadParams{PlayerID: player, MessageIds: named, Now: s.clock()}); err != nil {
		return nil, err
	}
	unread, err := s.queries.CountUnread(ctx, player)
	return &notificationv1.MarkInboxReadResponse{Unread: int32(unread)}, err //nolint:gosec // at most 100
}
