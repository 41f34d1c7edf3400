package groupcommit

import (
	"sync"
	"time"
)

// commits counts the batches that are in commit, for others who let them end.
type commits struct {
	mu    sync.Mutex
	n     int
	ended chan struct{} // closed when there is none any more; nil while nobody waits for that
}

func (c *commits) begin() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.n++
}

func (c *commits) end() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.n--; c.n == 0 && c.ended != nil {
		close(c.ended)
		c.ended = nil
	}
}

// rest returns when none is in commit, or after the limit.
func (c *commits) rest(limit time.Duration) {
	c.mu.Lock()
	if c.n == 0 {
		c.mu.Unlock()
		return
	}
	if c.ended == nil {
		c.ended = make(chan struct{})
	}
	ended := c.ended
	c.mu.Unlock()
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case <-ended:
	case <-timer.C:
	}
}
