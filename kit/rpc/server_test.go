package rpc_test

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/dynamicpb"

	commonv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
	optionsv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/options/v1"
	"github.com/pitboss-gaming/pitboss/kit/authz/authztest"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/mtls"
	"github.com/pitboss-gaming/pitboss/kit/rpc"
)

// TestValidateStopsTheProcess shows the three cases that a person meets first; kit/authz shows all of them.
func TestValidateStopsTheProcess(t *testing.T) {
	for want, m := range map[string]authztest.Method{
		"TestService/Do: has no (pitboss.options.v1.access)": {Name: "Do"},
		`TestService/Do: has the owner_field "player"`: {Name: "Do", Access: &optionsv1.Access{
			Actors: playerRule.GetActors(), Owner: optionsv1.Owner_OWNER_FIELD, OwnerField: "player"}},
		"TestService/Do: is for peers only and has an HTTP rule": {Name: "Do", Access: peerRule, HTTP: true},
		"TestService/Do: is audited, but the service has no database": {Name: "Do", Access: &optionsv1.Access{
			Actors: playerRule.GetActors(), Owner: optionsv1.Owner_OWNER_CALLER, Audited: true}},
	} {
		b := prepare(t, nil, m, authztest.Method{Name: "Good", Access: publicRule})
		require.ErrorContains(t, b.server.Validate(), want)
		require.Nil(t, b.server.Policy())
	}
}

func TestNothingIsServedBeforeValidate(t *testing.T) {
	b := prepare(t, nil, authztest.Method{Name: "Public", Access: publicRule}, authztest.Method{Name: "Stream", Access: publicRule, Stream: echo(nothing)})
	b.serve(t)
	gateway := b.as(t, mtls.ServiceID("gateway"))
	require.Equal(t, "PERMISSION_DENIED", errs.ReasonOf(b.call(t.Context(), gateway, "Public", nil)))
	_, err := b.stream(t.Context(), gateway, "Stream", nil)
	require.Equal(t, "PERMISSION_DENIED", errs.ReasonOf(err))
	require.NoError(t, b.server.Validate())
	require.NoError(t, b.call(t.Context(), gateway, "Public", nil))
}

func TestServerNeedsAnIdentity(t *testing.T) {
	_, err := rpc.NewServer(rpc.ServerOptions{})
	require.Error(t, err)
}

// An answer stands, UNAVAILABLE too: were it repeated by every hop, the repetitions would multiply. The caller gets a hint when to try again.
func TestUnavailableAnswersAreNotRepeated(t *testing.T) {
	var calls atomic.Int32
	answer := func(reason commonv1.ErrorReason) func(context.Context, *dynamicpb.Message) error {
		return func(context.Context, *dynamicpb.Message) error {
			calls.Add(1)
			return errs.New(reason, "not now").WithRetry(time.Second)
		}
	}
	b := start(t, nil,
		authztest.Method{Name: "Away", Access: publicRule, Unary: answer(commonv1.ErrorReason_ERROR_REASON_UNAVAILABLE)},
		authztest.Method{Name: "Overloaded", Access: publicRule, Unary: answer(commonv1.ErrorReason_ERROR_REASON_OVERLOADED)},
	)
	gateway := b.as(t, mtls.ServiceID("gateway"))
	for method, want := range map[string]string{"Away": "UNAVAILABLE", "Overloaded": "OVERLOADED"} {
		err := b.call(t.Context(), gateway, method, nil)
		require.Equal(t, want, errs.ReasonOf(err))
		require.Equal(t, "not now", status.Convert(err).Message(), "no text of the RPC library")
		require.Equal(t, int32(1), calls.Swap(0), method)
	}
}

func TestNulIsRefusedInEveryText(t *testing.T) {
	var reached atomic.Bool
	b := start(t, nil, authztest.Method{Name: "Public", Access: publicRule, Unary: func(context.Context, *dynamicpb.Message) error {
		reached.Store(true)
		return nil
	}})
	err := b.call(t.Context(), b.as(t, mtls.ServiceID("gateway")), "Public", map[string]string{"round_id": "a\x00b"})
	require.Equal(t, "VALIDATION", errs.ReasonOf(err))
	require.Equal(t, "round_id", errs.Metadata(err)["field"])
	require.False(t, reached.Load())
}

func TestClientSpeaksOnlyToTheNamedService(t *testing.T) {
	b := start(t, nil, authztest.Method{Name: "Public", Access: publicRule})
	conn, err := rpc.ClientConn(b.addr, "cashier", b.identity(t, mtls.ServiceID("gateway")), rpc.ClientOptions{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, conn.Close()) })
	err = b.call(t.Context(), conn, "Public", nil)
	require.Equal(t, codes.Unavailable, status.Code(err))
	require.ErrorContains(t, err, mtls.ServiceID("wallet"))
}

func TestForeignCallerNeverReachesAHandler(t *testing.T) {
	var reached atomic.Bool
	b := start(t, nil, authztest.Method{Name: "Public", Access: publicRule, Unary: func(context.Context, *dynamicpb.Message) error {
		reached.Store(true)
		return nil
	}})
	foreign, err := mtls.NewCA()
	require.NoError(t, err)
	b.ca = foreign.Trusting(b.ca)
	err = b.call(t.Context(), b.as(t, mtls.ServiceID("gateway")), "Public", nil)
	require.Equal(t, codes.Unavailable, status.Code(err))
	require.False(t, reached.Load())
}

func TestMessagesAreBounded(t *testing.T) {
	b := start(t, nil, authztest.Method{Name: "Public", Access: publicRule})
	gateway := b.as(t, mtls.ServiceID("gateway"), grpc.WithDefaultCallOptions(grpc.MaxCallSendMsgSize(64<<20)))
	err := b.call(t.Context(), gateway, "Public", map[string]string{"round_id": strings.Repeat("x", rpc.MaxMessageBytes+1)})
	require.Equal(t, codes.ResourceExhausted, status.Code(err))
	require.NoError(t, b.call(t.Context(), gateway, "Public", nil), "the connection goes on")
}

// TestCallsCarryTheRequestOn calls a second server while serving a call of the first.
func TestCallsCarryTheRequestOn(t *testing.T) {
	type seen struct {
		id, ip, key string
		token       int
		left        time.Duration
	}
	got := make(chan seen, 1)
	second := start(t, nil, authztest.Method{Name: "Second", Access: publicRule, Unary: func(ctx context.Context, _ *dynamicpb.Message) error {
		md, _ := metadata.FromIncomingContext(ctx)
		deadline, _ := ctx.Deadline()
		got <- seen{rpc.RequestID(ctx), rpc.ClientIP(ctx), rpc.IdempotencyKey(ctx), len(md.Get("authorization")), time.Until(deadline)}
		return nil
	}})
	onward := second.as(t, mtls.ServiceID("gaming"))
	left := make(chan time.Duration, 1)
	first := start(t, nil, authztest.Method{Name: "First", Access: publicRule, Unary: func(ctx context.Context, _ *dynamicpb.Message) error {
		deadline, _ := ctx.Deadline()
		left <- time.Until(deadline)
		return onward.Invoke(ctx, "/"+authztest.ServiceName+"/Second", second.svc.Request(nil), second.svc.Response())
	}})
	ctx := metadata.AppendToOutgoingContext(first.player(t, "ply_1"), rpc.HeaderRequestID, "req-abcdefgh", rpc.HeaderClientIP, "198.51.100.7",
		rpc.HeaderIdempotencyKey, "key-1")
	require.NoError(t, first.call(ctx, first.as(t, mtls.ServiceID("gateway")), "First", nil))
	s := <-got
	require.Equal(t, "req-abcdefgh", s.id)
	require.Equal(t, "198.51.100.7", s.ip)
	require.Empty(t, s.key, "the key belongs to the first call")
	require.Zero(t, s.token, "a service calls for itself")
	require.Less(t, s.left, <-left-45*time.Millisecond, "time is kept for the answer")
}

func TestCertificateReloadNeedsNoRestart(t *testing.T) {
	b := start(t, nil, authztest.Method{Name: "Public", Access: publicRule})
	before := b.ca
	require.NoError(t, b.call(t.Context(), b.as(t, mtls.ServiceID("gateway")), "Public", nil))
	after, err := mtls.NewCA()
	require.NoError(t, err)
	b.ca = after.Trusting(before)
	b.identity(t, mtls.ServiceID("wallet")) // writes the running server's directory again
	b.ca = after
	require.NoError(t, b.call(t.Context(), b.as(t, mtls.ServiceID("gateway")), "Public", nil), "the new CA on both sides, the same server")
}
