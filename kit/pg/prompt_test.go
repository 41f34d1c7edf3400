package pg_test

import (
	"context"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/pitboss-gaming/pitboss/kit/pg"
	"github.com/pitboss-gaming/pitboss/kit/testkit/pgtest"
)

func prompt(t testing.TB) *pgx.Conn {
	t.Helper()
	cfg, err := pgx.ParseConfig(pgtest.New(t).URL)
	require.NoError(t, err)
	cfg.DialFunc = pg.Prompt(cfg.DialFunc)
	conn, err := pgx.ConnectConfig(t.Context(), cfg)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

// TestPrompt: answers come whether they take no time or longer than the moment, and a caller that gives up is let go.
func TestPrompt(t *testing.T) {
	t.Parallel()
	conn := prompt(t)
	for _, seconds := range []float64{0, 0.01, 0.2, 0} {
		var got float64
		require.NoError(t, conn.QueryRow(t.Context(), "SELECT $1::float8 FROM pg_sleep($1::float8)", seconds).Scan(&got))
		require.InDelta(t, seconds, got, 0)
	}
	var long string
	require.NoError(t, conn.QueryRow(t.Context(), "SELECT repeat('x', 5000000)").Scan(&long))
	require.Len(t, long, 5_000_000)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	began := time.Now()
	_, err := conn.Exec(ctx, "SELECT pg_sleep(30)")
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.Less(t, time.Since(began), 10*time.Second)
}

// TestPrompt_Ends: a connection that its other side ends, or that is closed here while a read waits, ends the read.
func TestPrompt_Ends(t *testing.T) {
	t.Parallel()
	for _, by := range []string{"here", "the other side"} {
		t.Run(by, func(t *testing.T) {
			t.Parallel()
			l, err := net.Listen("tcp", "127.0.0.1:0")
			require.NoError(t, err)
			defer l.Close() //nolint:errcheck // the test is over
			other := make(chan net.Conn, 1)
			go func() {
				c, err := l.Accept()
				if err == nil {
					other <- c
				}
			}()
			c, err := pg.Prompt((&net.Dialer{}).DialContext)(t.Context(), "tcp", l.Addr().String())
			require.NoError(t, err)
			ended := make(chan error, 1)
			go func() {
				_, err := c.Read(make([]byte, 1))
				ended <- err
			}()
			far := <-other
			if by == "here" {
				require.NoError(t, c.Close())
			} else {
				require.NoError(t, far.Close())
			}
			require.Error(t, <-ended)
			_, _ = c.Close(), far.Close()
		})
	}
}

// BenchmarkPrompt is a statement of a millisecond during which a hundred calls that waited for the one before go on, as with batches; over a connection as it is
// and over a prompt one, by turns in one run.
func BenchmarkPrompt(b *testing.B) {
	cfg, err := pgx.ParseConfig(pgtest.New(b).URL)
	require.NoError(b, err)
	plain, err := pgx.ConnectConfig(b.Context(), cfg)
	require.NoError(b, err)
	b.Cleanup(func() { _ = plain.Close(context.Background()) })
	took := [2]time.Duration{}
	conns := [2]*pgx.Conn{plain, prompt(b)}
	for b.Loop() {
		for i, c := range conns {
			var calls sync.WaitGroup
			for range 100 {
				calls.Go(call)
			}
			began := time.Now()
			_, err := c.Exec(b.Context(), "SELECT pg_sleep(0.001)")
			took[i] += time.Since(began)
			require.NoError(b, err)
			calls.Wait()
		}
	}
	for i, name := range []string{"us/plain", "us/prompt"} {
		b.ReportMetric(float64(took[i].Microseconds())/float64(b.N), name)
	}
	b.ReportMetric(float64(took[1])/float64(took[0]), "ratio")
	b.ReportMetric(0, "ns/op")
}

// call is what a call does to the scheduler: work in small pieces that are handed to another goroutine and back.
func call() {
	there, back := make(chan struct{}), make(chan struct{})
	go func() {
		for range there {
			spin(15 * time.Microsecond)
			back <- struct{}{}
		}
	}()
	for range 8 {
		spin(15 * time.Microsecond)
		there <- struct{}{}
		<-back
	}
	close(there)
}

func spin(d time.Duration) {
	for began := time.Now(); time.Since(began) < d; {
	}
}
