package telegram

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"time"

	"github.com/pitboss-gaming/pitboss/sandbox/fault"
)

// enqueue makes an update of the kind, unless the bot does not want those; the caller has the lock and saves.
func (t *Telegram) enqueue(chat int64, kind string, content map[string]any) {
	if wanted := t.state.Webhook.AllowedUpdates; len(wanted) > 0 && !slices.Contains(wanted, kind) {
		return
	}
	id := t.state.NextUpdate
	t.state.NextUpdate++
	body, err := json.Marshal(map[string]any{"update_id": id, kind: content})
	if err != nil {
		t.log.Error("update cannot be written", "kind", kind, "err", err)
		return
	}
	t.state.Updates = append(t.state.Updates, &pending{ID: id, Chat: chat, Kind: kind, Body: body, MadeAt: t.now(), NextAt: t.now()})
	if excess := len(t.state.Updates) - maxUpdates; excess > 0 {
		t.state.Updates = slices.Clone(t.state.Updates[excess:])
	}
	t.nudge()
}

// nudge wakes the postman.
func (t *Telegram) nudge() {
	select {
	case t.wake <- struct{}{}:
	default:
	}
}

// postman delivers updates until the stand-in closes: those of one chat one after another, in their order. While
// faults are set the order is left to them.
func (t *Telegram) postman() {
	for {
		due, next := t.due()
		for _, u := range due {
			t.posts.Go(func() {
				t.post(u)
				t.nudge()
			})
		}
		timer := time.NewTimer(next)
		select {
		case <-timer.C:
		case <-t.wake:
		case <-t.ctx.Done():
			timer.Stop()
			return
		}
		timer.Stop()
	}
}

// due marks and returns copies of the updates to deliver now, and says how long to sleep for the others.
func (t *Telegram) due() (out []pending, next time.Duration) {
	free := len(t.faults.Rules()) > 0
	t.mu.Lock()
	defer t.mu.Unlock()
	next = time.Minute
	t.state.Updates = slices.DeleteFunc(t.state.Updates, func(u *pending) bool {
		return !t.inFlight[u.ID] && t.now().Sub(u.MadeAt) > t.cfg.KeepUpdates
	})
	if t.state.Webhook.URL == "" {
		return nil, next
	}
	busy := map[int64]bool{}
	for _, u := range t.state.Updates {
		first := !busy[u.Chat] || free
		busy[u.Chat] = true
		if t.inFlight[u.ID] || !first || len(t.inFlight) >= t.state.Webhook.MaxConnections {
			continue
		}
		if left := u.NextAt.Sub(t.now()); left > 0 {
			next = min(next, left)
			continue
		}
		t.inFlight[u.ID] = true
		out = append(out, *u)
	}
	return out, max(next, time.Millisecond)
}

// post makes one delivery, through the faults, and removes the update if it was taken.
func (t *Telegram) post(u pending) {
	t.mu.Lock()
	hook := t.state.Webhook
	t.mu.Unlock()
	ctx, cancel := context.WithTimeout(t.ctx, t.cfg.WebhookTimeout)
	defer cancel()
	_, err := fault.Do(ctx, t.faults, "update", t.cfg.WebhookTimeout, func(ctx context.Context) (struct{}, error) {
		return struct{}{}, t.send(ctx, hook, u.Body)
	})
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.inFlight, u.ID)
	if t.ctx.Err() != nil {
		return // the next run delivers it, perhaps again: that is what update_id is for
	}
	i := slices.IndexFunc(t.state.Updates, func(x *pending) bool { return x.ID == u.ID })
	if i < 0 {
		return // dropped meanwhile
	}
	if err == nil {
		t.state.Updates = slices.Delete(t.state.Updates, i, i+1)
	} else {
		x := t.state.Updates[i]
		x.Attempts++
		x.NextAt = t.now().Add(t.backoff(x.Attempts))
		t.state.Webhook.LastErrorDate, t.state.Webhook.LastError = t.now().Unix(), err.Error()
		t.log.Warn("update was not taken", "update_id", u.ID, "attempt", x.Attempts, "err", err)
	}
	_ = t.save() // logged there; the worst is a second delivery
}

func (t *Telegram) send(ctx context.Context, hook webhook, body []byte) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, hook.URL, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	if hook.SecretToken != "" {
		req.Header.Set("X-Telegram-Bot-Api-Secret-Token", hook.SecretToken)
	}
	res, err := t.http.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close() //nolint:errcheck // only read from
	_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, 64<<10))
	if res.StatusCode < 200 || res.StatusCode > 299 {
		//lint:ignore ST1005 Telegram's words
		return fmt.Errorf("Wrong response from the webhook: %s", res.Status)
	}
	return nil
}

func (t *Telegram) backoff(attempts int) time.Duration {
	d := t.cfg.RetryBase
	for range attempts - 1 {
		if d *= 2; d >= t.cfg.RetryMax {
			return t.cfg.RetryMax
		}
	}
	return d
}
