package postgres

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

func testContext(t *testing.T, limit time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	t.Cleanup(cancel)
	return ctx
}

func testLog(t *testing.T) *slog.Logger {
	return slog.New(slog.NewTextHandler(t.Output(), nil))
}

// start runs a server that the test's end stops.
func start(t *testing.T, o Options) *Server {
	t.Helper()
	o.Log = testLog(t)
	if o.BinDir == "" {
		o.BinDir = os.Getenv(envBin)
	}
	s, err := Start(testContext(t, time.Minute), o)
	require.NoError(t, err)
	t.Cleanup(func() {
		require.NoError(t, s.Stop(testContext(t, 20*time.Second)))
	})
	return s
}

func connect(t *testing.T, url string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(testContext(t, 10*time.Second), url)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

func scalar(t *testing.T, url, sql string, args ...any) (v string) {
	t.Helper()
	ctx := testContext(t, 10*time.Second)
	conn, err := pgx.Connect(ctx, url)
	require.NoError(t, err)
	defer conn.Close(ctx)
	require.NoError(t, conn.QueryRow(ctx, sql, args...).Scan(&v))
	return v
}

// Not parallel: it measures.
func TestDataSurvivesARestart(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "pg")
	s := start(t, Options{DataDir: dir, Durable: true})
	_, err := connect(t, s.URL("postgres")).Exec(testContext(t, 10*time.Second),
		"CREATE TABLE kept AS SELECT 'Ärger' AS word")
	require.NoError(t, err)
	require.NoError(t, s.Stop(testContext(t, 20*time.Second)))
	require.NoError(t, <-s.Exited())

	began := time.Now()
	s = start(t, Options{DataDir: dir, Durable: true})
	require.Less(t, time.Since(began), 1500*time.Millisecond, "a warm start")
	require.Equal(t, "ärger", scalar(t, s.URL("postgres"), "SELECT lower(word) FROM kept"))
	for setting, want := range map[string]string{
		"fsync": "on", "synchronous_commit": "on", "wal_level": "replica", "TimeZone": "UTC",
		"max_connections": "200", "listen_addresses": "127.0.0.1", "data_checksums": "on",
	} {
		require.Equal(t, want, scalar(t, s.URL("postgres"), "SELECT current_setting($1)", setting), setting)
	}
	password, err := os.Stat(filepath.Join(dir, "superuser.password"))
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), password.Mode().Perm())
}

func TestUnixSocket(t *testing.T) {
	t.Parallel()
	s := start(t, Options{DataDir: filepath.Join(t.TempDir(), "pg"), Password: "by the caller"})
	ctx := testContext(t, 10*time.Second)
	config, err := pgx.ParseConfig(s.URL("postgres"))
	require.NoError(t, err)
	config.Host, config.TLSConfig = s.SocketDir(), nil
	conn, err := pgx.ConnectConfig(ctx, config)
	require.NoError(t, err)
	defer conn.Close(ctx)
	require.Equal(t, "by the caller", config.Password)

	config.Password = "another"
	_, err = pgx.ConnectConfig(ctx, config)
	require.Equal(t, "28P01", sqlState(err), "the socket asks for the password too")
}
