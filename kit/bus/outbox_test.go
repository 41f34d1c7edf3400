package bus_test

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/pitboss-gaming/pitboss/kit/bus"
	"github.com/pitboss-gaming/pitboss/kit/testkit/pgtest"
)

// The rule on which the relay stands: whoever draws a position has a transaction id by then. Here the first position cannot be drawn, and the id is there.
func TestInsertSQL_TheTransactionHasItsIDBeforeAPosition(t *testing.T) {
	for name, write := range map[string]func(ctx context.Context, tx pgx.Tx) error{
		"by set": func(ctx context.Context, tx pgx.Tx) error { return bus.Publish(ctx, tx, event(1), event(2)) },
		"by the column's default": func(ctx context.Context, tx pgx.Tx) error {
			_, err := tx.Exec(ctx, "INSERT INTO outbox (event_id, subject, schema, payload, occurred_at) VALUES ('evt_1', 'a.b.v1', 's', '', now())")
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, bus.ProvisionOptions{})
			owner, err := pgx.Connect(w.ctx, w.db.OwnerURL)
			require.NoError(t, err)
			defer owner.Close(w.ctx)
			alter, err := owner.Begin(w.ctx)
			require.NoError(t, err)
			w.exec(alter, "ALTER SEQUENCE outbox_position NO CYCLE") // as it is, but nobody else can draw until this transaction ends

			writer := w.begin()
			pid := writer.Conn().PgConn().PID()
			done := make(chan error, 1)
			go func() { done <- write(w.ctx, writer) }()
			super, err := pgx.Connect(w.ctx, w.db.SuperURL)
			require.NoError(t, err)
			defer super.Close(w.ctx)
			waits := "SELECT COALESCE(wait_event_type = 'Lock', false) FROM pg_stat_activity WHERE pid = $1"
			w.eventually("the writer waits for the sequence", func() (yes bool, saw any) {
				err := super.QueryRow(w.ctx, waits, pid).Scan(&yes)
				return err == nil && yes, err
			})
			var has bool
			require.NoError(t, super.QueryRow(w.ctx, "SELECT backend_xid IS NOT NULL FROM pg_stat_activity WHERE pid = $1", pid).Scan(&has))
			require.NoError(t, alter.Rollback(w.ctx))
			require.NoError(t, <-done)
			require.True(t, has)
		})
	}
}

func TestInsertSQL_PositionsFollowTheArrays(t *testing.T) {
	w := newWorld(t, bus.ProvisionOptions{})
	var rows bus.OutboxRows
	var want []string
	for n := range int64(500) {
		require.NoError(t, rows.Add(w.ctx, event(n*7919%500)))
	}
	want = append(want, rows.EventIDs...)
	for _, planner := range []string{"", "SET LOCAL enable_sort = off", "SET LOCAL plan_cache_mode = force_generic_plan"} {
		tx := w.begin()
		w.exec(tx, planner)
		w.exec(tx, bus.InsertSQL, rows.Args(false)...)
		got, err := tx.Query(w.ctx, "SELECT event_id FROM outbox ORDER BY id")
		require.NoError(t, err)
		ids, err := pgx.CollectRows(got, pgx.RowTo[string])
		require.NoError(t, err)
		require.Equal(t, want, ids, planner)
		require.NoError(t, tx.Rollback(w.ctx))
	}
}

// BenchmarkInsertSQL writes batches of 64 rows, each in a transaction.
func BenchmarkInsertSQL(b *testing.B) {
	const batch = 64
	ctx := context.Background()
	pool := pgtest.New(b, pgtest.Sets(nil)...).Pool
	for b.Loop() {
		b.StopTimer()
		var rows bus.OutboxRows
		rows.Grow(batch)
		for n := range int64(batch) {
			require.NoError(b, rows.Add(ctx, event(n)))
		}
		b.StartTimer()
		_, err := pool.Exec(ctx, bus.InsertSQL, rows.Args(false)...)
		require.NoError(b, err)
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*batch), "us/row")
}
