package notification_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"

	cashierv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/cashier/v1"
	commonv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	notificationv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/notification/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
	"github.com/pitboss-gaming/pitboss/sandbox/inbox"
	"github.com/pitboss-gaming/pitboss/services/notification"
)

// contacts plays identity by its contract.
type contacts struct {
	identityv1.UnimplementedIdentityServiceServer
}

func (contacts) GetContact(_ context.Context, q *identityv1.GetContactRequest) (*identityv1.GetContactResponse, error) {
	if q.GetPlayerId() != "ply_1" {
		return nil, errs.New(identityv1.ErrorReason_ERROR_REASON_PLAYER_NOT_FOUND, "unknown")
	}
	return &identityv1.GetContactResponse{Email: "one@example.com", Language: "en"}, nil
}

type world struct {
	*testkit.Harness
	mail *inbox.Inbox
	http *httptest.Server
}

// start runs notification with a real mail server on the other side.
func start(t *testing.T) world {
	t.Helper()
	in, err := inbox.New(inbox.Config{SMTPAddr: "127.0.0.1:0", StateDir: t.TempDir()})
	require.NoError(t, err)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		require.NoError(t, in.Close(ctx))
	})
	h := testkit.Start(t, notification.Service(), testkit.Options{
		Vars: map[string]string{"PITBOSS_NOTIFICATION_SMTP_ADDR": in.SMTPAddr(), "PITBOSS_NOTIFICATION_POLL": "50ms", "PITBOSS_NOTIFICATION_FIRST_PAUSE": "100ms"},
		Remote: map[string]func(grpc.ServiceRegistrar){"identity": func(s grpc.ServiceRegistrar) {
			testkit.Play(s, identityv1.IdentityService_ServiceDesc, contacts{}, "GetContact")
		}},
	})
	web := httptest.NewServer(in.Handler())
	t.Cleanup(web.Close)
	return world{h, in, web}
}

func (w world) as(c testkit.Caller) notificationv1.NotificationServiceClient {
	return notificationv1.NewNotificationServiceClient(w.As(c))
}

type message struct {
	ID, Subject, Text, HTML string
}

// received waits for n mails to an address and answers them with their text.
func (w world) received(t *testing.T, to string, n int) []message {
	t.Helper()
	var list struct{ Messages []message }
	require.Eventually(t, func() bool {
		w.get(t, "/api/messages?to="+to, &list)
		return len(list.Messages) >= n
	}, 20*time.Second, 20*time.Millisecond)
	for i := range list.Messages {
		w.get(t, "/api/messages/"+list.Messages[i].ID, &list.Messages[i])
	}
	return list.Messages
}

func (w world) get(t *testing.T, path string, into any) {
	t.Helper()
	res, err := http.Get(w.http.URL + path)
	require.NoError(t, err)
	defer res.Body.Close()
	require.Equal(t, http.StatusOK, res.StatusCode)
	require.NoError(t, json.NewDecoder(res.Body).Decode(into))
}

func verifyMail(requestID string) *notificationv1.SendMailRequest {
	return &notificationv1.SendMailRequest{
		RequestId: requestID, Template: "verify_email", Address: "new@example.com", SubjectId: "ply_new",
		Variables: map[string]string{"code": "123456", "ttl_minutes": "10"},
	}
}

func TestSendMail_ArrivesOnce(t *testing.T) {
	t.Parallel()
	w, ctx := start(t), t.Context()
	identity := w.as(testkit.Peer("identity"))
	first, err := identity.SendMail(ctx, verifyMail("r1"))
	require.NoError(t, err)
	again, err := identity.SendMail(ctx, verifyMail("r1"))
	require.NoError(t, err)
	require.True(t, again.GetReplayed())
	require.Equal(t, first.GetDeliveryId(), again.GetDeliveryId())
	other := verifyMail("r1")
	other.Variables["code"] = "654321"
	_, err = identity.SendMail(ctx, other)
	require.Equal(t, "IDEMPOTENCY_CONFLICT", errs.ReasonOf(err))

	mails := w.received(t, "new@example.com", 1)
	require.Equal(t, "Your confirmation code: 123456", mails[0].Subject)
	require.Contains(t, mails[0].Text, "123456")
	require.Len(t, w.Events("notification.sent.v1", 1), 1)
	require.Len(t, w.received(t, "new@example.com", 1), 1, "the repetition sent nothing")
	var stored string
	require.NoError(t, w.DB.QueryRow(ctx, "SELECT d::text FROM delivery d").Scan(&stored))
	require.NotContains(t, stored, "new@example.com", "addresses are encrypted at rest")
}

func TestSendMail_ValuesStayValues(t *testing.T) {
	t.Parallel()
	w, ctx := start(t), t.Context()
	_, err := w.as(testkit.Peer("identity")).SendMail(ctx, &notificationv1.SendMailRequest{
		RequestId: "r", Template: "new_device", Address: "a@example.com",
		Variables: map[string]string{"user_agent": "<script>x</script>{{.ip}}\r\nBcc: evil@example.com", "ip": "203.0.113.5", "time": "now"},
	})
	require.NoError(t, err)
	m := w.received(t, "a@example.com", 1)[0]
	require.NotContains(t, m.HTML, "<script>")
	require.Contains(t, m.Text, "{{.ip}}")
	var list struct{ Messages []message }
	w.get(t, "/api/messages?to=evil@example.com", &list)
	require.Empty(t, list.Messages)
}

func TestSendMail_RetriesUntilTaken(t *testing.T) {
	t.Parallel()
	w, ctx := start(t), t.Context()
	w.setFaults(t, `{"rules":[{"operation":"mail","kind":"fail","count":2}]}`)
	_, err := w.as(testkit.Peer("identity")).SendMail(ctx, verifyMail("r1"))
	require.NoError(t, err)
	require.Len(t, w.received(t, "new@example.com", 1), 1)
	w.Events("notification.sent.v1", 1)
	list, err := w.as(testkit.Operator("admin")).ListDeliveries(ctx, &notificationv1.ListDeliveriesRequest{})
	require.NoError(t, err)
	require.EqualValues(t, 3, list.GetDeliveries()[0].GetAttempts())
	require.Equal(t, "n***@example.com", list.GetDeliveries()[0].GetAddressMasked())
}

// setFaults tells the mail server to misbehave, as its operator would.
func (w world) setFaults(t *testing.T, rules string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPut, w.http.URL+"/admin/faults", strings.NewReader(rules))
	require.NoError(t, err)
	req.Header.Set("Authorization", "Bearer "+w.mail.AdminToken())
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	require.Less(t, res.StatusCode, 300)
}

func TestSendMail_BadInputAndWhoMay(t *testing.T) {
	t.Parallel()
	w, ctx := start(t), t.Context()
	identity := w.as(testkit.Peer("identity"))
	for want, change := range map[string]func(*notificationv1.SendMailRequest){
		"TEMPLATE_UNKNOWN": func(q *notificationv1.SendMailRequest) { q.Template = "nonsense" },
		"VARIABLE_MISSING": func(q *notificationv1.SendMailRequest) { q.Variables = nil },
		"ADDRESS_INVALID":  func(q *notificationv1.SendMailRequest) { q.Address = "a@b\r\nBcc: x@example.com" },
		"VALIDATION":       func(q *notificationv1.SendMailRequest) { q.RequestId = "" },
	} {
		q := verifyMail("bad")
		change(q)
		_, err := identity.SendMail(ctx, q)
		require.Equal(t, want, errs.ReasonOf(err))
	}
	for _, c := range []testkit.Caller{testkit.Peer("wallet"), testkit.Operator("admin"), testkit.Player("ply_1"), testkit.Anonymous()} {
		_, err := w.as(c).SendMail(ctx, verifyMail("denied"))
		require.Contains(t, []string{"PERMISSION_DENIED", "UNAUTHENTICATED"}, errs.ReasonOf(err))
	}
	for _, c := range []testkit.Caller{testkit.Operator("analyst"), testkit.Player("ply_1"), testkit.Anonymous()} {
		_, err := w.as(c).ListDeliveries(ctx, &notificationv1.ListDeliveriesRequest{})
		require.Contains(t, []string{"PERMISSION_DENIED", "UNAUTHENTICATED"}, errs.ReasonOf(err))
		_, err = w.as(c).RetryDelivery(ctx, &notificationv1.RetryDeliveryRequest{DeliveryId: "msg_1"})
		require.Contains(t, []string{"PERMISSION_DENIED", "UNAUTHENTICATED"}, errs.ReasonOf(err))
	}
	list, err := w.as(testkit.Operator("admin")).ListDeliveries(ctx, &notificationv1.ListDeliveriesRequest{})
	require.NoError(t, err)
	require.Empty(t, list.GetDeliveries(), "nothing was queued")
}

func TestOnPayment_TellsThePlayerOnce(t *testing.T) {
	t.Parallel()
	w, ctx := start(t), t.Context()
	event := &cashierv1.PaymentSucceeded{Deposit: &cashierv1.Deposit{DepositId: "dep_1", PlayerId: "ply_1", Amount: &commonv1.Money{Amount: "25.00", Currency: "EUR"}}}
	id := w.Publish("payment.succeeded.v1", "ply_1", 1, event)
	w.PublishAs(id, "payment.succeeded.v1", "ply_1", 1, event)
	mails := w.received(t, "one@example.com", 1)
	require.Equal(t, "25.00 EUR arrived", mails[0].Subject)

	w.Publish("payout.rejected.v1", "ply_gone", 1, &cashierv1.PayoutRejected{Withdrawal: &cashierv1.Withdrawal{WithdrawalId: "wdr_1", PlayerId: "ply_gone", Amount: &commonv1.Money{Amount: "5.00", Currency: "EUR"}}})
	failed := w.Events("notification.failed.v1", 1)
	var e notificationv1.NotificationFailed
	require.NoError(t, failed[0].Decode(&e))
	require.Len(t, w.received(t, "one@example.com", 1), 1, "delivered twice, mailed once")

	admin := w.as(testkit.Operator("admin"))
	again, err := admin.RetryDelivery(ctx, &notificationv1.RetryDeliveryRequest{DeliveryId: e.GetDeliveryId()})
	require.NoError(t, err)
	require.Equal(t, notificationv1.DeliveryState_DELIVERY_STATE_QUEUED, again.GetDelivery().GetState())
	w.Events("notification.failed.v1", 2)
	_, err = admin.RetryDelivery(ctx, &notificationv1.RetryDeliveryRequest{DeliveryId: "msg_none"})
	require.Equal(t, "DELIVERY_NOT_FOUND", errs.ReasonOf(err))
	sent, err := admin.ListDeliveries(ctx, &notificationv1.ListDeliveriesRequest{SubjectId: "ply_1"})
	require.NoError(t, err)
	_, err = admin.RetryDelivery(ctx, &notificationv1.RetryDeliveryRequest{DeliveryId: sent.GetDeliveries()[0].GetDeliveryId()})
	require.Equal(t, "DELIVERY_NOT_FAILED", errs.ReasonOf(err))
}
