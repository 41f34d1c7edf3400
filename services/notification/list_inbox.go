package notification

import (
	"context"
	"time"

	notificationv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/notification/v1"
	"github.com/pitboss-gaming/pitboss/kit/authz"
	"github.com/pitboss-gaming/pitboss/kit/page"
	"github.com/pitboss-gaming/pitboss/services/notification/internal/db"
)

// ListInbox answers the caller's messages, newest first. Errors: BAD_PAGE_TOKEN.
func (s *Server) ListInbox(ctx context.Context, q *notificationv1.ListInboxRequest) (*notificationv1.ListInboxResponse, error) {
	list, size, player := page.Of("inbox", q), page.Size(q.GetPage()), authz.Own(ctx)
	p := db.ListInboxParams{PlayerID: player, UnreadOnly: q.GetUnreadOnly(), BeforeAt: endOfTime, PageSize: size + 1}
	position, err := list.Position(q.GetPage())
	if err != nil || position != nil && len(position) != 2 {
		return nil, badPageToken()
	}
	if position != nil {
		if p.BeforeAt, err = time.Parse(time.RFC3339Nano, position[0]); err != nil {
			return nil, badPageToken()
		}
		p.BeforeID = position[1]
	}
	rows, err := s.queries.ListInbox(ctx, p)
	if err != nil {
		return nil, err
	}
	unread, err := s.queries.CountUnread(ctx, player)
	if err != nil {
		return nil, err
	}
	res := &notificationv1.ListInboxResponse{Unread: int32(unread)} //nolint:gosec // at most 100
	rows, res.Page = page.Next(list, size, rows, func(m db.InboxMessage) []string {
		return []string{m.CreatedAt.UTC().Format(time.RFC3339Nano), m.MessageID}
	})
	for _, r := range rows {
		m, err := s.inboxProto(r)
		if err != nil {
			return nil, err
		}
		res.Messages = append(res.Messages, m)
	}
	return res, nil
}
