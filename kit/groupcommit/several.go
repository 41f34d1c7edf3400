package groupcommit

import (
	"context"
	"errors"
	"time"
)

// ErrLate is the outcome of an operation of DoAll that was not done long after others of the call were. It may still be done; the caller repeats it.
var ErrLate = errors.New("groupcommit: others were done long before")

// DoAll runs operations as Do does, each for itself, and returns their outcomes in their order. They are queued together, so they wait together and no goroutine
// is needed for each. When they are as many as GatherFrom, no worker waits for more company for them: whoever has several at once has gathered them.
//
// One operation that hangs, behind a lock for instance, would hold back the outcomes of the others. So when some have been run and others have not when patience
// is over, the others end with ErrLate; while none has been run, all of them go on waiting, twice as long each time. Zero waits for all, whatever it takes. When ctx
// ends, those that are not done end with its error.
func (b *Batcher[Op, Res]) DoAll(ctx context.Context, ops []Op, patience time.Duration) []Outcome[Res] {
	g := several[Op, Res]{b: b, out: make([]Outcome[Res], len(ops)), waiting: make([]queued[Op, Res], len(ops))}
	if err := ctx.Err(); err != nil {
		for i := range g.out {
			g.out[i].Err = err
		}
		return g.out
	}
	for i, op := range ops {
		g.waiting[i].item, g.waiting[i].queue = b.newItem(ctx, op)
	}
	b.partitions.pushAll(g.waiting, func(i int, err error) { g.end(i, Outcome[Res]{Err: err}) })
	g.await(ctx, patience)
	return g.out
}

// queued is an item and the queue of its partition.
type queued[Op, Res any] struct {
	*item[Op, Res] // nil when it has its outcome
	queue          *queue[Op, Res]
}

// several is one call of DoAll.
type several[Op, Res any] struct {
	b       *Batcher[Op, Res]
	out     []Outcome[Res]
	waiting []queued[Op, Res]
	run     int // how many of them workers have answered
}

func (g *several[Op, Res]) await(ctx context.Context, patience time.Duration) {
	var over <-chan time.Time
	var timer *time.Timer
	if patience > 0 {
		timer = time.NewTimer(patience)
		defer timer.Stop()
		over = timer.C
	}
	for i := range g.waiting {
		for g.waiting[i].item != nil {
			select {
			case out := <-g.waiting[i].answer:
				g.answered(i, out)
			case <-ctx.Done():
				g.leave(ctx.Err())
				return
			case <-over:
				if g.look(); g.run > 0 {
					g.leave(ErrLate)
					return
				}
				patience *= 2
				timer.Reset(patience)
			}
		}
	}
}

func (g *several[Op, Res]) answered(i int, out Outcome[Res]) {
	g.run++
	g.end(i, out)
}

// end gives an operation its outcome. Its item is known to nobody else any more.
func (g *several[Op, Res]) end(i int, out Outcome[Res]) {
	g.out[i] = out
	g.b.recycle(g.waiting[i].item)
	g.waiting[i].item = nil
}

// look takes the answers that are there.
func (g *several[Op, Res]) look() {
	for i, w := range g.waiting {
		if w.item == nil {
			continue
		}
		select {
		case out := <-w.answer:
			g.answered(i, out)
		default:
		}
	}
}

// leave ends the wait for those that are not answered.
func (g *several[Op, Res]) leave(err error) {
	for i, w := range g.waiting {
		if w.item == nil {
			continue
		}
		if g.b.partitions.remove(w.queue, w.item) {
			g.end(i, Outcome[Res]{Err: err})
			continue
		}
		// As in Do, the answer may have come at the same moment. An item that is in commit stays the worker's.
		select {
		case out := <-w.answer:
			g.answered(i, out)
		default:
			g.out[i].Err = err
			g.waiting[i].item = nil
		}
	}
}
