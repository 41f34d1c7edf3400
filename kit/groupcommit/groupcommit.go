// Package groupcommit lets concurrent callers share one commit. A worker takes whatever waits and commits it as one
// batch: a lone caller waits for nobody (a worker only lets those run first who are about to come), and under load the batches grow by themselves, so that the cost of a durable commit is shared
// by all who came while the previous one was running, or in the moment that a worker under load gives them. Keys take turns, so that a caller waits behind one
// operation of each other key and not behind all that a busy key has waiting.
//
// Operations are partitioned by their keys, and there are as many workers as partitions, but a worker is not tied to one. While little is to be done, one
// worker runs the operations of all partitions together and the others rest, because a batch costs something whatever its size; when there is enough for several
// (Options.SplitFrom), each takes one partition. Batches that run at the same time never have a partition in common. What that costs: while little is to be done,
// an operation may wait for a batch of other partitions. One that hangs keeps up those partitions that have operations in it, until CommitTimeout; the others go on
// after 50 ms beside it, and partitions are not run together while their recent batches took that long on average, as with a distant database.
package groupcommit

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

var (
	// ErrQueueFull is answered at once, without work, when too much waits already; the error is a *QueueFullError. Services answer
	// RESOURCE_EXHAUSTED.
	ErrQueueFull = errors.New("groupcommit: queue full")
	// ErrClosed is answered, without work, once Close has been called.
	ErrClosed = errors.New("groupcommit: closed")
	// ErrPanic wraps a panic in Commit.
	ErrPanic = errors.New("groupcommit: panic in commit")
	// ErrOutcomes says that Commit succeeded but did not answer every operation. The work may have been done; the caller repeats it
	// with the same idempotency key to learn.
	ErrOutcomes = errors.New("groupcommit: commit answered a different number of operations")
)

// QueueFullError is ErrQueueFull with a hint.
type QueueFullError struct {
	// RetryAfter is an estimate of when half of what is in the way will be done, from its length and the recent time of a commit. It is
	// at least a millisecond and at most CommitTimeout.
	RetryAfter time.Duration
}

// Error names the hint.
func (e *QueueFullError) Error() string {
	return fmt.Sprintf("%v, retry after %v", ErrQueueFull, e.RetryAfter)
}

// Is makes it an ErrQueueFull.
func (e *QueueFullError) Is(target error) bool { return target == ErrQueueFull }

// Options configures a Batcher. Commit is required; zero values of the others are replaced by the defaults named.
type Options[Op, Res any] struct {
	// Workers is the number of batches that may be in commit at the same time, and of partitions (2).
	Workers int
	// MaxBatch is the largest batch, in weight (256).
	MaxBatch int
	// SplitFrom is from how much on, in weight, workers share the work: as long as less waits and is in commit, no worker begins beside another; as long as less
	// waits, a worker takes all of it, whichever the partitions (64, and no more than MaxBatch and KeyLen). 1: each batch is of one partition.
	SplitFrom int
	// QueueLen is how much may wait in each partition, in weight (4 * MaxBatch).
	QueueLen int
	// KeyLen is how much of that may be of one key, so that a busy key does not keep the others out (QueueLen / 4). Without Key it is QueueLen.
	KeyLen int
	// Gather is how long a worker waits for company after a batch that was large enough to say that there is much to do (GatherFrom); zero: it never waits.
	// A batch costs something whatever its size, so without it a system that is nearly full runs many small ones, which make it full. What came together by DoAll
	// needs no company.
	Gather time.Duration
	// GatherFrom is from how many operations in a batch on the worker waits before the next (4), and GatherTo with how many waiting it does not (64).
	GatherFrom, GatherTo int
	// After is another Batcher that works on the same resource, such as a database: a worker begins no batch while one of After's is in commit, but for 50 ms at most. What
	// comes meanwhile is in one batch then instead of several. Nil: it heeds nobody. After must not wait for this one in turn.
	After Busy
	// CommitTimeout bounds each call of Commit (10 s).
	CommitTimeout time.Duration
	// Key picks the partition, by its remainder by Workers: batches that run at the same time have no partition in common. Equal keys are run in the order of
	// arrival; different ones take turns. Nil spreads operations evenly.
	Key func(Op) uint64
	// Weight is how many single operations op counts as, for one that is made of several; nil is 1 for all. What is more than MaxBatch or
	// KeyLen counts as the smaller of them, so that every operation can be run.
	Weight func(Op) int
	// Commit does the work of ops in one transaction and answers with one Outcome per op, in the same order. An operation that is
	// refused by a rule fails alone, through its Outcome. A returned error (or a panic) means that nothing was done; the operations are
	// then run one by one, so that a poisoned one cannot take others down. Because the answer to a database commit can be lost, an
	// operation may already have been done when it is run again: Commit must be idempotent per operation.
	// It may not keep ops after it returns. Its context ends after CommitTimeout; it carries no caller's values in a batch.
	Commit func(ctx context.Context, ops []Op) ([]Outcome[Res], error)
	// Observe, when set, is called after each call of Commit with the number of operations, the time taken and the batch's error.
	Observe func(ops int, took time.Duration, err error)
}

// Busy is a Batcher, of whatever operations.
type Busy interface {
	// Rest returns when no batch is in commit, or after the limit.
	Rest(limit time.Duration)
}

// Outcome is the answer to one operation: a result or the reason why a rule refused it.
type Outcome[Res any] struct {
	Res Res
	Err error
}

// Batcher collects operations into batches. Its methods are safe for concurrent use.
type Batcher[Op, Res any] struct {
	o          Options[Op, Res]
	partitions *partitions[Op, Res]
	next       atomic.Uint64
	done       sync.WaitGroup
	commits    commits
	items      sync.Pool // of those answered, because each holds a channel
}

// New starts the workers. Close stops them.
func New[Op, Res any](o Options[Op, Res]) *Batcher[Op, Res] {
	o = o.withDefaults()
	b := &Batcher[Op, Res]{o: o, partitions: newPartitions(o)}
	for range o.Workers {
		b.done.Go(b.work)
	}
	return b
}

func (o Options[Op, Res]) withDefaults() Options[Op, Res] {
	if o.Workers <= 0 {
		o.Workers = 2
	}
	if o.MaxBatch <= 0 {
		o.MaxBatch = 256
	}
	if o.QueueLen <= 0 {
		o.QueueLen = 4 * o.MaxBatch
	}
	if o.KeyLen <= 0 {
		o.KeyLen = max(o.QueueLen/4, 1)
	}
	if o.Key == nil || o.KeyLen > o.QueueLen {
		o.KeyLen = o.QueueLen
	}
	if o.SplitFrom <= 0 {
		o.SplitFrom = 64
	}
	o.SplitFrom = min(o.SplitFrom, o.MaxBatch, o.KeyLen)
	if o.GatherFrom <= 0 {
		o.GatherFrom = 4
	}
	if o.GatherTo <= 0 {
		o.GatherTo = 64
	}
	if o.CommitTimeout <= 0 {
		o.CommitTimeout = 10 * time.Second
	}
	if o.Observe == nil {
		o.Observe = func(int, time.Duration, error) {}
	}
	return o
}

// Do runs op in some batch and returns its outcome. When ctx is already done, nothing is done. When ctx ends while op waits in the queue, op is
// dropped without work; when it ends while op's batch is in commit, Do returns ctx's error at once although op may still be done,
// so the caller must be able to repeat it. Errors: ctx's, ErrQueueFull, ErrClosed, ErrPanic, ErrOutcomes, Commit's own, the Outcome's.
func (b *Batcher[Op, Res]) Do(ctx context.Context, op Op) (Res, error) {
	var none Res
	if err := ctx.Err(); err != nil {
		return none, err
	}
	it, q := b.newItem(ctx, op)
	if err := b.partitions.push(q, it); err != nil {
		b.recycle(it)
		return none, err
	}
	select {
	case out := <-it.answer:
		b.recycle(it)
		return out.Res, out.Err
	case <-ctx.Done():
	}
	if b.partitions.remove(q, it) {
		b.recycle(it)
		return none, ctx.Err()
	}
	// The answer may have come at the same moment; the caller then gets it, since the work is done.
	select {
	case out := <-it.answer:
		b.recycle(it)
		return out.Res, out.Err
	default:
		return none, ctx.Err()
	}
}

// Close refuses new operations, waits until those already queued have been answered, and stops the workers. It may be called twice.
func (b *Batcher[Op, Res]) Close() {
	b.partitions.close()
	b.done.Wait()
}

// Rest returns when no batch is in commit, or after the limit.
func (b *Batcher[Op, Res]) Rest(limit time.Duration) { b.commits.rest(limit) }

// Queued is how many operations wait at this moment, in all partitions.
func (b *Batcher[Op, Res]) Queued() int { return b.partitions.len() }

// newItem fills an item and picks its partition.
func (b *Batcher[Op, Res]) newItem(ctx context.Context, op Op) (*item[Op, Res], *queue[Op, Res]) {
	it, ok := b.items.Get().(*item[Op, Res])
	if !ok {
		it = &item[Op, Res]{answer: make(chan Outcome[Res], 1)}
	}
	it.ctx, it.op, it.weight = ctx, op, 1
	if b.o.Weight != nil {
		it.weight = min(max(b.o.Weight(op), 1), b.o.MaxBatch, b.o.KeyLen)
	}
	partition := uint64(0)
	if b.o.Key != nil {
		it.key = b.o.Key(op)
		partition = it.key
	} else {
		partition = b.next.Add(1)
	}
	return it, b.partitions.queues[partition%uint64(len(b.partitions.queues))]
}

// recycle takes back an item that no worker knows any more.
func (b *Batcher[Op, Res]) recycle(it *item[Op, Res]) {
	*it = item[Op, Res]{answer: it.answer}
	b.items.Put(it)
}
