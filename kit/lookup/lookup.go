// Package lookup keeps another service's answers for a short time, so that a hot path does not ask for the same thing thousands of times a second. What
// it answers may be as old as its time to live: for facts whose change may take effect that late, never for money. A Cache that is Patient also bridges the
// restart of whom it asks.
package lookup

import (
	"context"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

const (
	// askLimit bounds one question; the caller who happens to ask may leave before.
	askLimit = 3 * time.Second
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

	group singleflight.Group
	mu    sync.Mutex
	known map[string]kept[V]
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

// bridges tells whether an old answer is better than this error: nobody was there to give another one.
func (c *Cache[V]) bridges(k kept[V], err error) bool {
	code := status.Code(err)
	return (code == codes.Unavailable || code == codes.DeadlineExceeded) && c.now().Before(k.asked.Add(c.ttl+c.patience))
}

// Get answers from memory or asks. Errors are not kept.
func (c *Cache[V]) Get(ctx context.Context, key string) (V, error) {
	c.mu.Lock()
	k, ok := c.known[key]
	c.mu.Unlock()
	came := c.now()
	if ok && came.Before(k.asked.Add(c.ttl)) {
		return k.value, nil
	}
	v, err := c.share(ctx, key)
	if err == nil && came.Sub(v.asked) > c.ttl {
		v, err = c.share(ctx, key) // the question was long under way when this call joined it: the next one is not older than the call
	}
	if err != nil && ok && c.bridges(k, err) {
		return k.value, nil
	}
	return v.value, err
}

// share asks, or waits for who asks already.
func (c *Cache[V]) share(ctx context.Context, key string) (kept[V], error) {
	v, err, _ := c.group.Do(key, func() (any, error) {
		// The caller who happens to ask may leave; the others still wait for the answer.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), askLimit)
		defer cancel()
		asked := c.now() // what is answered may be as old as the question
		v, err := c.ask(ctx, key)
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
	if err != nil {
		return kept[V]{}, err
	}
	return v.(kept[V]), nil
}
