package mtls_test

import (
	"context"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/health"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"

	"github.com/pitboss-gaming/pitboss/kit/mtls"
)

// TestPeerFrom asks a server with ServerCredentials, and one with the same TLS but without them: what was not read at the handshake is
// nobody.
func TestPeerFrom(t *testing.T) {
	ca := newCA(t)
	wallet, _ := identity(t, ca, mtls.ServiceID("wallet"))
	for name, c := range map[string]struct {
		creds credentials.TransportCredentials
		known bool
	}{
		"server credentials": {mtls.ServerCredentials(wallet), true},
		"cloned":             {mtls.ServerCredentials(wallet).Clone(), true},
		"plain TLS":          {credentials.NewTLS(mtls.ServerTLS(wallet)), false},
	} {
		t.Run(name, func(t *testing.T) {
			var got mtls.Identity
			var failed error
			addr := serveGRPC(t, c.creds, func(ctx context.Context) { got, failed = mtls.PeerFrom(ctx) })
			// Two callers with connections of their own, and each twice: an identity belongs to its connection.
			ann, bob := caller(t, ca, addr, mtls.OperatorID("ann", "finance")), caller(t, ca, addr, mtls.ServiceID("gaming"))
			for range 2 {
				ask(t, ann)
				if !c.known {
					require.ErrorIs(t, failed, mtls.ErrNoPeer)
					continue
				}
				require.NoError(t, failed)
				require.Equal(t, []string{"ann", "finance", "", mtls.OperatorID("ann", "finance")}, []string{got.Operator, got.Role, got.Service, got.URI})
				require.WithinRange(t, time.Now(), got.NotBefore, got.NotAfter)
				ask(t, bob)
				require.NoError(t, failed)
				require.Equal(t, []string{"", "gaming"}, []string{got.Operator, got.Service})
			}
		})
	}
	_, err := mtls.PeerFrom(t.Context())
	require.ErrorIs(t, err, mtls.ErrNoPeer, "outside a call")
}

// serveGRPC calls look in each call.
func serveGRPC(t *testing.T, creds credentials.TransportCredentials, look func(context.Context)) string {
	t.Helper()
	server := grpc.NewServer(grpc.Creds(creds), grpc.UnaryInterceptor(
		func(ctx context.Context, req any, _ *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (any, error) {
			look(ctx)
			return handler(ctx, req)
		}))
	healthv1.RegisterHealthServer(server, health.NewServer())
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	done := make(chan error, 1)
	go func() { done <- server.Serve(l) }()
	t.Cleanup(func() {
		server.Stop()
		require.NoError(t, <-done)
	})
	return l.Addr().String()
}

func caller(t *testing.T, ca *mtls.CA, addr, id string) *grpc.ClientConn {
	t.Helper()
	source, _ := identity(t, ca, id)
	conn, err := grpc.NewClient(addr, grpc.WithTransportCredentials(credentials.NewTLS(mtls.ClientTLS(source, "wallet"))))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, conn.Close()) })
	return conn
}

func ask(t *testing.T, conn *grpc.ClientConn) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	_, err := healthv1.NewHealthClient(conn).Check(ctx, &healthv1.HealthCheckRequest{})
	require.NoError(t, err)
}
