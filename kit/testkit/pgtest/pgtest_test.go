package pgtest_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"

	"github.com/pitboss-gaming/pitboss/kit/testkit/pgtest"
)

func migrations(sql string) fstest.MapFS {
	return fstest.MapFS{"00001_init.sql": {Data: []byte("-- +goose Up\n" + sql)}}
}

const ledger = `
CREATE TABLE ledger (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, minor bigint NOT NULL);
-- +goose StatementBegin
DO $$ BEGIN EXECUTE format('REVOKE UPDATE, DELETE ON ledger FROM %I', current_setting('pitboss.runtime_role')); END $$;
-- +goose StatementEnd
`

func TestDB_PrivilegesAreTheRuntimeRoles(t *testing.T) {
	ctx := context.Background()
	db := pgtest.DB(t, migrations(ledger))
	_, err := db.Exec(ctx, "INSERT INTO ledger (minor) VALUES (1)")
	require.NoError(t, err)
	for _, sql := range []string{
		"UPDATE ledger SET minor = 2", "DELETE FROM ledger", "TRUNCATE ledger", "DROP TABLE ledger", "CREATE TABLE mine (x int)",
		"SET ROLE pitboss_test_owner",
	} {
		_, err := db.Exec(ctx, sql)
		var pe *pgconn.PgError
		require.True(t, errors.As(err, &pe), "%s: %v", sql, err)
		require.Contains(t, []string{"42501"}, pe.Code, sql)
	}
	_, err = db.Exec(ctx, "DELETE FROM inbox")
	require.NoError(t, err, "kit's tables are there and usable")
}

func TestDB_EachTestHasItsOwn(t *testing.T) {
	ctx := context.Background()
	a, b := pgtest.DB(t, migrations(ledger)), pgtest.DB(t, migrations(ledger))
	_, err := a.Exec(ctx, "INSERT INTO ledger (minor) VALUES (1)")
	require.NoError(t, err)
	var n int
	require.NoError(t, b.QueryRow(ctx, "SELECT count(*) FROM ledger").Scan(&n))
	require.Zero(t, n)
}

func TestDB_IsDroppedAtTheEnd(t *testing.T) {
	ctx := context.Background()
	keep := pgtest.New(t)
	var name string
	t.Run("inner", func(t *testing.T) {
		require.NoError(t, pgtest.DB(t, nil).QueryRow(ctx, "SELECT current_database()").Scan(&name))
	})
	var exists bool
	require.NoError(t, keep.Pool.QueryRow(ctx, "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", name).Scan(&exists))
	require.False(t, exists)
}

func TestDB_ManyAtOnceShareOneTemplate(t *testing.T) {
	set := migrations("CREATE TABLE made_at (at timestamptz DEFAULT clock_timestamp()); INSERT INTO made_at DEFAULT VALUES; -- " + time.Now().String())
	var wg sync.WaitGroup
	times := make([]time.Time, 8)
	for i := range times {
		wg.Go(func() {
			db := pgtest.DB(t, set)
			if err := db.QueryRow(context.Background(), "SELECT at FROM made_at").Scan(&times[i]); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	for _, at := range times {
		require.Equal(t, times[0], at, "the migration ran once")
	}
}

// BenchmarkDB measures what each test pays; the aim is 60 ms at most, so that a package can have hundreds of databases.
func BenchmarkDB(b *testing.B) {
	set := migrations(ledger)
	pgtest.DB(b, set)
	for b.Loop() {
		pgtest.DB(b, set)
	}
}
