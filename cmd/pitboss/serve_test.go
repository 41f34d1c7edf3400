package main

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"

	"github.com/pitboss-gaming/pitboss/kit/app"
	"github.com/pitboss-gaming/pitboss/kit/mtls"
	"github.com/pitboss-gaming/pitboss/kit/telemetry"
)

// TestMeshPorts: a service's port is its own for good, in `up` as in processes of two versions.
func TestMeshPorts(t *testing.T) {
	t.Parallel()
	taken := map[int]string{}
	for _, s := range platform() {
		n, given := meshNumbers[s.Name]
		require.True(t, given, "%s has no number", s.Name)
		require.Empty(t, taken[n], "%s and %s have one number", s.Name, taken[n])
		taken[n] = s.Name
	}
	require.Equal(t, 7456, meshPort(7440, "gateway"), "given with the first seventeen")

	listen, err := listenAddresses("10.0.0.1:{port}", 7440, []string{"wallet", "gaming"})
	require.NoError(t, err)
	require.Equal(t, map[string]string{"wallet": "10.0.0.1:7441", "gaming": "10.0.0.1:7445"}, listen)
	listen, err = listenAddresses("[::]:7443", 7440, []string{"wallet", "gaming"})
	require.NoError(t, err)
	require.Equal(t, map[string]string{"wallet": "[::]:7443", "gaming": "[::]:7444"}, listen)
	require.Equal(t, "dns:///wallet.mesh:7441", withPort(forService("dns:///{service}.mesh:{port}", "wallet"), 7440, "wallet"))
	_, err = listenAddresses("10.0.0.1:{port}", 0, []string{"wallet"})
	require.ErrorContains(t, err, "PITBOSS_MESH_PORT")
	for _, bad := range []string{"", "7443", "x:y"} {
		_, err = listenAddresses(bad, 7440, []string{"wallet"})
		require.ErrorContains(t, err, "PITBOSS_MESH_LISTEN", bad)
	}
}

// TestServiceURL: commands that look into a database find it in production by the variable that `serve` has, and need no home of `up`.
func TestServiceURL(t *testing.T) {
	set := settings{Home: t.TempDir()}
	_, err := serviceURL(set, "wallet")
	require.ErrorContains(t, err, "PITBOSS_DATABASE_URL")
	t.Setenv("PITBOSS_DATABASE_URL", "postgres://pitboss_{service}@db/pitboss_{service}")
	url, err := serviceURL(set, "wallet")
	require.NoError(t, err)
	require.Equal(t, "postgres://pitboss_wallet@db/pitboss_wallet", url)
}

// TestDrain: who asks hears that the process stops while it still answers, requests to the gateway too.
func TestDrain(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	log, err := telemetry.NewLogger(io.Discard, telemetry.LogOptions{Format: "text", Level: "error"})
	require.NoError(t, err)
	u := newUp(settings{AdminAddr: "127.0.0.1:0"}, log)
	u.telemetry, err = telemetry.New(ctx, telemetry.Options{Service: "test", Version: "test"})
	require.NoError(t, err)
	certs := t.TempDir()
	ca, err := mtls.NewCA()
	require.NoError(t, err)
	require.NoError(t, mtls.Issue(ca, mtls.ServiceID("idle"), filepath.Join(certs, "idle"), time.Hour))
	idle := app.Service{Name: "idle", Start: func(context.Context, *app.Env) (*app.Running, error) {
		page := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) })
		return &app.Running{Register: func(grpc.ServiceRegistrar) {}, HTTP: page}, nil
	}}
	u.host, err = app.Start(ctx, app.Options{Platform: []app.Service{idle}, Log: log, Certs: certs, DrainDelay: time.Hour})
	require.NoError(t, err)
	u.onStop(u.host.Stop)
	u.public, err = (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, u.openAdmin(ctx))
	u.servePublic()
	require.NoError(t, u.serve(ctx))
	statusAt := func(l net.Listener, path string) int {
		res, err := http.Get("http://" + l.Addr().String() + path)
		if err != nil {
			return 0
		}
		defer res.Body.Close()
		return res.StatusCode
	}
	status := func(path string) int { return statusAt(u.admin, path) }
	require.Equal(t, http.StatusOK, status("/readyz"))
	stopped := make(chan error, 1)
	go func() { stopped <- u.stop(ctx) }()
	require.Eventually(t, func() bool { return status("/readyz") == http.StatusServiceUnavailable }, 20*time.Second, 5*time.Millisecond)
	require.Equal(t, http.StatusOK, status("/livez"))
	require.Equal(t, http.StatusServiceUnavailable, statusAt(u.public, "/readyz"))
	for range 20 {
		require.Equal(t, http.StatusTeapot, statusAt(u.public, "/"))
	}
	cancel()
	<-stopped
	require.Zero(t, status("/livez"))
}

// TestStart_FailureWaitsForNobody: where nothing serves yet nobody has to hear that it stops, and what serves has only so long.
func TestStart_FailureWaitsForNobody(t *testing.T) {
	t.Parallel()
	certs := t.TempDir()
	ca, err := mtls.NewCA()
	require.NoError(t, err)
	bad := app.Service{Name: "bad", Start: func(context.Context, *app.Env) (*app.Running, error) { return nil, errors.New("it does not start") }}
	require.NoError(t, mtls.Issue(ca, mtls.ServiceID("bad"), filepath.Join(certs, "bad"), time.Hour))
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	_, err = app.Start(ctx, app.Options{Platform: []app.Service{bad}, Log: slog.New(slog.DiscardHandler), Certs: certs, DrainDelay: time.Hour})
	require.ErrorContains(t, err, "it does not start")
	require.NoError(t, ctx.Err(), "it waited for the drain delay")
}

// TestProgress_Stopping: who was told to stop is not ready, also while it still starts.
func TestProgress_Stopping(t *testing.T) {
	t.Parallel()
	p := newProgress(slog.New(slog.DiscardHandler))
	p.waitsFor("a database")
	require.ErrorContains(t, p.ready(t.Context()), "waiting for a database")
	p.stopping()
	require.EqualError(t, p.ready(t.Context()), "stopping")
	p.waitsFor("another one")
	require.EqualError(t, p.ready(t.Context()), "stopping")
	p.end()
}

// TestServe_TargetWithoutPorts: {port} is refused where there is nothing to count from.
func TestServe_TargetWithoutPorts(t *testing.T) {
	t.Parallel()
	u := newUp(settings{}, slog.New(slog.DiscardHandler))
	err := (&serveCmd{Service: []string{"wallet"}}).start(t.Context(), u, serveSettings{MasterKeys: "k=" + strings.Repeat("A", 43), MeshListen: "127.0.0.1:0", MeshTarget: "dns:///{service}:{port}"})
	require.ErrorContains(t, err, "PITBOSS_MESH_TARGET")
}
