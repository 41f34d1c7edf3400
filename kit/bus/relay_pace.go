package bus

import "time"

// pace says when the relay looks again. A few events go out at once; when so many come that those of gather fill a batch, it waits for them. So events that
// come now and then are published within activePoll, and those of a busy service within gather.
type pace struct {
	gather    time.Duration
	lastFound time.Time // when there was something last
	lastSent  time.Time // when events were sent last
	steady    bool      // it waits for gather, and nobody need tell it of new rows
}

// found takes note of a look: how many events were sent, and whether there was anything at all. Nothing was sent of what there was while older transactions
// have to finish, or NATS is away.
func (p *pace) found(now time.Time, sent int, busy bool) {
	switch {
	case !busy:
		p.steady = false
		return
	case sent > 0:
		over := max(now.Sub(p.lastSent), activePoll)
		p.steady = p.gather > activePoll && int64(sent)*int64(p.gather) >= atomicFrom*int64(over)
		p.lastSent = now
	}
	p.lastFound = now
}

// pause is how long to wait from now on.
func (p *pace) pause(now time.Time) time.Duration {
	switch {
	case p.steady:
		return p.gather
	case now.Sub(p.lastFound) < activeFor:
		return activePoll
	}
	return pollInterval
}
