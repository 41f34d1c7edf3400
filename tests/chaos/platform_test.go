package chaos_test

import (
	"context"
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"

	"github.com/pitboss-gaming/pitboss/engines/nats"
	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/app"
	"github.com/pitboss-gaming/pitboss/kit/bus"
	"github.com/pitboss-gaming/pitboss/kit/mtls"
	"github.com/pitboss-gaming/pitboss/kit/pg"
	"github.com/pitboss-gaming/pitboss/kit/rpc"
	"github.com/pitboss-gaming/pitboss/services/wallet"
	"github.com/pitboss-gaming/pitboss/tests/sim/books"
)

const (
	replicas = 2
	// layerOperator is whose the guards are that are there from the beginning.
	layerOperator = walletv1.GuardLayer_GUARD_LAYER_OPERATOR
	// stopLimit is how long a wallet may take to finish what it has begun.
	stopLimit = 40 * time.Second
)

// platform is everything around the callers: the database, the streams, the wallets, and a connection from every caller to every wallet.
type platform struct {
	db       *database
	natsURL  string
	certs    string
	wallets  [replicas]*replica
	clients  map[string][replicas]walletv1.WalletServiceClient // by the service that calls
	observer *mtls.Source
	identity *identity
}

func startPlatform(ctx context.Context, t *testing.T) *platform {
	p := &platform{certs: t.TempDir(), clients: map[string][replicas]walletv1.WalletServiceClient{}}
	p.db = startDatabase(ctx, t)
	p.issueCertificates(t)
	p.startStreams(ctx, t)
	p.identity = startIdentity(t, p.source(t, "identity"))
	logs := t.TempDir()
	for n := range p.wallets {
		w := &replica{name: fmt.Sprintf("wallet %d", n+1), addr: fmt.Sprintf("127.0.0.1:%d", quietPort(t)), logName: filepath.Join(logs, fmt.Sprintf("wallet-%d.log", n+1))}
		w.env = []string{
			"PATH=" + os.Getenv("PATH"), "HOME=" + logs, "PITBOSS_HOME=" + filepath.Join(logs, "home"), "PITBOSS_LOG_LEVEL=warn",
			"PITBOSS_DATABASE_URL=" + p.db.url(), "PITBOSS_NATS_URL=" + p.natsURL, "PITBOSS_CERTS=" + p.certs,
			"PITBOSS_MASTER_KEYS=k=" + base64.RawURLEncoding.EncodeToString(make([]byte, 32)), "PITBOSS_PUBLIC_URL=http://127.0.0.1:1",
			"PITBOSS_MESH_LISTEN=" + w.addr, "PITBOSS_MESH_TARGET=passthrough:///" + p.identity.addr, "PITBOSS_ISSUER=" + issuer, "PITBOSS_ADMIN_ADDR=127.0.0.1:0",
		}
		p.wallets[n] = w
		t.Cleanup(func() { _ = w.stop(stopLimit) }) // only what a failed test has left running
		w.start(ctx)
	}
	for _, name := range []string{"gaming", "cashier", "bonus", "compliance", "identity"} {
		p.clients[name] = p.connect(t, name)
	}
	for _, name := range []string{books.Partner, books.Staff, books.Second} {
		p.clients[name] = p.connect(t, "gateway", p.identity.bearer(name))
	}
	for n := range p.wallets {
		p.awaitAnswer(ctx, t, n)
	}
	return p
}

func (p *platform) issueCertificates(t *testing.T) {
	ca, err := mtls.NewCA()
	require.NoError(t, err)
	identities := map[string]string{}
	for _, s := range []string{"wallet", "gaming", "cashier", "bonus", "compliance", "identity", "gateway", "nats", bus.Provisioner, bus.Observer} {
		identities[s] = mtls.ServiceID(s)
	}
	for name, id := range identities {
		require.NoError(t, mtls.Issue(ca, id, filepath.Join(p.certs, name), 24*time.Hour))
	}
	p.observer = p.source(t, bus.Observer)
}

func (p *platform) source(t *testing.T, name string) *mtls.Source {
	s, err := mtls.Open(filepath.Join(p.certs, name), mtls.SourceOptions{})
	require.NoError(t, err)
	return s
}

// startStreams runs JetStream in this process: a wallet does not start without it, and it is not what is killed here.
func (p *platform) startStreams(ctx context.Context, t *testing.T) {
	services := []app.Service{wallet.Service(), {Name: "identity", Publishes: []string{"player.>", "session.>", "identity.>"}}}
	users, err := app.NATSUsers(services)
	require.NoError(t, err)
	server, err := nats.Start(ctx, nats.Options{StoreDir: t.TempDir(), TLS: app.NATSTLS(p.source(t, "nats")), Users: users})
	require.NoError(t, err)
	t.Cleanup(func() {
		stop, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		require.NoError(t, server.Shutdown(stop))
	})
	p.natsURL = server.URL()
	require.NoError(t, app.ProvisionStreams(ctx, p.natsURL, services, mtls.ClientTLS(p.source(t, bus.Provisioner), "nats"), bus.ProvisionOptions{}))
}

// connect opens a caller's connections, one to each wallet, so that the caller decides which one is asked.
func (p *platform) connect(t *testing.T, name string, extra ...grpc.DialOption) (clients [replicas]walletv1.WalletServiceClient) {
	source := p.source(t, name)
	for n, w := range p.wallets {
		var conn *grpc.ClientConn
		conn, err := rpc.ClientConn(w.addr, "wallet", source, rpc.ClientOptions{Extra: extra})
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, conn.Close()) })
		clients[n] = walletv1.NewWalletServiceClient(conn)
	}
	return clients
}

// awaitAnswer waits until a wallet serves.
func (p *platform) awaitAnswer(ctx context.Context, t *testing.T, n int) {
	t.Helper()
	require.Eventually(t, func() bool {
		ctx, cancel := context.WithTimeout(ctx, time.Second)
		defer cancel()
		_, err := p.clients["gaming"][n].GetBalance(ctx, &walletv1.GetBalanceRequest{PlayerId: "nobody", Currency: "EUR"})
		return err == nil
	}, restartLimit, 50*time.Millisecond, "%s does not serve", p.wallets[n].name)
}

// setGuards puts guards in force before anything happens.
func (p *platform) setGuards(ctx context.Context, t *testing.T, guards []books.Guard) {
	for _, g := range guards {
		require.NoError(t, g.Set(ctx, p.clients["compliance"][0]))
	}
}

// callers call one of the wallets as somebody.
func (p *platform) callers(n int) books.Callers {
	return func(name string) walletv1.WalletServiceClient { return p.clients[name][n] }
}

// adjusted waits until the wallet has posted every adjustment that was approved.
func (p *platform) adjusted(ctx context.Context, t *testing.T) {
	pool := p.pool(ctx, t)
	require.Eventually(t, func() bool {
		var waiting int
		err := pool.QueryRow(ctx, "SELECT count(*) FROM adjustment WHERE state = 2").Scan(&waiting)
		return err == nil && waiting == 0
	}, restartLimit, 100*time.Millisecond, "an approved adjustment is not posted")
}

// stopWallets ends both in order and waits until the database has nothing of theirs to do.
func (p *platform) stopWallets(t *testing.T) {
	for _, w := range p.wallets {
		require.NoError(t, w.stop(stopLimit), w.tail())
	}
	p.db.atRest(t)
}

// pool reads the ledger.
func (p *platform) pool(ctx context.Context, t *testing.T) *pgxpool.Pool {
	pool, err := pg.Open(ctx, p.db.url(), pg.PoolOptions{AppName: "pitboss-chaos", MaxConns: 2, StatementTimeout: 10 * time.Minute})
	require.NoError(t, err)
	t.Cleanup(pool.Close)
	return pool
}

// published waits until the relay has sent everything, and counts the events in the stream by their ids.
func (p *platform) published(ctx context.Context, t *testing.T, pool *pgxpool.Pool) (events, repeated int) {
	require.Eventually(t, func() bool {
		lag, err := bus.ReadLag(ctx, pool)
		return err == nil && lag.Pending == 0
	}, restartLimit, 100*time.Millisecond, "the outbox is not sent")
	var want int
	require.NoError(t, pool.QueryRow(ctx, "SELECT count(*) FROM outbox").Scan(&want))
	conn, err := bus.Connect(ctx, p.natsURL, bus.Observer, mtls.ClientTLS(p.observer, "nats"))
	require.NoError(t, err)
	defer conn.Close()
	stream, err := conn.JetStream().Stream(ctx, bus.StreamName("wallet"))
	require.NoError(t, err)
	left := stream.CachedInfo().State.Msgs
	seen := map[string]bool{}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Minute)
	defer cancel()
	enough := fmt.Errorf("the stream is read")
	err = bus.Tail(ctx, conn.JetStream(), bus.TailOptions{Filter: "wallet.>", Since: time.Unix(1, 0)}, func(m bus.Message) error {
		seen[m.ID] = true
		if left--; left == 0 {
			return enough
		}
		return nil
	})
	require.ErrorIs(t, err, enough)
	require.Len(t, seen, want, "events in the stream, and rows in the outbox")
	return want, int(stream.CachedInfo().State.Msgs) - want
}
