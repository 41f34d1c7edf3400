package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"slices"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"

	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/bus"
	"github.com/pitboss-gaming/pitboss/kit/mtls"
	"github.com/pitboss-gaming/pitboss/services/wallet"
)

// pacedShare is the part of the rate of the gRPC row at which paced runs.
const pacedShare = 0.8

// measureRow measures one mode on a database of its own and proves the ledger.
func (b *walletBench) measureRow(ctx context.Context, row benchRow) error {
	ctx, cancel := context.WithTimeout(ctx, 3*b.Duration+b.Warmup+5*time.Minute)
	defer cancel()
	err := b.onDatabase(ctx, b.playersOf(row.Players), func(ctx context.Context, d benchDatabase) error {
		if err := b.loadRow(ctx, d, &row); err != nil {
			return err
		}
		return b.proveLedger(ctx, d)
	})
	if err == nil {
		b.addRow(row)
	}
	return err
}

// loadRow starts the wallet as the row has it, warms it up and measures.
func (b *walletBench) loadRow(ctx context.Context, d benchDatabase, row *benchRow) (err error) {
	ops, stop, err := b.open(ctx, row.Mode, d)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stop()) }()
	play := b.play
	if row.Target > 0 {
		play = b.playPaced
	}
	if err := b.counted(ctx, row, func(length time.Duration, name string) error { return play(ctx, ops, row, length, name) }); err != nil {
		return err
	}
	if b.Relay && row.overNetwork() {
		lag, err := bus.ReadLag(ctx, d.pool)
		row.Unsent = lag.Pending
		return err
	}
	return nil
}

// counted runs a load twice, to warm up and to measure, and completes the row with what the server did meanwhile.
func (b *walletBench) counted(ctx context.Context, row *benchRow, load func(length time.Duration, name string) error) error {
	if b.Warmup > 0 {
		b.progress.phase("warming up", b.Warmup)
		if err := load(b.Warmup, "warm-up"); err != nil {
			return err
		}
	}
	before, err := b.counters(ctx)
	if err != nil {
		return err
	}
	b.progress.phase("measuring", b.Duration)
	cpuBefore := cpuTimes(b.dataDir())
	if err := load(b.Duration, "round"); err != nil {
		return err
	}
	cpu := cpuTimes(b.dataDir())
	row.Load = loadAverage()
	after, err := b.counters(ctx)
	if err != nil {
		return err
	}
	if n := float64(row.Operations); n > 0 {
		row.Commits, row.WAL = float64(after.commits-before.commits)/n, float64(after.wal-before.wal)/n
		row.Pages = float64(after.pages-before.pages) / n
		row.OwnCPU = float64((cpu.own - cpuBefore.own).Microseconds()) / n
		row.PostgresCPU = float64((cpu.postgres - cpuBefore.postgres).Microseconds()) / n
	}
	return nil
}

// measurePaced loads the gRPC path steadily below what it can do at most.
func (b *walletBench) measurePaced(ctx context.Context) error {
	rate := b.Rate
	if rate <= 0 {
		row := b.report.row("grpc", b.mainShape(), b.mainCallers())
		if row == nil || row.Rate == 0 {
			return errors.New("grpc was not measured before")
		}
		rate = pacedShare * row.Rate
	}
	return b.measureRow(ctx, benchRow{Mode: "paced", Players: b.mainShape(), Callers: b.mainCallers(), Target: rate})
}

// measureBare calls a server of the same messages that does nothing, through mutual TLS and without the platform's chain: what a call costs here.
func (b *walletBench) measureBare(ctx context.Context) (err error) {
	b.number++
	certs, err := b.certificates("wallet", "gaming")
	if err != nil {
		return err
	}
	source, err := mtls.Open(filepath.Join(certs, "wallet"), mtls.SourceOptions{})
	if err != nil {
		return err
	}
	own, err := mtls.Open(filepath.Join(certs, "gaming"), mtls.SourceOptions{})
	if err != nil {
		return err
	}
	lis, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	server := grpc.NewServer(grpc.Creds(credentials.NewTLS(mtls.ServerTLS(source))))
	walletv1.RegisterWalletServiceServer(server, bareWallet{})
	served := make(chan error, 1)
	go func() { served <- server.Serve(lis) }()
	defer func() {
		server.Stop()
		err = errors.Join(err, <-served)
	}()
	conn, err := grpc.NewClient(lis.Addr().String(), grpc.WithTransportCredentials(credentials.NewTLS(mtls.ClientTLS(own, "wallet"))))
	if err != nil {
		return err
	}
	defer conn.Close()
	row, ops := benchRow{Mode: "bare", Players: "none", Callers: b.mainCallers()}, network{walletv1.NewWalletServiceClient(conn)}
	if err := b.counted(ctx, &row, func(length time.Duration, name string) error { return b.play(ctx, ops, &row, length, name) }); err != nil {
		return err
	}
	row.Commits, row.WAL, row.Pages = 0, 0, 0 // nothing of this is the server's
	b.addRow(row)
	return nil
}

// bareWallet answers as long as the wallet does and does nothing.
type bareWallet struct {
	walletv1.UnimplementedWalletServiceServer
}

const bareID = "01jcqz5k3v8e7s9m2n4p6r8t0w"

func bareBalance(player string) *walletv1.Balance {
	return &walletv1.Balance{PlayerId: player, Available: benchMoney("99999999.95"), Held: benchMoney("1.00"), Version: 1000}
}

// PlaceHold answers with what looks like a hold.
func (bareWallet) PlaceHold(_ context.Context, r *walletv1.PlaceHoldRequest) (*walletv1.PlaceHoldResponse, error) {
	return &walletv1.PlaceHoldResponse{OperationId: "wop_" + bareID, HoldId: "hld_" + bareID, BalanceAfter: bareBalance(r.GetPlayerId())}, nil
}

// SettleHold answers with what looks like a settlement.
func (bareWallet) SettleHold(_ context.Context, r *walletv1.SettleHoldRequest) (*walletv1.SettleHoldResponse, error) {
	return &walletv1.SettleHoldResponse{OperationId: "wop_" + bareID, BalanceAfter: bareBalance(r.GetPlayerId())}, nil
}

// tripRounds is how many rounds are played for counting round trips.
const tripRounds = 100

// measureTrips counts the round trips to the database of operations that come one at a time.
func (b *walletBench) measureTrips(ctx context.Context) error {
	return b.onDatabase(ctx, b.playersOf(b.mainShape()), func(ctx context.Context, d benchDatabase) error {
		cfg, err := pgxpool.ParseConfig(d.url)
		if err != nil {
			return err
		}
		var trips atomic.Int64
		dial := cfg.ConnConfig.DialFunc
		cfg.ConnConfig.DialFunc = func(ctx context.Context, network, addr string) (net.Conn, error) {
			c, err := dial(ctx, network, addr)
			return &tripConn{Conn: c, trips: &trips}, err
		}
		pool, err := pgxpool.NewWithConfig(ctx, cfg)
		if err != nil {
			return err
		}
		defer pool.Close()
		one := b.cfg
		one.Workers = 1 // so that the first rounds prepare every statement
		w := inProcess{wallet.New(pool, one, time.Now)}
		defer func() { _ = w.close() }()
		b.progress.phase("counting round trips", 0)
		for n := range 2 * tripRounds {
			if n == tripRounds {
				trips.Store(0)
			}
			if _, _, err := playRound(ctx, w, benchPlayer(n%b.playersOf(b.mainShape())), fmt.Sprint("trip ", n)); err != nil {
				return err
			}
		}
		perOperation := float64(trips.Load()) / (2 * tripRounds)
		b.report.Trips = &perOperation
		return b.proveLedger(ctx, d)
	})
}

// tripConn counts how often something is read after something was written.
type tripConn struct {
	net.Conn
	trips *atomic.Int64
	wrote atomic.Bool
}

// Write sends, and remembers that an answer will come.
func (c *tripConn) Write(p []byte) (int, error) {
	c.wrote.Store(true)
	return c.Conn.Write(p)
}

// Read receives, and counts the first piece of an answer.
func (c *tripConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if n > 0 && c.wrote.Swap(false) {
		c.trips.Add(1)
	}
	return n, err
}

// addRow keeps a row and prints its line.
func (b *walletBench) addRow(row benchRow) {
	b.report.Rows = append(b.report.Rows, row)
	b.print(row.String())
}

// print puts a line on standard output, unless a machine reads that.
func (b *walletBench) print(line string) {
	if b.JSON {
		return
	}
	b.progress.clear()
	fmt.Println(line)
}

// row finds a row of the run.
func (r *benchReport) row(mode, players string, callers int) *benchRow {
	i := slices.IndexFunc(r.Rows, func(row benchRow) bool { return row.Mode == mode && row.Players == players && row.Callers == callers })
	if i < 0 {
		return nil
	}
	return &r.Rows[i]
}
