package main

import (
	"context"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"

	"github.com/pitboss-gaming/pitboss/kit/app"
	"github.com/pitboss-gaming/pitboss/kit/mtls"
	"github.com/pitboss-gaming/pitboss/kit/telemetry"
)

// TestDrain: who asks hears that the process stops while it still answers.
func TestDrain(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	log, err := telemetry.NewLogger(io.Discard, telemetry.LogOptions{Format: "text", Level: "error"})
	require.NoError(t, err)
	u := &up{log: log, failed: make(chan error, 1)}
	u.telemetry, err = telemetry.New(ctx, telemetry.Options{Service: "test", Version: "test"})
	require.NoError(t, err)
	certs := t.TempDir()
	ca, err := mtls.NewCA()
	require.NoError(t, err)
	require.NoError(t, mtls.Issue(ca, mtls.ServiceID("idle"), filepath.Join(certs, "idle"), time.Hour))
	idle := app.Service{Name: "idle", Start: func(context.Context, *app.Env) (*app.Running, error) {
		return &app.Running{Register: func(grpc.ServiceRegistrar) {}}, nil
	}}
	u.host, err = app.Start(ctx, app.Options{Platform: []app.Service{idle}, Log: log, Certs: certs, DrainDelay: time.Hour})
	require.NoError(t, err)
	u.onStop(u.host.Stop)
	u.admin, err = (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, u.serveAdmin())
	status := func(path string) int {
		res, err := http.Get("http://" + u.admin.Addr().String() + path)
		if err != nil {
			return 0
		}
		defer res.Body.Close()
		return res.StatusCode
	}
	require.Equal(t, http.StatusOK, status("/readyz"))
	stopped := make(chan error, 1)
	go func() { stopped <- u.stop(ctx) }()
	require.Eventually(t, func() bool { return status("/readyz") == http.StatusServiceUnavailable }, 20*time.Second, 5*time.Millisecond)
	require.Equal(t, http.StatusOK, status("/livez"))
	cancel()
	<-stopped
	require.Zero(t, status("/livez"))
}
