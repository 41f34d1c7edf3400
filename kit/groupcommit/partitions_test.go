package groupcommit_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pitboss-gaming/pitboss/kit/groupcommit"
)

// sharing is a batcher of several workers whose batches wait for their release. It lives in a synctest bubble.
type sharing struct {
	*keyedBatcher
	t     *testing.T
	mu    sync.Mutex
	open  []*shared // in commit, in the order of their begin
	done  []keyed   // in the order of their batches' ends
	calls sync.WaitGroup
}

type shared struct {
	ops     []keyed
	release chan struct{}
}

func newSharing(t *testing.T, o groupcommit.Options[keyed, int]) *sharing {
	s := &sharing{t: t}
	s.keyedBatcher = newKeyed(o, func(_ context.Context, ops []keyed) {
		b := &shared{ops: slices.Clone(ops), release: make(chan struct{})}
		s.mu.Lock()
		s.open = append(s.open, b)
		s.mu.Unlock()
		<-b.release
		s.mu.Lock()
		s.open = slices.DeleteFunc(s.open, func(o *shared) bool { return o == b })
		s.done = append(s.done, b.ops...)
		s.mu.Unlock()
	})
	return s
}

func (s *sharing) call(ops ...keyed) {
	for _, op := range ops {
		s.calls.Go(func() {
			if r, err := s.Do(context.Background(), op); err != nil || r != op.n {
				s.t.Errorf("%v was answered %d, %v", op, r, err)
			}
		})
		synctest.Wait()
	}
}

// inCommit is the batches at work.
func (s *sharing) inCommit() (all [][]keyed) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, b := range s.open {
		all = append(all, b.ops)
	}
	return all
}

// end lets the batch that is nth in inCommit end.
func (s *sharing) end(nth int) {
	s.mu.Lock()
	b := s.open[nth]
	s.mu.Unlock()
	close(b.release)
	synctest.Wait()
}

// finish lets all batches end, and returns the operations in that order.
func (s *sharing) finish() []keyed {
	for synctest.Wait(); len(s.inCommit()) > 0; synctest.Wait() {
		s.end(0)
	}
	s.calls.Wait()
	s.Close()
	return s.done
}

func TestPartitions_LittleWorkIsOneBatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSharing(t, groupcommit.Options[keyed, int]{Workers: 2, SplitFrom: 10})
		s.call(keyed{key: 0})
		s.call(series(1, 3)...)
		s.call(series(2, 5)...)
		require.Equal(t, [][]keyed{{{key: 0}}}, s.inCommit(), "9 are not enough for two, also those of the other partition wait")
		s.end(0)
		require.Len(t, s.inCommit(), 1)
		require.ElementsMatch(t, slices.Concat(series(1, 3), series(2, 5)), s.inCommit()[0], "of both partitions")
		s.call(keyed{key: 3})
		require.Len(t, s.inCommit(), 1, "both partitions are in work")
		require.Len(t, s.finish(), 10)
	})
}

func TestPartitions_MuchWorkIsShared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSharing(t, groupcommit.Options[keyed, int]{Workers: 2, SplitFrom: 10})
		s.call(keyed{key: 0})
		s.call(series(1, 8)...)
		require.Len(t, s.inCommit(), 1)
		s.call(keyed{key: 2})
		require.Equal(t, [][]keyed{{{key: 0}}, series(1, 8)}, s.inCommit(), "the tenth, whichever its partition")
		s.call(series(4, 11)...)
		s.call(series(5, 4)...)
		s.end(0)
		require.Equal(t, 2, len(s.inCommit()))
		require.Len(t, s.inCommit()[1], 12, "what waits of the partition that nobody has")
		s.end(0)
		require.Equal(t, 2, len(s.inCommit()), "there is still enough in work and waiting for two")
		require.Equal(t, series(5, 4), s.inCommit()[1])
		s.call(series(6, 5)...)
		s.end(0)
		require.Equal(t, [][]keyed{series(5, 4)}, s.inCommit(), "4 in work and 5 waiting are not")
		require.Equal(t, 5, s.Queued())
		s.call(series(7, 2)...)
		require.Equal(t, [][]keyed{series(5, 4), series(6, 5)}, s.inCommit())
		require.Len(t, s.finish(), 32)
	})
}

func TestPartitions_AreTakenOneEachWhenMuchWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSharing(t, groupcommit.Options[keyed, int]{Workers: 3, SplitFrom: 6})
		s.call(keyed{key: 0}, keyed{key: 1}, keyed{key: 2})
		s.end(0) // begins the other two as one
		require.Equal(t, [][]keyed{{{key: 1}, {key: 2}}}, s.inCommit())
		s.call(keyed{key: 1, n: 1}, keyed{key: 1, n: 2}, keyed{key: 2, n: 1})
		require.Len(t, s.inCommit(), 1)
		s.call(keyed{key: 2, n: 2})
		s.end(0)
		require.Len(t, s.inCommit(), 1, "4 wait")
		s.call(series(3, 2)...)
		require.Len(t, s.inCommit(), 2)
		s.call(series(4, 5)...)
		s.call(series(5, 3)...)
		s.end(0)
		require.ElementsMatch(t, [][]keyed{series(3, 2), series(4, 5), series(5, 3)}, s.inCommit(), "8 wait, of two partitions")
		require.Len(t, s.finish(), 17)
	})
}

func TestPartitions_SplitFromOneNeverMerges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSharing(t, groupcommit.Options[keyed, int]{Workers: 2, SplitFrom: 1})
		s.call(keyed{key: 0}, keyed{key: 1})
		require.Len(t, s.inCommit(), 2)
		s.call(keyed{key: 2}, keyed{key: 3})
		s.end(0)
		require.Equal(t, [][]keyed{{{key: 1}}, {{key: 2}}}, s.inCommit())
		require.Len(t, s.finish(), 4)
	})
}

// A batch that hangs keeps the partitions that have operations in it, and no others for longer than 50 ms.
func TestPartitions_ASlowBatchIsNotWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSharing(t, groupcommit.Options[keyed, int]{Workers: 2})
		s.call(keyed{key: 0})
		pass(20 * time.Millisecond)
		s.call(keyed{key: 1}, keyed{key: 2})
		pass(29 * time.Millisecond)
		synctest.Wait()
		require.Len(t, s.inCommit(), 1)
		pass(time.Millisecond)
		synctest.Wait()
		require.Equal(t, [][]keyed{{{key: 0}}, {{key: 1}}}, s.inCommit())
		s.end(1)
		s.call(keyed{key: 3})
		require.Equal(t, [][]keyed{{{key: 0}}, {{key: 3}}}, s.inCommit(), "at once, because the other is known to be slow")
		s.call(keyed{key: 5})
		pass(50 * time.Millisecond)
		s.end(0)
		require.Equal(t, [][]keyed{{{key: 3}}, {{key: 2}}}, s.inCommit(), "it is remembered when its batch has ended")
		s.end(0)
		require.Equal(t, [][]keyed{{{key: 2}}, {{key: 5}}}, s.inCommit())
		s.call(keyed{key: 4}, keyed{key: 7})
		s.end(1)
		s.end(0)
		require.Equal(t, [][]keyed{{{key: 7}}, {{key: 4}}}, s.inCommit(), "neither together nor after one another")
		s.finish()
		require.Zero(t, s.Queued())
	})
}

func TestPartitions_SlowBatchesAreOfOnePartition(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSharing(t, groupcommit.Options[keyed, int]{Workers: 2})
		s.call(keyed{key: 0}, keyed{key: 1}, keyed{key: 2})
		s.end(0)
		require.Len(t, s.inCommit()[0], 2)
		s.call(keyed{key: 3}, keyed{key: 4})
		pass(200 * time.Millisecond)
		synctest.Wait()
		require.Len(t, s.inCommit(), 1, "both partitions are in the batch that hangs")
		s.end(0)
		require.ElementsMatch(t, [][]keyed{{{key: 3}}, {{key: 4}}}, s.inCommit())
		for n := range 10 { // until the averages have forgotten it
			s.call(keyed{key: 5, n: n}, keyed{key: 6, n: n})
			for len(s.inCommit()) > 0 {
				s.end(0)
			}
		}
		s.call(keyed{key: 7}, keyed{key: 8})
		require.Equal(t, [][]keyed{{{key: 7}}}, s.inCommit())
		require.Len(t, s.finish(), 27)
	})
}

// One worker waits for company for all, and none begins beside it.
func TestPartitions_GatherOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSharing(t, groupcommit.Options[keyed, int]{Workers: 2, Gather: 2 * time.Millisecond, GatherFrom: 4, GatherTo: 8})
		s.call(keyed{key: 0})
		s.call(slices.Concat(series(1, 2), series(2, 2))...)
		s.end(0)
		require.Len(t, s.inCommit()[0], 4)
		s.end(0)
		s.call(slices.Concat(series(3, 3), series(4, 3))...)
		require.Empty(t, s.inCommit(), "it waits")
		pass(2 * time.Millisecond)
		synctest.Wait()
		require.Len(t, s.inCommit(), 1)
		require.Len(t, s.inCommit()[0], 6)
		s.end(0)
		s.call(slices.Concat(series(5, 4), series(6, 3))...)
		require.Empty(t, s.inCommit())
		s.call(keyed{key: 6, n: 3})
		require.Len(t, s.inCommit(), 1, "enough, of both together")
		require.Len(t, s.inCommit()[0], 8)
		s.call(series(7, 4)...)
		s.end(0)
		pass(2 * time.Millisecond)
		synctest.Wait()
		s.end(0)
		s.call(series(8, 7)...)
		require.Empty(t, s.inCommit())
		s.call(keyed{key: 8, n: 7})
		require.Equal(t, [][]keyed{series(8, 8)}, s.inCommit(), "of a partition that was not in its batch before")
		s.finish()
	})
}

// What one worker gathers for is no other's, but what it leaves over is company for what the other has.
func TestPartitions_GatherBeside(t *testing.T) {
	for name, c := range map[string]struct {
		each  int
		waits time.Duration
	}{"too little": {4, 2 * time.Millisecond}, "enough together": {8, time.Millisecond}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSharing(t, groupcommit.Options[keyed, int]{Workers: 2, SplitFrom: 20, Gather: 2 * time.Millisecond, GatherFrom: 4, GatherTo: 16})
				s.call(keyed{key: 0})
				s.call(series(2, 14)...)
				s.call(series(1, 5)...)
				require.Len(t, s.inCommit(), 2)
				s.end(0) // 14 and 5 are not enough for both
				require.Len(t, s.inCommit(), 1)
				s.call(keyed{key: 3})
				require.Len(t, s.inCommit(), 2)
				s.end(0)
				pass(time.Millisecond)
				s.end(0)
				s.call(slices.Concat(series(4, c.each), series(5, c.each))...)
				for waited := time.Duration(0); waited < c.waits; waited += time.Millisecond {
					require.Empty(t, s.inCommit(), "after %v", waited)
					pass(time.Millisecond)
					synctest.Wait()
				}
				require.Len(t, s.inCommit(), 1)
				require.Len(t, s.inCommit()[0], 2*c.each+1)
				s.finish()
			})
		})
	}
}

func TestPartitions_CloseRunsWhatWaits(t *testing.T) {
	for name, count := range map[string]int{"merged": 3, "shared": 30} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSharing(t, groupcommit.Options[keyed, int]{Workers: 2, SplitFrom: 10})
				s.call(keyed{key: 0})
				s.call(slices.Concat(series(1, count), series(2, count))...)
				start, closed := time.Now(), make(chan struct{})
				go func() { s.Close(); close(closed) }()
				synctest.Wait()
				_, err := s.Do(context.Background(), keyed{key: 3})
				require.ErrorIs(t, err, groupcommit.ErrClosed)
				select {
				case <-closed:
					require.Fail(t, "it did not wait")
				default:
				}
				for len(s.inCommit()) > 0 {
					s.end(0)
				}
				<-closed
				require.Zero(t, time.Since(start), "nothing but the batches is waited for")
				require.Len(t, s.finish(), 1+2*count)
			})
		})
	}
}

// Everybody waits only for what is in work and for one's own: no partition is passed over while others are busy.
func TestPartitions_NoneStarves(t *testing.T) {
	for name, busy := range map[string]int{"little": 3, "about the threshold": 30, "much": 300} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newKeyed(groupcommit.Options[keyed, int]{Workers: 4, SplitFrom: 32, MaxBatch: 64, QueueLen: 2048, KeyLen: 2048},
					func(context.Context, []keyed) { pass(time.Millisecond) })
				ctx, stop := context.WithCancel(context.Background())
				var callers, lone sync.WaitGroup
				for i := range busy {
					callers.Go(func() {
						for ctx.Err() == nil {
							_, _ = b.Do(ctx, keyed{key: 4*(i/3) + i%3}) // partitions 0 to 2
							pass(time.Duration(i%7) * 100 * time.Microsecond)
						}
					})
				}
				for key := range 4 {
					lone.Go(func() {
						for range 50 {
							start := time.Now()
							if _, err := b.Do(ctx, keyed{key: 4000 + key}); err != nil {
								t.Error(err)
							}
							if took := time.Since(start); took > 3*time.Millisecond {
								t.Errorf("partition %d waited %v", key, took)
							}
							pass(130 * time.Microsecond)
						}
					})
				}
				lone.Wait()
				stop()
				callers.Wait()
				b.Close()
			})
		})
	}
}

// watch sees to it that batches at the same time have no partition in common, that equal keys keep their order, and that a batch of several partitions is small.
type watch struct {
	t                  *testing.T
	workers, splitFrom int
	mu                 sync.Mutex
	inWork             map[int]bool // partitions
	atOnce             int
	last               map[int]int // n by key
	merged, beside     int         // batches
}

func newWatch(t *testing.T, workers, splitFrom int) *watch {
	return &watch{t: t, workers: workers, splitFrom: splitFrom, inWork: map[int]bool{}, last: map[int]int{}}
}

// commit is a commit that takes some time, and fails when it is told to.
func (w *watch) commit(ops []keyed, took time.Duration, fail bool) ([]outcome, error) {
	mine := map[int]bool{}
	for _, op := range ops {
		mine[op.key%w.workers] = true
	}
	w.mu.Lock()
	for i := range mine {
		if w.inWork[i] {
			w.t.Errorf("partition %d is in two batches", i)
		}
		w.inWork[i] = true
	}
	if len(mine) > 1 {
		w.merged++
		if len(ops) >= w.splitFrom {
			w.t.Errorf("a batch of %d operations in %d partitions", len(ops), len(mine))
		}
	}
	if w.atOnce++; w.atOnce > 1 {
		w.beside++
	}
	w.mu.Unlock()
	<-time.After(took)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.atOnce--
	for i := range mine {
		delete(w.inWork, i)
	}
	if fail {
		return nil, errors.New("lost")
	}
	for _, op := range ops {
		if op.n <= w.last[op.key] {
			w.t.Errorf("%v came after %d", op, w.last[op.key])
		}
		w.last[op.key] = op.n
	}
	return make([]outcome, len(ops)), nil
}

// A load that comes and goes, on the bubble's clock: it is certain in which order operations come.
func TestPartitions_RandomLoad(t *testing.T) {
	for seed := range uint64(10) {
		synctest.Test(t, func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, 1))
			workers := 2 + r.IntN(3)
			w := newWatch(t, workers, 12)
			b := groupcommit.New(groupcommit.Options[keyed, int]{
				Workers: workers, SplitFrom: w.splitFrom, MaxBatch: 24, QueueLen: 1000, KeyLen: 1000, Gather: time.Duration(r.IntN(2)) * time.Millisecond, GatherTo: 8,
				Key: func(op keyed) uint64 { return uint64(op.key) },
				Commit: func(_ context.Context, ops []keyed) ([]outcome, error) {
					return w.commit(ops, time.Duration(1+rand.IntN(2000))*time.Microsecond, len(ops) > 1 && rand.IntN(20) == 0)
				}})
			var calls sync.WaitGroup
			for n := range 1000 {
				op := keyed{key: r.IntN(9), n: n + 1}
				calls.Go(func() {
					if _, err := b.Do(context.Background(), op); err != nil {
						t.Error(err)
					}
				})
				synctest.Wait()
				if n/100%2 == 0 || r.IntN(10) == 0 {
					pass(time.Duration(r.IntN(1000)) * time.Microsecond)
				}
			}
			calls.Wait()
			b.Close()
			require.Positive(t, w.merged)
			require.Positive(t, w.beside)
			require.Zero(t, b.Queued())
		})
	}
}

// The same where goroutines really run at once.
func TestPartitions_UnderConcurrency(t *testing.T) {
	w := newWatch(t, 3, 12)
	b := groupcommit.New(groupcommit.Options[keyed, int]{
		Workers: w.workers, SplitFrom: w.splitFrom, MaxBatch: 32, Gather: 200 * time.Microsecond, GatherTo: 8, Key: func(op keyed) uint64 { return uint64(op.key) },
		Commit: func(_ context.Context, ops []keyed) ([]outcome, error) {
			return w.commit(ops, time.Duration(rand.IntN(300))*time.Microsecond, len(ops) > 1 && rand.IntN(10) == 0)
		}})
	n := 0
	for _, callers := range []int{1, 24, 3, 12, 24} {
		var calls sync.WaitGroup
		for key := range callers {
			calls.Go(func() {
				for i := range 120 {
					if _, err := b.Do(context.Background(), keyed{key: key, n: n + i + 1}); err != nil {
						t.Error(err)
					}
				}
			})
		}
		calls.Wait()
		n += 120
	}
	b.Close()
	require.Positive(t, w.merged)
	require.Positive(t, w.beside)
	require.Zero(t, b.Queued())
}
