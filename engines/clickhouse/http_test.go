package clickhouse

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A seen request and the answer to it, as ClickHouse documents its HTTP interface.
type exchange struct {
	status int
	answer string

	method, body, user, key string
	params                  map[string][]string
}

func (x *exchange) driver(t *testing.T, query string) Driver {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		x.method, x.body, x.params = r.Method, string(body), r.URL.Query()
		x.user, x.key = r.Header.Get("X-ClickHouse-User"), r.Header.Get("X-ClickHouse-Key")
		w.WriteHeader(x.status)
		_, _ = io.WriteString(w, x.answer)
	}))
	t.Cleanup(server.Close)
	d, err := OpenHTTP("http://reports:se%2Fcret@" + server.Listener.Addr().String() + query)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, d.Close()) })
	return d
}

func TestHTTPQuery(t *testing.T) {
	x := &exchange{status: http.StatusOK, answer: "{\"n\":1}\n"}
	d := x.driver(t, "/?database=pitboss")
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	rows, err := d.Query(ctx, "SELECT 1 AS n", "JSONEachRow")
	require.NoError(t, err)
	require.Equal(t, x.answer, string(rows))
	require.Equal(t, http.MethodPost, x.method, "GET is read-only there")
	require.Equal(t, "SELECT 1 AS n", x.body)
	require.Equal(t, []string{"pitboss"}, x.params["database"])
	require.Equal(t, []string{"JSONEachRow"}, x.params["default_format"])
	require.Equal(t, []string{"1"}, x.params["wait_end_of_query"])
	require.Equal(t, "reports", x.user)
	require.Equal(t, "se/cret", x.key)
	limit, err := strconv.ParseFloat(x.params["max_execution_time"][0], 64)
	require.NoError(t, err)
	require.InDelta(t, 10, limit, 1)
}

func TestHTTPInsert(t *testing.T) {
	x := &exchange{status: http.StatusOK}
	d := x.driver(t, "")
	require.NoError(t, d.Insert(t.Context(), "pitboss.bets", "CSV", []byte("1,2\n")))
	require.Equal(t, []string{"INSERT INTO pitboss.bets FORMAT CSV"}, x.params["query"])
	require.Equal(t, "1,2\n", x.body)
	require.NotContains(t, x.params, "max_execution_time", "no deadline, no limit")
}

func TestHTTPRefusal(t *testing.T) {
	x := &exchange{status: http.StatusNotFound, answer: "Code: 60. DB::Exception: Unknown table. (UNKNOWN_TABLE)\n"}
	_, err := x.driver(t, "").Query(t.Context(), "SELECT * FROM nowhere", "TSV")
	var refused *Error
	require.ErrorAs(t, err, &refused)
	require.Equal(t, 60, refused.Code)

	x = &exchange{status: http.StatusBadGateway}
	_, err = x.driver(t, "").Query(t.Context(), "SELECT 1", "TSV")
	require.ErrorAs(t, err, &refused)
	require.Zero(t, refused.Code)
	require.NotEmpty(t, refused.Message)
}

func TestNamesCannotCarrySQL(t *testing.T) {
	x := &exchange{status: http.StatusOK}
	d := x.driver(t, "")
	require.Error(t, d.Insert(t.Context(), "bets; DROP TABLE bets", "CSV", nil))
	require.Error(t, d.Insert(t.Context(), "bets", "CSV SETTINGS x=1", nil))
	_, err := d.Query(t.Context(), "SELECT 1", "TSV; SELECT 2")
	require.Error(t, err)
	require.Empty(t, x.method, "nothing was sent")
}

func TestHTTPAddress(t *testing.T) {
	for _, address := range []string{"", "tcp://host:9000", "http://", "http://user:top%secret@host"} {
		_, err := OpenHTTP(address)
		require.Error(t, err, address)
		require.NotContains(t, err.Error(), "top")
	}
	d, err := OpenHTTP("http://127.0.0.1:1")
	require.NoError(t, err)
	require.NoError(t, d.Close())
	_, err = d.Query(t.Context(), "SELECT 1", "TSV")
	require.ErrorIs(t, err, ErrClosed)
}
