package bus_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"

	commonv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/bus"
)

func TestConsumer_SeesTheWholeEvent(t *testing.T) {
	w := newWorld(t, bus.ProvisionOptions{})
	got := make(chan bus.Message, 1)
	_ = w.consume(w.bus("cashier", w.connect("cashier")), consumer(func(m bus.Message) error { got <- m; return nil }))
	_, _ = w.relay()
	e := event(7)
	e.OccurredAt = time.Date(2026, 5, 4, 3, 2, 1, 123456000, time.UTC)
	require.NoError(t, pgx.BeginFunc(w.ctx, w.pool, func(tx pgx.Tx) error { return bus.Publish(w.ctx, tx, e) }))
	m := <-got
	require.Regexp(t, "^evt_[0-9a-z]{26}$", m.ID)
	require.Regexp(t, "^[0-9a-f]{32}$", m.TraceID, "an event always has a trace")
	var money commonv1.Money
	require.NoError(t, m.Decode(&money))
	require.Equal(t, "7", money.GetAmount())
	m.ID, m.TraceID, m.Traceparent, m.Data = "", "", "", nil
	require.Equal(t, bus.Message{Subject: subject, Schema: "pitboss.common.v1.Money", Source: "wallet", PlayerID: "ply_1", AggregateID: "a", Version: 7,
		OccurredAt: e.OccurredAt, Delivered: 1}, m)
}

func TestMessage_DecodeRefusesOtherTypesForGood(t *testing.T) {
	m := bus.Message{Subject: subject, Schema: "pitboss.common.v1.Money", Data: []byte{0xff}}
	err := m.Decode(&walletv1.FundsHeld{})
	require.True(t, bus.IsPermanent(err), err)
	err = m.Decode(&commonv1.Money{})
	require.True(t, bus.IsPermanent(err), err)
	require.NoError(t, bus.Permanent(nil))
}

func TestConsumer_RetriesWithPauses(t *testing.T) {
	w := newWorld(t, bus.ProvisionOptions{})
	var mu sync.Mutex
	var times []time.Time
	pauses := []time.Duration{50 * time.Millisecond, 200 * time.Millisecond}
	b := w.bus("cashier", w.connect("cashier"), func(o *bus.Options) { o.Backoff = pauses })
	_ = w.consume(b, consumer(func(m bus.Message) error {
		mu.Lock()
		defer mu.Unlock()
		times = append(times, time.Now())
		if m.Delivered < 4 {
			return errors.New("not yet")
		}
		return nil
	}))
	_, _ = w.relay()
	w.publish(1)
	w.awaitEffects(1)
	require.Len(t, times, 4)
	require.GreaterOrEqual(t, times[1].Sub(times[0]), pauses[0])
	require.GreaterOrEqual(t, times[2].Sub(times[1]), pauses[1])
	require.GreaterOrEqual(t, times[3].Sub(times[2]), pauses[1], "the last pause is repeated")
	require.Empty(t, w.letters())
}

// Whoever needs order refuses what is ahead and waits for the gap to close.
func TestConsumer_OutOfOrder(t *testing.T) {
	w := newWorld(t, bus.ProvisionOptions{})
	var order []int64
	var mu sync.Mutex
	_ = w.consume(w.bus("cashier", w.connect("cashier"), func(o *bus.Options) { o.MaxDeliver = 1000 }), bus.Consumer{
		Name: "cashier_wallet", Subjects: topology[1].Consumes[0].Subjects,
		Handle: func(ctx context.Context, tx pgx.Tx, m bus.Message) error {
			tag, err := tx.Exec(ctx, "UPDATE account SET version = $1 WHERE id = 'a' AND version = $1 - 1", m.Version)
			if err != nil {
				return err
			}
			if tag.RowsAffected() == 0 {
				return fmt.Errorf("version %d is ahead", m.Version)
			}
			mu.Lock()
			defer mu.Unlock()
			order = append(order, m.Version)
			_, err = tx.Exec(ctx, "INSERT INTO effect (event_id, n) VALUES ($1, $2)", m.ID, m.Version)
			return err
		},
	})
	_, _ = w.relay()
	w.publish(3, 2, 1)
	w.awaitEffects(1, 2, 3)
	require.Equal(t, []int64{1, 2, 3}, order)
}

// The process dies after the effect is committed and before JetStream hears of it.
func TestConsumer_CrashBetweenEffectAndAcknowledgement(t *testing.T) {
	w := newWorld(t, bus.ProvisionOptions{AckWait: 300 * time.Millisecond})
	_, _ = w.relay()
	dying := w.connect("cashier")
	var runs atomic.Int32
	stop := w.consume(w.bus("cashier", dying), bus.Consumer{Name: "cashier_wallet", Subjects: topology[1].Consumes[0].Subjects,
		Handle: func(ctx context.Context, tx pgx.Tx, m bus.Message) error {
			runs.Add(1)
			_, err := tx.Exec(ctx, "INSERT INTO effect (event_id, n) VALUES ($1, $2)", m.ID, m.Version)
			dying.Close()
			return err
		}})
	w.publish(1)
	w.awaitEffects(1)
	stop()
	_ = w.consume(w.bus("cashier", w.connect("cashier")), consumer(func(bus.Message) error { runs.Add(1); return nil }))
	w.awaitIdle()
	require.Equal(t, []int64{1}, w.effects())
	require.EqualValues(t, 1, runs.Load(), "the handler was not even called")
}

// Two replicas get the same event at the same time (the first one was too slow to answer): one effect.
func TestConsumer_SameEventInTwoReplicasAtOnce(t *testing.T) {
	w := newWorld(t, bus.ProvisionOptions{AckWait: 100 * time.Millisecond})
	release := make(chan struct{})
	var inside atomic.Int32
	slow := consumer(func(bus.Message) error { inside.Add(1); <-release; return nil })
	_ = w.consume(w.bus("cashier", w.connect("cashier")), slow)
	_ = w.consume(w.bus("cashier", w.connect("cashier")), slow)
	_, _ = w.relay()
	w.publish(1)
	w.eventually("delivered again", func() (bool, any) {
		c, err := w.conn.JetStream().Consumer(w.ctx, "WALLET", "cashier_wallet")
		return err == nil && c.CachedInfo().NumRedelivered > 0, err
	})
	close(release)
	w.awaitIdle()
	require.Equal(t, []int64{1}, w.effects())
	require.EqualValues(t, 1, inside.Load(), "the second one waits at the inbox")
}

func TestConsumer_DeadLetterAtOnceForPermanentErrors(t *testing.T) {
	w := newWorld(t, bus.ProvisionOptions{})
	_ = w.consume(w.bus("cashier", w.connect("cashier")), consumer(func(m bus.Message) error {
		if m.Version == 1 {
			return bus.Permanent(errors.New("makes no sense\nat all"))
		}
		return nil
	}))
	_, _ = w.relay()
	w.publish(1, 2)
	w.awaitEffects(2) // a dead letter does not hold up the others
	l := w.awaitLetters(1)[0]
	w.awaitIdle()
	require.Equal(t, "cashier_wallet", l.Consumer)
	require.EqualValues(t, 1, l.Message.Delivered)
	require.Equal(t, "makes no sense\nat all", l.Reason)
	require.EqualValues(t, 1, l.Message.Version)
	require.Equal(t, "ply_1", l.Message.PlayerID)
	require.Zero(t, l.ResolvedAt)
}

func TestConsumer_DeadLetterAfterMaxDeliver(t *testing.T) {
	w := newWorld(t, bus.ProvisionOptions{})
	var runs atomic.Int32
	b := w.bus("cashier", w.connect("cashier"), func(o *bus.Options) { o.MaxDeliver = 3 })
	_ = w.consume(b, consumer(func(m bus.Message) error {
		if runs.Add(1) == 2 {
			panic("boom") // counts like an error, and takes nobody down
		}
		return errors.New("still not")
	}))
	_, _ = w.relay()
	w.publish(1)
	l := w.awaitLetters(1)[0]
	require.EqualValues(t, 3, l.Message.Delivered)
	require.EqualValues(t, 3, runs.Load())
	require.Empty(t, w.effects())
	w.awaitIdle()
	require.NoError(t, b.Health(), "a dead letter is for an operator, not a reason to stop")
}

// A handler whose own calls fail is not an outage of the database, although the errors look alike.
func TestConsumer_OtherConnectionsErrorsCount(t *testing.T) {
	w := newWorld(t, bus.ProvisionOptions{})
	_ = w.consume(w.bus("cashier", w.connect("cashier"), func(o *bus.Options) { o.MaxDeliver = 2 }), consumer(func(bus.Message) error {
		return &net.OpError{Op: "dial", Err: errors.New("mail server is away")}
	}))
	_, _ = w.relay()
	w.publish(1)
	require.EqualValues(t, 2, w.awaitLetters(1)[0].Message.Delivered)
}

func TestConsumer_HandlerTimeoutCounts(t *testing.T) {
	w := newWorld(t, bus.ProvisionOptions{})
	b := w.bus("cashier", w.connect("cashier"), func(o *bus.Options) { o.MaxDeliver, o.HandlerTimeout = 2, 50*time.Millisecond })
	_ = w.consume(b, bus.Consumer{Name: "cashier_wallet", Subjects: topology[1].Consumes[0].Subjects,
		Handle: func(ctx context.Context, _ pgx.Tx, _ bus.Message) error { <-ctx.Done(); return ctx.Err() }})
	_, _ = w.relay()
	w.publish(1)
	require.EqualValues(t, 2, w.awaitLetters(1)[0].Message.Delivered)
}

func TestConsumer_UnreadableMessageIsADeadLetter(t *testing.T) {
	w := newWorld(t, bus.ProvisionOptions{})
	_ = w.consume(w.bus("cashier", w.connect("cashier")), consumer(accept))
	_, err := w.conn.JetStream().PublishMsg(w.ctx, &nats.Msg{Subject: subject, Data: []byte("hello"), Header: nats.Header{"Pitboss-Schema": {"x\x00\xff"}}})
	require.NoError(t, err)
	l := w.awaitLetters(1)[0]
	require.Equal(t, "WALLET.1", l.Message.ID)
	require.Equal(t, []byte("hello"), l.Message.Data)
	w.awaitIdle()
}

// While the database is away nothing is pulled, so the outage does not use up deliveries and nothing becomes a dead letter.
func TestConsumer_DatabaseOutage(t *testing.T) {
	w := newWorld(t, bus.ProvisionOptions{})
	b := w.bus("cashier", w.connect("cashier"), func(o *bus.Options) { o.MaxDeliver = 2 })
	_, stopRelay := w.relay()
	first := make(chan struct{})
	var deliveries sync.Map
	_ = w.consume(b, consumer(func(m bus.Message) error {
		if m.Version == 1 {
			<-first
		}
		deliveries.Store(m.Version, m.Delivered)
		return nil
	}))
	w.publish(1, 2, 3)
	w.awaitPublished(1, 2, 3)
	w.awaitEffects(2, 3)
	stopRelay()
	w.outside("UPDATE pg_database SET datallowconn = false WHERE datname = '" + w.dbName() + "'")
	w.outside("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '" + w.dbName() + "'")
	close(first) // its commit fails
	w.eventually("put back", func() (bool, any) {
		c, err := w.conn.JetStream().Consumer(w.ctx, "WALLET", "cashier_wallet")
		return err == nil && c.CachedInfo().NumRedelivered > 0, err
	})
	w.outside("UPDATE pg_database SET datallowconn = true WHERE datname = '" + w.dbName() + "'")
	w.awaitEffects(1, 2, 3)
	w.awaitIdle()
	require.Empty(t, w.letters())
	n, _ := deliveries.Load(int64(1))
	require.LessOrEqual(t, n, uint64(3))
}

func TestConsumer_NATSOutage(t *testing.T) {
	w := newWorld(t, bus.ProvisionOptions{})
	b := w.bus("cashier", w.connect("cashier"))
	_ = w.consume(b, consumer(accept))
	_, _ = w.relay()
	w.publish(1)
	w.awaitEffects(1)
	w.stopNATS()
	w.publish(2)
	require.NoError(t, b.Health())
	w.startNATS()
	w.publish(3)
	w.awaitEffects(1, 2, 3)
	require.NoError(t, b.Health())
}

func TestConsumer_MissingIsReportedAndHeals(t *testing.T) {
	w := newWorld(t, bus.ProvisionOptions{})
	require.NoError(t, w.conn.JetStream().DeleteConsumer(w.ctx, "WALLET", "cashier_wallet"))
	b := w.bus("cashier", w.connect("cashier"))
	_ = w.consume(b, consumer(accept))
	w.eventually("reported", func() (bool, any) { err := b.Health(); return contains(err, "cashier_wallet"), err })
	require.NoError(t, bus.Provision(w.ctx, w.conn.JetStream(), topology, bus.ProvisionOptions{}))
	w.eventually("healthy", func() (bool, any) { err := b.Health(); return err == nil, err })
	_, _ = w.relay()
	w.publish(1)
	w.awaitEffects(1)
}

func TestConsumer_UnknownSubjectIsAnErrorAtTheStart(t *testing.T) {
	w := newWorld(t, bus.ProvisionOptions{})
	err := w.bus("cashier", w.conn).RunConsumers(w.ctx, bus.Consumer{Name: "x", Subjects: []string{"kyc.verified.v1"}})
	require.ErrorContains(t, err, "kyc.verified.v1")
}

// A stop lets the handler in progress finish, and leaves what has not begun to others.
func TestConsumer_StopsInGoodOrder(t *testing.T) {
	w := newWorld(t, bus.ProvisionOptions{})
	started, release := make(chan struct{}), make(chan struct{})
	conn := w.connect("cashier")
	b := w.bus("cashier", conn, func(o *bus.Options) { o.Concurrency = 1 })
	stop := w.consume(b, consumer(func(m bus.Message) error {
		if m.Version == 1 {
			close(started)
			<-release
		}
		return nil
	}))
	_, _ = w.relay()
	w.publish(1, 2, 3)
	<-started
	w.awaitPublished(1, 2, 3)
	go func() { time.Sleep(50 * time.Millisecond); close(release) }()
	stop()
	require.True(t, slices.Contains(w.effects(), 1), "the one in progress was finished")
	_ = w.consume(w.bus("cashier", w.connect("cashier")), consumer(accept))
	w.awaitEffects(1, 2, 3)
}

func TestReplay(t *testing.T) {
	w := newWorld(t, bus.ProvisionOptions{})
	var broken atomic.Bool
	broken.Store(true)
	b := w.bus("cashier", w.connect("cashier"))
	_ = w.consume(b, consumer(func(bus.Message) error {
		if broken.Load() {
			return bus.Permanent(errors.New("bug"))
		}
		return nil
	}))
	_, _ = w.relay()
	w.publish(1)
	l := w.awaitLetters(1)[0]
	require.ErrorIs(t, b.Replay(w.ctx, l.ID+1), bus.ErrNoDeadLetter)
	require.ErrorIs(t, w.bus("cashier", w.conn).Replay(w.ctx, l.ID), bus.ErrNoConsumer)
	require.Error(t, b.Replay(w.ctx, l.ID))
	require.Equal(t, 1, w.letters()[0].Replays)
	broken.Store(false)
	require.NoError(t, b.Replay(w.ctx, l.ID))
	require.Equal(t, []int64{1}, w.effects())
	require.Empty(t, w.letters())
	require.NoError(t, b.Replay(w.ctx, l.ID), "again is nothing")
	require.Equal(t, []int64{1}, w.effects())
	all, err := bus.DeadLetters(w.ctx, w.pool, bus.DeadLetterFilter{Resolved: true, Consumer: "cashier_wallet"})
	require.NoError(t, err)
	require.Len(t, all, 1)
	require.NotZero(t, all[0].ResolvedAt)
}

func (w *world) dbName() string { return w.pool.Config().ConnConfig.Database }

// outside runs a statement as a superuser connected to another database.
func (w *world) outside(sql string) {
	w.t.Helper()
	cfg, err := pgx.ParseConfig(w.db.SuperURL)
	require.NoError(w.t, err)
	cfg.Database = "postgres"
	conn, err := pgx.ConnectConfig(w.ctx, cfg)
	require.NoError(w.t, err)
	defer conn.Close(w.ctx)
	_, err = conn.Exec(w.ctx, sql)
	require.NoError(w.t, err)
}
