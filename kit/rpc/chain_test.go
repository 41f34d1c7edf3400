package rpc_test

import (
	"context"
	"errors"
	"io"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/metadata"
	reflectionv1 "google.golang.org/grpc/reflection/grpc_reflection_v1"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/dynamicpb"

	optionsv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/options/v1"
	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/authn"
	"github.com/pitboss-gaming/pitboss/kit/authz"
	"github.com/pitboss-gaming/pitboss/kit/authz/authztest"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/mtls"
	"github.com/pitboss-gaming/pitboss/kit/rpc"
)

func TestCallersOverTheWire(t *testing.T) {
	b := start(t, nil,
		authztest.Method{Name: "Public", Access: publicRule}, authztest.Method{Name: "Player", Access: playerRule},
		authztest.Method{Name: "Peer", Access: peerRule}, authztest.Method{Name: "Step", Access: stepRule},
		authztest.Method{Name: "Who", Access: publicRule, Unary: func(ctx context.Context, _ *dynamicpb.Message) error {
			c := authn.From(ctx)
			return errs.New(walletv1.ErrorReason_ERROR_REASON_INSUFFICIENT_FUNDS, "who", "kind", c.Kind, "id", c.ID, "peer", c.Peer,
				"session", c.SessionID, "name", c.Peername)
		}},
	)
	gateway, gaming, cashier := b.as(t, mtls.ServiceID("gateway")), b.as(t, mtls.ServiceID("gaming")), b.as(t, mtls.ServiceID("cashier"))
	finance, support := b.as(t, mtls.OperatorID("ann", "finance")), b.as(t, mtls.OperatorID("bob", "support"))
	alice := map[string]string{"player_id": "ply_alice"}
	reason := func(ctx context.Context, conn *grpc.ClientConn, method string) string {
		return errs.ReasonOf(b.call(ctx, conn, method, alice))
	}
	none := t.Context()

	require.Empty(t, reason(none, gateway, "Public"))
	require.Empty(t, reason(b.player(t, "ply_bob"), gateway, "Public"))

	require.Empty(t, reason(b.player(t, "ply_alice"), gateway, "Player"))
	require.Equal(t, "NOT_OWNER", reason(b.player(t, "ply_bob"), gateway, "Player"))
	require.Equal(t, "UNAUTHENTICATED", reason(none, gateway, "Player"))
	require.Equal(t, "PERMISSION_DENIED", reason(none, finance, "Player"))
	require.Equal(t, "PERMISSION_DENIED", reason(b.player(t, "ply_alice"), gaming, "Player"), "a service does not act for a player")
	require.Empty(t, reason(b.player(t, "ply_alice"), support, "Player"), "a command line may bring a token")

	require.Empty(t, reason(none, gaming, "Peer"))
	require.Equal(t, "PERMISSION_DENIED", reason(none, cashier, "Peer"))
	require.Equal(t, "UNAUTHENTICATED", reason(none, gateway, "Peer"))
	require.Equal(t, "PERMISSION_DENIED", reason(none, finance, "Peer"))

	require.Empty(t, reason(none, finance, "Step"), "a new operator certificate is a fresh factor")
	require.Equal(t, "PERMISSION_DENIED", reason(none, support, "Step"))
	operator := func(acr string, age time.Duration) context.Context {
		return b.token(t, authn.KindOperator, "opr_1", func(c *authn.Claims) {
			c.Roles, c.ACR, c.AuthTime = []string{"finance"}, acr, time.Now().Add(-age)
		})
	}
	require.Empty(t, reason(operator("aal2", time.Minute), gateway, "Step"))
	require.Equal(t, "STEP_UP_REQUIRED", reason(operator("aal2", 6*time.Minute), gateway, "Step"))
	require.Equal(t, "STEP_UP_REQUIRED", reason(operator("aal1", 0), gateway, "Step"))

	for _, bad := range []string{"Bearer x.y.z", "Bearer", "Basic YWxpY2U6eA==", "bearer  "} {
		ctx := metadata.AppendToOutgoingContext(none, "authorization", bad)
		require.Equal(t, "UNAUTHENTICATED", reason(ctx, gateway, "Public"), "a bad token is not the same as none: %q", bad)
	}
	twice := metadata.AppendToOutgoingContext(b.player(t, "ply_alice"), "authorization", "Bearer x")
	require.Equal(t, "UNAUTHENTICATED", reason(twice, gateway, "Player"))

	require.Equal(t, map[string]string{"kind": "peer", "id": "gaming", "peer": "gaming", "session": "", "name": mtls.ServiceID("gaming")},
		errs.Metadata(b.call(none, gaming, "Who", nil)))
	require.Equal(t, map[string]string{"kind": "player", "id": "ply_1", "peer": "gateway", "session": "ses_1", "name": mtls.ServiceID("gateway")},
		errs.Metadata(b.call(b.player(t, "ply_1"), gateway, "Who", nil)))
	require.Equal(t, map[string]string{"kind": "operator", "id": "ann", "peer": "operator/ann", "session": "", "name": mtls.OperatorID("ann", "finance")},
		errs.Metadata(b.call(none, finance, "Who", nil)))
	require.Equal(t, "anonymous", errs.Metadata(b.call(none, gateway, "Who", nil))["kind"])
}

func TestOwnerCheckedInHandlerIsEnforced(t *testing.T) {
	discharge := func(ctx context.Context) error { return authz.Discharge(ctx, "ply_alice") }
	ignore := func(ctx context.Context) error { _ = authz.Discharge(ctx, "ply_alice"); return nil }
	unary := func(f func(context.Context) error) func(context.Context, *dynamicpb.Message) error {
		return func(ctx context.Context, _ *dynamicpb.Message) error { return f(ctx) }
	}
	b := start(t, nil,
		authztest.Method{Name: "Good", Access: checkedRule, Unary: unary(discharge)},
		authztest.Method{Name: "Forgot", Access: checkedRule, Unary: unary(nothing)},
		authztest.Method{Name: "Ignored", Access: checkedRule, Unary: unary(ignore)},
		authztest.Method{Name: "Failed", Access: checkedRule, Unary: unary(func(context.Context) error {
			return errs.New(walletv1.ErrorReason_ERROR_REASON_INSUFFICIENT_FUNDS, "before the check")
		})},
		authztest.Method{Name: "GoodStream", Access: checkedRule, Stream: echo(discharge)},
		authztest.Method{Name: "ForgotStream", Access: checkedRule, Stream: echo(nothing)},
		authztest.Method{Name: "IgnoredStream", Access: checkedRule, Stream: echo(ignore)},
		authztest.Method{Name: "SilentStream", Access: checkedRule, Stream: func(*authztest.Service, grpc.ServerStream) error { return nil }},
	)
	gateway := b.as(t, mtls.ServiceID("gateway"))
	alice, bob := b.player(t, "ply_alice"), b.player(t, "ply_bob")
	support := b.token(t, authn.KindOperator, "opr_1", func(c *authn.Claims) { c.Roles = []string{"support"} })

	require.NoError(t, b.call(alice, gateway, "Good", nil))
	require.NoError(t, b.call(support, gateway, "Good", nil))
	require.Equal(t, "NOT_OWNER", errs.ReasonOf(b.call(bob, gateway, "Good", nil)))
	require.Equal(t, "OWNER_NOT_CHECKED", errs.ReasonOf(b.call(alice, gateway, "Forgot", nil)))
	require.Equal(t, "OWNER_NOT_CHECKED", errs.ReasonOf(b.call(support, gateway, "Forgot", nil)))
	require.Equal(t, "NOT_OWNER", errs.ReasonOf(b.call(bob, gateway, "Ignored", nil)))
	require.Equal(t, "INSUFFICIENT_FUNDS", errs.ReasonOf(b.call(alice, gateway, "Failed", nil)), "a refusal needs no check")

	n, err := b.stream(alice, gateway, "GoodStream", nil)
	require.ErrorIs(t, err, io.EOF)
	require.Equal(t, 2, n)
	for _, c := range []struct {
		ctx          context.Context
		method, want string
	}{
		{bob, "GoodStream", "NOT_OWNER"}, {alice, "ForgotStream", "OWNER_NOT_CHECKED"}, {bob, "IgnoredStream", "NOT_OWNER"},
		{alice, "SilentStream", "OWNER_NOT_CHECKED"},
	} {
		n, err := b.stream(c.ctx, gateway, c.method, nil)
		require.Equal(t, c.want, errs.ReasonOf(err), c.method)
		require.Zero(t, n, "nothing leaves before the check: %s", c.method)
	}
}

func TestStreamMessagesAreCheckedAndHandlersCannotIgnoreIt(t *testing.T) {
	stubborn := func(s *authztest.Service, ss grpc.ServerStream) error {
		_ = ss.RecvMsg(s.Request(nil))
		_ = ss.SendMsg(s.Response())
		return nil
	}
	b := start(t, nil,
		authztest.Method{Name: "Player", Access: playerRule, Stream: echo(nothing)},
		authztest.Method{Name: "Stubborn", Access: playerRule, Stream: stubborn},
	)
	gateway := b.as(t, mtls.ServiceID("gateway"))
	alice := map[string]string{"player_id": "ply_alice"}
	for _, method := range []string{"Player", "Stubborn"} {
		n, err := b.stream(b.player(t, "ply_bob"), gateway, method, alice)
		require.Equal(t, "NOT_OWNER", errs.ReasonOf(err), method)
		require.Zero(t, n)
		n, err = b.stream(b.player(t, "ply_alice"), gateway, method, map[string]string{"player_id": "ply_alice", "note": "longer than ten"})
		require.Equal(t, "VALIDATION", errs.ReasonOf(err), method)
		require.Zero(t, n)
	}
	n, err := b.stream(b.player(t, "ply_alice"), gateway, "Player", alice)
	require.ErrorIs(t, err, io.EOF)
	require.Equal(t, 2, n)
	_, err = b.stream(t.Context(), gateway, "Player", alice)
	require.Equal(t, "UNAUTHENTICATED", errs.ReasonOf(err))
}

func TestErrorsAreMappedAndLoggedOnce(t *testing.T) {
	b := start(t, nil,
		authztest.Method{Name: "Plain", Access: publicRule, Unary: func(context.Context, *dynamicpb.Message) error {
			return errors.New(`pq: duplicate key "s3cret_idx" postgres://u:hunter2@db/x`)
		}},
		authztest.Method{Name: "Panic", Access: publicRule, Unary: func(context.Context, *dynamicpb.Message) error { panic("boom s3cret") }},
		authztest.Method{Name: "PanicStream", Access: publicRule, Stream: func(*authztest.Service, grpc.ServerStream) error { panic("boom s3cret") }},
		authztest.Method{Name: "Downstream", Access: publicRule, Unary: func(context.Context, *dynamicpb.Message) error {
			return errs.ToStatus(errs.New(walletv1.ErrorReason_ERROR_REASON_INSUFFICIENT_FUNDS, "s3cret")).Err()
		}},
		authztest.Method{Name: "Valid", Access: publicRule},
	)
	gateway := b.as(t, mtls.ServiceID("gateway"))
	for _, method := range []string{"Plain", "Panic", "Downstream", "PanicStream"} {
		err := b.call(t.Context(), gateway, method, nil)
		if method == "PanicStream" {
			_, err = b.stream(t.Context(), gateway, method, nil)
		}
		require.Equal(t, codes.Internal, status.Code(err), method)
		require.Equal(t, "INTERNAL", errs.ReasonOf(err), method)
		require.NotContains(t, err.Error(), "s3cret")
		require.NotContains(t, err.Error(), "goroutine")
		ref := errs.Metadata(err)["reference"]
		require.NotEmpty(t, ref, method)
		require.Eventually(t, func() bool { return strings.Count(b.log.String(), ref) == 1 }, 5*time.Second, 5*time.Millisecond, method)
	}
	require.Contains(t, b.log.String(), "s3cret_idx", "the log has the cause")
	require.NotContains(t, b.log.String(), "hunter2")
	require.Contains(t, b.log.String(), "goroutine", "and the stack")

	err := b.call(t.Context(), gateway, "Valid", map[string]string{"note": "much longer than ten", "password": "s3cret-password"})
	require.Equal(t, "VALIDATION", errs.ReasonOf(err))
	require.NoError(t, b.call(t.Context(), gateway, "Valid", map[string]string{"note": "short", "password": "s3cret-password"}))
	require.NotContains(t, b.log.String(), "s3cret-password", "bodies are never logged")
}

// TestRefusalsNameMethodsInTheLogAlone: what a method is called is of no use to who may not call it, and of much to who runs the server.
func TestRefusalsNameMethodsInTheLogAlone(t *testing.T) {
	unchecked := &optionsv1.Access{Actors: []optionsv1.Actor{optionsv1.Actor_ACTOR_PLAYER}, Owner: optionsv1.Owner_OWNER_CHECKED_IN_HANDLER}
	b := start(t, nil,
		authztest.Method{Name: "Payouts", Access: &optionsv1.Access{
			Actors: []optionsv1.Actor{optionsv1.Actor_ACTOR_OPERATOR}, Permissions: []optionsv1.Permission{optionsv1.Permission_PERMISSION_PAYOUT_APPROVE},
		}},
		authztest.Method{Name: "Forgetful", Access: unchecked},
	)
	gateway := b.as(t, mtls.ServiceID("gateway"))
	for method, reason := range map[string]string{"Payouts": "PERMISSION_DENIED", "Forgetful": "OWNER_NOT_CHECKED"} {
		err := b.call(b.player(t, "ply_alice"), gateway, method, nil)
		require.Equal(t, reason, errs.ReasonOf(err))
		require.NotContains(t, status.Convert(err).Proto().String(), method)
		line := regexp.MustCompile(`"method":"/[^"]+/` + method + `"[^\n]*"reason":"` + reason + `"`)
		require.Eventually(t, func() bool { return line.MatchString(b.log.String()) }, 5*time.Second, 5*time.Millisecond, b.log.String())
	}
}

func TestRequestMetadata(t *testing.T) {
	seen := make(chan map[string]string, 1)
	b := start(t, nil, authztest.Method{Name: "Meta", Access: publicRule, Unary: func(ctx context.Context, _ *dynamicpb.Message) error {
		seen <- map[string]string{"id": rpc.RequestID(ctx), "ip": rpc.ClientIP(ctx), "ua": rpc.UserAgent(ctx), "dev": rpc.DeviceID(ctx), "key": rpc.IdempotencyKey(ctx)}
		return nil
	}})
	gateway, operator := b.as(t, mtls.ServiceID("gateway")), b.as(t, mtls.OperatorID("ann", "finance"))
	send := func(conn *grpc.ClientConn, kv ...string) (map[string]string, string) {
		var trailer metadata.MD
		require.NoError(t, b.call(metadata.AppendToOutgoingContext(t.Context(), kv...), conn, "Meta", nil, grpc.Trailer(&trailer)))
		return <-seen, strings.Join(trailer.Get(rpc.HeaderRequestID), " ")
	}
	good := []string{rpc.HeaderRequestID, "req-12345678", rpc.HeaderClientIP, "2001:db8::1", rpc.HeaderUserAgent, "Firefox/1.0",
		rpc.HeaderDevice, "dev_1", rpc.HeaderIdempotencyKey, "key-1"}
	got, id := send(gateway, good...)
	require.Equal(t, map[string]string{"id": "req-12345678", "ip": "2001:db8::1", "ua": "Firefox/1.0", "dev": "dev_1", "key": "key-1"}, got)
	require.Empty(t, id, "the caller knows it")

	got, id = send(gateway, rpc.HeaderRequestID, "bad id!", rpc.HeaderClientIP, "not an address", rpc.HeaderDevice, strings.Repeat("d", 200),
		rpc.HeaderIdempotencyKey, strings.Repeat("k", 200), rpc.HeaderUserAgent, strings.Repeat("u", 9000))
	require.Regexp(t, `^req_[0-9a-z]{26}$`, got["id"])
	require.Equal(t, got["id"], id)
	require.Len(t, got["ua"], 512)
	require.Equal(t, []string{"", "", ""}, []string{got["ip"], got["dev"], got["key"]})

	for header, forms := range map[string]map[string]bool{
		rpc.HeaderRequestID:      {"Az0._-xx": true, strings.Repeat("a", 64): true, "1234567": false, strings.Repeat("a", 65): false, "12345678~": false, "12345 678": false},
		rpc.HeaderDevice:         {"d": true, "Az0._-": true, strings.Repeat("d", 128): true, strings.Repeat("d", 129): false, "d/1": false, "d@": false},
		rpc.HeaderIdempotencyKey: {"!": true, "a~b/c": true, strings.Repeat("k", 128): true, strings.Repeat("k", 129): false, "a b": false},
	} {
		field := map[string]string{rpc.HeaderRequestID: "id", rpc.HeaderDevice: "dev", rpc.HeaderIdempotencyKey: "key"}[header]
		for value, taken := range forms {
			got, _ := send(gateway, header, value)
			require.Equal(t, taken, got[field] == value, "%s %q", header, value)
		}
	}

	got, _ = send(operator, rpc.HeaderClientIP, "203.0.113.9")
	require.Equal(t, "127.0.0.1", got["ip"], "a command line cannot claim another address")
}

func TestDeadlineAndOverload(t *testing.T) {
	entered, release := make(chan struct{}), make(chan struct{})
	b := start(t, func(o *rpc.ServerOptions) { o.Deadline, o.MaxConcurrent = 300*time.Millisecond, 1 },
		authztest.Method{Name: "Slow", Access: publicRule, Unary: func(ctx context.Context, _ *dynamicpb.Message) error {
			<-ctx.Done()
			return ctx.Err()
		}},
		authztest.Method{Name: "Held", Access: publicRule, Unary: func(context.Context, *dynamicpb.Message) error {
			entered <- struct{}{}
			<-release
			return nil
		}},
	)
	gateway := b.as(t, mtls.ServiceID("gateway"))
	require.Equal(t, "DEADLINE", errs.ReasonOf(b.call(t.Context(), gateway, "Slow", nil)), "the server's own bound")

	held := make(chan error, 1)
	go func() { held <- b.call(t.Context(), gateway, "Held", nil) }()
	<-entered
	err := b.call(t.Context(), gateway, "Slow", nil)
	require.Equal(t, "OVERLOADED", errs.ReasonOf(err))
	_, retry := errs.RetryAfter(err)
	require.True(t, retry)
	_, err = healthv1.NewHealthClient(gateway).Check(t.Context(), &healthv1.HealthCheckRequest{})
	require.NoError(t, err, "health answers from an overloaded server")
	close(release)
	require.NoError(t, <-held)
	require.Equal(t, "DEADLINE", errs.ReasonOf(b.call(t.Context(), gateway, "Slow", nil)), "the slot is free again")
}

func TestHealthAndReflection(t *testing.T) {
	b := start(t, nil, authztest.Method{Name: "Public", Access: publicRule})
	operator := b.as(t, mtls.OperatorID("ann", "finance"))
	check := func(service string) healthv1.HealthCheckResponse_ServingStatus {
		r, err := healthv1.NewHealthClient(operator).Check(t.Context(), &healthv1.HealthCheckRequest{Service: service})
		require.NoError(t, err)
		return r.GetStatus()
	}
	for _, serving := range []bool{false, true, false} {
		b.server.SetServing(serving)
		want := healthv1.HealthCheckResponse_NOT_SERVING
		if serving {
			want = healthv1.HealthCheckResponse_SERVING
		}
		require.Equal(t, want, check(""))
		require.Equal(t, want, check(authztest.ServiceName))
	}
	_, err := healthv1.NewHealthClient(operator).Check(t.Context(), &healthv1.HealthCheckRequest{Service: "nobody"})
	require.Equal(t, codes.NotFound, status.Code(err), "gRPC's own answers stay as they are")

	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	s, err := reflectionv1.NewServerReflectionClient(operator).ServerReflectionInfo(ctx)
	require.NoError(t, err)
	require.NoError(t, s.Send(&reflectionv1.ServerReflectionRequest{
		MessageRequest: &reflectionv1.ServerReflectionRequest_ListServices{ListServices: ""}}))
	r, err := s.Recv()
	require.NoError(t, err)
	require.Contains(t, r.String(), authztest.ServiceName)
}

func TestChainIsOneOrderedListWithReasons(t *testing.T) {
	b := prepare(t, nil, authztest.Method{Name: "Public", Access: publicRule})
	var names []string
	for _, l := range b.server.Chain() {
		names = append(names, l[0])
		require.NotEmpty(t, l[1], l[0])
	}
	require.Equal(t, []string{"recovery", "request id and log", "error mapping", "admission", "authentication", "refusals on record",
		"access", "validation", "deadline", "audit"}, names)
}
