package main

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pitboss-gaming/pitboss/kit/mtls"
	"github.com/pitboss-gaming/pitboss/kit/telemetry"
)

// TestServe_ProbesAnswerWhileTheDatabaseIsAway: from the moment the admin address is bound the process lives, is not ready, and says what it waits for.
func TestServe_ProbesAnswerWhileTheDatabaseIsAway(t *testing.T) {
	t.Parallel()
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, closed.Close()) // nobody answers there
	certs := t.TempDir()
	ca, err := mtls.EnsureDevCA(t.TempDir())
	require.NoError(t, err)
	r := &mtls.Rotator{CA: ca, TTL: time.Hour, Log: slog.New(slog.DiscardHandler), IDs: map[string]string{mtls.ServiceID("wallet"): certs + "/wallet"}}
	require.NoError(t, r.Ensure())

	u := newUp(settings{AdminAddr: "127.0.0.1:0", PublicURL: "http://127.0.0.1"}, slog.New(slog.DiscardHandler))
	u.telemetry, err = telemetry.New(t.Context(), telemetry.Options{Service: "wallet", Version: "test"})
	require.NoError(t, err)
	require.NoError(t, u.openAdmin(t.Context()))
	get := func(path string) (int, string) {
		client := http.Client{Timeout: 20 * time.Second}
		defer client.CloseIdleConnections()
		res, err := client.Get("http://" + u.admin.Addr().String() + path)
		require.NoError(t, err)
		defer res.Body.Close()
		body, err := io.ReadAll(res.Body)
		require.NoError(t, err)
		return res.StatusCode, string(body)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		done <- (&serveCmd{Service: []string{"wallet"}}).start(ctx, u, serveSettings{
			DatabaseURL: "postgres://pitboss_{service}@" + closed.Addr().String() + "/pitboss_{service}", Certs: certs, MeshListen: "127.0.0.1:0",
			MasterKeys: "k=" + strings.Repeat("A", 43), MeshTarget: "127.0.0.1:1",
		})
	}()
	require.Eventually(t, func() bool {
		status, body := get("/readyz")
		return status == http.StatusServiceUnavailable && body == "not ready: starting, waiting for wallet's database\n"
	}, 20*time.Second, 10*time.Millisecond)
	status, body := get("/livez")
	require.Equal(t, http.StatusOK, status, body)
	status, _ = get("/metrics")
	require.Equal(t, http.StatusOK, status)
	cancel()
	require.Error(t, <-done)
	stop, end := context.WithTimeout(context.Background(), 10*time.Second)
	defer end()
	require.NoError(t, u.stop(stop))
}
