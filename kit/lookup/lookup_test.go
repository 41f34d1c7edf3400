package lookup_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

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
