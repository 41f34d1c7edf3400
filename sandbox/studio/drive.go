package studio

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/pitboss-gaming/pitboss/sandbox/studio/fair"
	"github.com/pitboss-gaming/pitboss/sandbox/studio/wallet"
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

// drive makes attempts until the round has ended or has to wait for its next one, or for its player.
func (s *Studio) drive(id string) {
	for s.ctx.Err() == nil {
		if s.goOn(id) {
			continue
		}
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

// goOn moves a running game whose time has come: a flight ends, a hand that was left alone stands.
func (s *Studio) goOn(id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.rounds[id]
	now := s.cfg.Clock()
	if r == nil || r.State != playing || r.NextAt.After(now) {
		return false
	}
	if err := s.abandon(r, now); err != nil {
		s.log.Error("round cannot go on", "round", id, "err", err)
		r.NextAt = now.Add(s.cfg.RetryMax)
		return false
	}
	s.index(r)
	if r.State == playing {
		s.journal.append(entry{Round: r})
	}
	return r.State != playing
}

// beginAttempt counts the attempt and makes the round durable as it is, so that no message leaves whose content a
// restarted studio would not repeat exactly. It returns a copy of the round.
func (s *Studio) beginAttempt(id string) (round, bool) {
	s.mu.Lock()
	r := s.rounds[id]
	if r == nil || !r.owes() || r.NextAt.After(s.cfg.Clock()) {
		s.mu.Unlock()
		return round{}, false
	}
	r.Attempts++
	r.NextAt = time.Time{}
	wait := s.journal.append(entry{Round: r})
	snapshot := r.copy()
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
func (s *Studio) attempt(ctx context.Context, r round) wallet.Answer {
	if r.Demo {
		return s.demoAnswer(r)
	}
	line, protocol, err := s.line(r.OperatorID)
	if err != nil {
		return wallet.Failed(err)
	}
	if r.Free != "" && protocol.Policy().FreeSilent {
		return wallet.Answer{Verdict: wallet.Done, Status: "free round"}
	}
	m := s.movement(r)
	switch r.State {
	case betting:
		return protocol.Bet(ctx, line, m)
	case paying:
		return protocol.Win(ctx, line, m)
	case closing:
		return protocol.Close(ctx, line, m)
	default:
		return protocol.Cancel(ctx, line, m)
	}
}

// movement is the message that the round owes.
func (s *Studio) movement(r round) wallet.Movement {
	c := currencies[r.Currency]
	m := wallet.Movement{Round: s.walletRound(&r), Text: r.Text, Free: r.Free, Attempt: r.Attempts, At: s.now()}
	last := r.last()
	switch r.State {
	case betting:
		m.ID, m.Bet, m.Amount = last.Tx, last.Tx, c.amount(last.Amount)
		if last.Action != nil {
			m.Text += ": " + last.Action.Name
		}
	case cancelling:
		m.ID, m.Bet, m.Amount = last.CancelTx, last.Tx, c.amount(last.Amount)
	default:
		m.ID, m.Bet, m.Amount = r.WinTx, r.Stakes[0].Tx, c.amount(r.Win)
	}
	for _, k := range r.Stakes {
		if k.State == standing {
			m.Bets = append(m.Bets, k.Tx)
		}
	}
	m.Staked = c.amount(r.staked(standing))
	return m
}

// finishAttempt applies the answer. A round that owes no message any more is made durable; one that does is so by its
// next attempt.
func (s *Studio) finishAttempt(id string, a wallet.Answer) error {
	s.mu.Lock()
	r := s.rounds[id]
	now, before, policy := s.now(), r.State, s.policyOf(r.OperatorID)
	var err error
	switch r.State {
	case betting:
		err = r.betAnswered(a, policy, now, s.wait, s.play)
	case paying:
		r.winAnswered(a, policy, now, s.wait)
	case cancelling:
		err = r.cancelAnswered(a, policy, now, s.wait, s.play)
	case closing:
		r.closeAnswered(a, now, s.wait)
	}
	if err != nil { // the game cannot be played on: it is tried again later
		r.NextAt = now.Add(s.cfg.RetryMax)
	}
	s.index(r)
	var wait func() error
	if !r.owes() {
		wait = s.journal.append(entry{Round: r})
	}
	if r.Free != "" && !r.open() {
		s.freeRoundEnded(r)
	}
	s.logAttempt(r, before)
	s.mu.Unlock()
	if wait != nil {
		err = errors.Join(err, wait())
	}
	s.mu.Lock()
	s.notify(id)
	s.mu.Unlock()
	return err
}

// play computes how the round stands: it is over and is paid, or it goes on. A state left behind by an error is
// playing, so that the round is taken up again.
func (s *Studio) play(r *round, now time.Time) error {
	r.step(playing)
	_, err := s.settle(r, now)
	return err
}

// settle is play for a round that is in play; it returns the position.
func (s *Studio) settle(r *round, now time.Time) (position, error) {
	g, ok := gameOf(r.Game)
	if !ok {
		return position{}, fmt.Errorf("no game %q", r.Game)
	}
	if r.ServerSeed == "" && len(r.Stops) == 0 { // a bet from before the seeds
		var err error
		if r.ServerSeed, err = fair.NewServerSeed(s.cfg.Rand); err != nil {
			return position{}, err
		}
		r.ClientSeed = fair.NewClientSeed()
	}
	p, err := g.position(r, currencies[r.Currency], r.stream(), now)
	if err != nil {
		return p, err
	}
	switch {
	case p.Over:
		r.Win, r.Over = p.Win, true
		r.step(paying)
	case p.GoesOn > 0:
		r.NextAt = r.StartedAt.Add(p.GoesOn)
	default:
		r.NextAt = now.Add(s.cfg.Abandon)
	}
	return p, nil
}

// abandon is what becomes of a running game whose time has come.
func (s *Studio) abandon(r *round, now time.Time) error {
	p, err := s.settle(r, now)
	for err == nil && !p.Over && slices.Contains(p.Actions, actionStand) {
		r.Actions = append(r.Actions, action{Name: actionStand})
		p, err = s.settle(r, now)
	}
	return err
}

const actionStand = "stand"

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
		snapshot := r.copy()
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
	case r.State == before && r.State != playing:
		s.log.Warn("wallet call failed, will repeat", attrs...)
	default:
		s.log.Debug("round", attrs...)
	}
}
