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
