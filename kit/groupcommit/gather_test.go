package groupcommit_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pitboss-gaming/pitboss/kit/groupcommit"
)

// begun is how many batches have come to commit.
func (h *held) begun() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.batches)
}

// The clock is the bubble's: a commit takes none of it, so what passes is what the worker waits.
func TestGather(t *testing.T) {
	for name, c := range map[string]struct {
		before int // operations of the batch before
		come   int // that come at once afterwards
		waits  time.Duration
	}{
		"a lone operation waits for nobody":                  {before: 1, come: 1},
		"few operations wait for nobody":                     {before: 3, come: 1},
		"after many there is a moment for others":            {before: 4, come: 1, waits: 2 * time.Millisecond},
		"not when enough wait":                               {before: 4, come: 16},
		"one less than enough is not enough":                 {before: 20, come: 15, waits: 2 * time.Millisecond},
		"who comes after the moment does not wait once more": {before: 4, come: 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := newHeld(t, groupcommit.Options[keyed, int]{Gather: 2 * time.Millisecond, GatherFrom: 4, GatherTo: 16})
				h.call(context.Background(), series(1, c.before)...)
				require.Len(t, h.next(), c.before)
				h.call(context.Background(), series(2, c.come)...)
				start := time.Now()
				if c.come == 0 {
					h.release <- struct{}{}
					pass(10 * time.Millisecond)
					start = time.Now()
					h.call(context.Background(), keyed{key: 2})
					require.Equal(t, 3, h.begun())
				} else {
					go func() { h.release <- struct{}{} }()
					for synctest.Wait(); h.begun() < 3; synctest.Wait() {
						pass(100 * time.Microsecond)
					}
					require.Len(t, h.batches[2], c.come)
				}
				require.Equal(t, c.waits, time.Since(start))
				_, errs := h.finish()
				for op, err := range errs {
					require.NoError(t, err, op)
				}
			})
		})
	}
}

// What comes while the worker waits is in the same batch, and Close ends the wait.
func TestGather_CompanyAndClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHeld(t, groupcommit.Options[keyed, int]{Gather: 2 * time.Millisecond, GatherFrom: 4, GatherTo: 16})
		h.call(context.Background(), series(1, 4)...)
		require.Len(t, h.next(), 4)
		h.release <- struct{}{}
		h.call(context.Background(), keyed{key: 2})
		pass(time.Millisecond)
		h.call(context.Background(), keyed{key: 3})
		require.Equal(t, 2, h.begun(), "it still waits")
		pass(2 * time.Millisecond)
		synctest.Wait()
		require.Equal(t, []keyed{{key: 2}, {key: 3}}, h.batches[2])

		h.call(context.Background(), series(4, 5)...)
		require.Len(t, h.next(), 5)
		h.call(context.Background(), keyed{key: 5})
		start := time.Now()
		close(h.release)
		synctest.Wait()
		require.Equal(t, 4, h.begun(), "it waits")
		h.Close()
		h.results.Wait()
		require.Equal(t, []keyed{{key: 5}}, h.batches[4])
		require.NoError(t, h.errs[keyed{key: 5}])
		require.Zero(t, time.Since(start))
	})
}
