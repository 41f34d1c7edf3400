package rpc_test

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/pitboss-gaming/pitboss/kit/authz/authztest"
	"github.com/pitboss-gaming/pitboss/kit/mtls"
	"github.com/pitboss-gaming/pitboss/kit/rpc"
)

// TestWithinTheProcess: calls to a server of the same process leave nothing on the connection when the client hands them over, and all of it when it does not.
func TestWithinTheProcess(t *testing.T) {
	t.Parallel()
	const calls, size = 100, 10_000
	b := start(t, nil, public("Now", nil))
	for _, within := range []bool{true, false} {
		through := newCable(t, b.addr)
		var a alone
		conn, err := rpc.ClientConn(through.addr(), "wallet", b.identity(t, mtls.ServiceID("gateway")), rpc.ClientOptions{
			Within: within, Extra: []grpc.DialOption{a.option()},
		})
		require.NoError(t, err)
		sharing(t, b, conn, &a, "Now")
		before, alone := through.passed.Load(), a.of("Now")
		for range calls {
			require.NoError(t, b.call(t.Context(), conn, "Now", map[string]string{"round_id": strings.Repeat("x", size)}))
		}
		passed := through.passed.Load() - before
		require.Equal(t, alone, a.of("Now"))
		require.Equal(t, within, passed < calls*size/2, "%d bytes passed", passed)
		require.NoError(t, conn.Close())
	}
}

// TestWithinTheProcess_WhoCalls is who the connection's certificate says, whatever the call says, and access is decided by it.
func TestWithinTheProcess_WhoCalls(t *testing.T) {
	t.Parallel()
	peer := make(chan string, 1)
	b := start(t, nil, public("Now", nil),
		public("Who", func(ctx context.Context, _ *dynamicpb.Message) error {
			id, err := mtls.PeerFrom(ctx)
			peer <- id.Service
			return err
		}),
		authztest.Method{Name: "Ours", Access: peerRule},
		authztest.Method{Name: "Player", Access: playerRule})
	for service, may := range map[string]bool{"gaming": true, "gateway": false} {
		var a alone
		conn := b.dial(t, mtls.ServiceID(service), rpc.ClientOptions{Within: true, Extra: []grpc.DialOption{a.option()}})
		sharing(t, b, conn, &a, "Now")
		require.NoError(t, b.call(t.Context(), conn, "Who", nil))
		require.Equal(t, service, <-peer)
		require.Equal(t, may, b.call(t.Context(), conn, "Ours", nil) == nil)
		require.Equal(t, !may, b.call(b.player(t, "ply_1"), conn, "Player", map[string]string{"player_id": "ply_1"}) == nil, "players come by the gateway")
		require.Error(t, b.call(t.Context(), conn, "Player", map[string]string{"player_id": "ply_1"}))
		require.Zero(t, a.of("Who")+a.of("Ours")+a.of("Player"))
	}
}

// TestWithinTheProcess_NothingIsShared: neither side sees what the other does with its messages and metadata afterwards.
func TestWithinTheProcess_NothingIsShared(t *testing.T) {
	t.Parallel()
	kept := make(chan metadata.MD, 1)
	b := start(t, nil, public("Now", nil), public("Change", func(ctx context.Context, req *dynamicpb.Message) error {
		md, _ := metadata.FromIncomingContext(ctx)
		md.Set("m", "changed")
		kept <- md
		req.Clear(req.Descriptor().Fields().ByName("note"))
		answer := metadata.Pairs("h", "as sent")
		return grpc.SetHeader(ctx, answer)
	}))
	var a alone
	conn := b.dial(t, mtls.ServiceID("gateway"), rpc.ClientOptions{Within: true, Extra: []grpc.DialOption{a.option()}})
	sharing(t, b, conn, &a, "Now")
	values := []string{"m", "as sent"}
	ctx := metadata.AppendToOutgoingContext(t.Context(), values...)
	for range 3 {
		var header metadata.MD
		require.NoError(t, b.call(ctx, conn, "Change", map[string]string{"note": "as sent"}, grpc.Header(&header)))
		require.Equal(t, []string{"changed"}, (<-kept).Get("m"))
		md, _ := metadata.FromOutgoingContext(ctx)
		require.Equal(t, []string{"as sent"}, md.Get("m"))
		require.Equal(t, []string{"as sent"}, header.Get("h"))
		header.Set("h", "changed")
	}
}

// TestWithinTheProcess_WhenTheStreamEnds no call is begun by it, each is made by itself, and none is lost while streams come and go under load.
func TestWithinTheProcess_WhenTheStreamEnds(t *testing.T) {
	t.Parallel()
	var served atomic.Int64
	b := start(t, nil, public("Now", func(context.Context, *dynamicpb.Message) error { served.Add(1); return nil }))
	through := newCable(t, b.addr)
	var a alone
	conn, err := rpc.ClientConn(through.addr(), "wallet", b.identity(t, mtls.ServiceID("gateway")), rpc.ClientOptions{Within: true, Extra: []grpc.DialOption{a.option()}})
	require.NoError(t, err)
	sharing(t, b, conn, &a, "Now")
	stop := make(chan struct{})
	failed := make(chan error, 8)
	var good atomic.Int64
	for range 8 {
		go func() {
			for {
				select {
				case <-stop:
					failed <- nil
					return
				default:
				}
				switch err := b.call(context.Background(), conn, "Now", nil); status.Code(err) {
				case codes.OK:
					good.Add(1)
				case codes.Unavailable: // of one that went by itself while there was no connection, as ever
				default:
					failed <- err
					return
				}
			}
		}()
	}
	for range 5 {
		time.Sleep(50 * time.Millisecond)
		through.cut()
	}
	close(stop)
	for range 8 {
		require.NoError(t, <-failed)
	}
	require.Positive(t, good.Load())
	require.GreaterOrEqual(t, served.Load(), good.Load())
	require.Eventually(t, func() bool {
		before := a.of("Now")
		return b.call(t.Context(), conn, "Now", nil) == nil && a.of("Now") == before
	}, 5*time.Second, time.Millisecond)
	require.NoError(t, conn.Close())
	require.Eventually(t, func() bool { return b.server.SharedStreams() == 0 }, 5*time.Second, time.Millisecond)
	b.server.GracefulStop()
}

// TestWithinTheProcess_AfterTheEnd nothing is begun: nobody would cancel it, and the server would not wait for it.
func TestWithinTheProcess_AfterTheEnd(t *testing.T) {
	t.Parallel()
	var served atomic.Int64
	b := start(t, nil, public("Now", func(context.Context, *dynamicpb.Message) error { served.Add(1); return nil }))
	var a alone
	conn, err := rpc.ClientConn(b.addr, "wallet", b.identity(t, mtls.ServiceID("gateway")), rpc.ClientOptions{Within: true, Extra: []grpc.DialOption{a.option()}})
	require.NoError(t, err)
	sharing(t, b, conn, &a, "Now")
	side, before, method := b.server.Side(), served.Load(), "/"+authztest.ServiceName+"/Now"
	require.True(t, side.Takes(method))
	require.Eventually(t, func() bool { return served.Load() == before+1 }, 5*time.Second, time.Millisecond)
	require.NoError(t, conn.Close())
	require.Eventually(t, func() bool { return b.server.SharedStreams() == 0 }, 5*time.Second, time.Millisecond)
	require.False(t, side.Takes(method))
	require.Equal(t, before+1, served.Load())
}
