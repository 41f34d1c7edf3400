package chaos_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/pitboss-gaming/pitboss/engines/postgres"
	"github.com/pitboss-gaming/pitboss/kit/app"
	"github.com/pitboss-gaming/pitboss/kit/pg"
	"github.com/pitboss-gaming/pitboss/services/wallet"
)

// restartLimit is how long the database may take to come back, crash recovery included.
const restartLimit = 2 * time.Minute

// database is a durable PostgreSQL that is started again whenever it ends.
type database struct {
	o     postgres.Options
	ended chan struct{}

	mu       sync.Mutex
	server   *postgres.Server
	stopping bool
	err      error // why it could not be started again
	restarts int
}

// startDatabase makes a cluster of its own with an empty ledger.
func startDatabase(ctx context.Context, t *testing.T) *database {
	d := &database{o: postgres.Options{DataDir: filepath.Join(t.TempDir(), "postgres"), Port: quietPort(t), Durable: true}, ended: make(chan struct{})}
	var err error
	d.server, err = postgres.Start(ctx, d.o)
	require.NoError(t, err)
	go d.keep(context.WithoutCancel(ctx))
	t.Cleanup(func() { require.NoError(t, d.stop()) })
	w := pg.ServiceDatabase("wallet", "owner", "runtime")
	require.NoError(t, pg.Provision(ctx, d.server.URL("postgres"), []pg.Database{w}))
	require.NoError(t, app.Migrate(ctx, wallet.Service(), d.server.URLAs(w.Owner, w.OwnerPassword, w.Name)))
	return d
}

// quietPort is a free port that the system does not give to outgoing connections, so that it is still free after the server was killed.
func quietPort(t *testing.T) int {
	t.Helper()
	for range 100 {
		port := 20_000 + rand.IntN(10_000)
		l, err := net.Listen("tcp4", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
		if err == nil {
			require.NoError(t, l.Close())
			return port
		}
	}
	t.Fatal("no free port between 20000 and 30000")
	return 0
}

// url connects to the wallet's ledger as the service does.
func (d *database) url() string {
	return d.current().URLAs("pitboss_wallet", "runtime", "pitboss_wallet")
}

func (d *database) current() *postgres.Server {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.server
}

// keep starts the server again until stop.
func (d *database) keep(ctx context.Context) {
	defer close(d.ended)
	for {
		<-d.current().Exited()
		d.mu.Lock()
		stopping := d.stopping
		d.mu.Unlock()
		if stopping {
			return
		}
		server, err := d.again(ctx)
		d.mu.Lock()
		if err != nil {
			d.err = fmt.Errorf("PostgreSQL does not come back: %w", err)
			d.mu.Unlock()
			return
		}
		d.server = server
		d.restarts++
		late := d.stopping // stop came while there was nothing to stop
		d.mu.Unlock()
		if late {
			stop, cancel := context.WithTimeout(ctx, time.Minute)
			err := server.Stop(stop)
			cancel()
			d.mu.Lock()
			d.err = err
			d.mu.Unlock()
			return
		}
	}
}

// again starts the server on the same port. That can fail for a while: parts of the killed one are still ending or hold the port, or the new one is
// itself killed while it starts. What time does not heal is a failure at once.
func (d *database) again(ctx context.Context) (*postgres.Server, error) {
	ctx, cancel := context.WithTimeout(ctx, restartLimit)
	defer cancel()
	for {
		server, err := postgres.Start(ctx, d.o)
		var full *postgres.DiskFullError
		var version *postgres.VersionError
		var owner *postgres.OwnerError
		if err == nil || errors.As(err, &full) || errors.As(err, &version) || errors.As(err, &owner) {
			return server, err
		}
		select {
		case <-ctx.Done():
			return nil, err
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func (d *database) stop() error {
	d.mu.Lock()
	d.stopping = true
	server, err := d.server, d.err
	d.mu.Unlock()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	err = server.Stop(ctx)
	<-d.ended
	return err
}

// failure is why the database is away for good, or nil.
func (d *database) failure() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.err
}

// killPostmaster kills the parent of all and leaves its children to notice it, which may first finish what they are doing.
func (d *database) killPostmaster() bool {
	raw, err := os.ReadFile(filepath.Join(d.o.DataDir, "data", "postmaster.pid"))
	first, _, _ := strings.Cut(string(raw), "\n")
	pid, convErr := strconv.Atoi(strings.TrimSpace(first))
	return err == nil && convErr == nil && pid > 1 && syscall.Kill(pid, syscall.SIGKILL) == nil
}

// killBackend kills one process that serves the wallet, whereupon the postmaster throws out everybody and recovers.
func (d *database) killBackend(r *rand.Rand) bool {
	pids := d.processes(`SELECT pid FROM pg_stat_activity WHERE usename = 'pitboss_wallet' AND pid <> pg_backend_pid() ORDER BY state = 'active' DESC, pid LIMIT 8`)
	return len(pids) > 0 && syscall.Kill(pids[r.IntN(len(pids))], syscall.SIGKILL) == nil
}

// killAll kills every process of the server at once: the nearest thing to a power cut that leaves the disk alone.
func (d *database) killAll() bool {
	pids := d.processes(`SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid()`)
	if !d.killPostmaster() {
		return false
	}
	for _, pid := range pids {
		_ = syscall.Kill(pid, syscall.SIGKILL) // one that has ended by itself is as dead
	}
	return true
}

// processes asks the server for its own; none when it does not answer.
func (d *database) processes(query string) []int {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	conn, err := pgx.Connect(ctx, d.current().URL("postgres"))
	if err != nil {
		return nil
	}
	defer conn.Close(ctx)
	rows, err := conn.Query(ctx, query)
	if err != nil {
		return nil
	}
	pids, err := pgx.CollectRows(rows, pgx.RowTo[int])
	if err != nil {
		return nil
	}
	return pids
}

// atRest waits until no statement of the wallet is running any more, whoever sent it.
func (d *database) atRest(t *testing.T) {
	t.Helper()
	require.Eventually(t, func() bool {
		return d.failure() != nil || d.answers() && len(d.processes(`SELECT pid FROM pg_stat_activity WHERE usename = 'pitboss_wallet'`)) == 0
	}, restartLimit, 50*time.Millisecond, "connections of wallets that have ended are still open")
	require.NoError(t, d.failure())
}

func (d *database) answers() bool { return len(d.processes(`SELECT pg_backend_pid()`)) == 1 }
