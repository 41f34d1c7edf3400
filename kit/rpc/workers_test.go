package rpc_test

import (
	"bytes"
	"context"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/pitboss-gaming/pitboss/kit/mtls"
	"github.com/pitboss-gaming/pitboss/kit/rpc"
)

// TestWorkers: none waits for another, however many are blocked; a bounded number is kept, serves what comes next, and is gone in the end, which goleak sees.
func TestWorkers(t *testing.T) {
	t.Parallel()
	const many = 5 * rpc.MaxIdle
	var mu sync.Mutex
	by := map[string]int{} // how many calls each goroutine served
	var served atomic.Int64
	var reached sync.WaitGroup
	release := make(chan struct{})
	w := rpc.NewWorkers(func(i int) {
		if i < many {
			reached.Done()
			<-release
		}
		mu.Lock()
		defer mu.Unlock()
		by[goroutine()]++
		served.Add(1)
	})
	reached.Add(many)
	for i := range many {
		w.Do(i)
	}
	reached.Wait() // all at once
	require.Zero(t, w.Idle())
	close(release)
	require.Eventually(t, func() bool { return served.Load() == many && w.Idle() == rpc.MaxIdle }, 5*time.Second, time.Millisecond)
	require.Len(t, by, many)
	for i := range 1000 {
		w.Do(many + i)
	}
	require.Eventually(t, func() bool { return served.Load() == many+1000 && w.Idle() == rpc.MaxIdle }, 5*time.Second, time.Millisecond)

	clear(by)
	for i := range 1000 {
		w.Do(many + i)
		require.Eventually(t, func() bool { return w.Idle() == rpc.MaxIdle }, 5*time.Second, time.Microsecond)
	}
	require.Less(t, len(by), rpc.MaxIdle/4, "the one that waited shortest is taken")
	w.Do(many)
	w.End()
	require.Zero(t, w.Idle())
	w.Do(many) // goes on
	require.Eventually(t, func() bool { return served.Load() == many+2002 }, 5*time.Second, time.Millisecond)
	require.Zero(t, w.Idle())
}

// TestCallsOfASharedStreamShareGoroutines, also after a panic, and one is not canceled because another on its goroutine has ended.
func TestCallsOfASharedStreamShareGoroutines(t *testing.T) {
	bothWays(t, testCallsOfASharedStreamShareGoroutines)
}

func testCallsOfASharedStreamShareGoroutines(t *testing.T, within bool) {
	t.Parallel()
	var mu sync.Mutex
	by := map[string]int{}
	b := start(t, nil,
		public("Now", func(ctx context.Context, _ *dynamicpb.Message) error {
			mu.Lock()
			defer mu.Unlock()
			by[goroutine()]++
			if err := ctx.Err(); err != nil {
				return err
			}
			return nil
		}),
		public("Panic", func(context.Context, *dynamicpb.Message) error { panic("a defect") }))
	var a alone
	conn := b.dial(t, mtls.ServiceID("gateway"), rpc.ClientOptions{Within: within, Extra: []grpc.DialOption{a.option()}})
	sharing(t, b, conn, &a, "Now")
	clear(by)
	for range 100 {
		require.NoError(t, b.call(t.Context(), conn, "Now", nil))
		require.Equal(t, codes.Internal, status.Code(b.call(t.Context(), conn, "Panic", nil)))
	}
	require.Less(t, len(by), 20)
}

// goroutine names the one that calls.
func goroutine() string {
	var buf [64]byte
	name, _, _ := bytes.Cut(buf[:runtime.Stack(buf[:], false)], []byte(" ["))
	return string(name)
}
