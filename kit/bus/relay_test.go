package bus_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	commonv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
	"github.com/pitboss-gaming/pitboss/kit/bus"
	"github.com/pitboss-gaming/pitboss/kit/testkit/pgtest"
)

func TestRelay_WaitsForOlderTransactions(t *testing.T) {
	w := newWorld(t, bus.ProvisionOptions{})
	a := w.begin()
	require.NoError(t, bus.Publish(w.ctx, a, event(1)))
	w.publish(2) // commits first, with the higher transaction id
	_, _ = w.relay()
	w.neverPublished()
	require.NoError(t, a.Commit(w.ctx))
	w.awaitPublished(1, 2)
}

// neverPublished watches for longer than the relay's poll interval.
func (w *world) neverPublished() {
	w.t.Helper()
	deadline := time.Now().Add(700 * time.Millisecond)
	for time.Now().Before(deadline) {
		require.Zero(w.t, w.streamLen())
		time.Sleep(20 * time.Millisecond)
	}
}

// Transactions write elsewhere first, which gives them their ids in another order than that in which they get the account's lock. The events come in the
// order of the account's versions all the same.
func TestRelay_KeepsAnAggregatesOrder(t *testing.T) {
	w := newWorld(t, bus.ProvisionOptions{})
	_, _ = w.relay()
	bump := func(tx pgx.Tx) error {
		if _, err := tx.Exec(w.ctx, "INSERT INTO other VALUES (1)"); err != nil {
			return err
		}
		var v int64
		if err := tx.QueryRow(w.ctx, "SELECT version FROM account WHERE id = 'a' FOR UPDATE").Scan(&v); err != nil {
			return err
		}
		if _, err := tx.Exec(w.ctx, "UPDATE account SET version = $1 WHERE id = 'a'", v+1); err != nil {
			return err
		}
		return bus.Publish(w.ctx, tx, event(v+1))
	}
	var wg sync.WaitGroup
	want := make([]int64, 0, 40)
	for i := range 40 {
		want = append(want, int64(i+1))
		wg.Go(func() {
			if err := pgx.BeginFunc(w.ctx, w.pool, bump); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	w.awaitPublished(want...)
}

func TestRelay_LosesNothingUnderConcurrency(t *testing.T) {
	w := newWorld(t, bus.ProvisionOptions{})
	_, _ = w.relay()
	cfg := w.pool.Config()
	cfg.MaxConns = 25
	pool, err := pgxpool.NewWithConfig(w.ctx, cfg)
	require.NoError(t, err)
	defer pool.Close()
	const writers, commits = 50, 200
	var mu sync.Mutex
	want := map[int64]bool{}
	var wg sync.WaitGroup
	for i := range writers {
		wg.Go(func() {
			r := rand.New(rand.NewPCG(1, uint64(i)))
			for j := range commits {
				n := int64(i*commits + j + 1)
				keep := r.IntN(10) > 0
				err := pgx.BeginFunc(w.ctx, pool, func(tx pgx.Tx) error {
					if err := bus.Publish(w.ctx, tx, event(n)); err != nil {
						return err
					}
					time.Sleep(time.Duration(r.IntN(1500)) * time.Microsecond)
					if !keep {
						return context.Canceled
					}
					return nil
				})
				if keep && err != nil {
					t.Error(err)
				}
				if keep {
					mu.Lock()
					want[n] = true
					mu.Unlock()
				}
			}
		})
	}
	wg.Wait()
	w.eventually("all published", func() (bool, any) { n := w.streamLen(); return n >= uint64(len(want)), n })
	got := map[int64]bool{}
	all := w.published()
	for _, n := range all {
		got[n] = true
	}
	require.Len(t, all, len(want), "none twice")
	require.Equal(t, want, got)
}

// The relay dies after JetStream has the events and before the cursor knows: the events are sent again, with the same ids.
func TestRelay_RepeatsAfterACrashWithoutEffect(t *testing.T) {
	w := newWorld(t, bus.ProvisionOptions{})
	_ = w.consume(w.bus("cashier", w.connect("cashier")), consumer(accept))
	_, stop := w.relay()
	w.publish(1, 2, 3)
	w.awaitEffects(1, 2, 3)
	stop()
	w.exec(w.pool, "UPDATE outbox_cursor SET id = 0")
	_, _ = w.relay()
	w.publish(4)
	w.awaitEffects(1, 2, 3, 4)
	require.Equal(t, []int64{1, 2, 3, 4}, w.published(), "JetStream knew the ids")
}

// An id that JetStream has forgotten is stored a second time; the inbox has not forgotten.
func TestRelay_DuplicateAfterTheWindowIsStoppedByTheInbox(t *testing.T) {
	w := newWorld(t, bus.ProvisionOptions{})
	w.setWindow(100 * time.Millisecond)
	_ = w.consume(w.bus("cashier", w.connect("cashier")), consumer(accept))
	_, stop := w.relay()
	w.publish(1, 2)
	w.awaitEffects(1, 2)
	stop()
	w.eventually("stored again", func() (bool, any) {
		w.exec(w.pool, "UPDATE outbox_cursor SET id = 0")
		_, stop := w.relay()
		w.eventually("repeated", func() (bool, any) {
			lag, err := bus.ReadLag(w.ctx, w.pool)
			return err == nil && lag.Pending == 0, lag
		})
		stop()
		n := w.streamLen()
		return n >= 4, n
	})
	w.awaitIdle()
	require.Equal(t, []int64{1, 2}, w.effects())
}

// batched is how many events of the stream came in batches.
func (w *world) batched() (n int) {
	w.t.Helper()
	stream, err := w.conn.JetStream().Stream(w.ctx, "WALLET")
	require.NoError(w.t, err)
	for seq := range w.streamLen() {
		m, err := stream.GetMsg(w.ctx, seq+1)
		require.NoError(w.t, err)
		if m.Header.Get("Nats-Batch-Id") != "" {
			n++
		}
	}
	return n
}

func numbers(from, to int64) (ns []int64) {
	for n := from; n <= to; n++ {
		ns = append(ns, n)
	}
	return ns
}

// Many events that wait go as one batch, in their order; when some of them are known already, one by one, and none twice.
func TestRelay_Batches(t *testing.T) {
	w := newWorld(t, bus.ProvisionOptions{})
	w.publish(numbers(1, 700)...)
	_, stop := w.relay()
	w.awaitPublished(numbers(1, 700)...)
	require.Equal(t, 700, w.batched())
	stop()
	w.exec(w.pool, "UPDATE outbox_cursor SET id = 640")
	w.publish(numbers(701, 800)...)
	_, stop = w.relay()
	w.awaitPublished(numbers(1, 800)...)
	require.Equal(t, 700, w.batched(), "a batch with known events is refused whole")
	w.publish(numbers(801, 803)...)
	w.awaitPublished(numbers(1, 803)...)
	stop()
	w.publish(numbers(804, 900)...)
	_, _ = w.relay()
	w.awaitPublished(numbers(1, 900)...)
	require.Equal(t, 797, w.batched())
}

// Events that come steadily gather, without a NOTIFY that ends the wait; who comes after them is not kept waiting by the NOTIFYs that nobody heeded.
func TestRelay_Gathers(t *testing.T) {
	w := newWorld(t, bus.ProvisionOptions{})
	_ = w.start(w.bus("wallet", w.conn, func(o *bus.Options) { o.Gather = 300 * time.Millisecond }).RunRelay)
	last := int64(0)
	for start := time.Now(); time.Since(start) < 3*time.Second; time.Sleep(10 * time.Millisecond) {
		events := make([]bus.Event, 20)
		for i := range events {
			last++
			events[i] = event(last)
		}
		require.NoError(t, pgx.BeginFunc(w.ctx, w.pool, func(tx pgx.Tx) error { return bus.Publish(w.ctx, tx, events...) }))
	}
	w.awaitPublished(numbers(1, last)...)
	require.LessOrEqual(t, w.batches(0), 20, "a hundred and more without the wait, thirty if NOTIFYs ended it")
	w.publish(last + 1)
	w.awaitPublished(numbers(1, last+1)...)
}

// A stream that takes no batches, as one that an older server has made, gets the events one by one.
func TestRelay_StreamWithoutBatches(t *testing.T) {
	w := newWorld(t, bus.ProvisionOptions{})
	stream, err := w.conn.JetStream().Stream(w.ctx, "WALLET")
	require.NoError(t, err)
	cfg := stream.CachedInfo().Config
	cfg.AllowAtomicPublish = false
	_, err = w.conn.JetStream().UpdateStream(w.ctx, cfg)
	require.NoError(t, err)
	w.publish(numbers(1, 600)...)
	_, _ = w.relay()
	w.awaitPublished(numbers(1, 600)...)
	require.Zero(t, w.batched())
}

func (w *world) setWindow(d time.Duration) {
	w.t.Helper()
	stream, err := w.conn.JetStream().Stream(w.ctx, "WALLET")
	require.NoError(w.t, err)
	cfg := stream.CachedInfo().Config
	cfg.Duplicates = d
	_, err = w.conn.JetStream().UpdateStream(w.ctx, cfg)
	require.NoError(w.t, err)
}

func TestRelay_IdleWriterHoldsBackAndTheLagTells(t *testing.T) {
	w := newWorld(t, bus.ProvisionOptions{})
	idle := w.begin()
	w.exec(idle, "INSERT INTO other VALUES (1)")
	_, _ = w.relay()
	w.publish(1)
	w.eventually("lag grows", func() (bool, any) {
		lag, err := bus.ReadLag(w.ctx, w.pool)
		return err == nil && lag.Pending == 1 && lag.Oldest > 300*time.Millisecond, lag
	})
	require.Zero(t, w.streamLen())
	require.NoError(t, idle.Rollback(w.ctx))
	w.awaitPublished(1)
	w.eventually("lag ends", func() (bool, any) {
		lag, err := bus.ReadLag(w.ctx, w.pool)
		return err == nil && lag == bus.Lag{}, lag
	})
}

func TestRelay_NATSOutage(t *testing.T) {
	w := newWorld(t, bus.ProvisionOptions{})
	b, _ := w.relay()
	w.publish(1)
	w.awaitPublished(1)
	w.stopNATS()
	want := []int64{1}
	for n := int64(2); n <= 50; n++ {
		w.publish(n) // business goes on
		want = append(want, n)
	}
	w.eventually("disconnected", func() (bool, any) { return !w.conn.NATS().IsConnected(), nil })
	require.NoError(t, b.Health(), "an outage of NATS must not take the service out")
	w.startNATS()
	w.awaitPublished(want...)
	require.NoError(t, b.Health())
}

func TestRelay_DatabaseConnectionLost(t *testing.T) {
	w := newWorld(t, bus.ProvisionOptions{})
	_, _ = w.relay()
	w.publish(1)
	w.awaitPublished(1)
	w.super("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'pitboss-relay-wallet' AND datname = current_database()")
	w.publish(2)
	w.awaitPublished(1, 2)
}

func (w *world) super(sql string) {
	w.t.Helper()
	conn, err := pgx.Connect(w.ctx, w.db.SuperURL)
	require.NoError(w.t, err)
	defer conn.Close(w.ctx)
	_, err = conn.Exec(w.ctx, sql)
	require.NoError(w.t, err)
}

func TestRelay_OneAtATimeAndAnotherTakesOver(t *testing.T) {
	w := newWorld(t, bus.ProvisionOptions{})
	relays := func() (n int) {
		require.NoError(t, w.pool.QueryRow(w.ctx, `SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted
			AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`).Scan(&n))
		return n
	}
	_, stopFirst := w.relay()
	w.publish(1)
	w.awaitPublished(1)
	_, _ = w.relay()
	require.Equal(t, 1, relays())
	stopFirst()
	w.publish(2)
	w.awaitPublished(1, 2)
	require.Equal(t, 1, relays())
}

// A dump restored into a new server, whose transaction ids start anew: nothing in the tables depends on them.
func TestRelay_RestoredIntoANewServer(t *testing.T) {
	w := newWorld(t, bus.ProvisionOptions{})
	_, stop := w.relay()
	w.publish(1, 2)
	w.awaitPublished(1, 2)
	stop()
	w.publish(3, 4) // not yet published when the dump was taken
	var columns []string
	require.NoError(t, w.pool.QueryRow(w.ctx, `SELECT COALESCE(array_agg(table_name || '.' || column_name), '{}') FROM information_schema.columns
		WHERE table_schema = 'public' AND data_type IN ('xid', 'xid8', 'pg_snapshot', 'pg_lsn')`).Scan(&columns))
	require.Empty(t, columns, "these would not survive a restore")
	other := pgtest.New(t, pgtest.Sets(nil)...)
	w.copyOutbox(other)
	w.pool, w.db = other.Pool, other
	w.publish(5)
	_, _ = w.relay()
	w.publish(6)
	w.awaitPublished(1, 2, 3, 4, 5, 6)
}

// copyOutbox does what pg_dump and pg_restore do with the outbox: rows, cursor, sequence.
func (w *world) copyOutbox(to *pgtest.Database) {
	w.t.Helper()
	owner, err := pgx.Connect(w.ctx, to.OwnerURL)
	require.NoError(w.t, err)
	defer owner.Close(w.ctx)
	for _, table := range []string{"outbox", "outbox_cursor"} {
		rows, err := w.pool.Query(w.ctx, "SELECT * FROM "+table)
		require.NoError(w.t, err)
		var columns []string
		for _, f := range rows.FieldDescriptions() {
			columns = append(columns, f.Name)
		}
		values, err := pgx.CollectRows(rows, func(r pgx.CollectableRow) ([]any, error) { return r.Values() })
		require.NoError(w.t, err)
		_, err = owner.Exec(w.ctx, "DELETE FROM "+table)
		require.NoError(w.t, err)
		_, err = owner.CopyFrom(w.ctx, pgx.Identifier{table}, columns, pgx.CopyFromRows(values))
		require.NoError(w.t, err)
	}
	_, err = owner.Exec(w.ctx, "SELECT setval('outbox_position', (SELECT max(id) FROM outbox))")
	require.NoError(w.t, err)
}

func TestRelay_PrunesOnlyWhatIsPublishedAndOld(t *testing.T) {
	w := newWorld(t, bus.ProvisionOptions{})
	b := w.bus("wallet", w.conn, func(o *bus.Options) { o.OutboxRetention = time.Hour; o.InboxRetention = time.Hour })
	stop := w.start(b.RunRelay)
	w.publish(1, 2)
	w.awaitPublished(1, 2)
	// Published is before recorded as published: a relay that is stopped in between publishes again, and without NATS it could not.
	w.eventually("recorded", func() (bool, any) {
		var behind int
		require.NoError(t, w.pool.QueryRow(w.ctx, "SELECT count(*) FROM outbox, outbox_cursor WHERE outbox.id > outbox_cursor.id").Scan(&behind))
		return behind == 0, behind
	})
	stop()
	w.exec(w.pool, "INSERT INTO inbox VALUES ('c', 'old', now() - interval '2 hours'), ('c', 'new', now())")
	w.exec(w.pool, "UPDATE outbox SET created_at = now() - interval '2 hours' WHERE version = 1")
	w.stopNATS()
	w.publish(3)
	w.exec(w.pool, "UPDATE outbox SET created_at = now() - interval '2 hours' WHERE version = 3")
	_ = w.start(b.RunRelay)
	w.eventually("pruned", func() (bool, any) {
		var left, inbox string
		require.NoError(t, w.pool.QueryRow(w.ctx, "SELECT string_agg(version::text, ',' ORDER BY version) FROM outbox").Scan(&left))
		require.NoError(t, w.pool.QueryRow(w.ctx, "SELECT string_agg(event_id, ',') FROM inbox").Scan(&inbox))
		return left == "2,3" && inbox == "new", fmt.Sprint(left, " ", inbox)
	})
}

func TestPublish_WakesTheRelayAtCommit(t *testing.T) {
	w := newWorld(t, bus.ProvisionOptions{})
	listener, err := w.pool.Acquire(w.ctx)
	require.NoError(t, err)
	defer listener.Release()
	w.exec(listener, "LISTEN pitboss_outbox")
	w.publish(1)
	_, err = listener.Conn().WaitForNotification(w.ctx)
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		// Two looks in a row are a moment apart, except when the machine stops for longer in between; then the next two are.
		_ = bus.ShouldNotify(listener.Conn())
		return !bus.ShouldNotify(listener.Conn())
	}, 20*time.Second, time.Millisecond, "not again within a moment")
	w.exec(listener, "UNLISTEN *")
}

func TestPublish_RefusesBadEvents(t *testing.T) {
	w := newWorld(t, bus.ProvisionOptions{})
	for name, change := range map[string]func(*bus.Event){
		"wildcard":   func(e *bus.Event) { e.Subject = "wallet.>" },
		"no version": func(e *bus.Event) { e.Subject = "wallet.credited" },
		"upper case": func(e *bus.Event) { e.Subject = "Wallet.credited.v1" },
		"line break": func(e *bus.Event) { e.Subject = "wallet.credited.v1\n" },
		"no message": func(e *bus.Event) { e.Message = nil },
		"no time":    func(e *bus.Event) { e.OccurredAt = time.Time{} },
		"too large":  func(e *bus.Event) { e.Message = large() },
	} {
		t.Run(name, func(t *testing.T) {
			e := event(1)
			change(&e)
			tx := w.begin()
			require.ErrorIs(t, bus.Publish(w.ctx, tx, e), bus.ErrBadEvent)
		})
	}
	require.NoError(t, bus.Publish(w.ctx, w.begin()), "no events, nothing to do")
}

// An event whose subject no stream takes stops the relay in the open: what comes after it waits, and Health says where.
func TestRelay_StuckEventIsReported(t *testing.T) {
	w := newWorld(t, bus.ProvisionOptions{})
	e := event(2)
	e.Subject = "nobody.listens.v1"
	w.publish(1)
	require.NoError(t, pgx.BeginFunc(w.ctx, w.pool, func(tx pgx.Tx) error { return bus.Publish(w.ctx, tx, e) }))
	w.publish(3)
	b, _ := w.relay()
	w.awaitPublished(1)
	w.eventually("reported", func() (bool, any) { err := b.Health(); return contains(err, "nobody.listens.v1"), err })
	require.Equal(t, []int64{1}, w.published())
	w.exec(w.pool, "UPDATE outbox SET subject = 'wallet.debited.v1' WHERE version = 2")
	w.awaitPublished(1, 2, 3)
	w.eventually("healthy", func() (bool, any) { err := b.Health(); return err == nil, err })
}

func large() proto.Message { return &commonv1.Money{Amount: strings.Repeat("9", bus.MaxPayload)} }
