package bus_test

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/pitboss-gaming/pitboss/kit/bus"
)

const (
	benchWrites = 15 * time.Millisecond // between the batches that write events
	benchTurn   = 3 * time.Second
)

// BenchmarkRelay is what publishing an event that comes steadily costs, with and without letting events gather, by turns: processor time of this process, which
// has JetStream and the relay, and of the relay's backend, less what writing alone takes; and how many batches JetStream stores. It lasts a minute whatever -benchtime
// says.
func BenchmarkRelay(b *testing.B) {
	for _, rate := range []int{200, 500, 1000, 2000, 4000} {
		b.Run(fmt.Sprint(rate, "/s"), func(b *testing.B) {
			w := makeWorld(b, bus.ProvisionOptions{}, true)
			b.ResetTimer()
			var before, after turn
			for range 2 {
				idle := w.turn(rate, nil)
				before.add(w.turn(rate, w.busOf(-1)), idle)
				after.add(w.turn(rate, w.busOf(0)), idle)
			}
			b.ReportMetric(before.perEvent(), "at-once-us/event")
			b.ReportMetric(after.perEvent(), "us/event")
			b.ReportMetric(after.perEvent()/before.perEvent(), "ratio")
			b.ReportMetric(float64(before.batches)/float64(before.events), "at-once-batches/event")
			b.ReportMetric(float64(after.batches)/float64(after.events), "batches/event")
			b.ReportMetric(0, "ns/op")
		})
	}
}

func (w *world) busOf(gather time.Duration) *bus.Bus {
	return w.bus("wallet", w.conn, func(o *bus.Options) { o.Gather = gather })
}

// turn is what some seconds of events took.
type turn struct {
	used            time.Duration
	events, batches int
}

func (t *turn) add(u, idle turn) {
	t.used += u.used - idle.used*time.Duration(u.events)/time.Duration(idle.events)
	t.events += u.events
	t.batches += u.batches
}

func (t turn) perEvent() float64 { return float64(t.used.Microseconds()) / float64(t.events) }

// turn writes events for some seconds at a rate while a relay works, or none when relay is nil, and returns when all are published.
func (w *world) turn(rate int, relay *bus.Bus) (u turn) {
	w.t.Helper()
	stop := func() {}
	if relay == nil {
		defer w.exec(w.pool, "UPDATE outbox_cursor SET id = (SELECT max(id) FROM outbox)")
	} else {
		stop = w.start(relay.RunRelay)
		w.eventually("relay", func() (bool, any) { n := w.relayBackend(); return n > 0, n })
	}
	defer stop()
	backend := w.relayBackend()
	first, usedDB, used := w.streamLen(), backendTime(backend), processorTime()
	tick := time.NewTicker(benchWrites)
	defer tick.Stop()
	for start := time.Now(); time.Since(start) < benchTurn; <-tick.C {
		n := max(1, int(time.Since(start).Seconds()*float64(rate))-u.events)
		events := make([]bus.Event, n)
		for i := range events {
			events[i] = event(int64(u.events + i))
		}
		require.NoError(w.t, pgx.BeginFunc(w.ctx, w.pool, func(tx pgx.Tx) error { return bus.Publish(w.ctx, tx, events...) }))
		u.events += n
	}
	if relay != nil {
		w.eventually("published", func() (bool, any) { n := int(w.streamLen() - first); return n >= u.events, n })
	}
	u.used = processorTime() - used + backendTime(backend) - usedDB
	u.batches = w.batches(first)
	return u
}

// batches is how many batches, or events alone, the stream has beyond the first events.
func (w *world) batches(first uint64) (n int) {
	w.t.Helper()
	stream, err := w.conn.JetStream().Stream(w.ctx, "WALLET")
	require.NoError(w.t, err)
	var wg sync.WaitGroup
	var mu sync.Mutex
	for from := range uint64(16) {
		wg.Go(func() {
			for seq := first + 1 + from; seq <= stream.CachedInfo().State.LastSeq; seq += 16 {
				m, err := stream.GetMsg(w.ctx, seq)
				if err != nil {
					w.t.Error(err)
					return
				}
				if m.Header.Get("Nats-Batch-Id") == "" || m.Header.Get("Nats-Batch-Commit") != "" {
					mu.Lock()
					n++
					mu.Unlock()
				}
			}
		})
	}
	wg.Wait()
	return n
}

// relayBackend is the process of the database that serves the relay; 0 when there is none.
func (w *world) relayBackend() (pid int) {
	w.t.Helper()
	require.NoError(w.t, w.pool.QueryRow(context.WithoutCancel(w.ctx), `SELECT COALESCE(max(pid), 0) FROM pg_stat_activity
		WHERE application_name = 'pitboss-relay-wallet' AND datname = current_database()`).Scan(&pid))
	return pid
}

// processorTime is that of this process.
func processorTime() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// backendTime is the processor time of a process of the database so far; zero where it cannot be read.
func backendTime(pid int) time.Duration {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(text), ") ")
	f := strings.Fields(rest)
	if len(f) < 13 {
		return 0
	}
	user, _ := strconv.Atoi(f[11])
	system, _ := strconv.Atoi(f[12])
	return time.Duration(user+system) * 10 * time.Millisecond
}
