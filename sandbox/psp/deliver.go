package psp

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// How webhooks are retried: after RetryBase, then twice as long each time up to maxRetryGap, at most maxAttempts times
// and for maxDeliveryAge.
const (
	maxRetryGap     = 10 * time.Minute
	maxAttempts     = 25
	maxDeliveryAge  = 72 * time.Hour
	deliveryTimeout = 10 * time.Second
	senders         = 8
)

// Statuses of a delivery.
const (
	deliveryPending = "pending"
	deliveryDone    = "delivered"
	deliveryFailed  = "failed"
	deliveryLost    = "lost" // by a fault rule
)

// delivery is one event on its way to one endpoint.
type delivery struct {
	ID         string    `json:"id"`
	EventID    string    `json:"event_id"`
	EventType  string    `json:"event_type"`
	EndpointID string    `json:"endpoint_id"`
	URL        string    `json:"url"`
	Status     string    `json:"status"`
	Attempts   []attempt `json:"attempts"`
	LastError  string    `json:"last_error,omitempty"`
	NextAt     time.Time `json:"next_at"`
	Created    time.Time `json:"created"`

	// What the fault rules have decided about the next attempt; Planned says that they were asked.
	Planned bool `json:"planned,omitempty"`
	Held    bool `json:"held,omitempty"` // waits for the next delivery of another one
	Sends   int  `json:"sends,omitempty"`
	Drop    bool `json:"drop,omitempty"`
}

type attempt struct {
	At         time.Time `json:"at"`
	Status     int       `json:"status"` // HTTP status, 0 without an answer
	Error      string    `json:"error,omitempty"`
	DurationMS int64     `json:"duration_ms"`
}

func (p *PSP) enqueue(c *call, eventID, eventType, endpointID string) string {
	id := p.id("dlv_")
	p.store.deliveries.put(id, delivery{ID: id, EventID: eventID, EventType: eventType, EndpointID: endpointID,
		Status: deliveryPending, Attempts: []attempt{}, NextAt: c.now, Created: c.now})
	return id
}

// trackPending keeps the set of deliveries the dispatcher looks at; the store calls it under its lock.
func (p *PSP) trackPending(id string, d *delivery) {
	if d != nil && d.Status == deliveryPending {
		p.pending[id] = d.NextAt
	} else {
		delete(p.pending, id)
	}
}

// dispatch runs timers and sends what is due until ctx ends.
func (p *PSP) dispatch(ctx context.Context) {
	var wg sync.WaitGroup
	defer wg.Wait()
	slots := make(chan struct{}, senders)
	inFlight := map[string]bool{}
	finished := make(chan string, senders)
	cleaned := p.now()
	for {
		if p.now().Sub(cleaned) > time.Hour {
			cleaned = p.now()
			p.transaction("forget old rows", func() { p.store.prune(cleaned) })
		}
		next := p.runTimers(p.now())
		due, nextDelivery := p.due(inFlight)
		for _, id := range due {
			select {
			case slots <- struct{}{}:
				inFlight[id] = true
				wg.Go(func() {
					p.sendOne(ctx, id)
					<-slots
					select {
					case finished <- id:
					case <-ctx.Done():
					}
				})
			default: // all senders are busy; one that finishes comes back here
			}
		}
		wait := time.NewTimer(p.untilNext(next, nextDelivery))
		select {
		case <-ctx.Done():
			wait.Stop()
			return
		case id := <-finished:
			delete(inFlight, id)
		case <-p.wakeup:
		case <-wait.C:
		}
		wait.Stop()
	}
}

// untilNext bounds the wait to one second, so that a clock that was moved is noticed.
func (p *PSP) untilNext(times ...time.Time) time.Duration {
	wait := time.Second
	for _, t := range times {
		if !t.IsZero() {
			wait = min(wait, max(t.Sub(p.now()), time.Millisecond))
		}
	}
	return wait
}

// due lists deliveries whose time has come, oldest first, and the time of the next one.
func (p *PSP) due(inFlight map[string]bool) (ids []string, next time.Time) {
	now := p.now()
	p.store.view(func() {
		for id, at := range p.pending {
			switch {
			case inFlight[id]:
			case !at.After(now):
				ids = append(ids, id)
			case next.IsZero() || at.Before(next):
				next = at
			}
		}
		slices.SortFunc(ids, func(a, b string) int {
			return p.store.deliveries.rows[a].NextAt.Compare(p.store.deliveries.rows[b].NextAt)
		})
	})
	return ids, next
}

// sendOne makes one attempt, or does what a fault rule says instead.
func (p *PSP) sendOne(ctx context.Context, id string) {
	var d delivery
	var e eventRow
	var target endpointRow
	ready := false
	p.transaction("plan delivery", func() {
		d, _ = p.store.deliveries.get(id)
		if d.Status != deliveryPending {
			return
		}
		var known bool
		e, _ = p.store.events.get(d.EventID)
		if target, known = p.store.endpoints.get(d.EndpointID); !known {
			d.Status, d.LastError = deliveryFailed, "the endpoint was deleted"
		} else {
			d.URL = target.Wire.URL
			ready = p.plan(&d)
		}
		p.store.deliveries.put(id, d)
	})
	if !ready {
		return
	}
	first := p.post(ctx, target, e)
	for range d.Sends - 1 {
		p.post(ctx, target, e)
	}
	if ctx.Err() != nil {
		return // shut down in the middle: it is sent again after the restart
	}
	if d.Drop && first.Error == "" {
		first.Status, first.Error = 0, "the answer was dropped by a fault rule"
	}
	p.transaction("record delivery", func() { p.record(id, first) })
}

// plan asks the fault rules about the next attempt, once; it reports whether to send now.
func (p *PSP) plan(d *delivery) bool {
	if d.Planned {
		return true
	}
	plan := p.faults.Take("webhook." + d.EventType)
	d.Planned, d.Sends, d.Drop = true, plan.Sends, plan.Drop
	if plan.Has(FaultLose) {
		d.Status, d.LastError = deliveryLost, "lost by a fault rule"
		return false
	}
	if wait := plan.Delay + plan.Hold; wait > 0 {
		d.Held, d.NextAt = plan.Hold > 0, p.now().Add(wait)
		return false
	}
	return true
}

// record writes the outcome down, lets held deliveries go and sets the next attempt.
func (p *PSP) record(id string, a attempt) {
	d, ok := p.store.deliveries.get(id)
	if !ok {
		return
	}
	d.Attempts = append(slices.Clone(d.Attempts), a)
	d.Planned, d.Held, d.LastError = false, false, a.Error
	age := a.At.Sub(d.Created)
	switch {
	case a.Error == "":
		d.Status = deliveryDone
	case len(d.Attempts) >= maxAttempts || age > maxDeliveryAge:
		d.Status = deliveryFailed
	default:
		d.NextAt = a.At.Add(p.retryGap(len(d.Attempts)))
	}
	p.store.deliveries.put(id, d)
	for other := range p.pending {
		if h, ok := p.store.deliveries.get(other); ok && h.Held && other != id {
			h.Held, h.NextAt = false, a.At
			p.store.deliveries.put(other, h)
		}
	}
}

func (p *PSP) retryGap(attempts int) time.Duration {
	gap := p.cfg.RetryBase
	for range attempts - 1 {
		if gap *= 2; gap > maxRetryGap {
			return maxRetryGap
		}
	}
	return gap
}

// post sends the event with a fresh signature.
func (p *PSP) post(ctx context.Context, target endpointRow, e eventRow) attempt {
	ctx, cancel := context.WithTimeout(ctx, deliveryTimeout)
	defer cancel()
	a := attempt{At: p.now()}
	started := time.Now()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, target.Wire.URL, strings.NewReader(e.Body))
	if err == nil {
		req.Header.Set("Content-Type", "application/json; charset=utf-8")
		req.Header.Set("User-Agent", "Stripe/1.0 (+https://stripe.com/docs/webhooks)")
		req.Header.Set("Stripe-Signature", Sign(target.Secret, a.At, []byte(e.Body)))
		a.Status, err = p.roundTrip(req)
	}
	a.DurationMS = time.Since(started).Milliseconds()
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		a.Error = "no answer in time"
	case err != nil:
		a.Error = err.Error()
	case a.Status < 200 || a.Status > 299:
		a.Error = fmt.Sprintf("answered %d", a.Status)
	}
	return a
}

func (p *PSP) roundTrip(req *http.Request) (int, error) {
	res, err := p.client.Do(req)
	if err != nil {
		return 0, err
	}
	defer res.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, 64<<10)) // only the status counts
	return res.StatusCode, nil
}

// Sign returns the Stripe-Signature header for a body: HMAC-SHA256 over "<unix seconds>.<body>" with the whole secret,
// whsec_ included, as the key.
func Sign(secret string, at time.Time, body []byte) string {
	t := strconv.FormatInt(at.Unix(), 10)
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(t + "."))
	mac.Write(body)
	return "t=" + t + ",v1=" + hex.EncodeToString(mac.Sum(nil))
}

// resend queues the event once more for every endpoint that is subscribed now.
func (p *PSP) resend(c *call, eventID string) ([]string, error) {
	e, ok := p.store.events.get(eventID)
	if !ok {
		return nil, missing("event", "id", eventID)
	}
	ids := []string{}
	for _, target := range p.subscribers(e.Type) {
		ids = append(ids, p.enqueue(c, e.ID, e.Type, target.Wire.ID))
	}
	return ids, nil
}

// transaction runs work that cannot be refused, for the dispatcher.
func (p *PSP) transaction(what string, fn func()) {
	err := p.store.update(func() error { fn(); return nil })
	if err != nil {
		p.cfg.Log.Error("psp transaction failed", "what", what, "error", err)
	}
}
