package telemetry_test

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/propagation"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	commonv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
	"github.com/pitboss-gaming/pitboss/kit/telemetry"
)

const token = "eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJwbHlfMSJ9.c2lnbmF0dXJlMTIz"

func TestLogsHoldNoSecrets(t *testing.T) {
	for _, format := range []string{"json", "text"} {
		var b bytes.Buffer
		log, err := telemetry.NewLogger(&b, telemetry.LogOptions{Format: format, Level: "info"})
		require.NoError(t, err)
		dsn, err := url.Parse("nats://svc:s3cret@host:4222")
		require.NoError(t, err)
		log.With("password", "s3cret").WithGroup("g").Info("login with Bearer s3cret-s3cret and "+token,
			"new_password", "s3cret", "code", "s3cret", "Authorization", "s3cret", "webhook_secret", "s3cret",
			slog.Group("token", "value", "s3cret"), "dsn", dsn, "url", "postgres://u:s3cret@db/x",
			"error", fmt.Errorf("dial: %w", errors.New("postgres://u:s3cret@db/x "+token)),
			"request", &commonv1.Money{Amount: "s3cret"}, "player_id", "ply_1", "grpc_code", "OK", "took", 1500*time.Millisecond)
		out := b.String()
		require.NotContains(t, out, "s3cret")
		require.NotContains(t, out, "eyJ")
		for _, kept := range []string{"ply_1", "OK", "pitboss.common.v1.Money", "postgres://u:", "1.5s"} {
			require.Contains(t, out, kept)
		}
		log.Debug("hidden")
		require.NotContains(t, b.String(), "hidden")
	}
	for _, o := range []telemetry.LogOptions{{Format: "xml", Level: "info"}, {Format: "json", Level: "loud"}} {
		_, err := telemetry.NewLogger(&bytes.Buffer{}, o)
		require.Error(t, err)
	}
}

func TestMetrics(t *testing.T) {
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "")
	tel, err := telemetry.New(t.Context(), telemetry.Options{Service: "wallet", Version: "v1"})
	require.NoError(t, err)
	counter, err := tel.Meter.Meter("test").Int64Counter("things")
	require.NoError(t, err)
	counter.Add(t.Context(), 3)
	end := time.Unix(1_800_000_000, 0)
	for _, service := range []string{"wallet", "cashier"} {
		require.NoError(t, tel.CertNotAfter(service, func() time.Time { return end }, func() int { return 2 }))
	}
	require.Error(t, tel.CertNotAfter("wallet", func() time.Time { return end }, func() int { return 0 }), "twice")

	w := httptest.NewRecorder()
	tel.Handler().ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	for _, line := range []string{"things_total", "go_goroutines", "process_start_time_seconds", `cert_not_after_seconds{service="wallet"} 1.8e+09`,
		`cert_reload_failures_total{service="cashier"} 2`, `service_name="wallet"`} {
		require.Contains(t, w.Body.String(), line)
	}
	_, span := tel.Tracer.Tracer("test").Start(t.Context(), "x")
	require.False(t, span.SpanContext().IsSampled(), "without an endpoint nothing is recorded")
	require.True(t, span.SpanContext().HasTraceID(), "but calls can be followed by their id")
	span.End()
	require.NoError(t, tel.Shutdown(t.Context()))
}

func TestTracesAreRecordedWhenThereIsSomewhereToSendThem(t *testing.T) {
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1")
	tel, err := telemetry.New(t.Context(), telemetry.Options{Service: "wallet"})
	require.NoError(t, err, "nobody listens there, and that does not matter")
	_, span := tel.Tracer.Tracer("test").Start(t.Context(), "x")
	require.True(t, span.SpanContext().IsSampled())
}

// TestPassedOnAsByOpenTelemetry compares what is passed on where nobody takes traces with what OpenTelemetry's provider would.
func TestPassedOnAsByOpenTelemetry(t *testing.T) {
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "")
	tel, err := telemetry.New(t.Context(), telemetry.Options{Service: "wallet"})
	require.NoError(t, err)
	ours := tel.Tracer.Tracer("test")
	theirs := sdktrace.NewTracerProvider(sdktrace.WithSampler(sdktrace.NeverSample())).Tracer("test")
	for _, parent := range []propagation.MapCarrier{
		nil,
		{"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"},
		{"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-03", "tracestate": "a=1,b=2"},
		{"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00", "tracestate": "a=1"},
		{"traceparent": "00-00000000000000000000000000000000-b7ad6b7169203331-01"},
		{"traceparent": "nonsense", "tracestate": "a=1"},
	} {
		for _, o := range [][]trace.SpanStartOption{nil, {trace.WithNewRoot()}, {trace.WithSpanKind(trace.SpanKindServer), trace.WithAttributes(attribute.Bool("a", true))}} {
			pass := func(tracer trace.Tracer) (trace.SpanContext, propagation.MapCarrier) {
				ctx, span := tracer.Start(telemetry.Propagator().Extract(t.Context(), parent), "x", o...)
				require.Equal(t, span, trace.SpanFromContext(ctx))
				require.False(t, span.IsRecording())
				out := propagation.MapCarrier{}
				telemetry.Propagator().Inject(ctx, out)
				_, child := span.TracerProvider().Tracer("test").Start(ctx, "y")
				require.Equal(t, span.SpanContext().TraceID(), child.SpanContext().TraceID())
				require.NotEqual(t, span.SpanContext().SpanID(), child.SpanContext().SpanID())
				return span.SpanContext(), out
			}
			got, gotOut := pass(ours)
			want, wantOut := pass(theirs)
			remote := trace.SpanContextFromContext(telemetry.Propagator().Extract(t.Context(), parent))
			require.True(t, got.IsValid())
			require.NotEqual(t, remote.SpanID(), got.SpanID())
			require.Equal(t, want.TraceID() == remote.TraceID(), got.TraceID() == remote.TraceID(), "the caller's trace, or a new one")
			same := trace.SpanContextConfig{TraceID: trace.TraceID{1}, SpanID: trace.SpanID{1}, TraceFlags: got.TraceFlags(), TraceState: got.TraceState(), Remote: got.IsRemote()}
			require.True(t, want.WithTraceID(same.TraceID).WithSpanID(same.SpanID).Equal(trace.NewSpanContext(same)), "%v %v", want, got)
			require.Equal(t, wantOut["tracestate"], gotOut["tracestate"])
			require.Equal(t, wantOut["traceparent"][53:], gotOut["traceparent"][53:], "flags")
			require.Equal(t, "00-"+got.TraceID().String()+"-"+got.SpanID().String(), gotOut["traceparent"][:52])
		}
	}
	require.NoError(t, tel.Shutdown(t.Context()))
}
