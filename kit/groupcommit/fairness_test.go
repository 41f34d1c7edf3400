package groupcommit_test

import (
	"context"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pitboss-gaming/pitboss/kit/groupcommit"
)

// keyed is an operation of a key.
type keyed struct{ key, n, weight int }

type keyedBatcher = groupcommit.Batcher[keyed, int]

// newKeyed makes a batcher whose commit is told of each batch.
func newKeyed(o groupcommit.Options[keyed, int], commit func(ctx context.Context, ops []keyed)) *keyedBatcher {
	o.Key = func(op keyed) uint64 { return uint64(op.key) }
	o.Commit = func(ctx context.Context, ops []keyed) ([]outcome, error) {
		commit(ctx, ops)
		out := make([]outcome, len(ops))
		for i, op := range ops {
			out[i].Res = op.n
		}
		return out, nil
	}
	return groupcommit.New(o)
}

// held is a batcher of one worker whose commits wait for release. It lives in a synctest bubble, where it is certain what waits.
type held struct {
	*keyedBatcher
	t       *testing.T
	batches [][]keyed
	release chan struct{}
	results sync.WaitGroup
	mu      sync.Mutex
	errs    map[keyed]error
}

func newHeld(t *testing.T, o groupcommit.Options[keyed, int]) *held {
	h := &held{t: t, release: make(chan struct{}), errs: map[keyed]error{}}
	o.Workers = 1
	h.keyedBatcher = newKeyed(o, func(_ context.Context, ops []keyed) {
		h.mu.Lock()
		h.batches = append(h.batches, slices.Clone(ops))
		h.mu.Unlock()
		<-h.release
	})
	h.call(context.Background(), keyed{key: 999})
	return h
}

// call starts one call for each operation, in order, and returns when each waits or has been refused.
func (h *held) call(ctx context.Context, ops ...keyed) {
	for _, op := range ops {
		h.results.Go(func() {
			_, err := h.Do(ctx, op)
			h.mu.Lock()
			defer h.mu.Unlock()
			h.errs[op] = err
		})
		synctest.Wait()
	}
}

// next lets the batch in commit end and returns the one that follows.
func (h *held) next() []keyed {
	h.release <- struct{}{}
	synctest.Wait()
	return h.batches[len(h.batches)-1]
}

// finish lets all batches end, and returns the operations in the order of their commit and how each call ended.
func (h *held) finish() (committed []keyed, errs map[keyed]error) {
	close(h.release)
	h.results.Wait()
	h.Close()
	return slices.Concat(h.batches[1:]...), h.errs
}

func (h *held) refused(op keyed) *groupcommit.QueueFullError {
	h.t.Helper()
	_, err := h.Do(context.Background(), op)
	require.ErrorIs(h.t, err, groupcommit.ErrQueueFull)
	var full *groupcommit.QueueFullError
	require.ErrorAs(h.t, err, &full)
	return full
}

// pass lets d pass on the clock of the bubble, which takes no time.
func pass(d time.Duration) {
	if d <= 0 { // with the race detector the runtime crashes now and then where a bubble starts a timer that is due at once (Go 1.26)
		runtime.Gosched()
		return
	}
	<-time.After(d)
}

func series(key, count int) (ops []keyed) {
	for n := range count {
		ops = append(ops, keyed{key: key, n: n})
	}
	return ops
}

// Each commit takes a millisecond of the bubble's clock, which stands still while anything can run: so time counts batches.
func TestDo_LoneCallersDoNotWaitBehindABusyKey(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newKeyed(groupcommit.Options[keyed, int]{Workers: 2, MaxBatch: 64, QueueLen: 8192, KeyLen: 8192},
			func(context.Context, []keyed) { pass(time.Millisecond) })
		ctx, stop := context.WithCancel(context.Background())
		var busy, lone sync.WaitGroup
		for range 5000 {
			busy.Go(func() {
				for ctx.Err() == nil {
					_, err := b.Do(ctx, keyed{key: 0})
					if err != nil && ctx.Err() == nil {
						t.Error(err)
					}
				}
			})
		}
		synctest.Wait()
		require.GreaterOrEqual(t, b.Queued(), 5000-64, "the others are in commit")
		var longest atomic.Int64
		for key := range 50 {
			lone.Go(func() {
				for range 20 {
					start := time.Now()
					if _, err := b.Do(ctx, keyed{key: key + 1}); err != nil {
						t.Error(err)
					}
					for took := int64(time.Since(start)); ; {
						if was := longest.Load(); took <= was || longest.CompareAndSwap(was, took) {
							break
						}
					}
				}
			})
		}
		lone.Wait()
		stop()
		busy.Wait()
		require.LessOrEqual(t, time.Duration(longest.Load()), 2*time.Millisecond, "what is left of the batch in commit, and one's own")
		b.Close()
		require.Zero(t, b.Queued())
	})
}

func TestDo_KeysTakeTurnsAndKeepTheirOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHeld(t, groupcommit.Options[keyed, int]{MaxBatch: 4, KeyLen: 6})
		h.call(context.Background(), slices.Concat(series(1, 6), series(2, 2), series(3, 1))...)
		require.Equal(t, []keyed{{key: 1, n: 0}, {key: 2, n: 0}, {key: 3, n: 0}, {key: 1, n: 1}}, h.next())
		h.call(context.Background(), keyed{key: 4})
		require.Equal(t, []keyed{{key: 2, n: 1}, {key: 1, n: 2}, {key: 4, n: 0}, {key: 1, n: 3}}, h.next(), "the turn goes on where it was")
		committed, _ := h.finish()
		require.Equal(t, []keyed{{key: 1, n: 4}, {key: 1, n: 5}}, committed[8:])
	})
}

func TestDo_ABusyKeyLeavesRoomForOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHeld(t, groupcommit.Options[keyed, int]{QueueLen: 6, KeyLen: 4})
		h.call(context.Background(), series(1, 4)...)
		h.refused(keyed{key: 1, n: 4})
		h.call(context.Background(), series(2, 2)...)
		require.Equal(t, 6, h.Queued())
		h.refused(keyed{key: 3})
		_ = h.next()
		require.Zero(t, h.Queued())
		h.call(context.Background(), keyed{key: 1, n: 5})
		committed, errs := h.finish()
		require.Len(t, committed, 7)
		for op, err := range errs {
			require.NoError(t, err, op)
		}
	})
}

func TestDo_ABatchIsFilledByWeight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHeld(t, groupcommit.Options[keyed, int]{MaxBatch: 10, QueueLen: 30, KeyLen: 20, Weight: func(op keyed) int { return op.weight }})
		one, four, seven, huge := keyed{key: 1}, keyed{key: 2, weight: 4}, keyed{key: 3, weight: 7}, keyed{key: 4, weight: 1000}
		h.call(context.Background(), one, four, seven, huge)
		require.Equal(t, 4, h.Queued(), "operations, not weight")
		h.refused(keyed{key: 5, weight: 9}) // 1 + 4 + 7 + 10 wait
		h.call(context.Background(), keyed{key: 5, weight: 8})
		require.Equal(t, []keyed{one, four}, h.next())
		require.Equal(t, []keyed{seven}, h.next(), "it was not passed over")
		require.Equal(t, []keyed{huge}, h.next(), "larger than any batch")
		h.call(context.Background(), keyed{key: 5, weight: 12})
		h.refused(keyed{key: 5, weight: 3}) // 8 + 10 wait of its key
		_, errs := h.finish()
		for op, err := range errs {
			require.NoError(t, err, op)
		}
	})
}

func TestDo_TheHintFollowsWhatWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHeld(t, groupcommit.Options[keyed, int]{MaxBatch: 10, QueueLen: 100, KeyLen: 40, CommitTimeout: time.Second})
		hint := func(key int) time.Duration { return h.refused(keyed{key: key}).RetryAfter }
		h.call(context.Background(), series(1, 40)...)
		require.Equal(t, 3*time.Millisecond, hint(1), "the least before anything is known: one batch and half of four")
		pass(20 * time.Millisecond)
		require.Equal(t, 60*time.Millisecond, hint(1), "the batch in work has taken so long already")
		_ = h.next()
		h.call(context.Background(), keyed{key: 1, n: 40})
		require.Equal(t, 31, h.Queued())
		h.call(context.Background(), series(2, 40)...)
		require.Equal(t, 91*time.Millisecond, hint(2), "one batch and half of seven, because the turns are shared")
		h.call(context.Background(), series(3, 29)...)
		require.Equal(t, 120*time.Millisecond, hint(4), "one batch and half of ten")
		pass(time.Minute)
		require.Equal(t, time.Second, hint(4), "no longer than a commit may take")
		_, _ = h.finish()
	})
}

// Nobody waits beyond the bounds, whoever comes: the others are refused while nothing moves.
func TestDo_TenThousandCallers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		var committed atomic.Int64
		b := newKeyed(groupcommit.Options[keyed, int]{Workers: 2, MaxBatch: 16, QueueLen: 200, KeyLen: 50},
			func(_ context.Context, ops []keyed) { <-release; committed.Add(int64(len(ops))) })
		var done, full atomic.Int64
		var callers sync.WaitGroup
		for i := range 10_000 {
			callers.Go(func() {
				r, err := b.Do(context.Background(), keyed{key: i % 500, n: i})
				switch {
				case err == nil && r == i:
					done.Add(1)
				default:
					require.ErrorIs(t, err, groupcommit.ErrQueueFull)
					full.Add(1)
				}
			})
		}
		synctest.Wait()
		require.Equal(t, 2*200, b.Queued())
		inCommit := 10_000 - 2*200 - int(full.Load())
		require.GreaterOrEqual(t, inCommit, 2)
		require.LessOrEqual(t, inCommit, 2*16)
		close(release)
		callers.Wait()
		require.EqualValues(t, 2*200+inCommit, done.Load())
		require.Equal(t, done.Load(), committed.Load())
		b.Close()
	})
}

func TestDo_WhoLeavesMakesRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHeld(t, groupcommit.Options[keyed, int]{QueueLen: 3, KeyLen: 3})
		leaving, leave := context.WithCancel(context.Background())
		h.call(leaving, keyed{key: 1, n: 0})
		h.call(context.Background(), keyed{key: 1, n: 1})
		h.call(leaving, keyed{key: 2, n: 2})
		h.refused(keyed{key: 1, n: 3})
		leave()
		synctest.Wait()
		require.Equal(t, 1, h.Queued())
		h.call(context.Background(), keyed{key: 1, n: 4}, keyed{key: 2, n: 5})
		committed, errs := h.finish()
		require.Equal(t, []keyed{{key: 1, n: 1}, {key: 2, n: 5}, {key: 1, n: 4}}, committed)
		require.ErrorIs(t, errs[keyed{key: 1, n: 0}], context.Canceled)
		require.ErrorIs(t, errs[keyed{key: 2, n: 2}], context.Canceled)
	})
}

// late is a context whose deadline has passed without its timer having run, as it happens on a busy machine.
type late struct{ context.Context }

func (late) Deadline() (time.Time, bool) { return time.Now(), true }

func TestDo_NothingIsStartedAfterItsDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHeld(t, groupcommit.Options[keyed, int]{})
		h.call(late{context.Background()}, keyed{key: 1})
		h.call(context.Background(), keyed{key: 2})
		committed, errs := h.finish()
		require.Equal(t, []keyed{{key: 2}}, committed)
		require.ErrorIs(t, errs[keyed{key: 1}], context.DeadlineExceeded)
	})
}
