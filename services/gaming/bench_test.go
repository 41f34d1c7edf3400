package gaming_test

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/ids"
)

// benchPlayers play at the same time, each one bet after the other.
const benchPlayers = 128

// cpu is the processor time of this process, which runs every service but the database.
func cpu() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkCallbacks is bets and wins as an adapter reports them, over mTLS gRPC. BenchmarkWallet is what the wallet alone is asked for on their behalf; the
// difference is gaming and its hop.
func BenchmarkCallbacks(b *testing.B) {
	play(b, func(c *casino, g *guest, n int64) error {
		round, tx := fmt.Sprint("r", n), fmt.Sprint("b", n)
		if _, err := g.adapter.PlaceBet(b.Context(), g.betRequest(round, tx, "0.10")); err != nil {
			return err
		}
		w := g.winRequest(round, "w"+tx, tx, "0.09")
		w.RoundClosed = true
		_, err := g.adapter.SettleBet(b.Context(), w)
		return err
	})
}

// BenchmarkWallet is the wallet's part of BenchmarkCallbacks.
func BenchmarkWallet(b *testing.B) {
	play(b, func(c *casino, g *guest, n int64) error {
		ref := &walletv1.Reference{SourceKind: walletv1.SourceKind_SOURCE_KIND_BET, SourceId: ids.New("bet"), RoundId: ids.New("rnd"), ProviderTxId: fmt.Sprint(n), GameId: "g"}
		r, err := g.wallet.PlaceHold(b.Context(), &walletv1.PlaceHoldRequest{RequestId: ids.New("req"), PlayerId: g.id, Amount: eur("0.10"), Reference: ref})
		if err != nil {
			return err
		}
		_, err = g.wallet.SettleHold(b.Context(), &walletv1.SettleHoldRequest{
			RequestId: ids.New("req"), PlayerId: g.id, HoldId: r.GetHoldId(), Payout: eur("0.09"), Provider: integration, Reference: ref,
		})
		return err
	})
}

// backends is the processor time of the database's processes that serve one service so far; zero where it cannot be read.
func (c *casino) backends() time.Duration {
	rows, err := c.DB.Query(c.t.Context(), "SELECT pid FROM pg_stat_activity WHERE datname = current_database()")
	if err != nil {
		return 0
	}
	pids, err := pgx.CollectRows(rows, pgx.RowTo[int32])
	if err != nil {
		return 0
	}
	var ticks int64
	for _, pid := range pids {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if err != nil {
			continue
		}
		_, rest, _ := strings.Cut(string(text), ") ")
		if f := strings.Fields(rest); len(f) > 12 {
			user, _ := strconv.ParseInt(f[11], 10, 64)
			system, _ := strconv.ParseInt(f[12], 10, 64)
			ticks += user + system
		}
	}
	return time.Duration(ticks) * 10 * time.Millisecond
}

func play(b *testing.B, round func(c *casino, g *guest, n int64) error) {
	c := opened(b, true, "PITBOSS_GAMING_LOOKUP_TTL", "2s", "PITBOSS_GAMING_RECONCILE_EVERY", "5s", "PITBOSS_GAMING_HOLDS_EVERY", "5m")
	guests := make([]*guest, benchPlayers)
	for i := range guests {
		guests[i] = c.seat("100000.00")
	}
	var n, at atomic.Int64
	before, beforeDB := cpu(), c.backends()
	b.SetParallelism(benchPlayers / 2)
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		g := guests[at.Add(1)%benchPlayers]
		for pb.Next() {
			if err := round(c, g, n.Add(1)); err != nil {
				b.Error(err)
				return
			}
		}
	})
	b.StopTimer()
	ops := float64(2 * b.N)
	b.ReportMetric(ops/b.Elapsed().Seconds(), "calls/s")
	b.ReportMetric(float64((cpu()-before).Microseconds())/ops, "cpu-us/call")
	b.ReportMetric(float64((c.backends()-beforeDB).Microseconds())/ops, "db-us/call")
	b.ReportMetric(0, "ns/op")
}
