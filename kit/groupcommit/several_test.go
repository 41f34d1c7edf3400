package groupcommit_test

import (
	"context"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pitboss-gaming/pitboss/kit/groupcommit"
)

func TestDoAll(t *testing.T) {
	var commits atomic.Int32
	b := groupcommit.New(groupcommit.Options[int, int]{Workers: 1, Commit: func(ctx context.Context, ops []int) ([]outcome, error) {
		commits.Add(1)
		return double(ctx, ops)
	}})
	require.Empty(t, b.DoAll(context.Background(), nil, 0))
	require.Equal(t, []outcome{{Res: 2}, {Err: errRule}, {Res: 6}}, b.DoAll(context.Background(), []int{1, -2, 3}, 0), "each for itself")
	require.EqualValues(t, 1, commits.Load(), "together")
	gone, leave := context.WithCancel(context.Background())
	leave()
	for _, out := range b.DoAll(gone, []int{1, 2}, 0) {
		require.ErrorIs(t, out.Err, context.Canceled)
	}
	b.Close()
	for _, out := range b.DoAll(context.Background(), []int{1, 2}, 0) {
		require.ErrorIs(t, out.Err, groupcommit.ErrClosed)
	}
	require.EqualValues(t, 1, commits.Load())
}

// all starts DoAll and returns when it waits or has ended.
func (h *held) all(ctx context.Context, patience time.Duration, ops ...keyed) <-chan []outcome {
	out := make(chan []outcome, 1)
	h.results.Go(func() { out <- h.DoAll(ctx, ops, patience) })
	synctest.Wait()
	return out
}

func TestDoAll_WhatIsRefusedDoesNotHoldUpOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHeld(t, groupcommit.Options[keyed, int]{QueueLen: 4, KeyLen: 2})
		several := h.all(context.Background(), 0, keyed{1, 1, 1}, keyed{1, 2, 1}, keyed{1, 3, 1}, keyed{2, 4, 1}, keyed{3, 5, 1}, keyed{4, 6, 1})
		require.Equal(t, 4, h.Queued())
		require.Equal(t, []keyed{{1, 1, 1}, {2, 4, 1}, {3, 5, 1}, {1, 2, 1}}, h.next(), "keys take turns")
		h.finish()
		out := <-several
		for i, res := range map[int]int{0: 1, 1: 2, 3: 4, 4: 5} {
			require.Equal(t, outcome{Res: res}, out[i])
		}
		for _, i := range []int{2, 5} {
			require.ErrorIs(t, out[i].Err, groupcommit.ErrQueueFull, "of its key, and of all")
		}
	})
}

func TestDoAll_WhoLeavesMakesRoomAndKeepsWhatIsDone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHeld(t, groupcommit.Options[keyed, int]{MaxBatch: 1})
		leaving, leave := context.WithCancel(context.Background())
		several := h.all(leaving, 0, keyed{1, 1, 1}, keyed{2, 2, 1}, keyed{3, 3, 1})
		require.Equal(t, []keyed{{1, 1, 1}}, h.next())
		require.Equal(t, []keyed{{2, 2, 1}}, h.next())
		leave()
		out := <-several
		require.Equal(t, outcome{Res: 1}, out[0])
		require.ErrorIs(t, out[1].Err, context.Canceled, "in commit")
		require.ErrorIs(t, out[2].Err, context.Canceled)
		require.Zero(t, h.Queued())
		h.call(context.Background(), keyed{4, 4, 1})
		committed, errs := h.finish()
		require.Equal(t, []keyed{{1, 1, 1}, {2, 2, 1}, {4, 4, 1}}, committed, "what was left is not begun")
		require.NoError(t, errs[keyed{4, 4, 1}])
	})
}

// Odd keys hang for a while, even ones do not.
func hangingOdds(hang, others time.Duration) *keyedBatcher {
	return newKeyed(groupcommit.Options[keyed, int]{Workers: 2, SplitFrom: 1}, func(_ context.Context, ops []keyed) {
		if ops[0].key%2 == 1 {
			pass(hang)
			return
		}
		pass(others)
	})
}

func TestDoAll_Patience(t *testing.T) {
	odd, even := keyed{1, 10, 1}, keyed{2, 20, 1}
	for name, c := range map[string]struct {
		hang, others, patience, took time.Duration
		late                         bool
	}{
		"all are done":                           {hang: 200 * time.Millisecond, others: 1 * time.Millisecond, patience: 250 * time.Millisecond, took: 200 * time.Millisecond},
		"one is not":                             {hang: time.Minute, others: 1 * time.Millisecond, patience: 250 * time.Millisecond, took: 250 * time.Millisecond, late: true},
		"none is done yet, and then all are":     {hang: 500 * time.Millisecond, others: 400 * time.Millisecond, patience: 250 * time.Millisecond, took: 500 * time.Millisecond},
		"none is done yet, and then not all are": {hang: time.Minute, others: 400 * time.Millisecond, patience: 250 * time.Millisecond, took: 750 * time.Millisecond, late: true},
		"without an end all are waited for":      {hang: time.Minute, others: 1 * time.Millisecond, took: time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := hangingOdds(c.hang, c.others)
				start := time.Now()
				out := b.DoAll(context.Background(), []keyed{odd, even}, c.patience)
				require.Equal(t, c.took, time.Since(start))
				require.Equal(t, outcome{Res: 20}, out[1])
				if c.late {
					require.ErrorIs(t, out[0].Err, groupcommit.ErrLate)
				} else {
					require.Equal(t, outcome{Res: 10}, out[0])
				}
				b.Close()
			})
		})
	}
}

// Several that come together have gathered: a worker that waits for company waits no more, and one that would does not.
func TestDoAll_NeedsNoMoreCompany(t *testing.T) {
	for name, c := range map[string]struct {
		before, several int
		during          bool // they come while the batch before is in commit, and not while the worker waits
		waits           time.Duration
	}{
		"while it waits":                 {before: 4, several: 4},
		"before it would":                {before: 4, several: 4, during: true},
		"few are as single ones":         {before: 4, several: 3, waits: 2 * time.Millisecond},
		"few are as single ones, before": {before: 4, several: 3, during: true, waits: 2 * time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := newHeld(t, groupcommit.Options[keyed, int]{Gather: 2 * time.Millisecond, GatherFrom: 4, GatherTo: 16})
				h.call(context.Background(), series(1, c.before)...)
				require.Len(t, h.next(), c.before)
				if !c.during {
					h.release <- struct{}{}
					synctest.Wait()
				}
				several := h.all(context.Background(), 0, series(2, c.several)...)
				if c.during {
					go func() { h.release <- struct{}{} }()
				}
				start := time.Now()
				for synctest.Wait(); h.begun() < 3; synctest.Wait() {
					pass(100 * time.Microsecond)
				}
				require.Equal(t, c.waits, time.Since(start))
				require.Len(t, h.batches[2], c.several)

				// It is over with them: single ones that come afterwards wait again.
				h.call(context.Background(), keyed{key: 3})
				go func() { h.release <- struct{}{} }()
				for start = time.Now(); h.begun() < 4; synctest.Wait() {
					pass(100 * time.Microsecond)
				}
				if c.several >= 4 {
					require.GreaterOrEqual(t, time.Since(start), 2*time.Millisecond)
				}
				h.finish()
				require.Len(t, <-several, c.several)
			})
		})
	}
}

// Many calls at once, of keys in common, each answered with its own.
func TestDoAll_UnderConcurrency(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newKeyed(groupcommit.Options[keyed, int]{Workers: 3, MaxBatch: 16, QueueLen: 2000, KeyLen: 2000, Gather: time.Millisecond}, func(context.Context, []keyed) { pass(time.Millisecond) })
		done := make(chan bool, 50)
		for i := range 50 {
			go func() {
				ops := series(i%7, 10)
				ops = append(ops, series(i%5, 10)...)
				for n := range ops {
					ops[n].n = 100*i + n
				}
				out := b.DoAll(context.Background(), ops, time.Second)
				done <- !slices.ContainsFunc(ops, func(op keyed) bool { return out[op.n-100*i] != outcome{Res: op.n} })
			}()
		}
		for range 50 {
			require.True(t, <-done)
		}
		b.Close()
	})
}
