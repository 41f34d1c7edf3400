package groupcommit

import (
	"cmp"
	"runtime"
	"slices"
	"sync"
	"time"
)

// slowCommit is from how long on a commit counts as slow: other partitions do not wait for it, and are not run together with its own.
const slowCommit = 50 * time.Millisecond

// partitions are the queues, and which worker has which of them in work. A partition is never in two batches at the same time.
type partitions[Op, Res any] struct {
	limits
	splitFrom            int
	gather               time.Duration
	gatherFrom, gatherTo int
	after                Busy

	mu        sync.Mutex
	queues    []*queue[Op, Res]
	idle      sync.Cond // of the workers that have nothing to do
	company   sync.Cond // of the workers that wait for company
	idlers    int
	called    bool // one of them has been told to wake and has not yet
	gathering []*job[Op, Res]
	armed     bool // a timer runs that calls an idle worker when a batch in work has become slow
	closed    bool
}

// job is what one worker has in work: a batch, and the partitions that it is of.
type job[Op, Res any] struct {
	batch  []*item[Op, Res]
	queues []*queue[Op, Res]
}

func newPartitions[Op, Res any](o Options[Op, Res]) *partitions[Op, Res] {
	p := &partitions[Op, Res]{
		limits:    limits{batch: o.MaxBatch, queue: o.QueueLen, key: o.KeyLen, hint: o.CommitTimeout},
		splitFrom: o.SplitFrom, gather: o.Gather, gatherFrom: o.GatherFrom, gatherTo: o.GatherTo, after: o.After,
	}
	for range o.Workers {
		p.queues = append(p.queues, newQueue[Op, Res](p.limits))
	}
	p.idle.L, p.company.L = &p.mu, &p.mu
	return p
}

// push lets it wait, or refuses it: ErrClosed, QueueFullError.
func (p *partitions[Op, Res]) push(q *queue[Op, Res], it *item[Op, Res]) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return ErrClosed
	}
	if err := q.push(it); err != nil {
		return err
	}
	p.tell()
	return nil
}

// pushAll lets items wait, and says of each that it refuses why.
func (p *partitions[Op, Res]) pushAll(all []queued[Op, Res], refused func(i int, err error)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i, w := range all {
		err := ErrClosed
		if !p.closed {
			err = w.queue.push(w.item)
		}
		if err != nil {
			refused(i, err)
			continue
		}
		w.queue.gathered = w.queue.gathered || len(all) >= p.gatherFrom
	}
	p.tell()
}

// tell wakes the workers that have something to do with what was pushed.
func (p *partitions[Op, Res]) tell() {
	for _, j := range p.gathering {
		if p.enough(j) {
			p.company.Broadcast()
			break
		}
	}
	p.callIdle()
}

// next ends a worker's job, waits until something waits that it may take, and makes that its next job. It is false when the partitions are closed and empty.
func (p *partitions[Op, Res]) next(j *job[Op, Res]) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	for _, q := range j.queues {
		q.end(now)
	}
	if p.gather > 0 && len(j.batch) >= p.gatherFrom {
		p.awaitCompany(j)
	}
	p.release(j)
	if !p.await() {
		return false
	}
	p.take(j)
	p.callIdle()
	return true
}

// await waits until a worker may start; false when the partitions are closed and empty.
func (p *partitions[Op, Res]) await() bool {
	for gaveWay := false; ; {
		switch {
		case p.mayStart() && gaveWay:
			return true
		case p.mayStart():
			// Those who are about to bring something come first: the first of several that arrive together is not to be a batch of its own.
			p.mu.Unlock()
			runtime.Gosched()
			if p.after != nil {
				p.after.Rest(slowCommit)
			}
			p.mu.Lock()
			gaveWay = true
		case p.closed && p.waiting() == 0:
			p.idle.Broadcast() // others may have waited for what this one had in work
			return false
		default:
			p.arm()
			p.idlers++
			p.idle.Wait()
			p.idlers--
			p.called = false
			gaveWay = false // what it is woken for comes later
		}
	}
}

// release gives a job's partitions back. A worker that waits for company may have enough with them.
func (p *partitions[Op, Res]) release(j *job[Op, Res]) {
	for _, q := range j.queues {
		q.taken = false
	}
	j.queues, j.batch = j.queues[:0], j.batch[:0]
	if len(p.gathering) > 0 {
		p.company.Broadcast()
	}
}

// mayStart tells whether a worker that becomes free begins a batch: when something waits that no other has taken, and no other is at work, or there is enough
// for several, or what waits or is in work is slow.
func (p *partitions[Op, Res]) mayStart() bool {
	waits, taken, slow, all := false, false, false, 0
	for _, q := range p.queues {
		all += q.weight + q.working
		if !q.taken && q.n == 0 {
			continue
		}
		taken, waits = taken || q.taken, waits || !q.taken
		slow = slow || q.took >= slowCommit || !q.began.IsZero() && time.Since(q.began) >= slowCommit
	}
	return waits && (!taken || slow || all >= p.splitFrom)
}

// take begins a job with all that waits and no other has taken, when that is little, and otherwise with the fullest partition. Little is all in one batch, so no key
// is passed over. Nothing starves of what it leaves: there are as many workers as partitions, and in that case the others may start.
func (p *partitions[Op, Res]) take(j *job[Op, Res]) {
	weight, slow := 0, false
	for _, q := range p.queues {
		if q.taken || q.n == 0 {
			continue
		}
		j.queues = append(j.queues, q)
		weight += q.weight
		slow = slow || q.took >= slowCommit
	}
	if weight >= p.splitFrom || slow {
		fullest := slices.MaxFunc(j.queues, func(a, b *queue[Op, Res]) int { return cmp.Compare(a.weight, b.weight) })
		j.queues = append(j.queues[:0], fullest)
	}
	now := time.Now()
	for _, q := range j.queues {
		q.taken, q.began = true, now
		j.batch = q.take(j.batch)
	}
}

// awaitCompany waits until there is enough for a batch, the time for it is over, or the partitions are closed. The partitions of the job before stay the worker's meanwhile.
func (p *partitions[Op, Res]) awaitCompany(j *job[Op, Res]) {
	over := false
	timer := time.AfterFunc(p.gather, func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		over = true
		p.company.Broadcast()
	})
	defer timer.Stop()
	p.gathering = append(p.gathering, j)
	for !over && !p.closed && !p.enough(j) {
		p.company.Wait()
	}
	p.gathering = slices.DeleteFunc(p.gathering, func(other *job[Op, Res]) bool { return other == j })
}

// enough tells whether what a worker could take now needs no company.
func (p *partitions[Op, Res]) enough(j *job[Op, Res]) bool {
	n := 0
	for _, q := range p.queues {
		if !q.taken || slices.Contains(j.queues, q) {
			if q.gathered {
				return true
			}
			n += q.n
		}
	}
	return n >= p.gatherTo
}

// callIdle wakes an idle worker when there is something for it to do, or has it woken when the batch in its way has become slow.
func (p *partitions[Op, Res]) callIdle() {
	switch {
	case p.idlers == 0 || p.called:
	case p.mayStart():
		p.called = true
		p.idle.Signal()
	default:
		p.arm()
	}
}

// arm sees to it that what waits for another's batch is looked at again when that has become slow.
func (p *partitions[Op, Res]) arm() {
	waits, first := false, time.Time{}
	for _, q := range p.queues {
		waits = waits || !q.taken && q.n > 0
		if !q.began.IsZero() && (first.IsZero() || q.began.Before(first)) {
			first = q.began
		}
	}
	if p.armed || !waits || first.IsZero() {
		return
	}
	p.armed = true
	time.AfterFunc(slowCommit-time.Since(first), func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.armed = false
		p.callIdle()
	})
}

// remove ends the wait of it; false when it does not wait any more.
func (p *partitions[Op, Res]) remove(q *queue[Op, Res], it *item[Op, Res]) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return q.remove(it)
}

func (p *partitions[Op, Res]) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	p.idle.Broadcast()
	p.company.Broadcast()
}

// waiting is how many operations wait, in all partitions; under the lock.
func (p *partitions[Op, Res]) waiting() (n int) {
	for _, q := range p.queues {
		n += q.n
	}
	return n
}

func (p *partitions[Op, Res]) len() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.waiting()
}
