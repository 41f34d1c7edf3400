package lookup_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/pitboss-gaming/pitboss/kit/lookup"
)

func TestCache(t *testing.T) {
	now := time.Unix(1000, 0)
	var asked atomic.Int64
	down := true
	c := lookup.New(2*time.Second, func() time.Time { return now }, func(_ context.Context, key string) (string, error) {
		asked.Add(1)
		if down {
			return "", errors.New("down")
		}
		return "answer to " + key, nil
	})
	_, err := c.Get(t.Context(), "a")
	require.Error(t, err)
	down = false
	for range 3 {
		v, err := c.Get(t.Context(), "a")
		require.NoError(t, err, "an error is not kept")
		require.Equal(t, "answer to a", v)
	}
	require.EqualValues(t, 2, asked.Load())
	now = now.Add(2 * time.Second)
	_, err = c.Get(t.Context(), "a")
	require.NoError(t, err)
	require.EqualValues(t, 3, asked.Load(), "asked again when it is old")
}

// TestCache_PanicIsAnError: a question that panics fails its callers and nobody else.
func TestCache_PanicIsAnError(t *testing.T) {
	bad := true
	c := lookup.New(time.Minute, time.Now, func(context.Context, string) (string, error) {
		if bad {
			panic("boom")
		}
		return "answer", nil
	})
	_, err := c.Get(t.Context(), "k")
	require.ErrorContains(t, err, "boom")
	bad = false
	v, err := c.Get(t.Context(), "k")
	require.NoError(t, err)
	require.Equal(t, "answer", v)
}

func TestCache_AsksOnceForManyAndForThoseWhoStay(t *testing.T) {
	release := make(chan struct{})
	var asked atomic.Int64
	c := lookup.New(time.Minute, time.Now, func(ctx context.Context, _ string) (int, error) {
		asked.Add(1)
		select {
		case <-release:
			return 7, nil
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	})
	gone, leave := context.WithCancel(t.Context())
	var all sync.WaitGroup
	for _, ctx := range []context.Context{gone, t.Context(), t.Context()} {
		all.Go(func() {
			v, err := c.Get(ctx, "k")
			if err != nil || v != 7 {
				t.Errorf("got %d, %v", v, err)
			}
		})
	}
	require.Eventually(t, func() bool { return asked.Load() == 1 }, 10*time.Second, time.Millisecond)
	leave()
	close(release)
	all.Wait()
	require.EqualValues(t, 1, asked.Load())
}

// TestCache_JoinsNoOldQuestion: a question that is long under way may be answered by what was before; whoever comes when it is older than an answer may be asks again.
func TestCache_JoinsNoOldQuestion(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		state := "before"
		slow := make(chan struct{})
		first := true
		c := lookup.New(500*time.Millisecond, time.Now, func(context.Context, string) (string, error) {
			read := state
			if first {
				first = false
				<-slow
			}
			return read, nil
		})
		var all sync.WaitGroup
		join := func(want string) {
			all.Go(func() {
				if got, err := c.Get(t.Context(), "k"); err != nil || got != want {
					t.Errorf("got %s, %v, want %s", got, err, want)
				}
			})
			synctest.Wait()
		}
		join("before")
		state = "after"
		passes := func(d time.Duration) { <-time.After(d) }
		passes(500 * time.Millisecond)
		join("before") // as old as an answer from memory may be
		passes(time.Millisecond)
		join("after")
		close(slow)
		all.Wait()
	})
}

func TestCache_PatientBridgesARestart(t *testing.T) {
	now := time.Unix(1000, 0)
	var fail error
	ask := func(context.Context, string) (string, error) { return "answer", fail }
	patient := lookup.New(time.Second, func() time.Time { return now }, ask).Patient(time.Minute)
	plain := lookup.New(time.Second, func() time.Time { return now }, ask)
	for _, c := range []*lookup.Cache[string]{patient, plain} {
		_, err := c.Get(t.Context(), "k")
		require.NoError(t, err)
	}
	now = now.Add(10 * time.Second)
	fail = status.Error(codes.Unavailable, "restarting")
	v, err := patient.Get(t.Context(), "k")
	require.NoError(t, err)
	require.Equal(t, "answer", v)
	_, err = plain.Get(t.Context(), "k")
	require.ErrorIs(t, err, fail)
	_, err = patient.Get(t.Context(), "unknown")
	require.ErrorIs(t, err, fail, "what was never known is not known now")
	fail = status.Error(codes.NotFound, "gone")
	_, err = patient.Get(t.Context(), "k")
	require.ErrorIs(t, err, fail, "an answer is an answer")
	fail = status.Error(codes.Unavailable, "away")
	now = now.Add(52 * time.Second)
	_, err = patient.Get(t.Context(), "k")
	require.ErrorIs(t, err, fail, "patience ends")
}

// TestCache_PatientWaitsLittleForWhoHangs: where questions are swallowed, only the callers of the first one wait for it to end; the next ones have their old answer soon. When there are
// answers again, they wait for the new one.
func TestCache_PatientWaitsLittleForWhoHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var (
			state atomic.Value
			hangs atomic.Bool
			slow  atomic.Int64
		)
		state.Store("before")
		c := lookup.New(500*time.Millisecond, time.Now, func(ctx context.Context, _ string) (string, error) {
			if hangs.Load() {
				<-ctx.Done()
				return "", status.FromContextError(ctx.Err()).Err()
			}
			read := state.Load().(string)
			<-time.After(time.Duration(slow.Load()))
			return read, nil
		}).Patient(30 * time.Second)
		get := func(want string, waits time.Duration) {
			t.Helper()
			<-time.After(501 * time.Millisecond)
			began := time.Now()
			got, err := c.Get(t.Context(), "k")
			require.NoError(t, err)
			require.Equal(t, want, got)
			require.Equal(t, waits, time.Since(began))
		}
		get("before", 0)
		hangs.Store(true)
		get("before", 3*time.Second)
		get("before", 200*time.Millisecond)
		get("before", 200*time.Millisecond)
		_, err := c.Get(t.Context(), "unknown")
		require.Equal(t, codes.DeadlineExceeded, status.Code(err))
		hangs.Store(false)
		state.Store("after")
		slow.Store(int64(400 * time.Millisecond))
		<-time.After(3 * time.Second) // the last question that was swallowed has ended
		get("before", 200*time.Millisecond)
		state.Store("later")
		get("later", 400*time.Millisecond)
		<-time.After(time.Minute)
		hangs.Store(true)
		began := time.Now()
		_, err = c.Get(t.Context(), "k")
		require.Equal(t, codes.DeadlineExceeded, status.Code(err), "patience ends")
		require.Equal(t, 3*time.Second, time.Since(began))
	})
}

func TestFelt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for name, check := range map[string]struct{ ago, after, waits time.Duration }{
			"just now": {0, time.Second, time.Second}, "a while ago": {700 * time.Millisecond, time.Second, 300 * time.Millisecond}, "long ago": {time.Hour, time.Second, 0},
			"by a clock that is ahead": {-time.Hour, time.Second, time.Second}, "nobody keeps anything": {0, 0, 0},
		} {
			began := time.Now()
			lookup.Felt(t.Context(), time.Now, began.Add(-check.ago), check.after)
			require.Equal(t, check.waits, time.Since(began), name)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		began := time.Now()
		lookup.Felt(ctx, time.Now, began, time.Second)
		require.Equal(t, time.Millisecond, time.Since(began), "the caller left")
	})
}
