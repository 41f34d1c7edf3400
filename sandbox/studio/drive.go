package studio

import (
	"context"
	"math/rand/v2"
	"time"

	"github.com/pitboss-gaming/pitboss/sandbox/studio/slot"
)

// maxCourierDrives bounds how many owed messages are delivered at once after an outage.
const maxCourierDrives = 16

// courier repeats what could not be delivered, when its time has come, until the studio closes.
func (s *Studio) courier() {
	slots := make(chan struct{}, maxCourierDrives)
	for {
		due, next := s.due()
		for _, id := range due {
			select {
			case slots <- struct{}{}:
			case <-s.ctx.Done():
				return
			}
			s.launchDrive(id, func() { <-slots })
		}
		timer := time.NewTimer(next)
		select {
		case <-timer.C:
		case <-s.wake:
		case <-s.ctx.Done():
			timer.Stop()
			return
		}
		timer.Stop()
	}
}

// due lists the open rounds whose next attempt may start now, and how long to sleep for the others.
func (s *Studio) due() (ids []string, next time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	next = time.Minute
	for id := range s.pending {
		if _, busy := s.running[id]; busy {
			continue
		}
		if wait := s.rounds[id].NextAt.Sub(s.cfg.Clock()); wait > 0 {
			next = min(next, wait)
		} else {
			ids = append(ids, id)
		}
	}
	return ids, max(next, time.Millisecond)
}

// launchDrive drives the round in the background unless somebody does or the studio closes; done is called in any
// case. It belongs to the studio, not to a request: a player who leaves does not stop a round half way.
func (s *Studio) launchDrive(id string, done func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, busy := s.running[id]; busy || s.closing {
		done()
		return
	}
	s.running[id] = struct{}{}
	s.drives.Go(func() {
		defer done()
		s.drive(id)
		s.mu.Lock()
		delete(s.running, id)
		s.notify(id)
		s.mu.Unlock()
		select {
		case s.wake <- struct{}{}:
		default:
		}
	})
}

// drive makes attempts until the round has ended or has to wait for its next one.
func (s *Studio) drive(id string) {
	for s.ctx.Err() == nil {
		r, ok := s.beginAttempt(id)
		if !ok {
			return
		}
		a := s.attempt(s.ctx, r)
		if s.ctx.Err() != nil {
			return // the answer may be missing because we close: the next run asks again
		}
		if err := s.finishAttempt(id, a); err != nil {
			s.log.Error("round cannot go on", "round", id, "err", err)
			return
		}
	}
}

// beginAttempt counts the attempt and makes the round durable as it is, so that no message leaves whose content a
// restarted studio would not repeat exactly. It returns a copy of the round.
func (s *Studio) beginAttempt(id string) (round, bool) {
	s.mu.Lock()
	r := s.rounds[id]
	if r == nil || !r.open() || r.NextAt.After(s.cfg.Clock()) {
		s.mu.Unlock()
		return round{}, false
	}
	r.Attempts++
	r.NextAt = time.Time{}
	wait := s.journal.append(entry{Round: r})
	snapshot := *r
	s.mu.Unlock()
	if err := wait(); err != nil {
		s.log.Error("round is not durable, attempt put off", "round", id, "err", err)
		s.mu.Lock()
		r.Attempts--
		r.NextAt = s.now().Add(s.cfg.RetryMax)
		s.mu.Unlock()
		return round{}, false
	}
	return snapshot, true
}

// attempt sends the message the round owes, or in demo play makes up the answer.
func (s *Studio) attempt(ctx context.Context, r round) reply {
	if r.Demo {
		return s.demoReply(r)
	}
	switch r.State {
	case betting:
		return s.callBet(ctx, r)
	case paying:
		return s.callWin(ctx, r)
	default:
		return s.callRollback(ctx, r)
	}
}

// finishAttempt applies the answer. An ended round is made durable; one that goes on is so by its next attempt.
func (s *Studio) finishAttempt(id string, a reply) error {
	s.mu.Lock()
	r := s.rounds[id]
	now, before := s.now(), r.State
	var err error
	switch r.State {
	case betting:
		err = r.betAnswered(a, now, s.wait, s.draw)
	case paying:
		r.winAnswered(a, now, s.wait)
	case cancelling:
		r.rollbackAnswered(a, now, s.wait)
	}
	if err != nil { // no randomness: the bet is asked about again, and then drawn
		r.NextAt = now.Add(s.cfg.RetryMax)
	}
	s.index(r)
	var wait func() error
	if !r.open() {
		wait = s.journal.append(entry{Round: r})
	}
	s.logAttempt(r, before)
	s.mu.Unlock()
	if wait != nil {
		err = wait()
	}
	s.mu.Lock()
	s.notify(id)
	s.mu.Unlock()
	return err
}

// draw plays the game for a round whose bet stands.
func (s *Studio) draw(r *round) error {
	result, err := slot.Draw(s.cfg.Rand)
	if err != nil {
		return err
	}
	r.Stops = result.Stops()
	r.Win = r.Bet / slot.Lines * int64(result.Multiple)
	return nil
}

// wait is the exponential back-off with up to a fifth of jitter, bounded by RetryMax.
func (s *Studio) wait(attempts int) time.Duration {
	d := s.cfg.RetryBase
	for range attempts - 1 {
		if d *= 2; d >= s.cfg.RetryMax {
			d = s.cfg.RetryMax
			break
		}
	}
	return d - time.Duration(rand.Int64N(int64(d)/5+1))
}

// notify wakes whoever waits for the round to change; the caller has the lock.
func (s *Studio) notify(id string) {
	if c, ok := s.changed[id]; ok {
		close(c)
		delete(s.changed, id)
	}
}

// await waits until the player can be told something about the round, or ctx ends, and returns a copy of it.
func (s *Studio) await(ctx context.Context, id string) (round, bool) {
	for {
		s.mu.Lock()
		r, ok := s.rounds[id]
		if !ok {
			s.mu.Unlock()
			return round{}, false
		}
		snapshot := *r
		if !snapshot.unsettled() {
			s.mu.Unlock()
			return snapshot, true
		}
		c, exists := s.changed[id]
		if !exists {
			c = make(chan struct{})
			s.changed[id] = c
		}
		s.mu.Unlock()
		select {
		case <-c:
		case <-ctx.Done():
			return snapshot, true
		case <-s.ctx.Done():
			return snapshot, true
		}
	}
}

func (s *Studio) logAttempt(r *round, before state) {
	attrs := []any{"round", r.ID, "step", before, "state", r.State, "attempt", r.Attempts, "status", r.Status}
	switch {
	case r.State == disputed:
		s.log.Error("round needs people", attrs...)
	case r.State == before:
		s.log.Warn("wallet call failed, will repeat", attrs...)
	default:
		s.log.Debug("round", attrs...)
	}
}
