package app

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"
)

const (
	taskFirstPause = 200 * time.Millisecond
	taskLastPause  = 15 * time.Second
	// A task that ran this long before it failed starts over with a short pause.
	taskHealthy = time.Minute
)

// keepRunning runs a task until ctx ends, starting it again after each return, panic included, with growing pauses.
func keepRunning(ctx context.Context, log *slog.Logger, t Task) {
	pause := taskFirstPause
	for ctx.Err() == nil {
		began := time.Now()
		err := runOnce(ctx, t)
		if ctx.Err() != nil {
			return
		}
		if time.Since(began) > taskHealthy {
			pause = taskFirstPause
		}
		log.Warn("background task ended, starting it again", "task", t.Name, "error", err, "pause", pause)
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
		pause = min(2*pause, taskLastPause)
	}
}

func runOnce(ctx context.Context, t Task) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return t.Run(ctx)
}
