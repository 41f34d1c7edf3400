package groupcommit

import (
	"context"
	"time"
)

// item is one waiting call of Do.
type item[Op, Res any] struct {
	ctx    context.Context
	op     Op
	key    uint64
	weight int
	answer chan Outcome[Res] // buffered, so that a worker never waits for a caller who left

	lane       *lane[Op, Res] // nil when it does not wait
	prev, next *item[Op, Res]
}

// gone tells why there is nobody left to work for, or nil. The time is asked too, because on a busy machine a context learns of its deadline late.
func (it *item[Op, Res]) gone(now time.Time) error {
	if err := it.ctx.Err(); err != nil {
		return err
	}
	if deadline, ok := it.ctx.Deadline(); ok && !now.Before(deadline) {
		return context.DeadlineExceeded
	}
	return nil
}

// lane is what waits of one key, in the order of arrival, and a place in the ring of those whose turn comes. A lane is never empty.
type lane[Op, Res any] struct {
	key         uint64
	first, last *item[Op, Res]
	weight      int
	prev, next  *lane[Op, Res]
}

// limits bound a queue; see Options.
type limits struct {
	batch, queue, key int
	hint              time.Duration
}

// queue is what waits of one partition. Nothing in it is larger than the limits, whatever the number of callers. It is used under the lock of its partitions.
type queue[Op, Res any] struct {
	limits
	lanes  map[uint64]*lane[Op, Res]
	turn   *lane[Op, Res] // the one whose turn it is; the ring's end is before it
	free   *lane[Op, Res] // unused lanes by next
	n      int
	weight int

	gathered bool // several that wait came together

	taken   bool          // by a worker, which has it in work or waits for company for it
	working int           // the weight in work
	began   time.Time     // of the batch in work; zero when there is none
	took    time.Duration // by recent batches, on average
}

func newQueue[Op, Res any](l limits) *queue[Op, Res] {
	return &queue[Op, Res]{limits: l, lanes: map[uint64]*lane[Op, Res]{}}
}

// push lets it wait, or refuses it: QueueFullError.
func (q *queue[Op, Res]) push(it *item[Op, Res]) error {
	if q.weight+it.weight > q.limits.queue {
		return q.full()
	}
	l := q.lanes[it.key]
	if l == nil {
		l = q.addLane(it.key)
	} else if l.weight+it.weight > q.limits.key {
		return q.full()
	}
	it.lane, it.prev, it.next = l, l.last, nil
	if l.last == nil {
		l.first = it
	} else {
		l.last.next = it
	}
	l.last = it
	l.weight += it.weight
	q.weight += it.weight
	q.n++
	return nil
}

// take appends as much of what waits as a batch may hold, one of each key in turn.
func (q *queue[Op, Res]) take(batch []*item[Op, Res]) []*item[Op, Res] {
	room := q.batch
	for q.turn != nil && q.turn.first.weight <= room {
		it, l := q.turn.first, q.turn
		room -= it.weight
		q.turn = l.next
		q.unlink(it)
		batch = append(batch, it)
	}
	q.working, q.gathered = q.batch-room, false
	return batch
}

// end notes that the batch in work has ended.
func (q *queue[Op, Res]) end(now time.Time) {
	worked := now.Sub(q.began)
	if q.took == 0 {
		q.took = worked
	} else {
		q.took += (worked - q.took) / 4
	}
	q.began, q.working = time.Time{}, 0
}

// remove ends the wait of it; false when it does not wait any more.
func (q *queue[Op, Res]) remove(it *item[Op, Res]) bool {
	if it.lane == nil {
		return false
	}
	q.unlink(it)
	return true
}

// full makes the refusal. In the way are the batch in work and what waits; of other keys too, because the longest lane is the last to be through.
func (q *queue[Op, Res]) full() error {
	took := q.took
	if !q.began.IsZero() {
		took = max(took, time.Since(q.began)) // a commit that hangs is as recent as can be
	}
	took = min(max(took, time.Millisecond), q.hint)
	return &QueueFullError{RetryAfter: min(took+took*time.Duration(q.weight)/time.Duration(2*q.batch), q.hint)}
}

func (q *queue[Op, Res]) addLane(key uint64) *lane[Op, Res] {
	l := q.free
	if l == nil {
		l = &lane[Op, Res]{}
	} else {
		q.free = l.next
	}
	l.key = key
	if q.turn == nil {
		l.prev, l.next = l, l
		q.turn = l
	} else {
		l.prev, l.next = q.turn.prev, q.turn
		l.prev.next, l.next.prev = l, l
	}
	q.lanes[key] = l
	return l
}

// unlink takes it out of its lane, and the lane out of the ring when it was the last.
func (q *queue[Op, Res]) unlink(it *item[Op, Res]) {
	l := it.lane
	if it.prev == nil {
		l.first = it.next
	} else {
		it.prev.next = it.next
	}
	if it.next == nil {
		l.last = it.prev
	} else {
		it.next.prev = it.prev
	}
	it.lane, it.prev, it.next = nil, nil, nil
	l.weight -= it.weight
	q.weight -= it.weight
	q.n--
	q.gathered = q.gathered && q.n > 0
	if l.first != nil {
		return
	}
	delete(q.lanes, l.key)
	if l.next == l {
		q.turn = nil
	} else {
		l.prev.next, l.next.prev = l.next, l.prev
		if q.turn == l {
			q.turn = l.next
		}
	}
	*l = lane[Op, Res]{next: q.free}
	q.free = l
}
