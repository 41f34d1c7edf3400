package testkit_test

import (
	"context"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"

	notificationv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/notification/v1"
	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/app"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
)

// server answers one RPC, enough to see who gets through to a handler.
type server struct {
	notificationv1.UnimplementedNotificationServiceServer
}

func (server) ListDeliveries(context.Context, *notificationv1.ListDeliveriesRequest) (*notificationv1.ListDeliveriesResponse, error) {
	return &notificationv1.ListDeliveriesResponse{}, nil
}

func (server) SendMail(context.Context, *notificationv1.SendMailRequest) (*notificationv1.SendMailResponse, error) {
	return &notificationv1.SendMailResponse{DeliveryId: "msg_1"}, nil
}

func TestStart_CallsAsWhoever(t *testing.T) {
	t.Parallel()
	first := fstest.MapFS{"00001_init.sql": {Data: []byte("-- +goose Up\nCREATE TABLE thing (id int PRIMARY KEY);\n")}}
	h := testkit.Start(t, app.Service{
		Name: "notification", Migrations: first, Publishes: []string{"notification.>"},
		Start: func(context.Context, *app.Env) (*app.Running, error) {
			return &app.Running{Register: func(s grpc.ServiceRegistrar) { notificationv1.RegisterNotificationServiceServer(s, server{}) }}, nil
		},
	}, testkit.Options{})
	list := func(c testkit.Caller) error {
		_, err := notificationv1.NewNotificationServiceClient(h.As(c)).ListDeliveries(t.Context(), &notificationv1.ListDeliveriesRequest{})
		return err
	}
	send := func(c testkit.Caller) error {
		_, err := notificationv1.NewNotificationServiceClient(h.As(c)).SendMail(t.Context(), &notificationv1.SendMailRequest{RequestId: "r", Template: "t", Address: "a@b.example"})
		return err
	}
	require.NoError(t, list(testkit.Operator("admin")))
	require.Equal(t, "PERMISSION_DENIED", errs.ReasonOf(list(testkit.Operator("analyst"))))
	require.Equal(t, "PERMISSION_DENIED", errs.ReasonOf(list(testkit.Player("ply_1"))))
	require.Equal(t, "UNAUTHENTICATED", errs.ReasonOf(list(testkit.Anonymous())))
	require.NoError(t, send(testkit.Peer("identity")))
	require.Equal(t, "PERMISSION_DENIED", errs.ReasonOf(send(testkit.Peer("wallet"))))
	require.Equal(t, "PERMISSION_DENIED", errs.ReasonOf(send(testkit.Operator("admin"))))

	id := h.Publish("wallet.hold.v1", "ply_1", 1, &walletv1.FundsHeld{HoldId: "hld_1"})
	seen := h.Events("wallet.hold.v1", 1)
	require.Equal(t, id, seen[0].ID)
}
