package bus

import (
	"context"
	"fmt"

	"github.com/nats-io/nats.go"
)

// watchBuffer is how many events may wait for fn before the newest are dropped; a watch is for views that can be read again.
const watchBuffer = 8192

// Watch calls fn with every event from now on whose subject matches one of the patterns, until ctx ends (nil). It keeps no place and acknowledges
// nothing: what happens while the connection is away is missed, so it is for live views and caches, never for effects. fn is called by one
// goroutine at a time. The patterns are in the service's Topology.Watches, or NATS refuses them. Errors: a refused subscription.
func (c *Conn) Watch(ctx context.Context, patterns []string, fn func(Message)) error {
	in := make(chan *nats.Msg, watchBuffer)
	for _, p := range patterns {
		sub, err := c.nc.ChanSubscribe(p, in)
		if err != nil {
			return fmt.Errorf("bus: watch %s: %w", p, err)
		}
		defer sub.Unsubscribe() //nolint:errcheck // the connection may be gone, and the subscription with it
	}
	for {
		select {
		case <-ctx.Done():
			return nil
		case raw := <-in:
			if m, err := parseMessage(raw.Subject, raw.Header, raw.Data); err == nil {
				fn(m)
			}
		}
	}
}
