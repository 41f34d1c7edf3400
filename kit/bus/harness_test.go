package bus_test

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	commonv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
	"github.com/pitboss-gaming/pitboss/kit/bus"
	"github.com/pitboss-gaming/pitboss/kit/testkit/pgtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// topology: wallet tells, cashier listens.
var topology = []bus.Topology{
	{Service: "wallet", Publishes: []string{"wallet.>"}, Consumes: []bus.Subscription{}},
	{Service: "cashier", Publishes: []string{"payment.>", "payout.>"}, Consumes: []bus.Subscription{
		{Name: "cashier_wallet", Subjects: []string{"wallet.credited.v1", "wallet.debited.v1"}},
	}},
}

const subject = "wallet.credited.v1"

// world is one NATS server and one database, which plays both the publisher's and the consumer's.
type world struct {
	t    testing.TB
	ctx  context.Context
	opts *server.Options
	nats *server.Server
	db   *pgtest.Database
	pool *pgxpool.Pool
	conn *bus.Conn
}

func newWorld(t *testing.T, o bus.ProvisionOptions) *world {
	t.Helper()
	t.Parallel()
	return makeWorld(t, o, false)
}

// makeWorld is newWorld for benchmarks as well; with durable JetStream syncs what it acknowledges, as in production.
func makeWorld(t testing.TB, o bus.ProvisionOptions, durable bool) *world {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	t.Cleanup(cancel)
	w := &world{t: t, ctx: ctx, opts: &server.Options{
		ServerName: "test", Host: "127.0.0.1", Port: server.RANDOM_PORT, JetStream: true, StoreDir: t.TempDir(), NoSigs: true, NoLog: true,
		SyncAlways: durable,
	}}
	w.startNATS()
	t.Cleanup(func() { w.stopNATS() })
	w.db = pgtest.New(t, pgtest.Sets(fsOf(`CREATE TABLE effect (event_id text, n bigint, at timestamptz DEFAULT clock_timestamp());
		CREATE TABLE account (id text PRIMARY KEY, version bigint NOT NULL DEFAULT 0); INSERT INTO account VALUES ('a');
		CREATE TABLE other (x int);`))...)
	w.pool = w.db.Pool
	w.conn = w.connect("wallet")
	require.NoError(t, bus.Provision(ctx, w.conn.JetStream(), topology, o))
	return w
}

func (w *world) startNATS() {
	w.t.Helper()
	s, err := server.NewServer(w.opts.Clone())
	require.NoError(w.t, err)
	s.Start()
	require.True(w.t, s.ReadyForConnections(10*time.Second))
	u, err := url.Parse(s.ClientURL())
	require.NoError(w.t, err)
	w.opts.Port, err = strconv.Atoi(u.Port()) // a restart comes back at the same place
	require.NoError(w.t, err)
	w.nats = s
}

func (w *world) stopNATS() { w.nats.Shutdown(); w.nats.WaitForShutdown() }

func (w *world) connect(name string, opts ...nats.Option) *bus.Conn {
	w.t.Helper()
	c, err := bus.Connect(w.ctx, w.nats.ClientURL(), name, nil, opts...)
	require.NoError(w.t, err)
	w.t.Cleanup(c.Close)
	return c
}

// bus makes a service's bus with quick repetition.
func (w *world) bus(service string, conn *bus.Conn, change ...func(*bus.Options)) *bus.Bus {
	o := bus.Options{Service: service, Pool: w.pool, Conn: conn, Topology: topology, Backoff: []time.Duration{20 * time.Millisecond}}
	for _, c := range change {
		c(&o)
	}
	return bus.New(o)
}

// start runs something in the background; the returned function stops it and waits.
func (w *world) start(run func(ctx context.Context) error) (stop func()) {
	ctx, cancel := context.WithCancel(w.ctx)
	done := make(chan error, 1)
	go func() { done <- run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		select {
		case err := <-done:
			if err != nil {
				w.t.Errorf("background: %v", err)
			}
		case <-time.After(20 * time.Second):
			w.t.Error("background does not stop")
		}
	})
	w.t.Cleanup(stop)
	return stop
}

func (w *world) relay() (b *bus.Bus, stop func()) {
	b = w.bus("wallet", w.conn)
	return b, w.start(b.RunRelay)
}

func (w *world) consume(b *bus.Bus, c bus.Consumer) (stop func()) {
	return w.start(func(ctx context.Context) error { return b.RunConsumers(ctx, c) })
}

// consumer records each effect; act may refuse first.
func consumer(act func(m bus.Message) error) bus.Consumer {
	return bus.Consumer{Name: "cashier_wallet", Subjects: []string{"wallet.credited.v1", "wallet.debited.v1"},
		Handle: func(ctx context.Context, tx pgx.Tx, m bus.Message) error {
			if err := act(m); err != nil {
				return err
			}
			_, err := tx.Exec(ctx, "INSERT INTO effect (event_id, n) VALUES ($1, $2)", m.ID, m.Version)
			return err
		}}
}

func accept(bus.Message) error { return nil }

func event(n int64) bus.Event {
	return bus.Event{Subject: subject, Message: &commonv1.Money{Amount: strconv.FormatInt(n, 10), Currency: "EUR"}, PlayerID: "ply_1",
		AggregateID: "a", Version: n, OccurredAt: time.Now()}
}

func (w *world) publish(ns ...int64) {
	w.t.Helper()
	for _, n := range ns {
		require.NoError(w.t, pgx.BeginFunc(w.ctx, w.pool, func(tx pgx.Tx) error { return bus.Publish(w.ctx, tx, event(n)) }))
	}
}

func (w *world) exec(tx interface {
	Exec(ctx context.Context, sql string, args ...any) (tag pgCommandTag, err error)
}, sql string, args ...any) {
	w.t.Helper()
	_, err := tx.Exec(w.ctx, sql, args...)
	require.NoError(w.t, err)
}

func (w *world) begin() pgx.Tx {
	w.t.Helper()
	tx, err := w.pool.Begin(w.ctx)
	require.NoError(w.t, err)
	w.t.Cleanup(func() { _ = tx.Rollback(context.Background()) })
	return tx
}

// eventually polls until ok, and fails with what it saw last.
func (w *world) eventually(what string, ok func() (bool, any)) {
	w.t.Helper()
	deadline := time.Now().Add(90 * time.Second)
	for {
		yes, saw := ok()
		if yes {
			return
		}
		if time.Now().After(deadline) || w.ctx.Err() != nil {
			require.FailNow(w.t, "never: "+what, "last seen: %v", saw)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// published reads the whole stream by sequence.
func (w *world) published() []int64 {
	w.t.Helper()
	stream, err := w.conn.JetStream().Stream(w.ctx, "WALLET")
	require.NoError(w.t, err)
	info, err := stream.Info(w.ctx)
	require.NoError(w.t, err)
	out := make([]int64, 0, info.State.Msgs)
	if info.State.Msgs == 0 {
		return out
	}
	c, err := stream.OrderedConsumer(w.ctx, jetstream.OrderedConsumerConfig{DeliverPolicy: jetstream.DeliverAllPolicy})
	require.NoError(w.t, err)
	for uint64(len(out)) < info.State.Msgs {
		batch, err := c.Fetch(min(500, int(info.State.Msgs)-len(out)), jetstream.FetchMaxWait(5*time.Second))
		require.NoError(w.t, err)
		for m := range batch.Messages() {
			n, err := strconv.ParseInt(m.Headers().Get("Pitboss-Version"), 10, 64)
			require.NoError(w.t, err)
			out = append(out, n)
		}
		require.NoError(w.t, batch.Error())
	}
	return out
}

func (w *world) streamLen() uint64 {
	stream, err := w.conn.JetStream().Stream(w.ctx, "WALLET")
	if err != nil {
		return 0
	}
	return stream.CachedInfo().State.Msgs
}

func (w *world) awaitPublished(want ...int64) {
	w.t.Helper()
	w.eventually(fmt.Sprintf("published %v", want), func() (bool, any) { n := w.streamLen(); return n >= uint64(len(want)), n })
	require.Equal(w.t, want, w.published())
}

// effects are the versions of the events that had their effect, sorted.
func (w *world) effects() []int64 {
	w.t.Helper()
	rows, err := w.pool.Query(w.ctx, "SELECT n FROM effect ORDER BY n")
	require.NoError(w.t, err)
	out, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	require.NoError(w.t, err)
	return out
}

func (w *world) awaitEffects(want ...int64) {
	w.t.Helper()
	w.eventually(fmt.Sprintf("effects %v", want), func() (bool, any) { got := w.effects(); return slices.Equal(got, want), got })
}

// awaitIdle waits until the consumer has nothing left: nothing pending, nothing unacknowledged.
func (w *world) awaitIdle() {
	w.t.Helper()
	w.eventually("consumer idle", func() (bool, any) {
		c, err := w.conn.JetStream().Consumer(w.ctx, "WALLET", "cashier_wallet")
		if err != nil {
			return false, err
		}
		i := c.CachedInfo()
		return i.NumPending == 0 && i.NumAckPending == 0, fmt.Sprintf("pending %d unacknowledged %d", i.NumPending, i.NumAckPending)
	})
}

func (w *world) letters() []bus.DeadLetter {
	w.t.Helper()
	out, err := bus.DeadLetters(w.ctx, w.pool, bus.DeadLetterFilter{})
	require.NoError(w.t, err)
	return out
}

func (w *world) awaitLetters(n int) []bus.DeadLetter {
	w.t.Helper()
	w.eventually(fmt.Sprintf("%d dead letters", n), func() (bool, any) { l := len(w.letters()); return l == n, l })
	return w.letters()
}

func contains(err error, part string) bool { return err != nil && strings.Contains(err.Error(), part) }
