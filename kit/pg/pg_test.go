package pg_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/pitboss-gaming/pitboss/kit/pg"
	"github.com/pitboss-gaming/pitboss/kit/testkit/pgtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func sqlFiles(files ...string) fstest.MapFS {
	out := fstest.MapFS{}
	for i, sql := range files {
		out[fmt.Sprintf("%05d_step.sql", i+1)] = &fstest.MapFile{Data: []byte("-- +goose Up\n" + sql + ";\n")}
	}
	return out
}

func limited(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}

func code(err error) string {
	var pe *pgconn.PgError
	if errors.As(err, &pe) {
		return pe.Code
	}
	return ""
}

func TestOpen_TheServerEnforcesTheTimeouts(t *testing.T) {
	t.Parallel()
	ctx := limited(t)
	pool, err := pg.Open(ctx, pgtest.New(t).URL, pg.PoolOptions{StatementTimeout: 50 * time.Millisecond, IdleInTransactionTimeout: 50 * time.Millisecond})
	require.NoError(t, err)
	defer pool.Close()
	_, err = pool.Exec(ctx, "SELECT pg_sleep(20)")
	require.Equal(t, "57014", code(err))
	tx, err := pool.Begin(ctx)
	require.NoError(t, err)
	//lint:ignore SA1019 a Ping would be activity and keep the transaction from being idle
	require.Eventually(t, func() bool { return tx.Conn().PgConn().CheckConn() != nil }, 10*time.Second, 5*time.Millisecond)
	_ = tx.Rollback(ctx)
}

func TestOpen_SaysWhatIsWrongWithoutThePassword(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(context.Background(), 300*time.Millisecond)
	defer cancel()
	_, err := pg.Open(ctx, "postgres://u:sesame@127.0.0.1:1/db", pg.PoolOptions{})
	require.ErrorContains(t, err, "db on 127.0.0.1:1")
	require.NotContains(t, err.Error(), "sesame")
	_, err = pg.Open(ctx, "postgres://u:sesame@127.0.0.1:bad/db", pg.PoolOptions{})
	require.Error(t, err)
	require.NotContains(t, err.Error(), "sesame")
	_, err = pg.Open(limited(t), strings.Replace(pgtest.New(t).URL, ":"+pgtest.Runtime+":", "::", 1)+"&user=nobody_here", pg.PoolOptions{})
	require.Error(t, err, "a refusal is answered at once, not waited for")
}

func TestInTx(t *testing.T) {
	t.Parallel()
	ctx := limited(t)
	db := pgtest.DB(t, sqlFiles("CREATE TABLE x (n int PRIMARY KEY)"))
	insert := func(n int) func(tx pgx.Tx) error {
		return func(tx pgx.Tx) error { _, err := tx.Exec(ctx, "INSERT INTO x VALUES ($1)", n); return err }
	}
	count := func() (n int) {
		require.NoError(t, db.QueryRow(ctx, "SELECT count(*) FROM x").Scan(&n))
		return n
	}
	require.NoError(t, pg.InTx(ctx, db, insert(1)))
	err := pg.InTx(ctx, db, insert(1))
	require.True(t, pg.IsUnique(err, "x_pkey"))
	require.False(t, pg.IsUnique(err, "other"))
	require.False(t, pg.IsUnavailable(err))

	boom := errors.New("boom")
	require.ErrorIs(t, pg.InTx(ctx, db, func(tx pgx.Tx) error { return errors.Join(insert(2)(tx), boom) }), boom)
	require.PanicsWithValue(t, "boom", func() {
		_ = pg.InTx(ctx, db, func(tx pgx.Tx) error { require.NoError(t, insert(3)(tx)); panic("boom") })
	})
	gone, cancel := context.WithCancel(ctx)
	require.Error(t, pg.InTx(gone, db, func(tx pgx.Tx) error { require.NoError(t, insert(4)(tx)); cancel(); return nil }))
	require.Equal(t, 1, count())
	require.Zero(t, db.Stat().AcquiredConns())
}

func TestInTx_RetriesWhatTheServerAsksToRetry(t *testing.T) {
	t.Parallel()
	ctx := limited(t)
	db := pgtest.DB(t, nil)
	raise := func(tx pgx.Tx, state string) error {
		_, err := tx.Exec(ctx, "DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '"+state+"'; END $$")
		return err
	}
	for state, want := range map[string]int{"40001": 5, "40P01": 5, "23505": 1, "P0001": 1} {
		runs := 0
		err := pg.InTx(ctx, db, func(tx pgx.Tx) error { runs++; return raise(tx, state) })
		require.Equal(t, state, code(err))
		require.Equal(t, want, runs, state)
	}
	runs := 0
	require.NoError(t, pg.InTx(ctx, db, func(tx pgx.Tx) error {
		if runs++; runs < 3 {
			return raise(tx, "40001")
		}
		return nil
	}))
	require.Equal(t, 3, runs)
}

func TestInTx_ARealDeadlock(t *testing.T) {
	t.Parallel()
	ctx := limited(t)
	db := pgtest.DB(t, sqlFiles("CREATE TABLE x (id int PRIMARY KEY, n int NOT NULL DEFAULT 0); INSERT INTO x VALUES (1), (2)"))
	var wg sync.WaitGroup
	var both sync.WaitGroup
	both.Add(2)
	var runs atomic.Int32
	for _, order := range [][2]int{{1, 2}, {2, 1}} {
		wg.Go(func() {
			first := true
			err := pg.InTx(ctx, db, func(tx pgx.Tx) error {
				runs.Add(1)
				for i, id := range order {
					if _, err := tx.Exec(ctx, "UPDATE x SET n = n + 1 WHERE id = $1", id); err != nil {
						return err
					}
					if i == 0 && first {
						first = false
						both.Done()
						both.Wait()
					}
				}
				return nil
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	var sum int
	require.NoError(t, db.QueryRow(ctx, "SELECT sum(n) FROM x").Scan(&sum))
	require.Equal(t, 4, sum)
	require.GreaterOrEqual(t, runs.Load(), int32(3), "one of them was run again; the second run may meet the other once more")
}

func TestIsUnavailable(t *testing.T) {
	t.Parallel()
	ctx := limited(t)
	db := pgtest.DB(t, nil)
	conn, err := db.Acquire(ctx)
	require.NoError(t, err)
	defer conn.Release()
	_, err = conn.Exec(ctx, "SELECT pg_terminate_backend(pg_backend_pid())")
	require.True(t, pg.IsUnavailable(err), err)
	_, err = conn.Exec(ctx, "SELECT 1")
	require.True(t, pg.IsUnavailable(err), err)
	_, err = pgx.Connect(ctx, "postgres://u@127.0.0.1:1/db")
	require.True(t, pg.IsUnavailable(err), err)
	for _, err := range []error{nil, context.Canceled, context.DeadlineExceeded, errors.New("x"), &pgconn.PgError{Code: "57014"}, &pgconn.PgError{Code: "23505"}} {
		require.False(t, pg.IsUnavailable(err), err)
	}
	require.True(t, pg.IsUnavailable(&pgconn.PgError{Code: "57P03"}))
	_, err = pgx.Connect(ctx, strings.Replace(db.Config().ConnString(), "/"+db.Config().ConnConfig.Database, "/no_such_database", 1))
	require.Equal(t, "3D000", code(err))
	require.False(t, pg.IsUnavailable(err), "time does not heal this")
}

func TestMigrate(t *testing.T) {
	t.Parallel()
	ctx := limited(t)
	d := pgtest.New(t)
	one, two := "CREATE TABLE a (x int);", "CREATE TABLE b (role text DEFAULT current_setting('pitboss.runtime_role')); INSERT INTO b DEFAULT VALUES;"
	require.NoError(t, pg.Migrate(ctx, d.OwnerURL, sqlFiles(one), "goose_a"))
	require.NoError(t, pg.Migrate(ctx, d.OwnerURL, sqlFiles(one, two), "goose_a"))
	require.NoError(t, pg.Migrate(ctx, d.OwnerURL, sqlFiles(one, two), "goose_a"), "again is nothing")
	require.NoError(t, pg.Migrate(ctx, d.OwnerURL, sqlFiles("CREATE TABLE c (x int)"), "goose_c"), "another set in the same database")
	var role string
	require.NoError(t, d.Pool.QueryRow(ctx, "SELECT role FROM b").Scan(&role))
	require.Equal(t, pgtest.Runtime, role)

	err := pg.Migrate(ctx, d.OwnerURL, sqlFiles(one), "goose_a")
	require.ErrorIs(t, err, pg.ErrNewerDatabase)
	require.ErrorContains(t, err, "is at 2, this binary knows up to 1")

	require.ErrorContains(t, pg.Migrate(ctx, d.OwnerURL, sqlFiles(one, two, "CREATE TABLE d (x int); SELECT 1/0"), "goose_a"), "version:3")
	_, err = d.Pool.Exec(ctx, "SELECT FROM d")
	require.Equal(t, "42P01", code(err), "the failed one is rolled back")
	require.Error(t, pg.Migrate(ctx, d.OwnerURL, fstest.MapFS{}, "goose_e"))
	require.Error(t, pg.Migrate(ctx, d.URL, sqlFiles("CREATE TABLE e (x int)"), "goose_f"), "the runtime role cannot")
}

func TestMigrate_ReplicasStartingTogether(t *testing.T) {
	t.Parallel()
	ctx := limited(t)
	d := pgtest.New(t)
	slow := sqlFiles("CREATE TABLE a (x int); SELECT pg_sleep(0.5);", "CREATE TABLE b (x int);")
	var wg sync.WaitGroup
	for range 5 {
		wg.Go(func() {
			if err := pg.Migrate(ctx, d.OwnerURL, slow, "goose_a"); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	var n int
	require.NoError(t, d.Pool.QueryRow(ctx, "SELECT count(*) FROM pg_tables WHERE tablename IN ('a', 'b')").Scan(&n))
	require.Equal(t, 2, n)
}
