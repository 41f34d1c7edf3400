package groupcommit

import (
	"context"
	"fmt"
	"runtime/debug"
	"time"
)

// worker runs batches, in buffers of its own.
type worker[Op, Res any] struct {
	*Batcher[Op, Res]
	ops []Op
}

func (b *Batcher[Op, Res]) work() {
	w := worker[Op, Res]{Batcher: b}
	var j job[Op, Res]
	for b.partitions.next(&j) {
		w.runBatch(j.batch)
		clear(j.batch) // the answered items must not stay reachable while the worker waits
	}
}

func (w *worker[Op, Res]) runBatch(batch []*item[Op, Res]) {
	live := dropGone(batch)
	if len(live) == 0 {
		return
	}
	ctx := context.Background()
	if len(live) == 1 {
		ctx = live[0].ctx
	}
	err := w.run(ctx, live)
	if err == nil {
		return
	}
	if len(live) == 1 {
		live[0].answer <- Outcome[Res]{Err: err}
		return
	}
	for _, it := range live {
		one := dropGone([]*item[Op, Res]{it})
		if len(one) == 0 {
			continue
		}
		if err := w.run(it.ctx, one); err != nil {
			it.answer <- Outcome[Res]{Err: err}
		}
	}
}

// run commits items and answers them, or returns an error and answers none. An answered item belongs to its caller again.
func (w *worker[Op, Res]) run(ctx context.Context, items []*item[Op, Res]) error {
	ctx, cancel := context.WithTimeout(ctx, w.o.CommitTimeout)
	defer cancel()
	w.ops = w.ops[:0]
	for _, it := range items {
		w.ops = append(w.ops, it.op)
	}
	start := time.Now()
	w.commits.begin()
	outcomes, err := w.commit(ctx, w.ops)
	w.commits.end()
	w.o.Observe(len(items), time.Since(start), err)
	clear(w.ops)
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

func (w *worker[Op, Res]) commit(ctx context.Context, ops []Op) (outcomes []Outcome[Res], err error) {
	defer func() {
		if r := recover(); r != nil {
			outcomes, err = nil, fmt.Errorf("%w: %v\n%s", ErrPanic, r, debug.Stack())
		}
	}()
	return w.o.Commit(ctx, ops)
}

// dropGone answers the items whose caller has gone and returns the others.
func dropGone[Op, Res any](items []*item[Op, Res]) []*item[Op, Res] {
	live := items[:0:len(items)]
	now := time.Now()
	for _, it := range items {
		if err := it.gone(now); err != nil {
			it.answer <- Outcome[Res]{Err: err}
			continue
		}
		live = append(live, it)
	}
	return live
}
