package rpc_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/contrib/instrumentation/google.golang.org/grpc/otelgrpc"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/protobuf/types/dynamicpb"

	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/authz/authztest"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/mtls"
	"github.com/pitboss-gaming/pitboss/kit/rpc"
	"github.com/pitboss-gaming/pitboss/kit/telemetry"
)

// recorded is what one side of calls leaves.
type recorded struct {
	spans   *tracetest.SpanRecorder
	reader  *sdkmetric.ManualReader
	tracer  *sdktrace.TracerProvider
	metrics *sdkmetric.MeterProvider
}

func record() recorded {
	r := recorded{spans: tracetest.NewSpanRecorder(), reader: sdkmetric.NewManualReader()}
	r.tracer = sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(r.spans))
	r.metrics = sdkmetric.NewMeterProvider(sdkmetric.WithReader(r.reader))
	return r
}

// lines are the spans and measurements as text, without what differs from run to run.
func (r recorded) lines(t *testing.T) []string {
	t.Helper()
	var lines []string
	attributes := func(list []attribute.KeyValue) string {
		var texts []string
		for _, a := range list {
			if a.Key == "server.port" {
				a.Value = attribute.IntValue(1)
			}
			texts = append(texts, fmt.Sprintf("%s=%s", a.Key, a.Value.String()))
		}
		slices.Sort(texts)
		return fmt.Sprint(texts)
	}
	for _, s := range r.spans.Ended() {
		lines = append(lines, fmt.Sprint("span ", s.Name(), " ", s.SpanKind(), " ", s.Status(), " remote parent ", s.Parent().IsRemote(), " ", attributes(s.Attributes())))
	}
	var all metricdata.ResourceMetrics
	require.NoError(t, r.reader.Collect(t.Context(), &all))
	for _, scope := range all.ScopeMetrics {
		for _, m := range scope.Metrics {
			for _, p := range m.Data.(metricdata.Histogram[float64]).DataPoints {
				lines = append(lines, fmt.Sprint("metric ", m.Name, " ", m.Unit, " ", m.Description, " ", scope.Scope.SchemaURL, " ", p.Count, " ", p.Bounds, " ",
					attributes(p.Attributes.ToSlice())))
			}
		}
	}
	slices.Sort(lines)
	return lines
}

// traces are the traces of the spans, in order of their ids.
func (r recorded) traces() []string {
	var ids []string
	for _, s := range r.spans.Ended() {
		ids = append(ids, s.SpanContext().TraceID().String())
	}
	slices.Sort(ids)
	return ids
}

// whole tells whether all five calls were recorded: a server does so behind its answer, the span before the measurement.
func (r recorded) whole() bool {
	var all metricdata.ResourceMetrics
	if len(r.spans.Ended()) != 5 || r.reader.Collect(context.Background(), &all) != nil {
		return false
	}
	var calls uint64
	for _, scope := range all.ScopeMetrics {
		for _, m := range scope.Metrics {
			if h, ok := m.Data.(metricdata.Histogram[float64]); ok {
				for _, p := range h.DataPoints {
					calls += p.Count
				}
			}
		}
	}
	return calls == 5
}

// TestTelemetryIsOpenTelemetrys makes the same calls through our server and client, by themselves and on a shared stream, and through plain ones with
// OpenTelemetry's own handlers.
func TestTelemetryIsOpenTelemetrys(t *testing.T) {
	for name, o := range map[string]rpc.ClientOptions{"unshared": {Unshared: true}, "shared": {}, "within": {Within: true}} {
		t.Run(name, func(t *testing.T) { telemetryIsOpenTelemetrys(t, o) })
	}
}

func telemetryIsOpenTelemetrys(t *testing.T, o rpc.ClientOptions) {
	before := otel.GetTextMapPropagator()
	otel.SetTextMapPropagator(telemetry.Propagator())
	t.Cleanup(func() { otel.SetTextMapPropagator(before) })
	refusal := errs.New(walletv1.ErrorReason_ERROR_REASON_INSUFFICIENT_FUNDS, "no")
	methods := []authztest.Method{
		{Name: "Good", Access: publicRule},
		{Name: "Refused", Access: publicRule, Unary: func(context.Context, *dynamicpb.Message) error { return refusal }},
		{Name: "Late", Access: publicRule, Unary: func(context.Context, *dynamicpb.Message) error { return context.DeadlineExceeded }},
		{Name: "Stream", Access: publicRule, Stream: echo(nothing)},
	}

	server, client := record(), record()
	b := start(t, func(o *rpc.ServerOptions) { o.Tracer, o.Meter = server.tracer, server.metrics }, methods...)
	var a alone
	o.Tracer, o.Meter, o.Extra = client.tracer, client.metrics, []grpc.DialOption{a.option()}
	ours, err := rpc.ClientConn(b.addr, "wallet", b.identity(t, mtls.ServiceID("gateway")), o)
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		checks := a.of("Check")
		_, err := healthv1.NewHealthClient(ours).Check(t.Context(), &healthv1.HealthCheckRequest{})
		require.NoError(t, err, "and leaves no trace")
		return o.Unshared || a.of("Check") == checks
	}, 5*time.Second, time.Millisecond)
	callAll(t, b, ours)
	require.Equal(t, o.Unshared, a.of("Good") > 0)

	refServer, refClient := record(), record()
	for i := range methods {
		if handle := methods[i].Unary; handle != nil { // what the chain's error mapping does
			methods[i].Unary = func(ctx context.Context, m *dynamicpb.Message) error { return errs.ToStatus(handle(ctx, m)).Err() }
		}
	}
	plain := grpc.NewServer(grpc.Creds(credentials.NewTLS(mtls.ServerTLS(b.identity(t, mtls.ServiceID("wallet"))))), grpc.StatsHandler(
		otelgrpc.NewServerHandler(otelgrpc.WithTracerProvider(refServer.tracer), otelgrpc.WithMeterProvider(refServer.metrics))))
	ref := authztest.Build(t, methods...)
	plain.RegisterService(ref.Desc, struct{}{})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	done := make(chan error, 1)
	go func() { done <- plain.Serve(l) }()
	t.Cleanup(func() {
		plain.Stop()
		require.NoError(t, <-done)
	})
	theirs, err := grpc.NewClient(l.Addr().String(),
		grpc.WithTransportCredentials(credentials.NewTLS(mtls.ClientTLS(b.identity(t, mtls.ServiceID("gateway")), "wallet"))),
		grpc.WithStatsHandler(otelgrpc.NewClientHandler(otelgrpc.WithTracerProvider(refClient.tracer), otelgrpc.WithMeterProvider(refClient.metrics))))
	require.NoError(t, err)
	callAll(t, b, theirs)

	require.NoError(t, errors.Join(ours.Close(), theirs.Close()))
	for side, pair := range map[string][2]recorded{"server": {refServer, server}, "client": {refClient, client}} {
		require.Eventually(t, func() bool { return pair[0].whole() && pair[1].whole() }, 5*time.Second, 5*time.Millisecond, side)
		want := pair[0].lines(t)
		require.Len(t, want, 9, side)
		require.Equal(t, want, pair[1].lines(t), side)
	}
	require.Equal(t, client.traces(), server.traces(), "one trace for each call")
}

// TestTracePassesWhereNobodyTakesIt: without an exporter a call is of its caller's trace all the same, with an id of its own.
func TestTracePassesWhereNobodyTakesIt(t *testing.T) {
	before := otel.GetTextMapPropagator()
	otel.SetTextMapPropagator(telemetry.Propagator())
	t.Cleanup(func() { otel.SetTextMapPropagator(before) })
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "")
	tel, err := telemetry.New(t.Context(), telemetry.Options{Service: "wallet"})
	require.NoError(t, err)
	seen := make(chan trace.SpanContext, 1)
	b := start(t, func(o *rpc.ServerOptions) { o.Tracer, o.Meter = tel.Tracer, tel.Meter }, authztest.Method{
		Name: "Good", Access: publicRule, Unary: func(ctx context.Context, _ *dynamicpb.Message) error {
			seen <- trace.SpanContextFromContext(ctx)
			return nil
		},
	})
	for _, unshared := range []bool{true, false} {
		var a alone
		conn, err := rpc.ClientConn(b.addr, "wallet", b.identity(t, mtls.ServiceID("gateway")), rpc.ClientOptions{
			Tracer: tel.Tracer, Meter: tel.Meter, Unshared: unshared, Extra: []grpc.DialOption{a.option()},
		})
		require.NoError(t, err)
		require.Eventually(t, func() bool {
			alone := a.of("Good")
			ctx, caller := tel.Tracer.Tracer("test").Start(t.Context(), "caller")
			require.NoError(t, b.call(ctx, conn, "Good", nil))
			called := <-seen
			require.Equal(t, caller.SpanContext().TraceID(), called.TraceID())
			require.NotEqual(t, caller.SpanContext().SpanID(), called.SpanID())
			require.False(t, called.IsSampled())
			require.NoError(t, b.call(t.Context(), conn, "Good", nil))
			another := <-seen
			require.True(t, another.IsValid())
			require.NotEqual(t, called.TraceID(), another.TraceID())
			return unshared || a.of("Good") == alone
		}, 5*time.Second, time.Millisecond)
		require.NoError(t, conn.Close())
	}
}

// callAll makes five calls of four kinds.
func callAll(t *testing.T, b *bench, conn *grpc.ClientConn) {
	t.Helper()
	require.NoError(t, b.call(t.Context(), conn, "Good", nil))
	require.NoError(t, b.call(t.Context(), conn, "Good", nil))
	require.Equal(t, "INSUFFICIENT_FUNDS", errs.ReasonOf(b.call(t.Context(), conn, "Refused", nil)))
	require.Equal(t, "DEADLINE", errs.ReasonOf(b.call(t.Context(), conn, "Late", nil)))
	n, _ := b.stream(t.Context(), conn, "Stream", nil)
	require.Equal(t, 2, n)
}
