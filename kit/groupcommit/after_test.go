package groupcommit_test

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pitboss-gaming/pitboss/kit/groupcommit"
)

// A batch lets those of the other end: what comes meanwhile is in one. The clock is the bubble's: a commit takes as long as it is told.
func TestAfter(t *testing.T) {
	for name, c := range map[string]struct {
		busy  time.Duration // how long the other's commit takes
		come  int           // operations that come a millisecond apart, beginning a millisecond after it
		sizes []int         // of the batches that they are in
		first time.Duration // when the first of those begins, counted from the other's
	}{
		"nobody waits for one that rests":             {come: 2, sizes: []int{1, 1}, first: time.Millisecond},
		"what comes meanwhile is together":            {busy: 8 * time.Millisecond, come: 5, sizes: []int{5}, first: 8 * time.Millisecond},
		"who comes later waits for nobody any more":   {busy: 3500 * time.Microsecond, come: 5, sizes: []int{3, 1, 1}, first: 3500 * time.Microsecond},
		"one that hangs is waited for 50 ms, no more": {busy: 200 * time.Millisecond, come: 5, sizes: []int{5}, first: 51 * time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var (
					sizes []int
					first time.Duration
					start = time.Now()
				)
				other := groupcommit.New(groupcommit.Options[int, int]{Commit: func(_ context.Context, ops []int) ([]groupcommit.Outcome[int], error) {
					pass(c.busy)
					return make([]groupcommit.Outcome[int], len(ops)), nil
				}})
				b := groupcommit.New(groupcommit.Options[int, int]{Workers: 1, After: other, Commit: func(_ context.Context, ops []int) ([]groupcommit.Outcome[int], error) {
					if sizes = append(sizes, len(ops)); len(sizes) == 1 {
						first = time.Since(start)
					}
					return make([]groupcommit.Outcome[int], len(ops)), nil
				}})
				go func() { _, _ = other.Do(context.Background(), 1) }()
				for i := range c.come {
					pass(time.Millisecond)
					go func() { _, _ = b.Do(context.Background(), i) }()
				}
				pass(time.Second)
				b.Close()
				other.Close()
				require.Equal(t, c.sizes, sizes)
				require.Equal(t, c.first, first)
			})
		})
	}
}

// With several workers none begins beside the other's batch, however often it was woken for nothing.
func TestAfter_SeveralWorkers(t *testing.T) {
	for _, workers := range []int{1, 2, 4} {
		synctest.Test(t, func(t *testing.T) {
			var busy atomic.Bool
			var beside atomic.Int64
			other := groupcommit.New(groupcommit.Options[int, int]{Workers: 1, Commit: func(_ context.Context, ops []int) ([]groupcommit.Outcome[int], error) {
				busy.Store(true)
				pass(8 * time.Millisecond)
				busy.Store(false)
				return make([]groupcommit.Outcome[int], len(ops)), nil
			}})
			b := groupcommit.New(groupcommit.Options[int, int]{Workers: workers, After: other, Commit: func(_ context.Context, ops []int) ([]groupcommit.Outcome[int], error) {
				if busy.Load() {
					beside.Add(1)
				}
				return make([]groupcommit.Outcome[int], len(ops)), nil
			}})
			for range 5 {
				go func() { _, _ = other.Do(context.Background(), 1) }()
				for i := range 6 {
					pass(time.Millisecond)
					go func() { _, _ = b.Do(context.Background(), i) }()
				}
				pass(14 * time.Millisecond)
			}
			require.Zero(t, beside.Load(), "%d workers", workers)
			b.Close()
			other.Close()
		})
	}
}
