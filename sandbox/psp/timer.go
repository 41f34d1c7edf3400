package psp

import "time"

// timer is something that happens by itself later. It survives restarts.
type timer struct {
	Action string    `json:"action"`
	Target string    `json:"target"`
	At     time.Time `json:"at"`
}

// Actions of timers.
const (
	timerSettle     = "intent_succeeds"
	timerFail       = "intent_fails"
	timerVoid       = "authorisation_ends"
	timerExpire     = "session_expires"
	timerRefund     = "refund_succeeds"
	timerRefundFail = "refund_fails"
	timerDispute    = "dispute_opens"
)

func (p *PSP) schedule(action, target string, at time.Time) {
	p.store.timers.put(action+"/"+target, timer{Action: action, Target: target, At: at})
}

func (p *PSP) unschedule(action, target string) {
	if _, ok := p.store.timers.get(action + "/" + target); ok {
		p.store.timers.remove(action + "/" + target)
	}
}

// runTimers fires what is due, each timer in its own transaction, and returns when the next one is (zero: none).
func (p *PSP) runTimers(now time.Time) time.Time {
	var due []timer
	var next time.Time
	p.store.view(func() {
		for _, t := range p.store.timers.rows {
			if !t.At.After(now) {
				due = append(due, t)
			} else if next.IsZero() || t.At.Before(next) {
				next = t.At
			}
		}
	})
	for _, t := range due {
		err := p.store.update(func() error {
			if _, still := p.store.timers.get(t.Action + "/" + t.Target); !still {
				return nil
			}
			p.unschedule(t.Action, t.Target)
			p.fire(&call{now: now}, t)
			return nil
		})
		if err != nil {
			p.cfg.Log.Error("psp timer failed", "action", t.Action, "target", t.Target, "error", err)
		}
	}
	return next
}

// fire does what the timer is for; a target that has moved on meanwhile is left alone.
func (p *PSP) fire(c *call, t timer) {
	switch t.Action {
	case timerSettle, timerFail:
		p.settleLate(c, t)
	case timerVoid:
		if row, ok := p.store.intents.get(t.Target); ok && row.Wire.Status == needsCapture {
			p.cancel(c, row, "automatic")
		}
	case timerExpire:
		if row, ok := p.store.sessions.get(t.Target); ok && row.Wire.Status == sessionOpen {
			p.expire(c, row)
		}
	case timerRefund:
		_, _ = p.finishRefund(c, t.Target) // refuses only when it is no longer pending
	case timerRefundFail:
		_, _ = p.failRefund(c, t.Target, "expired_or_canceled_card") // refuses only when it has failed already
	case timerDispute:
		_, _ = p.openDispute(c, t.Target, 0, "fraudulent") // refuses only when nothing is left or it is disputed
	}
}

func (p *PSP) settleLate(c *call, t timer) {
	row, ok := p.store.intents.get(t.Target)
	if !ok || row.Wire.Status != processing {
		return
	}
	if t.Action == timerFail {
		row, _ = p.decline(c, row, scenarios[row.Payment.Scenario])
		if s, ok := p.store.sessions.get(row.Session); ok {
			p.emit(c, "checkout.session.async_payment_failed", s.Wire)
		}
		return
	}
	row = p.approve(c, row)
	if s, ok := p.store.sessions.get(row.Session); ok && row.Wire.Status == succeeded {
		s, _ = p.markSessionPaid(row)
		p.emit(c, "checkout.session.async_payment_succeeded", s.Wire)
	}
}
