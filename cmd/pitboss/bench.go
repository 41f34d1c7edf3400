package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"golang.org/x/sync/errgroup"
	"google.golang.org/grpc"

	"github.com/pitboss-gaming/pitboss/engines/postgres"
	commonv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/app"
	"github.com/pitboss-gaming/pitboss/kit/authn"
	"github.com/pitboss-gaming/pitboss/kit/mtls"
	"github.com/pitboss-gaming/pitboss/kit/pg"
	"github.com/pitboss-gaming/pitboss/kit/rpc"
	"github.com/pitboss-gaming/pitboss/services/wallet"
)

// benchCmd measures.
type benchCmd struct {
	Wallet benchWalletCmd `cmd:"" help:"Measure the wallet against a baseline, on a durable PostgreSQL of its own in a temporary folder."`
}

// benchWalletCmd measures holds and settlements in one run: one transaction each, group commit in process, and over mTLS gRPC with the whole
// chain; and the statements of pgbench's TPC-B on the same server. docs/benchmarks.md says how and what came out.
type benchWalletCmd struct {
	Duration time.Duration `help:"Length of each measurement." default:"10s"`
	Warmup   time.Duration `help:"Load before each measurement, not counted." default:"2s"`
	Callers  []int         `help:"Callers at the same time." default:"16,256,1024"`
	Players  int           `help:"Players over whom the load is spread." default:"1000"`
	Limits   int           `help:"Limits on each player, 0 to 4." default:"2"`
	Scale    int           `help:"TPC-B's scale: 100,000 accounts each." default:"20"`
	Modes    []string      `help:"What to measure: each, group, grpc." default:"each,group,grpc" enum:"each,group,grpc"`
	Shapes   []string      `help:"Players: spread or hot (one player for all callers)." default:"spread,hot" enum:"spread,hot"`
}

// walletOps is what a caller needs of the wallet, in process or over the network.
type walletOps interface {
	deposit(ctx context.Context, r *walletv1.DepositRequest) error
	hold(ctx context.Context, r *walletv1.PlaceHoldRequest) (*walletv1.PlaceHoldResponse, error)
	settle(ctx context.Context, r *walletv1.SettleHoldRequest) error
	limit(ctx context.Context, r *walletv1.SetGuardRequest) error
}

// walletBench is one run.
type walletBench struct {
	benchWalletCmd
	home    string
	server  *postgres.Server
	super   *pgxpool.Pool
	results []benchResult
	tpcb    benchResult
	number  int
}

// benchResult is one line of the table.
type benchResult struct {
	mode, shape    string
	callers, ops   int
	elapsed        time.Duration
	p50, p99, p999 time.Duration
	commits, wal   float64 // per operation
	load           string
}

func (r benchResult) rate() float64 { return float64(r.ops) / r.elapsed.Seconds() }

// Run measures everything and prints the table and the ratios.
func (c *benchWalletCmd) Run(ctx context.Context) (err error) {
	b := &walletBench{benchWalletCmd: *c}
	if b.home, err = os.MkdirTemp("", "pitboss-bench-"); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(b.home)) }()
	// The server may run as another user, who has to pass through.
	if err := os.Chmod(b.home, 0o755); err != nil {
		return err
	}
	fmt.Printf("%s, %d CPUs, %s; load %s. PostgreSQL with fsync in %s\n", cpuName(), runtime.NumCPU(), runtime.Version(), loadAverage(), b.home)
	if b.server, err = postgres.Start(ctx, postgres.Options{DataDir: filepath.Join(b.home, "postgres"), Durable: true, Log: quiet()}); err != nil {
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
	if err := b.measureAll(ctx); err != nil {
		return err
	}
	b.ratios()
	return nil
}

// measureAll keeps what is compared close together in time, because the machine may have other work.
func (b *walletBench) measureAll(ctx context.Context) error {
	fmt.Println(benchHeader)
	for i, callers := range b.Callers {
		if b.Scale > 0 && i == len(b.Callers)/2 {
			if err := b.measureTPCB(ctx); err != nil {
				return fmt.Errorf("TPC-B: %w", err)
			}
		}
		for _, shape := range b.Shapes {
			for _, mode := range b.Modes {
				r, err := b.measure(ctx, mode, shape, callers)
				if err != nil {
					return fmt.Errorf("%s %s %d: %w", mode, shape, callers, err)
				}
				b.results = append(b.results, r)
				fmt.Println(r)
			}
		}
	}
	return nil
}

const benchHeader = "| what | players | callers | operations/s | p50 ms | p99 ms | p99.9 ms | transactions/op | WAL bytes/op | load |\n|---|---|---|---|---|---|---|---|---|---|"

// String is the line of the table.
func (r benchResult) String() string {
	ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	return fmt.Sprintf("| %s | %s | %d | %.0f | %.2f | %.2f | %.2f | %.3f | %.0f | %s |",
		r.mode, r.shape, r.callers, r.rate(), ms(r.p50), ms(r.p99), ms(r.p999), r.commits, r.wal, r.load)
}

// measure runs one mode on a database of its own, proves the ledger, and drops the database.
func (b *walletBench) measure(ctx context.Context, mode, shape string, callers int) (r benchResult, err error) {
	ctx, cancel := context.WithTimeout(ctx, b.Duration+b.Warmup+3*time.Minute)
	defer cancel()
	b.number++
	d := pg.ServiceDatabase(fmt.Sprintf("bench%d", b.number), "owner", "runtime")
	if err := pg.Provision(ctx, b.server.URL("postgres"), []pg.Database{d}); err != nil {
		return r, err
	}
	if err := app.Migrate(ctx, wallet.Service(), b.server.URLAs(d.Owner, d.OwnerPassword, d.Name)); err != nil {
		return r, err
	}
	ops, pool, stop, err := b.open(ctx, mode, b.server.URLAs(d.Runtime, d.RuntimePassword, d.Name))
	if err != nil {
		return r, err
	}
	r, err = b.load(ctx, ops, shape, callers)
	if err == nil {
		var proof *walletv1.VerifyLedgerResponse
		if proof, err = wallet.Verify(ctx, pool); err == nil && !proof.GetOk() {
			err = fmt.Errorf("the ledger is broken: %v", proof.GetViolations())
		}
	}
	err = errors.Join(err, stop())
	_, dropErr := b.super.Exec(ctx, "DROP DATABASE "+d.Name+" WITH (FORCE)")
	r.mode, r.shape, r.callers, r.load = mode, shape, callers, loadAverage()
	return r, errors.Join(err, dropErr)
}

// open starts the wallet in one of the modes.
func (b *walletBench) open(ctx context.Context, mode, url string) (walletOps, *pgxpool.Pool, func() error, error) {
	pool, err := pg.Open(ctx, url, pg.PoolOptions{AppName: "pitboss-bench", MaxConns: 20, StatementTimeout: time.Minute})
	if err != nil {
		return nil, nil, nil, err
	}
	switch mode {
	case "each": // two servers of eight workers: 16 connections, each with one operation in a transaction
		one := wallet.Config{Workers: 8, MaxBatch: 1, QueueLen: 4096}
		w := inProcess{wallet.New(pool, one, time.Now), wallet.New(pool, one, time.Now)}
		return w, pool, func() error { w.close(); pool.Close(); return nil }, nil
	case "group":
		w := inProcess{wallet.New(pool, wallet.Config{Workers: 4, MaxBatch: 256, QueueLen: 4096}, time.Now)}
		return w, pool, func() error { w.close(); pool.Close(); return nil }, nil
	}
	w, stop, err := b.overNetwork(ctx, url)
	return w, pool, func() error { pool.Close(); return stop() }, err
}

// inProcess calls servers without a chain; what one player does goes to one of them.
type inProcess []*wallet.Server

func (s inProcess) of(player string) *wallet.Server {
	n := 0
	for _, c := range player {
		n += int(c)
	}
	return s[n%len(s)]
}

func (s inProcess) close() {
	for _, w := range s {
		w.Close()
	}
}

func as(ctx context.Context, peer string) context.Context {
	return authn.NewContext(ctx, authn.Caller{Kind: authn.KindPeer, ID: peer, Peer: peer})
}

func (s inProcess) deposit(ctx context.Context, r *walletv1.DepositRequest) error {
	_, err := s.of(r.GetPlayerId()).Deposit(as(ctx, "cashier"), r)
	return err
}

func (s inProcess) hold(ctx context.Context, r *walletv1.PlaceHoldRequest) (*walletv1.PlaceHoldResponse, error) {
	return s.of(r.GetPlayerId()).PlaceHold(as(ctx, "gaming"), r)
}

func (s inProcess) settle(ctx context.Context, r *walletv1.SettleHoldRequest) error {
	_, err := s.of(r.GetPlayerId()).SettleHold(as(ctx, "gaming"), r)
	return err
}

func (s inProcess) limit(ctx context.Context, r *walletv1.SetGuardRequest) error {
	_, err := s[0].SetGuard(as(ctx, "bench"), r)
	return err
}

// network calls a wallet behind its whole chain, as gaming, the cashier and an operator do.
type network struct{ gaming, cashier, operator walletv1.WalletServiceClient }

func (n network) deposit(ctx context.Context, r *walletv1.DepositRequest) error {
	_, err := n.cashier.Deposit(ctx, r)
	return err
}

func (n network) hold(ctx context.Context, r *walletv1.PlaceHoldRequest) (*walletv1.PlaceHoldResponse, error) {
	return n.gaming.PlaceHold(ctx, r)
}

func (n network) settle(ctx context.Context, r *walletv1.SettleHoldRequest) error {
	_, err := n.gaming.SettleHold(ctx, r)
	return err
}

func (n network) limit(ctx context.Context, r *walletv1.SetGuardRequest) error {
	_, err := n.operator.SetGuard(ctx, r)
	return err
}

// overNetwork serves the wallet as in production but for the event relay, which needs NATS; client and server share this process's CPUs.
func (b *walletBench) overNetwork(ctx context.Context, url string) (walletOps, func() error, error) {
	ca, err := mtls.NewCA()
	if err != nil {
		return nil, nil, err
	}
	certs := filepath.Join(b.home, fmt.Sprint("certs", b.number))
	identities := map[string]string{"operator": mtls.OperatorID("bench", "admin")}
	for _, s := range []string{"wallet", "gaming", "cashier"} {
		identities[s] = mtls.ServiceID(s)
	}
	for name, id := range identities {
		if err := mtls.Issue(ca, id, filepath.Join(certs, name), 24*time.Hour); err != nil {
			return nil, nil, err
		}
	}
	host, err := app.Start(ctx, app.Options{
		Platform: platform(), Run: []string{"wallet"}, Log: quiet(), Issuer: "https://bench.pitboss", Home: b.home, Certs: certs,
		DatabaseURL: func(string) string { return url },
		Vars:        map[string]string{"PITBOSS_WALLET_QUEUE_LEN": "4096"},
	})
	if err != nil {
		return nil, nil, err
	}
	var conns []*grpc.ClientConn
	client := func(name string) walletv1.WalletServiceClient {
		source, openErr := mtls.Open(filepath.Join(certs, name), mtls.SourceOptions{})
		if openErr != nil {
			err = errors.Join(err, openErr)
			return nil
		}
		conn, dialErr := rpc.ClientConn(host.Addr("wallet"), "wallet", source, rpc.ClientOptions{})
		if dialErr != nil {
			err = errors.Join(err, dialErr)
			return nil
		}
		conns = append(conns, conn)
		return walletv1.NewWalletServiceClient(conn)
	}
	n := network{gaming: client("gaming"), cashier: client("cashier"), operator: client("operator")}
	return n, func() error {
		stop, cancel := context.WithTimeout(context.Background(), 30*time.Second)
		defer cancel()
		for _, c := range conns {
			err = errors.Join(err, c.Close())
		}
		return errors.Join(err, host.Stop(stop))
	}, err
}

// benchLimits are wide enough never to refuse.
var benchLimits = []struct {
	kind   walletv1.GuardKind
	window walletv1.GuardWindow
	zone   string
}{
	{walletv1.GuardKind_GUARD_KIND_STAKE, walletv1.GuardWindow_GUARD_WINDOW_ROLLING_24H, ""},
	{walletv1.GuardKind_GUARD_KIND_NET_LOSS, walletv1.GuardWindow_GUARD_WINDOW_MONTH, "Europe/Berlin"},
	{walletv1.GuardKind_GUARD_KIND_STAKE, walletv1.GuardWindow_GUARD_WINDOW_WEEK, "Europe/Berlin"},
	{walletv1.GuardKind_GUARD_KIND_NET_LOSS, walletv1.GuardWindow_GUARD_WINDOW_ROLLING_30D, ""},
}

func benchMoney(amount string) *commonv1.Money {
	return &commonv1.Money{Amount: amount, Currency: "EUR"}
}

// load gives players money and limits and lets callers play rounds: each a hold and its settlement against one provider.
func (b *walletBench) load(ctx context.Context, ops walletOps, shape string, callers int) (benchResult, error) {
	players := b.Players
	if shape == "hot" {
		players = 1
	}
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(64)
	for p := range players {
		g.Go(func() error { return b.prepare(gctx, ops, fmt.Sprint("player ", p)) })
	}
	if err := g.Wait(); err != nil {
		return benchResult{}, err
	}
	if _, err := b.play(ctx, ops, players, callers, b.Warmup, "warm-up"); err != nil {
		return benchResult{}, err
	}
	before, err := b.counters(ctx)
	if err != nil {
		return benchResult{}, err
	}
	r, err := b.play(ctx, ops, players, callers, b.Duration, "round")
	if err != nil {
		return r, err
	}
	after, err := b.counters(ctx)
	r.commits, r.wal = float64(after[0]-before[0])/float64(r.ops), float64(after[1]-before[1])/float64(r.ops)
	return r, err
}

func (b *walletBench) prepare(ctx context.Context, ops walletOps, player string) error {
	ref := &walletv1.Reference{SourceKind: walletv1.SourceKind_SOURCE_KIND_DEPOSIT, SourceId: "dep"}
	if err := ops.deposit(ctx, &walletv1.DepositRequest{RequestId: "deposit " + player, PlayerId: player, Amount: benchMoney("100000000.00"), Psp: "bench", Reference: ref}); err != nil {
		return err
	}
	for _, l := range benchLimits[:min(b.Limits, len(benchLimits))] {
		if err := ops.limit(ctx, &walletv1.SetGuardRequest{
			PlayerId: player, Kind: l.kind, Layer: walletv1.GuardLayer_GUARD_LAYER_OPERATOR, Window: l.window, TimeZone: l.zone,
			Maximum: benchMoney("100000000.00"), Reason: "bench",
		}); err != nil {
			return err
		}
	}
	_, _, err := playRound(ctx, ops, player, "first "+player) // so that every account exists
	return err
}

// play lets callers play until the time is over and answers what they saw.
func (b *walletBench) play(ctx context.Context, ops walletOps, players, callers int, length time.Duration, name string) (benchResult, error) {
	var mu sync.Mutex
	var all []time.Duration
	began := time.Now()
	g, gctx := errgroup.WithContext(ctx)
	for c := range callers {
		g.Go(func() error {
			var took []time.Duration
			for n := 0; time.Since(began) < length; n++ {
				hold, settle, err := playRound(gctx, ops, fmt.Sprint("player ", rand.IntN(players)), fmt.Sprintf("%s %d-%d", name, c, n))
				if err != nil {
					return err
				}
				took = append(took, hold, settle)
			}
			mu.Lock()
			defer mu.Unlock()
			all = append(all, took...)
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return benchResult{}, err
	}
	return summarise(all, time.Since(began)), nil
}

func playRound(ctx context.Context, ops walletOps, player, round string) (hold, settle time.Duration, err error) {
	ref := &walletv1.Reference{SourceKind: walletv1.SourceKind_SOURCE_KIND_BET, SourceId: "bet " + round, RoundId: round, ProviderTxId: "tx " + round, GameId: "game"}
	began := time.Now()
	h, err := ops.hold(ctx, &walletv1.PlaceHoldRequest{RequestId: "hold " + round, PlayerId: player, Amount: benchMoney("1.00"), Reference: ref})
	hold = time.Since(began)
	if err != nil {
		return hold, 0, err
	}
	began = time.Now()
	err = ops.settle(ctx, &walletv1.SettleHoldRequest{
		RequestId: "settle " + round, PlayerId: player, HoldId: h.GetHoldId(), Payout: benchMoney("0.95"), Provider: "studio", Reference: ref,
	})
	return hold, time.Since(began), err
}

func summarise(all []time.Duration, elapsed time.Duration) benchResult {
	r := benchResult{ops: len(all), elapsed: elapsed}
	if len(all) == 0 {
		return r
	}
	slices.Sort(all)
	at := func(q float64) time.Duration { return all[min(int(q*float64(len(all))), len(all)-1)] }
	r.p50, r.p99, r.p999 = at(0.5), at(0.99), at(0.999)
	return r
}

// counters are the server's transaction ids given out, one for each transaction that writes, and the bytes of WAL written.
func (b *walletBench) counters(ctx context.Context) (n [2]int64, err error) {
	err = b.super.QueryRow(ctx, `SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint, (pg_current_wal_insert_lsn() - '0/0'::pg_lsn)::bigint`).Scan(&n[0], &n[1])
	return n, err
}

// ratios prints what the bars of DESIGN section 8 are about.
func (b *walletBench) ratios() {
	find := func(mode, shape string, callers int) *benchResult {
		i := slices.IndexFunc(b.results, func(r benchResult) bool { return r.mode == mode && r.shape == shape && r.callers == callers })
		if i < 0 {
			return nil
		}
		return &b.results[i]
	}
	for _, shape := range b.Shapes {
		for _, callers := range b.Callers {
			each, group, network := find("each", shape, callers), find("group", shape, callers), find("grpc", shape, callers)
			line := []string{fmt.Sprintf("%s players, %d callers:", shape, callers)}
			if group != nil && each != nil {
				line = append(line, fmt.Sprintf("group commit is %.1f x one transaction each", group.rate()/each.rate()))
			}
			if group != nil && b.tpcb.ops > 0 {
				line = append(line, fmt.Sprintf("%.1f x TPC-B", group.rate()/b.tpcb.rate()))
			}
			if group != nil && network != nil {
				line = append(line, fmt.Sprintf("mTLS gRPC is %.2f of it", network.rate()/group.rate()))
			}
			fmt.Println(strings.Replace(strings.Join(line, "; "), ":;", ":", 1))
		}
	}
}

func quiet() *slog.Logger {
	return slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError}))
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
