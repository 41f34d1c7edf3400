package cashier

import (
	"context"
	"sync"
	"time"
)

const (
	// leaseTime is how long a claimed piece of work is left alone by others; longer than any turn may take, and short, because what a crash
	// left claimed waits for its end.
	leaseTime = 25 * time.Second
	turnLimit = 20 * time.Second
	// claimMax is how many pieces one claim takes, and atOnce how many are worked on at the same time.
	claimMax = 32
	atOnce   = 8
)

// work calls turn whenever there is a hint and every poll interval, again at once as long as it has found something. An error is logged and
// the next turn tries again: each piece of work has its own state and schedule.
func (s *Server) work(ctx context.Context, waiting <-chan struct{}, turn func(context.Context) (int, error)) error {
	for ctx.Err() == nil {
		n, err := turn(ctx)
		if err != nil && ctx.Err() == nil {
			s.log.Error("background turn failed", "error", err)
		}
		if n > 0 && err == nil {
			continue
		}
		select {
		case <-ctx.Done():
		case <-waiting:
		case <-time.After(s.cfg.Poll):
		}
	}
	return nil
}

// hint says that there is work; it never blocks.
func hint(waiting chan<- struct{}) {
	select {
	case waiting <- struct{}{}:
	default:
	}
}

// each works on claimed pieces, some at once, each with its own time limit.
func each[T any](ctx context.Context, items []T, do func(context.Context, T)) {
	slots := make(chan struct{}, atOnce)
	var wg sync.WaitGroup
	for _, item := range items {
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			ctx, cancel := context.WithTimeout(ctx, turnLimit)
			defer cancel()
			do(ctx, item)
		})
	}
	wg.Wait()
}
