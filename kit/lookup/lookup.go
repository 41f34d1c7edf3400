// Package lookup keeps another service's answers for a short time, so that a hot path does not ask for the same thing thousands of times a second. What
// it answers may be as old as its time to live: for facts whose change may take effect that late, never for money. A Cache that is Patient also bridges the
// restart of whom it asks.
package lookup

import (
	"context"
	"fmt"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/singleflight"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

const (
	// askLimit bounds one question; the caller who happens to ask may leave before.
	askLimit = 3 * time.Second
	// troubledLimit bounds what a caller with an old answer waits when the last question came to nothing: an address that swallows everything would cost each of them
	// askLimit otherwise.
	troubledLimit = 200 * time.Millisecond
	// most entries are kept. Strangers cannot make it grow: only answers that exist are kept.
	most = 10_000
)

// Cache answers from memory or asks, once for many callers. It is safe for concurrent use.
type Cache[V any] struct {
	ttl time.Duration
	now func() time.Time
	ask func(ctx context.Context, key string) (V, error)
	// patience is how long after its time an answer is used again while nobody answers.
	patience time.Duration

	group    singleflight.Group
	troubled atomic.Bool // nobody answered the last question
	mu       sync.Mutex
	known    map[string]kept[V]
}

type kept[V any] struct {
	value V
	asked time.Time
}

// New makes a cache that keeps answers for ttl by the given clock.
func New[V any](ttl time.Duration, now func() time.Time, ask func(ctx context.Context, key string) (V, error)) *Cache[V] {
	return &Cache[V]{ttl: ttl, now: now, ask: ask, known: map[string]kept[V]{}}
}

// Patient makes the cache use an old answer for up to d after its time while whoever is asked does not answer, so that a short time to live does not
// make every restart of another service an outage of this one. It is for facts of which an old one is better than none.
func (c *Cache[V]) Patient(d time.Duration) *Cache[V] {
	c.patience = d
	return c
}

// unanswered tells whether nobody was there to answer.
func unanswered(err error) bool {
	code := status.Code(err)
	return code == codes.Unavailable || code == codes.DeadlineExceeded
}

// bridges tells whether an answer is better than none.
func (c *Cache[V]) bridges(k kept[V]) bool { return c.now().Before(k.asked.Add(c.ttl + c.patience)) }

// Get answers from memory or asks. Errors are not kept.
func (c *Cache[V]) Get(ctx context.Context, key string) (V, error) {
	c.mu.Lock()
	k, ok := c.known[key]
	c.mu.Unlock()
	came := c.now()
	if ok && came.Before(k.asked.Add(c.ttl)) {
		return k.value, nil
	}
	limit := askLimit
	if ok && c.troubled.Load() && c.bridges(k) {
		limit = troubledLimit
	}
	v, err := c.share(ctx, key, limit)
	if err == nil && came.Sub(v.asked) > c.ttl {
		v, err = c.share(ctx, key, limit) // the question was long under way when this call joined it: the next one is not older than the call
	}
	if err != nil && ok && unanswered(err) && c.bridges(k) {
		return k.value, nil
	}
	return v.value, err
}

// share asks, or waits for who asks already, for a while; the question goes on.
func (c *Cache[V]) share(ctx context.Context, key string, limit time.Duration) (kept[V], error) {
	answer := c.group.DoChan(key, func() (_ any, err error) {
		defer func() {
			if r := recover(); r != nil { // nobody could recover it where DoChan would raise it again: one bad answer would end the process
				err = fmt.Errorf("lookup: panic: %v\n%s", r, debug.Stack())
			}
		}()
		// The caller who happens to ask may leave; the others still wait for the answer.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), askLimit)
		defer cancel()
		asked := c.now() // what is answered may be as old as the question
		v, err := c.ask(ctx, key)
		c.troubled.Store(err != nil && unanswered(err))
		if err != nil {
			return nil, err
		}
		k := kept[V]{value: v, asked: asked}
		c.mu.Lock()
		defer c.mu.Unlock()
		if len(c.known) >= most {
			clear(c.known)
		}
		c.known[key] = k
		return k, nil
	})
	var over <-chan time.Time
	if limit < askLimit {
		timer := time.NewTimer(limit)
		defer timer.Stop()
		over = timer.C
	}
	select {
	case r := <-answer:
		if r.Err != nil {
			return kept[V]{}, r.Err
		}
		return r.Val.(kept[V]), nil
	case <-over:
		return kept[V]{}, status.Error(codes.DeadlineExceeded, "nobody has answered yet")
	}
}
