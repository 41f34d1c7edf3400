package wallet

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"

	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/testkit/pgtest"
)

func scan[T any](t testing.TB, l *ledger, sql string, args ...any) (v T) {
	t.Helper()
	require.NoError(t, l.db.Pool.QueryRow(context.Background(), sql, args...).Scan(&v))
	return v
}

const inDefault = "SELECT (SELECT count(*) FROM operation WHERE tableoid = 'operation_default'::regclass) + (SELECT count(*) FROM entry WHERE tableoid = 'entry_default'::regclass)"

func TestPartitions_AreMadeAhead(t *testing.T) {
	t.Parallel()
	l := played(t)
	require.Zero(t, scan[int64](t, l, inDefault), "the current month has its partitions")
	const count = "SELECT count(*) FROM pg_inherits WHERE inhparent IN ('operation'::regclass, 'entry'::regclass)"
	before := scan[int64](t, l, count)
	made := scan[int](t, l, "SELECT ensure_partitions(now() + interval '6 months')")
	require.Equal(t, 8, made, "four more months of two tables")
	require.Zero(t, scan[int](t, l, "SELECT ensure_partitions(now() + interval '6 months')"))
	require.Equal(t, before+8, scan[int64](t, l, count))
	scan[int](t, l, "SELECT ensure_partitions(now() + interval '900 years')")
	require.Equal(t, int64(2*25+2), scan[int64](t, l, count), "at most 24 months ahead")
	require.NoError(t, l.ensurePartitions(t.Context()))
	l.proven(t)
}

// A ledger whose operations lie in different months, and in a time without a partition, reads as one.
func TestPartitions_OverTheBoundary(t *testing.T) {
	t.Parallel()
	l := newLedger(t, oneWorker)
	var holds []string
	for i, ahead := range []time.Duration{0, 40 * 24 * time.Hour, 400 * 24 * time.Hour} {
		s := New(l.db.Pool, oneWorker, func() time.Time { return time.Now().Add(ahead) })
		month := &ledger{Server: s, db: l.db}
		key := string(rune('a' + i))
		month.mustPay(t, "deposit "+key, "ann", "10.00")
		h, err := month.stake("stake "+key, "ann", "1.00")
		require.NoError(t, err)
		holds = append(holds, h.GetHoldId())
		s.Close()
	}
	require.Equal(t, int64(6), scan[int64](t, l, inDefault))
	require.Equal(t, int64(3), scan[int64](t, l, "SELECT count(DISTINCT tableoid) FROM entry"))
	r, err := l.stake("stake a", "ann", "1.00") // a key of another month
	require.NoError(t, err)
	require.True(t, r.GetReplayed())
	_, err = l.win("win", "ann", holds[2], "5.00")
	require.NoError(t, err)
	entries, _, err := l.statement(t.Context(), "ann", &walletv1.EntryFilter{}, nil)
	require.NoError(t, err)
	require.Len(t, entries, 11)
	l.proven(t)
}

// Nobody but a superuser changes what was written, neither through a table nor through its partitions.
func TestLedger_IsAppendOnly(t *testing.T) {
	t.Parallel()
	l := played(t)
	part := scan[string](t, l, "SELECT tableoid::regclass::text FROM entry LIMIT 1")
	for role, url := range map[string]string{"runtime": l.db.URL, "owner": l.db.OwnerURL} {
		conn, err := pgx.Connect(t.Context(), url)
		require.NoError(t, err)
		for _, sql := range []string{
			"UPDATE entry SET amount_minor = 1", "DELETE FROM entry", "TRUNCATE entry", "UPDATE " + part + " SET amount_minor = 1",
			"DELETE FROM " + part, "TRUNCATE " + part, "TRUNCATE entry_default", "UPDATE operation SET kind = ''", "DELETE FROM operation",
			"TRUNCATE operation", "UPDATE operation_key SET operation_id = ''", "DELETE FROM operation_key", "TRUNCATE operation_key",
		} {
			refusedByServer(t, conn, role, sql)
		}
		if url == l.db.URL {
			for _, sql := range []string{
				"DELETE FROM account", "DELETE FROM hold", "UPDATE account SET owner = ''", "UPDATE hold SET amount_minor = 0",
				"INSERT INTO " + part + " SELECT * FROM entry LIMIT 1", "SELECT close_partition('entry')", "ALTER TABLE entry DISABLE TRIGGER ALL",
			} {
				refusedByServer(t, conn, role, sql)
			}
		}
		require.NoError(t, conn.Close(t.Context()))
	}
	l.proven(t)
}

// refusedAll asserts that a role has no right to any of these.
func refusedAll(t *testing.T, url string, statements ...string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	require.NoError(t, err)
	for _, sql := range statements {
		refusedByServer(t, conn, url, sql)
	}
	require.NoError(t, conn.Close(t.Context()))
}

func refusedByServer(t *testing.T, conn *pgx.Conn, role, sql string) {
	t.Helper()
	_, err := conn.Exec(t.Context(), sql)
	var pe *pgconn.PgError
	require.True(t, errors.As(err, &pe), "%s may %s: %v", role, sql, err)
	require.Equal(t, "42501", pe.Code, "%s: %s: %v", role, sql, err) // insufficient_privilege
}

func TestKeepPartitions_EndsWithItsContext(t *testing.T) {
	t.Parallel()
	s := New(pgtest.DB(t, Migrations()), oneWorker, time.Now)
	t.Cleanup(s.Close)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.keepPartitions(ctx) }()
	cancel()
	select {
	case <-done: // nil, or the error of a query that was under way
	case <-time.After(5 * time.Second):
		t.Fatal("still running")
	}
}
