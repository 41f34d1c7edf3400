package notification

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/types/known/timestamppb"

	notificationv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/notification/v1"
	"github.com/pitboss-gaming/pitboss/kit/bus"
	"github.com/pitboss-gaming/pitboss/kit/ids"
	"github.com/pitboss-gaming/pitboss/services/notification/internal/db"
)

const (
	inboxKeep  = 90 * 24 * time.Hour
	inboxSweep = time.Hour
	inboxBatch = 1000
	playerIDs  = "ply"
)

// inboxKinds are the templates that are also told in the web app, with the category that a player switches them by.
var inboxKinds = map[string]struct {
	kind     string
	category notificationv1.NotificationCategory
}{
	"deposit_received":    {"DEPOSIT_RECEIVED", notificationv1.NotificationCategory_NOTIFICATION_CATEGORY_PAYMENTS},
	"withdrawal_paid":     {"WITHDRAWAL_PAID", notificationv1.NotificationCategory_NOTIFICATION_CATEGORY_PAYMENTS},
	"withdrawal_returned": {"WITHDRAWAL_RETURNED", notificationv1.NotificationCategory_NOTIFICATION_CATEGORY_PAYMENTS},
	"new_device":          {"NEW_DEVICE", notificationv1.NotificationCategory_NOTIFICATION_CATEGORY_SECURITY},
	"password_changed":    {"PASSWORD_CHANGED", notificationv1.NotificationCategory_NOTIFICATION_CATEGORY_SECURITY},
	"totp_disabled":       {"TOTP_DISABLED", notificationv1.NotificationCategory_NOTIFICATION_CATEGORY_SECURITY},
}

// wishes is how a player wants to be told, by category; what is not there is on.
type wishes map[notificationv1.NotificationCategory]db.Preference

func (s *Server) wishesOf(ctx context.Context, q *db.Queries, playerID string) (wishes, error) {
	rows, err := q.Preferences(ctx, playerID)
	w := wishes{}
	for _, r := range rows {
		w[notificationv1.NotificationCategory(r.Category)] = r
	}
	return w, err
}

func (w wishes) mail(c notificationv1.NotificationCategory) bool {
	p, set := w[c]
	return !set || p.Mail
}

func (w wishes) inbox(c notificationv1.NotificationCategory) bool {
	p, set := w[c]
	return !set || p.Inbox
}

// tell puts a message into a player's inbox, in the transaction of what it tells about. One source is told once.
func (s *Server) tell(ctx context.Context, tx pgx.Tx, playerID, kind, source string, values map[string]string) error {
	plain, err := json.Marshal(values)
	if err != nil {
		return err
	}
	id, now := ids.New("inb"), s.clock().UTC().Truncate(time.Microsecond)
	n, err := db.New(tx).InsertInboxMessage(ctx, db.InsertInboxMessageParams{
		MessageID: id, PlayerID: playerID, SourceKey: source, Kind: kind, Content: s.box.Seal(plain, inboxData(id)), Now: now,
	})
	if err != nil || n == 0 {
		return err
	}
	return bus.Publish(ctx, tx, bus.Event{
		Subject: "notification.inbox_added.v1", PlayerID: playerID, AggregateID: id, OccurredAt: now,
		Message: &notificationv1.NotificationInboxAdded{PlayerId: playerID, InboxMessage: &notificationv1.InboxMessage{
			MessageId: id, Kind: kind, Values: values, CreatedAt: timestamppb.New(now),
		}},
	})
}

// tellOrder is tell for what also goes by mail, as far as the player wants it. It says whether the mail is wanted.
func (s *Server) tellOrder(ctx context.Context, tx pgx.Tx, o order) (mail bool, err error) {
	k, known := inboxKinds[o.template]
	if !known || !strings.HasPrefix(o.subjectID, playerIDs+"_") { // operators have no inbox
		return true, nil
	}
	w, err := s.wishesOf(ctx, db.New(tx), o.subjectID)
	if err != nil {
		return false, err
	}
	if w.inbox(k.category) {
		err = s.tell(ctx, tx, o.subjectID, k.kind, o.caller+"/"+o.requestID, o.variables)
	}
	return w.mail(k.category), err
}

func inboxData(id string) []byte { return []byte("inbox/" + id) }

func (s *Server) inboxProto(m db.InboxMessage) (*notificationv1.InboxMessage, error) {
	plain, err := s.box.Open(m.Content, inboxData(m.MessageID))
	if err != nil {
		return nil, err
	}
	out := &notificationv1.InboxMessage{MessageId: m.MessageID, Kind: m.Kind, CreatedAt: timestamppb.New(m.CreatedAt)}
	if m.ReadAt != nil {
		out.ReadAt = timestamppb.New(*m.ReadAt)
	}
	return out, json.Unmarshal(plain, &out.Values)
}

// cleanInbox forgets old messages, until ctx ends.
func (s *Server) cleanInbox(ctx context.Context) error {
	tick := time.NewTicker(inboxSweep)
	defer tick.Stop()
	for {
		n, err := s.queries.DeleteOldInbox(ctx, db.DeleteOldInboxParams{Before: s.clock().Add(-inboxKeep), Batch: inboxBatch})
		if err != nil && ctx.Err() == nil {
			s.log.WarnContext(ctx, "old messages could not be deleted; it is tried again", "err", err)
		}
		if n == inboxBatch {
			continue
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}
