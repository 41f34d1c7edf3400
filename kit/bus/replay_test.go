package bus_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pitboss-gaming/pitboss/kit/bus"
)

func TestRequestReplay_TheRunningServiceDoesIt(t *testing.T) {
	w := newWorld(t, bus.ProvisionOptions{})
	var broken atomic.Bool
	broken.Store(true)
	b := w.bus("cashier", w.connect("cashier"))
	_ = w.consume(b, consumer(func(bus.Message) error {
		if broken.Load() {
			return bus.Permanent(errors.New("bug"))
		}
		return nil
	}))
	_, _ = w.relay()
	w.publish(1)
	l := w.awaitLetters(1)[0]
	ctx, cancel := context.WithCancel(w.ctx)
	done := make(chan error, 1)
	go func() { done <- b.RunReplays(ctx) }()
	t.Cleanup(func() { cancel(); require.NoError(t, <-done) })

	require.ErrorIs(t, bus.RequestReplay(w.ctx, w.pool, l.ID+1), bus.ErrNoDeadLetter)
	require.NoError(t, bus.RequestReplay(w.ctx, w.pool, l.ID))
	require.Eventually(t, func() bool { return w.letters()[0].Replays == 1 }, 20*time.Second, 20*time.Millisecond, "it failed again and stays")
	require.Empty(t, w.effects())
	broken.Store(false)
	require.NoError(t, bus.RequestReplay(w.ctx, w.pool, l.ID))
	w.awaitEffects(1)
	require.Eventually(t, func() bool { return len(w.letters()) == 0 }, 20*time.Second, 20*time.Millisecond)
	require.NoError(t, bus.RequestReplay(w.ctx, w.pool, l.ID), "of a resolved one is nothing")
}
