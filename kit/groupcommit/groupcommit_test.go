package groupcommit_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/pitboss-gaming/pitboss/kit/groupcommit"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

type outcome = groupcommit.Outcome[int]

var errRule = errors.New("refused by a rule")

// double answers each operation with twice itself; negative ones are refused.
func double(_ context.Context, ops []int) ([]outcome, error) {
	out := make([]outcome, len(ops))
	for i, op := range ops {
		if op < 0 {
			out[i].Err = errRule
			continue
		}
		out[i].Res = 2 * op
	}
	return out, nil
}

// gate is a Commit that waits for its release and remembers what it was given.
type gate struct {
	entered chan []int
	release chan struct{}
	commit  func(ctx context.Context, ops []int) ([]outcome, error)
}

func newGate() *gate {
	return &gate{entered: make(chan []int, 100), release: make(chan struct{}), commit: double}
}

func (g *gate) run(ctx context.Context, ops []int) ([]outcome, error) {
	g.entered <- slices.Clone(ops)
	<-g.release
	return g.commit(ctx, ops)
}

type result struct {
	res int
	err error
}

// call runs Do in the background.
func call(b *groupcommit.Batcher[int, int], ctx context.Context, op int) chan result {
	ch := make(chan result, 1)
	go func() { r, err := b.Do(ctx, op); ch <- result{r, err} }()
	return ch
}

// queue fills the queue behind a batch that is in commit, in order.
func queue(t *testing.T, b *groupcommit.Batcher[int, int], ctx context.Context, ops ...int) (out []chan result) {
	t.Helper()
	for i, op := range ops {
		want := b.Queued() + 1
		out = append(out, call(b, ctx, op))
		require.Eventually(t, func() bool { return b.Queued() == want }, 5*time.Second, 100*time.Microsecond, "operation %d", i)
	}
	return out
}

func TestDo_OneAlone(t *testing.T) {
	b := groupcommit.New(groupcommit.Options[int, int]{Commit: double})
	defer b.Close()
	r, err := b.Do(context.Background(), 21)
	require.NoError(t, err)
	require.Equal(t, 42, r)
	_, err = b.Do(context.Background(), -1)
	require.ErrorIs(t, err, errRule)
}

func TestDo_WhatWaitsSharesACommit(t *testing.T) {
	g := newGate()
	b := groupcommit.New(groupcommit.Options[int, int]{Workers: 1, MaxBatch: 4, Commit: g.run})
	first := call(b, context.Background(), 0)
	require.Equal(t, []int{0}, <-g.entered)
	rest := queue(t, b, context.Background(), 1, 2, -3, 4, 5)
	close(g.release)
	require.Equal(t, []int{1, 2, -3, 4}, <-g.entered, "in order, up to the maximum")
	require.Equal(t, []int{5}, <-g.entered)
	require.Equal(t, result{0, nil}, <-first)
	require.Equal(t, result{2, nil}, <-rest[0])
	require.ErrorIs(t, (<-rest[2]).err, errRule, "a refusal is one caller's")
	require.Equal(t, result{8, nil}, <-rest[3])
	require.Equal(t, result{10, nil}, <-rest[4])
	b.Close()
}

func TestDo_FullQueue(t *testing.T) {
	g := newGate()
	b := groupcommit.New(groupcommit.Options[int, int]{Workers: 1, QueueLen: 2, Commit: g.run})
	first := call(b, context.Background(), 0)
	<-g.entered
	rest := queue(t, b, context.Background(), 1, 2)
	_, err := b.Do(context.Background(), 3)
	require.ErrorIs(t, err, groupcommit.ErrQueueFull)
	close(g.release)
	require.NoError(t, (<-first).err)
	require.NoError(t, (<-rest[0]).err)
	require.NoError(t, (<-rest[1]).err)
	b.Close()
}

func TestDo_CallersWhoLeft(t *testing.T) {
	g := newGate()
	b := groupcommit.New(groupcommit.Options[int, int]{Workers: 1, Commit: g.run})
	gone, leave := context.WithCancel(context.Background())
	leave()
	_, err := b.Do(gone, 9)
	require.ErrorIs(t, err, context.Canceled)

	first := call(b, context.Background(), 0)
	<-g.entered
	leaving, leave := context.WithCancel(context.Background())
	dropped := queue(t, b, leaving, 1)[0]
	stays := queue(t, b, context.Background(), 2)[0]
	leave()
	require.ErrorIs(t, (<-dropped).err, context.Canceled, "at once, although the worker is busy")
	close(g.release)
	require.Equal(t, []int{2}, <-g.entered, "no work for those who left")
	require.NoError(t, (<-first).err)
	require.NoError(t, (<-stays).err)
	b.Close()
}

func TestDo_DeadlineWhileInCommit(t *testing.T) {
	g := newGate()
	b := groupcommit.New(groupcommit.Options[int, int]{Workers: 1, Commit: g.run})
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	_, err := b.Do(ctx, 1)
	require.ErrorIs(t, err, context.DeadlineExceeded)
	close(g.release)
	b.Close()
}

func TestDo_FailedBatchRunsOneByOne(t *testing.T) {
	errBatch, errPoison := errors.New("batch"), errors.New("poison")
	for name, fail := range map[string]func(many bool) error{
		"error": func(many bool) error {
			if many {
				return errBatch
			}
			return errPoison
		},
		"panic": func(bool) error { panic("poison") },
	} {
		t.Run(name, func(t *testing.T) {
			g := newGate()
			g.commit = func(ctx context.Context, ops []int) ([]outcome, error) {
				if slices.Contains(ops, 13) {
					if err := fail(len(ops) > 1); err != nil {
						return nil, err
					}
				}
				return double(ctx, ops)
			}
			b := groupcommit.New(groupcommit.Options[int, int]{Workers: 1, Commit: g.run})
			first := call(b, context.Background(), 0)
			<-g.entered
			leaving, leave := context.WithCancel(context.Background())
			rest := queue(t, b, context.Background(), 1, 13, -2, 3)
			late := queue(t, b, leaving, 4)[0]
			g.release <- struct{}{}
			require.Equal(t, []int{1, 13, -2, 3, 4}, <-g.entered)
			leave()
			require.Error(t, (<-late).err)
			close(g.release)
			for _, want := range [][]int{{1}, {13}, {-2}, {3}} {
				require.Equal(t, want, <-g.entered)
			}
			require.NoError(t, (<-first).err)
			require.Equal(t, result{2, nil}, <-rest[0])
			poisoned := (<-rest[1]).err
			if name == "panic" {
				require.ErrorIs(t, poisoned, groupcommit.ErrPanic)
			} else {
				require.ErrorIs(t, poisoned, errPoison)
			}
			require.ErrorIs(t, (<-rest[2]).err, errRule)
			require.Equal(t, result{6, nil}, <-rest[3])
			b.Close()
			require.Empty(t, g.entered, "the one who left was not run")
		})
	}
}

func TestDo_WrongNumberOfOutcomes(t *testing.T) {
	var runs atomic.Int32
	b := groupcommit.New(groupcommit.Options[int, int]{Commit: func(context.Context, []int) ([]outcome, error) { runs.Add(1); return nil, nil }})
	defer b.Close()
	_, err := b.Do(context.Background(), 1)
	require.ErrorIs(t, err, groupcommit.ErrOutcomes)
	require.EqualValues(t, 1, runs.Load(), "it may be committed, so it is not run again")
}

func TestDo_CommitIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := groupcommit.New(groupcommit.Options[int, int]{CommitTimeout: time.Minute, Commit: func(ctx context.Context, _ []int) ([]outcome, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		}})
		defer b.Close()
		start := time.Now()
		_, err := b.Do(context.Background(), 1)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.Equal(t, time.Minute, time.Since(start))
	})
}

func TestDo_EqualKeysKeepOrder(t *testing.T) {
	var mu sync.Mutex
	got := map[int][]int{}
	b := groupcommit.New(groupcommit.Options[int, int]{Workers: 4, Key: func(op int) uint64 { return uint64(op % 7) },
		Commit: func(ctx context.Context, ops []int) ([]outcome, error) {
			mu.Lock()
			defer mu.Unlock()
			for _, op := range ops {
				got[op%7] = append(got[op%7], op)
			}
			return double(ctx, ops)
		}})
	defer b.Close()
	var wg sync.WaitGroup
	for key := range 7 {
		wg.Go(func() {
			for i := range 200 {
				if _, err := b.Do(context.Background(), i*7+key); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	for key, ops := range got {
		require.Len(t, ops, 200, key)
		require.True(t, slices.IsSorted(ops), key)
	}
}

func TestClose_DrainsAndThenRefuses(t *testing.T) {
	g := newGate()
	b := groupcommit.New(groupcommit.Options[int, int]{Workers: 1, Commit: g.run})
	first := call(b, context.Background(), 1)
	<-g.entered
	rest := queue(t, b, context.Background(), 2, 3)
	closed := make(chan struct{})
	go func() { b.Close(); b.Close(); close(closed) }()
	require.Eventually(t, func() bool {
		ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond) // before the close it would wait in the queue
		defer cancel()
		_, err := b.Do(ctx, 4)
		return errors.Is(err, groupcommit.ErrClosed)
	}, 5*time.Second, time.Millisecond)
	select {
	case <-closed:
		require.Fail(t, "Close did not wait")
	default:
	}
	close(g.release)
	<-closed
	require.NoError(t, (<-first).err)
	require.NoError(t, (<-rest[0]).err)
	require.NoError(t, (<-rest[1]).err)
}

// Everything at once: leaving callers, failing batches, panics, a close in the middle. Every call is answered, and nothing that was
// answered as done was not done.
func TestDo_UnderConcurrency(t *testing.T) {
	var done sync.Map
	var commits atomic.Int64
	b := groupcommit.New(groupcommit.Options[int, int]{Workers: 3, MaxBatch: 16, QueueLen: 64, Observe: func(n int, _ time.Duration, _ error) { commits.Add(1) },
		Commit: func(ctx context.Context, ops []int) ([]outcome, error) {
			switch rand.IntN(10) {
			case 0:
				return nil, errors.New("lost")
			case 1:
				panic("bad luck")
			}
			for _, op := range ops {
				done.Store(op, true)
			}
			return double(ctx, ops)
		}})
	var wg sync.WaitGroup
	var ok, refused atomic.Int64
	for i := range 64 {
		wg.Go(func() {
			for j := range 200 {
				op := i*200 + j
				ctx, cancel := context.WithTimeout(context.Background(), time.Duration(rand.IntN(3000))*time.Microsecond)
				r, err := b.Do(ctx, op)
				cancel()
				if err != nil {
					refused.Add(1)
					continue
				}
				ok.Add(1)
				if _, was := done.Load(op); !was || r != 2*op {
					t.Errorf("%d was answered %d and not done", op, r)
				}
			}
			if i == 0 {
				b.Close()
			}
		})
	}
	wg.Wait()
	b.Close()
	require.EqualValues(t, 64*200, ok.Load()+refused.Load())
	require.Positive(t, ok.Load())
	require.Positive(t, commits.Load())
	require.Zero(t, b.Queued())
}

// BenchmarkDo shows how the batches grow with the callers: commit takes 200 us whatever the batch. What the keys' turns cost is the difference.
func BenchmarkDo(b *testing.B) {
	for name, keys := range map[string]uint64{"one key": 1, "a key per caller": 1 << 32} {
		b.Run(name, func(b *testing.B) {
			var ops, commits, caller atomic.Int64
			batcher := groupcommit.New(groupcommit.Options[uint64, int]{Workers: 1, KeyLen: 1024, Key: func(key uint64) uint64 { return key },
				Commit: func(_ context.Context, batch []uint64) ([]outcome, error) {
					time.Sleep(200 * time.Microsecond)
					ops.Add(int64(len(batch)))
					commits.Add(1)
					return make([]outcome, len(batch)), nil
				}})
			defer batcher.Close()
			b.ReportAllocs()
			b.SetParallelism(128)
			b.RunParallel(func(pb *testing.PB) {
				key := uint64(caller.Add(1)) % keys
				for pb.Next() {
					if _, err := batcher.Do(context.Background(), key); err != nil {
						b.Error(err)
					}
				}
			})
			b.ReportMetric(float64(ops.Load())/float64(commits.Load()), "ops/commit")
		})
	}
}
