package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/pitboss-gaming/pitboss/engines/postgres"
	"github.com/pitboss-gaming/pitboss/kit/app"
	"github.com/pitboss-gaming/pitboss/kit/config"
	"github.com/pitboss-gaming/pitboss/kit/pg"
	"github.com/pitboss-gaming/pitboss/services/wallet"
)

// benchCmd measures.
type benchCmd struct {
	Wallet    benchWalletCmd    `cmd:"" help:"Measure the wallet against a baseline, on a durable PostgreSQL of its own in a temporary folder."`
	Callbacks benchCallbacksCmd `cmd:"" help:"Measure bets and settlements as a studio sends them, end to end, on a platform of its own in a temporary folder."`
}

// benchWalletCmd measures holds and settlements in one run: one transaction each, group commit in process, and over mTLS gRPC with the whole
// chain; TPC-B on the same server; the gRPC path at a steady rate, unloaded and bare; and group commit on ledgers that are already large.
// docs/benchmarks.md says how.
type benchWalletCmd struct {
	Modes    []string      `help:"What to measure: each, group, grpc and unary for all players and callers, the others once." default:"each,group,grpc,unary,tpcb,bare,paced,unloaded,trips,growth" enum:"each,group,grpc,unary,tpcb,bare,paced,unloaded,trips,growth"`
	Shapes   []string      `help:"Players: spread or hot (one player for all callers)." default:"spread,hot" enum:"spread,hot"`
	Callers  []int         `help:"Callers at the same time." default:"16,256,1024"`
	Duration time.Duration `help:"Length of each measurement." default:"10s"`
	Warmup   time.Duration `help:"Load before each measurement, not counted." default:"2s"`
	Players  int           `help:"Players over whom the load is spread." default:"1000"`
	Limits   int           `help:"Limits on each player, 0 to 4." default:"2"`
	Workers  int           `help:"Batches in commit at the same time; 0: as the service is configured."`
	MaxBatch int           `help:"Most operations in a transaction; 0: as the service is configured."`
	Relay    bool          `help:"Send the events to an embedded JetStream while measuring over gRPC."`
	Rate     float64       `help:"Operations per second of paced; 0: 80 % of what grpc reached."`
	TPCB     string        `name:"tpcb" help:"Who runs TPC-B: pgbench, go, or auto (pgbench where it is installed)." default:"auto" enum:"auto,pgbench,go"`
	Scale    int           `help:"TPC-B's scale: 100,000 accounts each; 0: no TPC-B." default:"20"`
	Entries  []entryCount  `help:"Sizes of the ledger for growth, with k and m for thousand and million." default:"10k,100k,1m,10m"`
	Prove    entryCount    `help:"Largest ledger for growth that is proven whole before and after; the proof of 10m takes minutes." default:"1m"`
	JSON     bool          `name:"json" help:"Print one JSON document at the end and no tables."`
}

// barCallers is how many callers the bars are about.
const barCallers = 256

// walletBench is one run.
type walletBench struct {
	benchWalletCmd
	cfg      wallet.Config
	home     string
	server   *postgres.Server
	super    *pgxpool.Pool
	progress *benchProgress
	report   benchReport
	number   int
}

// benchStep is one part of a run.
type benchStep struct {
	name string
	run  func(context.Context) error
}

// Run measures everything and prints the tables: rows, ratios, growth, bars. A bar that is not met is no error.
func (c *benchWalletCmd) Run(ctx context.Context) (err error) {
	b := &walletBench{benchWalletCmd: *c}
	if err := b.check(); err != nil {
		return err
	}
	if b.home, err = os.MkdirTemp("", "pitboss-bench-"); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(b.home)) }()
	// The server may run as another user, who has to pass through.
	if err := os.Chmod(b.home, 0o755); err != nil {
		return err
	}
	b.progress = startProgress(os.Stderr)
	defer b.progress.close()
	if b.server, err = postgres.Start(ctx, postgres.Options{DataDir: b.dataDir(), Durable: true, Log: quiet()}); err != nil {
		return err
	}
	defer func() {
		stop, cancel := context.WithTimeout(context.Background(), 30*time.Second)
		defer cancel()
		err = errors.Join(err, b.server.Stop(stop))
	}()
	if b.super, err = pg.Open(ctx, b.server.URL("postgres"), pg.PoolOptions{AppName: "pitboss-bench", MaxConns: 2}); err != nil {
		return err
	}
	defer b.super.Close()
	if err := b.describe(ctx); err != nil {
		return err
	}
	steps := b.plan()
	for i, s := range steps {
		b.progress.step(i+1, len(steps), s.name)
		if err := s.run(ctx); err != nil {
			// What was measured until then took minutes and is still true.
			return errors.Join(fmt.Errorf("%s: %w", s.name, err), b.finish())
		}
	}
	return b.finish()
}

// check refuses what cannot be measured, and completes the configuration of the wallet.
func (b *walletBench) check() error {
	slices.Sort(b.Entries)
	switch {
	case len(b.Callers) == 0 || slices.Min(b.Callers) < 1 || b.Players < 1 || b.Scale < 0 || b.Duration <= 0:
		return errors.New("callers, players and duration must be more than zero, and scale not less")
	case slices.Contains(b.Modes, "paced") && b.Rate <= 0 && !slices.Contains(b.Modes, "grpc"):
		return errors.New("paced takes its rate from grpc: add that to --modes, or set --rate")
	}
	if err := config.Load(&b.cfg); err != nil {
		return err
	}
	b.cfg.Workers, b.cfg.MaxBatch = cmp.Or(b.Workers, b.cfg.Workers), cmp.Or(b.MaxBatch, b.cfg.MaxBatch)
	b.cfg.QueueLen, b.cfg.KeyLen = 4096, 4096 // a thousand callers of one player wait and are not refused
	return nil
}

// plan keeps what is compared close together in time, because the machine may have other work.
func (b *walletBench) plan() []benchStep {
	var steps []benchStep
	once := func(mode string, run func(context.Context) error) {
		if slices.Contains(b.Modes, mode) {
			steps = append(steps, benchStep{mode, run})
		}
	}
	for _, callers := range b.Callers {
		if callers == b.mainCallers() {
			if b.Scale > 0 {
				once("tpcb", b.measureTPCB)
			}
			once("bare", b.measureBare)
		}
		for _, shape := range b.Shapes {
			for _, mode := range []string{"each", "group", "grpc", "unary"} {
				once(mode, func(ctx context.Context) error {
					return b.measureRow(ctx, benchRow{Mode: mode, Players: shape, Callers: callers})
				})
				if n := len(steps); n > 0 && steps[n-1].name == mode {
					steps[n-1].name = fmt.Sprintf("%s, %s, %d callers", mode, shape, callers)
				}
			}
			if shape == b.mainShape() && callers == b.mainCallers() {
				once("paced", b.measurePaced)
			}
		}
	}
	once("unloaded", func(ctx context.Context) error {
		return b.measureRow(ctx, benchRow{Mode: "unloaded", Players: b.mainShape(), Callers: 1})
	})
	once("trips", b.measureTrips)
	if slices.Contains(b.Modes, "growth") {
		for _, n := range b.Entries {
			steps = append(steps, benchStep{fmt.Sprintf("growth, %s entries", n), func(ctx context.Context) error { return b.measureGrowth(ctx, n) }})
		}
	}
	return steps
}

// mainCallers and mainShape are what single measurements and bars are about.
func (b *walletBench) mainCallers() int {
	if slices.Contains(b.Callers, barCallers) {
		return barCallers
	}
	return b.Callers[len(b.Callers)/2]
}

func (b *walletBench) mainShape() string {
	if slices.Contains(b.Shapes, "spread") || len(b.Shapes) == 0 {
		return "spread"
	}
	return b.Shapes[0]
}

// benchDatabase is a wallet's database with players who have money, limits and a round behind them.
type benchDatabase struct {
	name, url string
	pool      *pgxpool.Pool
}

// onDatabase runs fn on a database of its own, proves the ledger when asked to, and drops the database.
func (b *walletBench) onDatabase(ctx context.Context, players int, fn func(context.Context, benchDatabase) error) (err error) {
	b.number++
	d := pg.ServiceDatabase(fmt.Sprintf("bench%d", b.number), "owner", "runtime")
	if err := pg.Provision(ctx, b.server.URL("postgres"), []pg.Database{d}); err != nil {
		return err
	}
	defer func() {
		b.progress.phase("dropping the database", 0)
		drop, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
		defer cancel()
		_, dropErr := b.super.Exec(drop, "DROP DATABASE "+d.Name+" WITH (FORCE)")
		err = errors.Join(err, dropErr)
	}()
	if err := app.Migrate(ctx, wallet.Service(), b.server.URLAs(d.Owner, d.OwnerPassword, d.Name)); err != nil {
		return err
	}
	url := b.server.URLAs(d.Runtime, d.RuntimePassword, d.Name)
	pool, err := pg.Open(ctx, url, pg.PoolOptions{AppName: "pitboss-bench", MaxConns: 20, StatementTimeout: time.Minute})
	if err != nil {
		return err
	}
	defer pool.Close()
	if err := b.prepare(ctx, pool, players); err != nil {
		return fmt.Errorf("prepare players: %w", err)
	}
	return fn(ctx, benchDatabase{name: d.Name, url: url, pool: pool})
}

// proveLedger fails when the ledger breaks an invariant.
func (b *walletBench) proveLedger(ctx context.Context, d benchDatabase) error {
	b.progress.phase("proving the ledger", 0)
	proof, err := wallet.Verify(ctx, d.pool)
	if err == nil && !proof.GetOk() {
		err = fmt.Errorf("the ledger is broken: %v", proof.GetViolations())
	}
	return err
}

func (b *walletBench) dataDir() string { return filepath.Join(b.home, "postgres") }

// counters are the server's transaction ids given out, one for each transaction that writes, the bytes of WAL written, and how many of its records
// carry a whole page.
type counters struct{ commits, wal, pages int64 }

func (b *walletBench) counters(ctx context.Context) (n counters, err error) {
	err = b.super.QueryRow(ctx, `SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint, (pg_current_wal_insert_lsn() - '0/0'::pg_lsn)::bigint,
		(SELECT wal_fpi FROM pg_stat_wal)`).Scan(&n.commits, &n.wal, &n.pages)
	return n, err
}

func quiet() *slog.Logger {
	return slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError}))
}

// describe says what is measured on.
func (b *walletBench) describe(ctx context.Context) error {
	m := &b.report.Machine
	*m = benchMachine{CPU: cpuName(), CPUs: runtime.NumCPU(), Go: runtime.Version(), Load: loadAverage(), Build: version(), At: time.Now().UTC().Truncate(time.Second)}
	if err := b.super.QueryRow(ctx, "SELECT current_setting('server_version')").Scan(&m.PostgreSQL); err != nil {
		return err
	}
	b.report.Workers, b.report.MaxBatch, b.report.Players, b.report.Limits, b.report.Relay = b.cfg.Workers, b.cfg.MaxBatch, b.Players, b.Limits, b.Relay
	b.print(fmt.Sprintf("%s, %d CPUs, load %s; %s, PostgreSQL %s with fsync in %s; %d workers, batches up to %d, %d players with %d limits each\n\n%s",
		m.CPU, m.CPUs, m.Load, m.Go, m.PostgreSQL, b.home, b.cfg.Workers, b.cfg.MaxBatch, b.Players, b.Limits, benchHeader))
	return nil
}

// loadAverage is the system's load of the last minute, where it is known.
func loadAverage() string {
	text, err := os.ReadFile("/proc/loadavg")
	if first, _, ok := strings.Cut(string(text), " "); err == nil && ok {
		return first
	}
	return "unknown"
}

func cpuName() string {
	text, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return runtime.GOARCH
	}
	for line := range strings.Lines(string(text)) {
		if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return runtime.GOARCH
}
