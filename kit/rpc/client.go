package rpc

import (
	"context"
	"fmt"
	"time"

	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/trace"
	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/keepalive"

	"github.com/pitboss-gaming/pitboss/kit/mtls"
)

// serviceConfig balances calls over replicas and repeats a call that ended UNAVAILABLE because of the connection, three attempts in all; a service
// that answers UNAVAILABLE itself says that its answer stands. UNAVAILABLE does not mean "not done": RPCs that move money carry a key that makes
// a repeated request one request, the others are written so that a repetition does no harm or is seen (a second client, a second audit record).
const serviceConfig = `{
  "loadBalancingConfig": [{"round_robin": {}}],
  "methodConfig": [{"name": [{}], "retryPolicy": {
    "maxAttempts": 3, "initialBackoff": "0.05s", "maxBackoff": "1s", "backoffMultiplier": 2, "retryableStatusCodes": ["UNAVAILABLE"]}}],
  "retryThrottling": {"maxTokens": 20, "tokenRatio": 0.1}
}`

const (
	// answerReserve is what a service keeps of its caller's time for its own answer, when there is enough.
	answerReserve = 50 * time.Millisecond
	minReserved   = 200 * time.Millisecond
)

// ClientOptions change a client connection.
type ClientOptions struct {
	// Tracer and Meter get the calls' spans and metrics; nil means OpenTelemetry's global ones.
	Tracer trace.TracerProvider
	Meter  metric.MeterProvider
	// Unshared makes each call by itself, and not on a stream that calls share: for what stands between and wants to see single calls.
	Unshared bool
	// Within hands the calls of shared streams to a server of the same process through memory (ADR 21). What proves who is who is the stream all the same.
	Within bool
	// Extra options, for tests.
	Extra []grpc.DialOption
}

// ClientConn makes a connection to a service by its address, for example "dns:///wallet.prod.svc:8443". Only a server that proves to be
// that service is spoken to, whatever answers at the address. It connects when first used. Calls carry the request id and the
// client address of the call being served, and a little less time than that call has left.
func ClientConn(target, service string, m mtls.Materials, o ClientOptions) (*grpc.ClientConn, error) {
	tel := newTelemetry(trace.SpanKindClient, o.Tracer, o.Meter)
	options := append([]grpc.DialOption{
		grpc.WithTransportCredentials(credentials.NewTLS(mtls.ClientTLS(m, service))),
		grpc.WithDefaultServiceConfig(serviceConfig),
		grpc.WithDisableServiceConfig(), // a DNS record must not change what is retried
		grpc.WithStatsHandler(tel),
		// A service that was away is found again within seconds; the library's default would let two minutes pass.
		grpc.WithConnectParams(grpc.ConnectParams{
			Backoff:           backoff.Config{BaseDelay: 100 * time.Millisecond, Multiplier: 1.6, Jitter: 0.2, MaxDelay: 3 * time.Second},
			MinConnectTimeout: 5 * time.Second,
		}),
		grpc.WithStaticStreamWindowSize(streamWindow), grpc.WithStaticConnWindowSize(connWindow),
		grpc.WithKeepaliveParams(keepalive.ClientParameters{Time: 30 * time.Second, Timeout: 10 * time.Second, PermitWithoutStream: true}),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(MaxMessageBytes), grpc.MaxCallSendMsgSize(MaxMessageBytes)),
		grpc.WithChainStreamInterceptor(clientStream),
	}, o.Extra...)
	// Behind all others, which see the call either way.
	if o.Unshared {
		options = append(options, grpc.WithChainUnaryInterceptor(unshared))
	} else {
		options = append(options, grpc.WithChainUnaryInterceptor(newShared(tel, o.Within).unary))
	}
	conn, err := grpc.NewClient(target, options...)
	if err != nil {
		return nil, fmt.Errorf("rpc: connect to %s: %w", service, err)
	}
	return conn, nil
}

func unshared(ctx context.Context, method string, req, reply any, cc *grpc.ClientConn, invoke grpc.UnaryInvoker, opts ...grpc.CallOption) error {
	return reserved(outgoing(ctx), method, req, reply, cc, invoke, opts...)
}

// reserved makes a call by itself in the time that reserve gives it.
func reserved(ctx context.Context, method string, req, reply any, cc *grpc.ClientConn, invoke grpc.UnaryInvoker, opts ...grpc.CallOption) error {
	if by := reserve(ctx); !by.IsZero() {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadline(ctx, by)
		defer cancel()
	}
	return invoke(ctx, method, req, reply, cc, opts...)
}

func clientStream(ctx context.Context, d *grpc.StreamDesc, cc *grpc.ClientConn, method string, open grpc.Streamer, opts ...grpc.CallOption) (grpc.ClientStream, error) {
	return open(outgoing(ctx), d, cc, method, opts...)
}

// reserve shortens the deadline of a call made while serving another, so that there is time left to answer that one. Zero: the deadline is the context's.
func reserve(ctx context.Context) time.Time {
	deadline, ok := ctx.Deadline()
	if !ok || originOf(ctx).requestID == "" || time.Until(deadline) < minReserved {
		return time.Time{}
	}
	return deadline.Add(-answerReserve)
}
