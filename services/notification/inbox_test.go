package notification_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	cashierv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/cashier/v1"
	commonv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	notificationv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/notification/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
)

func arrived(player, deposit string) *cashierv1.PaymentSucceeded {
	return &cashierv1.PaymentSucceeded{Deposit: &cashierv1.Deposit{DepositId: deposit, PlayerId: player, Amount: &commonv1.Money{Amount: "25.00", Currency: "EUR"}}}
}

// inboxOf waits for n messages of a player.
func (w world) inboxOf(t *testing.T, player string, n int) []*notificationv1.InboxMessage {
	t.Helper()
	var got []*notificationv1.InboxMessage
	require.Eventually(t, func() bool {
		r, err := w.as(testkit.Player(player)).ListInbox(t.Context(), &notificationv1.ListInboxRequest{})
		require.NoError(t, err)
		got = r.GetMessages()
		return len(got) >= n
	}, 20*time.Second, 20*time.Millisecond)
	require.Len(t, got, n)
	return got
}

// TestInbox: an event and a mail about security are told once, to their player alone, and can be marked as read.
func TestInbox(t *testing.T) {
	t.Parallel()
	w, ctx := start(t), t.Context()
	id := w.Publish("payment.succeeded.v1", "ply_1", 1, arrived("ply_1", "dep_1"))
	w.PublishAs(id, "payment.succeeded.v1", "ply_1", 1, arrived("ply_1", "dep_1"))
	w.inboxOf(t, "ply_1", 1)
	for range 2 {
		_, err := w.as(testkit.Peer("identity")).SendMail(ctx, &notificationv1.SendMailRequest{
			RequestId: "r1", Template: "new_device", Address: "one@example.com", SubjectId: "ply_1",
			Variables: map[string]string{"user_agent": "Firefox", "ip": "203.0.113.5", "time": "now"},
		})
		require.NoError(t, err)
	}
	all := w.inboxOf(t, "ply_1", 2)
	require.Equal(t, "NEW_DEVICE", all[0].GetKind())
	require.Equal(t, "203.0.113.5", all[0].GetValues()["ip"])
	require.Equal(t, "DEPOSIT_RECEIVED", all[1].GetKind())
	require.Equal(t, "25.00", all[1].GetValues()["amount"])
	var told notificationv1.NotificationInboxAdded
	require.NoError(t, w.Events("notification.inbox_added.v1", 2)[0].Decode(&told))
	require.Equal(t, "ply_1", told.GetPlayerId())
	var stored string
	require.NoError(t, w.DB.QueryRow(ctx, "SELECT string_agg(m::text, '') FROM inbox_message m").Scan(&stored))
	require.NotContains(t, stored, "203.0.113.5", "values are encrypted at rest")

	other, err := w.as(testkit.Player("ply_2")).MarkInboxRead(ctx, &notificationv1.MarkInboxReadRequest{MessageIds: []string{all[0].GetMessageId()}})
	require.NoError(t, err)
	require.Zero(t, other.GetUnread())
	one, err := w.as(testkit.Player("ply_1")).MarkInboxRead(ctx, &notificationv1.MarkInboxReadRequest{MessageIds: []string{all[0].GetMessageId()}})
	require.NoError(t, err)
	require.EqualValues(t, 1, one.GetUnread(), "another player's marking changed nothing")
	left, err := w.as(testkit.Player("ply_1")).ListInbox(ctx, &notificationv1.ListInboxRequest{UnreadOnly: true})
	require.NoError(t, err)
	require.Len(t, left.GetMessages(), 1)
	for range 2 {
		none, err := w.as(testkit.Player("ply_1")).MarkInboxRead(ctx, &notificationv1.MarkInboxReadRequest{})
		require.NoError(t, err)
		require.Zero(t, none.GetUnread())
	}
	page, err := w.as(testkit.Player("ply_1")).ListInbox(ctx, &notificationv1.ListInboxRequest{Page: &commonv1.PageRequest{Size: 1}})
	require.NoError(t, err)
	next, err := w.as(testkit.Player("ply_1")).ListInbox(ctx, &notificationv1.ListInboxRequest{Page: &commonv1.PageRequest{Size: 1, Token: page.GetPage().GetNextToken()}})
	require.NoError(t, err)
	require.Equal(t, all[1].GetMessageId(), next.GetMessages()[0].GetMessageId())
	_, err = w.as(testkit.Player("ply_1")).ListInbox(ctx, &notificationv1.ListInboxRequest{Page: &commonv1.PageRequest{Token: "e30"}})
	require.Equal(t, "BAD_PAGE_TOKEN", errs.ReasonOf(err))
}

// TestRoundUnderReview: a round that waits for an operator is told once, unless the player does not want to know.
func TestRoundUnderReview(t *testing.T) {
	t.Parallel()
	w, ctx := start(t), t.Context()
	e := &gamingv1.RoundHandedOver{RoundId: "rnd_1", GameId: "gam_1", PlayerId: "ply_1", Held: &commonv1.Money{Amount: "10.00", Currency: "EUR"}, Why: "NOT_SUPPORTED"}
	id := w.Publish("round.handed_over.v1", "ply_1", 1, e)
	w.PublishAs(id, "round.handed_over.v1", "ply_1", 1, e)
	m := w.inboxOf(t, "ply_1", 1)[0]
	require.Equal(t, []string{"ROUND_UNDER_REVIEW", "10.00", "rnd_1"}, []string{m.GetKind(), m.GetValues()["amount"], m.GetValues()["round_id"]})
	_, err := w.as(testkit.Player("ply_2")).UpdateNotificationPreferences(ctx, &notificationv1.UpdateNotificationPreferencesRequest{
		Preferences: []*notificationv1.NotificationPreference{{Category: notificationv1.NotificationCategory_NOTIFICATION_CATEGORY_PLAY, Mail: true}},
	})
	require.NoError(t, err)
	w.Publish("round.handed_over.v1", "ply_2", 1, &gamingv1.RoundHandedOver{RoundId: "rnd_2", PlayerId: "ply_2", Held: e.GetHeld()})
	w.Publish("round.handed_over.v1", "ply_1", 2, &gamingv1.RoundHandedOver{RoundId: "rnd_3", PlayerId: "ply_1", Held: e.GetHeld()})
	w.inboxOf(t, "ply_1", 2)
	r, err := w.as(testkit.Player("ply_2")).ListInbox(ctx, &notificationv1.ListInboxRequest{})
	require.NoError(t, err)
	require.Empty(t, r.GetMessages())
}

// TestPreferences: what a player switches off does not come, by its way; security cannot be switched off.
func TestPreferences(t *testing.T) {
	t.Parallel()
	w, ctx := start(t), t.Context()
	me := w.as(testkit.Player("ply_1"))
	first, err := me.GetNotificationPreferences(ctx, &notificationv1.GetNotificationPreferencesRequest{})
	require.NoError(t, err)
	require.Len(t, first.GetPreferences(), 3)
	for _, p := range first.GetPreferences() {
		require.True(t, p.GetMail() && p.GetInbox())
	}
	set := func(c notificationv1.NotificationCategory, mail, inbox bool) error {
		_, err := me.UpdateNotificationPreferences(ctx, &notificationv1.UpdateNotificationPreferencesRequest{
			Preferences: []*notificationv1.NotificationPreference{{Category: c, Mail: mail, Inbox: inbox}},
		})
		return err
	}
	require.Equal(t, "CATEGORY_MANDATORY", errs.ReasonOf(set(notificationv1.NotificationCategory_NOTIFICATION_CATEGORY_SECURITY, false, true)))
	require.Equal(t, "VALIDATION", errs.ReasonOf(set(notificationv1.NotificationCategory_NOTIFICATION_CATEGORY_UNSPECIFIED, true, true)))
	require.NoError(t, set(notificationv1.NotificationCategory_NOTIFICATION_CATEGORY_PAYMENTS, false, true))
	w.Publish("payment.succeeded.v1", "ply_1", 1, arrived("ply_1", "dep_1"))
	w.inboxOf(t, "ply_1", 1)
	require.NoError(t, set(notificationv1.NotificationCategory_NOTIFICATION_CATEGORY_PAYMENTS, true, false))
	w.Publish("payment.succeeded.v1", "ply_1", 2, arrived("ply_1", "dep_2"))
	mails := w.received(t, "one@example.com", 1)
	require.Len(t, mails, 1, "the first deposit was not mailed")
	require.Contains(t, mails[0].Text, "dep_2")
	w.inboxOf(t, "ply_1", 1)
	for _, c := range []testkit.Caller{testkit.Operator("admin"), testkit.Anonymous(), testkit.Peer("identity")} {
		_, err = w.as(c).ListInbox(ctx, &notificationv1.ListInboxRequest{})
		require.Contains(t, []string{"PERMISSION_DENIED", "UNAUTHENTICATED"}, errs.ReasonOf(err))
		_, err = w.as(c).GetNotificationPreferences(ctx, &notificationv1.GetNotificationPreferencesRequest{})
		require.Contains(t, []string{"PERMISSION_DENIED", "UNAUTHENTICATED"}, errs.ReasonOf(err))
	}
}
