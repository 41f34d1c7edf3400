// Package groupcommit lets concurrent callers share one commit. Each worker takes whatever is waiting for it, without a timer,
// and commits it as one batch: a lone caller waits for nobody, and under load the batches grow by themselves, so that the cost of
// a durable commit is shared by all who came while the previous one was running.
package groupcommit

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"
)

var (
	// ErrQueueFull is answered at once, without work, when the worker's queue is full. Services answer RESOURCE_EXHAUSTED.
	ErrQueueFull = errors.New("groupcommit: queue full")
	// ErrClosed is answered, without work, once Close has been called.
	ErrClosed = errors.New("groupcommit: closed")
	// ErrPanic wraps a panic in Commit.
	ErrPanic = errors.New("groupcommit: panic in commit")
	// ErrOutcomes says that Commit succeeded but did not answer every operation. The work may have been done; the caller repeats it
	// with the same idempotency key to learn.
	ErrOutcomes = errors.New("groupcommit: commit answered a different number of operations")
)

// Options configures a Batcher. Commit is required; zero values of the others are replaced by the defaults named.
type Options[Op, Res any] struct {
	// Workers is the number of batches that may be in commit at the same time (2).
	Workers int
	// MaxBatch is the largest batch (256).
	MaxBatch int
	// QueueLen is how many operations may wait for each worker (4 * MaxBatch).
	QueueLen int
	// CommitTimeout bounds each call of Commit (10 s).
	CommitTimeout time.Duration
	// Key picks the worker: equal keys go to the same worker, in the order of arrival. Nil spreads operations evenly.
	Key func(Op) uint64
	// Commit does the work of ops in one transaction and answers with one Outcome per op, in the same order. An operation that is
	// refused by a rule fails alone, through its Outcome. A returned error (or a panic) means that nothing was done; the operations are
	// then run one by one, so that a poisoned one cannot take others down. Because the answer to a database commit can be lost, an
	// operation may already have been done when it is run again: Commit must be idempotent per operation.
	// It may not keep ops after it returns. Its context ends after CommitTimeout; it carries no caller's values in a batch.
	Commit func(ctx context.Context, ops []Op) ([]Outcome[Res], error)
	// Observe, when set, is called after each call of Commit with the batch size, the time taken and the batch's error.
	Observe func(ops int, took time.Duration, err error)
}

// Outcome is the answer to one operation: a result or the reason why a rule refused it.
type Outcome[Res any] struct {
	Res Res
	Err error
}

// Batcher collects operations into batches. Its methods are safe for concurrent use.
type Batcher[Op, Res any] struct {
	o      Options[Op, Res]
	queues []chan *item[Op, Res]
	next   atomic.Uint64
	done   sync.WaitGroup

	mu     sync.RWMutex // held for reading while sending, for writing while closing the queues
	closed bool
}

type item[Op, Res any] struct {
	ctx    context.Context
	op     Op
	answer chan Outcome[Res] // buffered, so that a worker never waits for a caller who left
}

// New starts the workers. Close stops them.
func New[Op, Res any](o Options[Op, Res]) *Batcher[Op, Res] {
	if o.Workers <= 0 {
		o.Workers = 2
	}
	if o.MaxBatch <= 0 {
		o.MaxBatch = 256
	}
	if o.QueueLen <= 0 {
		o.QueueLen = 4 * o.MaxBatch
	}
	if o.CommitTimeout <= 0 {
		o.CommitTimeout = 10 * time.Second
	}
	if o.Observe == nil {
		o.Observe = func(int, time.Duration, error) {}
	}
	b := &Batcher[Op, Res]{o: o, queues: make([]chan *item[Op, Res], o.Workers)}
	for i := range b.queues {
		b.queues[i] = make(chan *item[Op, Res], o.QueueLen)
		b.done.Go(func() { b.work(b.queues[i]) })
	}
	return b
}

// Do runs op in some batch and returns its outcome. When ctx is already done, nothing is done. When ctx ends while op waits in the queue, op is
// dropped without work; when it ends while op's batch is in commit, Do returns ctx's error at once although op may still be done,
// so the caller must be able to repeat it. Errors: ctx's, ErrQueueFull, ErrClosed, ErrPanic, ErrOutcomes, Commit's own, the Outcome's.
func (b *Batcher[Op, Res]) Do(ctx context.Context, op Op) (Res, error) {
	var none Res
	if err := ctx.Err(); err != nil {
		return none, err
	}
	it := &item[Op, Res]{ctx: ctx, op: op, answer: make(chan Outcome[Res], 1)}
	if err := b.enqueue(it); err != nil {
		return none, err
	}
	select {
	case out := <-it.answer:
		return out.Res, out.Err
	case <-ctx.Done():
	}
	// The answer may have come at the same moment; the caller then gets it, since the work is done.
	select {
	case out := <-it.answer:
		return out.Res, out.Err
	default:
		return none, ctx.Err()
	}
}

// Close refuses new operations, waits until those already queued have been answered, and stops the workers. It may be called twice.
func (b *Batcher[Op, Res]) Close() {
	b.mu.Lock()
	if !b.closed {
		b.closed = true
		for _, q := range b.queues {
			close(q)
		}
	}
	b.mu.Unlock()
	b.done.Wait()
}

// Queued is how many operations wait at this moment, over all workers.
func (b *Batcher[Op, Res]) Queued() int {
	n := 0
	for _, q := range b.queues {
		n += len(q)
	}
	return n
}

func (b *Batcher[Op, Res]) enqueue(it *item[Op, Res]) error {
	var worker uint64
	if b.o.Key != nil {
		worker = b.o.Key(it.op)
	} else {
		worker = b.next.Add(1)
	}
	b.mu.RLock()
	defer b.mu.RUnlock()
	if b.closed {
		return ErrClosed
	}
	select {
	case b.queues[worker%uint64(len(b.queues))] <- it:
		return nil
	default:
		return ErrQueueFull
	}
}

func (b *Batcher[Op, Res]) work(queue <-chan *item[Op, Res]) {
	batch := make([]*item[Op, Res], 0, b.o.MaxBatch)
	for first := range queue {
		batch = append(batch[:0], first)
	take:
		for len(batch) < b.o.MaxBatch {
			select {
			case it, ok := <-queue:
				if !ok {
					break take
				}
				batch = append(batch, it)
			default:
				break take
			}
		}
		b.runBatch(batch)
		clear(batch) // the answered items must not stay reachable while the worker waits
	}
}

func (b *Batcher[Op, Res]) runBatch(batch []*item[Op, Res]) {
	live := dropDone(batch)
	if len(live) == 0 {
		return
	}
	ctx := context.Background()
	if len(live) == 1 {
		ctx = live[0].ctx
	}
	err := b.run(ctx, live)
	if err == nil {
		return
	}
	if len(live) == 1 {
		live[0].answer <- Outcome[Res]{Err: err}
		return
	}
	for _, it := range live {
		one := dropDone([]*item[Op, Res]{it})
		if len(one) == 0 {
			continue
		}
		if err := b.run(it.ctx, one); err != nil {
			it.answer <- Outcome[Res]{Err: err}
		}
	}
}

// run commits items and answers them, or returns an error and answers none.
func (b *Batcher[Op, Res]) run(ctx context.Context, items []*item[Op, Res]) error {
	ctx, cancel := context.WithTimeout(ctx, b.o.CommitTimeout)
	defer cancel()
	ops := make([]Op, len(items))
	for i, it := range items {
		ops[i] = it.op
	}
	start := time.Now()
	outcomes, err := b.commit(ctx, ops)
	b.o.Observe(len(items), time.Since(start), err)
	if err != nil {
		return err
	}
	for i, it := range items {
		if len(outcomes) != len(items) {
			it.answer <- Outcome[Res]{Err: ErrOutcomes}
			continue
		}
		it.answer <- outcomes[i]
	}
	return nil
}

func (b *Batcher[Op, Res]) commit(ctx context.Context, ops []Op) (outcomes []Outcome[Res], err error) {
	defer func() {
		if r := recover(); r != nil {
			outcomes, err = nil, fmt.Errorf("%w: %v\n%s", ErrPanic, r, debug.Stack())
		}
	}()
	return b.o.Commit(ctx, ops)
}

// dropDone answers the items whose caller has gone and returns the others.
func dropDone[Op, Res any](items []*item[Op, Res]) []*item[Op, Res] {
	live := items[:0:len(items)]
	for _, it := range items {
		if err := it.ctx.Err(); err != nil {
			it.answer <- Outcome[Res]{Err: err}
			continue
		}
		live = append(live, it)
	}
	return live
}
