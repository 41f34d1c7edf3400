package gateway

import (
	"context"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// limiter is one token bucket per address.
type limiter struct {
	rate  rate.Limit
	burst int
	clock func() time.Time

	mu      sync.Mutex
	buckets map[string]*bucket
}

type bucket struct {
	tokens *rate.Limiter
	used   time.Time
}

// maxBuckets bounds memory: when so many addresses are known, the whole table starts over.
const maxBuckets = 200_000

func newLimiter(perSecond float64, burst int, clock func() time.Time) *limiter {
	return &limiter{rate: rate.Limit(perSecond), burst: burst, clock: clock, buckets: map[string]*bucket{}}
}

// take uses one token, or tells how long to wait for one. An IPv6 address stands for its /64, which one customer has.
func (l *limiter) take(ip string) (time.Duration, bool) {
	if a, err := netip.ParseAddr(ip); err == nil && a.Is6() {
		if p, err := a.Prefix(64); err == nil {
			ip = p.String()
		}
	}
	now := l.clock()
	l.mu.Lock()
	b := l.buckets[ip]
	if b == nil {
		if len(l.buckets) >= maxBuckets {
			clear(l.buckets)
		}
		b = &bucket{tokens: rate.NewLimiter(l.rate, l.burst)}
		l.buckets[ip] = b
	}
	b.used = now
	l.mu.Unlock()
	r := b.tokens.ReserveN(now, 1)
	if wait := r.DelayFrom(now); wait > 0 {
		r.CancelAt(now)
		return wait, false
	}
	return 0, true
}

// prune forgets addresses that were quiet long enough to have a full bucket.
func (l *limiter) prune(ctx context.Context) error {
	tick := time.NewTicker(time.Minute)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		l.forget(l.clock())
	}
}

func (l *limiter) forget(now time.Time) {
	refill := time.Duration(float64(l.burst) / float64(l.rate) * float64(time.Second))
	l.mu.Lock()
	defer l.mu.Unlock()
	for ip, b := range l.buckets {
		if now.Sub(b.used) > refill {
			delete(l.buckets, ip)
		}
	}
}
