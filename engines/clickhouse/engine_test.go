package clickhouse

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pitboss-gaming/pitboss/engines"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

// envChild makes this test binary a second process that works on the folder the variable names.
const envChild = "PITBOSS_TEST_CLICKHOUSE_CHILD"

func TestMain(m *testing.M) {
	if dir := os.Getenv(envChild); dir != "" {
		if err := child(dir); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	goleak.VerifyTestMain(m)
}

// child reads what the parent process wrote, and adds a row.
func child(dir string) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	path, found := engines.FindClickHouse("")
	if !found {
		return fmt.Errorf("the library vanished")
	}
	e, err := Open(ctx, Options{LibPath: path, DataDir: dir})
	if err != nil {
		return err
	}
	defer e.Close()
	rows, err := e.Query(ctx, "SELECT sum(stake_minor) FROM bets", "TSV")
	if err != nil {
		return err
	}
	fmt.Printf("sum %s", rows)
	return e.Insert(ctx, "bets", "CSV", []byte("3,500\n"))
}

// libraryPath returns the library if it is installed, or installs it when PITBOSS_TEST_CLICKHOUSE is 1. Elsewhere the
// test is left out: 167 MB are not downloaded by surprise.
func libraryPath(t *testing.T) string {
	t.Helper()
	if os.Getenv("PITBOSS_TEST_CLICKHOUSE") == "1" {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
		defer cancel()
		path, err := engines.InstallClickHouse(ctx, slog.New(slog.NewTextHandler(t.Output(), nil)), "")
		require.NoError(t, err)
		return path
	}
	path, found := engines.FindClickHouse("")
	if !found {
		t.Skip("the ClickHouse library is not installed: `pitboss up` installs it, so does PITBOSS_TEST_CLICKHOUSE=1")
	}
	return path
}

func testContext(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}

func openEngine(t *testing.T, dir string) *Engine {
	t.Helper()
	e, err := Open(testContext(t), Options{LibPath: libraryPath(t), DataDir: dir})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, e.Close()) })
	return e
}

func query(t *testing.T, d Driver, sql, format string) string {
	t.Helper()
	rows, err := d.Query(testContext(t), sql, format)
	require.NoError(t, err)
	return string(rows)
}

// exercise is what every driver must do alike.
func exercise(t *testing.T, d Driver) {
	ctx := testContext(t)
	require.Empty(t, query(t, d, "CREATE TABLE bets (round_id UInt64, stake_minor Int64) ENGINE = MergeTree ORDER BY round_id", "TSV"))
	require.NoError(t, d.Insert(ctx, "bets", "JSONEachRow",
		[]byte(`{"round_id":1,"stake_minor":1000}`+"\n"+`{"round_id":2,"stake_minor":250}`)))
	require.Equal(t, "{\"n\":2,\"sum\":1250}\n",
		query(t, d, "SELECT toInt32(count()) AS n, toInt32(sum(stake_minor)) AS sum FROM bets", "JSONEachRow"))
	require.Equal(t, "\"round_id\",\"stake_minor\"\n1,1000\n2,250\n",
		query(t, d, "SELECT * FROM bets ORDER BY round_id", "CSVWithNames"))

	parquet := query(t, d, "SELECT 4 AS round_id, 1 AS stake_minor", "Parquet")
	require.True(t, strings.HasPrefix(parquet, "PAR1"))
	require.NoError(t, d.Insert(ctx, "default.bets", "Parquet", []byte(parquet)))
	require.Equal(t, "1251\n", query(t, d, "SELECT sum(stake_minor) FROM bets", "TSV"))

	var refused *Error
	_, err := d.Query(ctx, "SELECT nothing FROM nowhere", "TSV")
	require.ErrorAs(t, err, &refused)
	require.Equal(t, 60, refused.Code, "UNKNOWN_TABLE")
	require.ErrorAs(t, d.Insert(ctx, "bets", "JSONEachRow", []byte(`{"round_id":"x"}`)), &refused)
	require.NotZero(t, refused.Code)
	require.Equal(t, "1251\n", query(t, d, "SELECT sum(stake_minor) FROM bets", "TSV"), "a refused block writes nothing")

	short, cancel := context.WithTimeout(ctx, 200*time.Millisecond)
	defer cancel()
	_, err = d.Query(short, "SELECT sum(sipHash64(number)) FROM numbers(1000000000000)", "TSV")
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.Eventually(t, func() bool {
		rows, err := d.Query(ctx, "SELECT count() FROM system.processes WHERE query LIKE '%sip'||'Hash%'", "TSV")
		return err == nil && string(rows) == "0\n"
	}, 10*time.Second, 20*time.Millisecond, "the statement does not go on")
}

func TestEngine(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "clickhouse")
	e := openEngine(t, dir)
	exercise(t, e)

	_, err := Open(testContext(t), Options{LibPath: libraryPath(t), DataDir: dir})
	require.ErrorIs(t, err, ErrOpen)
	out, err := runChild(t, dir)
	require.Error(t, err)
	require.Contains(t, out, ErrRunning.Error())

	require.NoError(t, e.Close())
	require.NoError(t, e.Close())
	_, err = e.Query(testContext(t), "SELECT 1", "TSV")
	require.ErrorIs(t, err, ErrClosed)

	out, err = runChild(t, dir)
	require.NoError(t, err, out)
	require.Equal(t, "sum 1251\n", out)
	require.Equal(t, "1751\n", query(t, openEngine(t, dir), "SELECT sum(stake_minor) FROM bets", "TSV"))
}

func runChild(t *testing.T, dir string) (string, error) {
	cmd := exec.CommandContext(testContext(t), os.Args[0])
	cmd.Env = append(os.Environ(), envChild+"="+dir)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// The engine must leave Go's signal handlers alone: a nil dereference is a panic that can be recovered from.
func TestPanicsStillRecover(t *testing.T) {
	openEngine(t, filepath.Join(t.TempDir(), "clickhouse"))
	require.Panics(t, func() {
		var nowhere *int
		*nowhere = 1
	})
}

func TestStatementsRunAtOnce(t *testing.T) {
	e := openEngine(t, filepath.Join(t.TempDir(), "clickhouse"))
	began := time.Now()
	results := make(chan error, parallel)
	for range parallel {
		go func() {
			_, err := e.Query(testContext(t), "SELECT sleep(1)", "Null")
			results <- err
		}()
	}
	for range parallel {
		require.NoError(t, <-results)
	}
	require.Less(t, time.Since(began), 3*time.Second)
}

func TestMissingLibrary(t *testing.T) {
	_, err := Open(testContext(t), Options{LibPath: filepath.Join(t.TempDir(), "libchdb.so"), DataDir: t.TempDir()})
	require.Error(t, err)
}

// The HTTP driver does the same against the real engine, behind a handler that speaks the HTTP interface.
func TestHTTPAgainstTheEngine(t *testing.T) {
	e := openEngine(t, filepath.Join(t.TempDir(), "clickhouse"))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		params := r.URL.Query()
		var rows []byte
		if sql := params.Get("query"); sql != "" {
			_, err = e.run(r.Context(), bytes.Join([][]byte{[]byte(sql), body}, []byte("\n")), "Null")
		} else {
			rows, err = e.Query(r.Context(), string(body), params.Get("default_format"))
		}
		if err != nil {
			w.WriteHeader(http.StatusBadRequest)
			_, _ = io.WriteString(w, strings.TrimPrefix(err.Error(), "clickhouse: "))
			return
		}
		_, _ = w.Write(rows)
	}))
	defer server.Close()
	d, err := OpenHTTP(server.URL)
	require.NoError(t, err)
	defer d.Close()
	exercise(t, d)
}
