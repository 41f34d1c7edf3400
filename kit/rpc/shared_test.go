package rpc_test

import (
	"context"
	"fmt"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/peer"
	"google.golang.org/grpc/resolver"
	"google.golang.org/grpc/resolver/manual"
	"google.golang.org/grpc/stats"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/dynamicpb"

	meshv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/mesh/v1"
	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/authz/authztest"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/mtls"
	"github.com/pitboss-gaming/pitboss/kit/rpc"
)

// alone counts the calls that gRPC makes by themselves, by method.
type alone struct {
	mu sync.Mutex
	n  map[string]int
}

func (a *alone) TagRPC(ctx context.Context, i *stats.RPCTagInfo) context.Context {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.n == nil {
		a.n = map[string]int{}
	}
	a.n[i.FullMethodName[strings.LastIndex(i.FullMethodName, "/")+1:]]++
	return ctx
}
func (a *alone) HandleRPC(context.Context, stats.RPCStats)                         {}
func (a *alone) TagConn(ctx context.Context, _ *stats.ConnTagInfo) context.Context { return ctx }
func (a *alone) HandleConn(context.Context, stats.ConnStats)                       {}
func (a *alone) of(method string) int                                              { a.mu.Lock(); defer a.mu.Unlock(); return a.n[method] }
func (a *alone) option() grpc.DialOption                                           { return grpc.WithStatsHandler(a) }
func public(name string, h func(context.Context, *dynamicpb.Message) error) authztest.Method {
	return authztest.Method{Name: name, Access: publicRule, Unary: h}
}

// sharing waits until calls of the connection share a stream.
func sharing(t *testing.T, b *bench, conn *grpc.ClientConn, a *alone, method string) {
	t.Helper()
	require.Eventually(t, func() bool {
		before := a.of(method)
		require.NoError(t, b.call(t.Context(), conn, method, nil))
		return a.of(method) == before
	}, 5*time.Second, time.Millisecond)
}

// bothWays runs a test of shared streams with calls over the connection, and with calls that are handed over in the process.
func bothWays(t *testing.T, test func(t *testing.T, within bool)) {
	t.Parallel()
	for name, within := range map[string]bool{"over the connection": false, "within the process": true} {
		t.Run(name, func(t *testing.T) { test(t, within) })
	}
}

// TestCallsShareAStream: many calls at once need no stream of their own, and each is answered for itself: with its own metadata, refusal and identity.
func TestCallsShareAStream(t *testing.T) { bothWays(t, testCallsShareAStream) }

func testCallsShareAStream(t *testing.T, within bool) {
	t.Parallel()
	b := start(t, nil,
		public("Echo", func(ctx context.Context, req *dynamicpb.Message) error {
			note := req.Get(req.Descriptor().Fields().ByName("note")).String()
			md, _ := metadata.FromIncomingContext(ctx)
			if err := grpc.SetHeader(ctx, metadata.Pairs("h", note)); err != nil {
				return err
			}
			if err := grpc.SetTrailer(ctx, metadata.Pairs("t", strings.Join(md.Get("m"), ","))); err != nil {
				return err
			}
			if strings.HasSuffix(note, "7") {
				return errs.New(walletv1.ErrorReason_ERROR_REASON_INSUFFICIENT_FUNDS, "no", "note", note)
			}
			return nil
		}),
		authztest.Method{Name: "Player", Access: playerRule},
	)
	var a alone
	conn := b.dial(t, mtls.ServiceID("gateway"), rpc.ClientOptions{Within: within, Extra: []grpc.DialOption{a.option()}})
	sharing(t, b, conn, &a, "Echo")
	before := a.of("Echo")
	var group errgroup.Group
	for i := range 500 {
		group.Go(func() error {
			note := fmt.Sprint("n", i)
			var header, trailer metadata.MD
			ctx := metadata.AppendToOutgoingContext(context.Background(), "m", note, "m", "2")
			err := b.call(ctx, conn, "Echo", map[string]string{"note": note}, grpc.Header(&header), grpc.Trailer(&trailer))
			want := ""
			if strings.HasSuffix(note, "7") {
				want = note
			}
			if got := errs.Metadata(err)["note"]; got != want || (err == nil) != (want == "") {
				return fmt.Errorf("%s: %w", note, err)
			}
			if fmt.Sprint(header.Get("h"), trailer.Get("t")) != fmt.Sprintf("[%s] [%s,2]", note, note) {
				return fmt.Errorf("%s: %v %v", note, header, trailer)
			}
			return nil
		})
		group.Go(func() error {
			me := fmt.Sprint("ply_", i%7)
			whose := map[string]string{"player_id": fmt.Sprint("ply_", i%5)}
			err := b.call(b.player(t, me), conn, "Player", whose)
			if (err == nil) != (me == whose["player_id"]) || err != nil && errs.ReasonOf(err) != "NOT_OWNER" {
				return fmt.Errorf("%s for %s: %w", me, whose, err)
			}
			return nil
		})
	}
	require.NoError(t, group.Wait())
	require.Less(t, a.of("Echo")-before, 100, "of a thousand have a stream of their own: those whose shared stream is just being replaced")
}

// TestTheWaitForASharedCallEnds by its caller's deadline or cancellation, of which the handler learns, and by the server's own deadline.
func TestTheWaitForASharedCallEnds(t *testing.T) { bothWays(t, testTheWaitForASharedCallEnds) }

func testTheWaitForASharedCallEnds(t *testing.T, within bool) {
	t.Parallel()
	ended := make(chan error, 1)
	b := start(t, func(o *rpc.ServerOptions) { o.Deadline = 300 * time.Millisecond },
		public("Now", nil),
		public("Wait", func(ctx context.Context, _ *dynamicpb.Message) error {
			<-ctx.Done()
			ended <- ctx.Err()
			return ctx.Err()
		}))
	var a alone
	conn := b.dial(t, mtls.ServiceID("gateway"), rpc.ClientOptions{Within: within, Extra: []grpc.DialOption{a.option()}})
	sharing(t, b, conn, &a, "Now")
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	began := time.Now()
	require.Equal(t, codes.DeadlineExceeded, status.Code(b.call(ctx, conn, "Wait", nil)))
	require.Less(t, time.Since(began), 250*time.Millisecond)
	require.Error(t, <-ended, "by the time or because the client has given up, whichever comes first")
	require.Equal(t, codes.DeadlineExceeded, status.Code(b.call(ctx, conn, "Now", nil)), "too late before it began")

	ctx, cancel = context.WithCancel(t.Context())
	time.AfterFunc(50*time.Millisecond, cancel)
	require.Equal(t, codes.Canceled, status.Code(b.call(ctx, conn, "Wait", nil)))
	require.ErrorIs(t, <-ended, context.Canceled)

	require.Equal(t, codes.DeadlineExceeded, status.Code(b.call(t.Context(), conn, "Wait", nil)))
	require.ErrorIs(t, <-ended, context.DeadlineExceeded)
	require.Zero(t, a.of("Wait"))
}

// TestTimeIsKeptForTheAnswer: a call made while serving another ends a little before that one must be answered, on a shared stream and by itself.
func TestTimeIsKeptForTheAnswer(t *testing.T) {
	t.Parallel()
	over := make(chan struct{})
	defer close(over)
	second := start(t, nil, public("Now", nil), public("Wait", func(context.Context, *dynamicpb.Message) error {
		<-over // whatever its own context says
		return nil
	}))
	for _, unshared := range []bool{true, false} {
		var a alone
		onward, err := rpc.ClientConn(second.addr, "wallet", second.identity(t, mtls.ServiceID("gaming")), rpc.ClientOptions{
			Unshared: unshared, Extra: []grpc.DialOption{a.option()},
		})
		require.NoError(t, err)
		left := make(chan time.Duration, 1)
		first := start(t, nil, public("First", func(ctx context.Context, _ *dynamicpb.Message) error {
			err := second.call(ctx, onward, "Wait", nil)
			deadline, _ := ctx.Deadline()
			left <- time.Until(deadline)
			return err
		}))
		if !unshared {
			sharing(t, second, onward, &a, "Now")
		}
		gateway := first.as(t, mtls.ServiceID("gateway"))
		require.Eventually(t, func() bool { // a machine that is busy may need more than that time
			ctx, cancel := context.WithTimeout(t.Context(), 400*time.Millisecond)
			defer cancel()
			reason := errs.ReasonOf(first.call(ctx, gateway, "First", nil))
			l := <-left
			// Answered, and not given up. More is left when the call was long under way to the server, whose own deadline is later then by as much.
			return l > 0 && l <= 50*time.Millisecond && reason == "DEADLINE"
		}, 10*time.Second, time.Millisecond)
		require.Equal(t, unshared, a.of("Wait") > 0)
		require.NoError(t, onward.Close())
	}
}

// TestWhatASharedStreamDoesNotTake: large requests go by themselves, and what is wrong with one call is told to that call.
func TestWhatASharedStreamDoesNotTake(t *testing.T) { bothWays(t, testWhatASharedStreamDoesNotTake) }

func testWhatASharedStreamDoesNotTake(t *testing.T, within bool) {
	t.Parallel()
	b := start(t, nil, public("Now", nil), public("Panic", func(context.Context, *dynamicpb.Message) error { panic("a defect") }))
	var a alone
	conn := b.dial(t, mtls.ServiceID("gateway"), rpc.ClientOptions{Within: within, Extra: []grpc.DialOption{a.option()}})
	sharing(t, b, conn, &a, "Now")
	before := a.of("Now")
	require.NoError(t, b.call(t.Context(), conn, "Now", map[string]string{"round_id": strings.Repeat("x", 1<<20)}))
	require.Equal(t, before+1, a.of("Now"))
	require.NoError(t, b.call(t.Context(), conn, "Now", nil, grpc.WaitForReady(true)))
	require.Equal(t, before+2, a.of("Now"), "an option that only gRPC can honour")
	require.Equal(t, codes.Internal, status.Code(b.call(t.Context(), conn, "Panic", nil)))
	require.Equal(t, codes.Unimplemented, status.Code(b.call(t.Context(), conn, "Nowhere", nil)))
	require.NoError(t, b.call(t.Context(), conn, "Now", nil))
	require.Equal(t, before+2, a.of("Now"), "the stream goes on")
	require.Zero(t, a.of("Panic")+a.of("Nowhere"))
}

// TestOverload: a shared stream has no more calls at once than the server lets run.
func TestOverloadOnASharedStream(t *testing.T) { bothWays(t, testOverloadOnASharedStream) }

func testOverloadOnASharedStream(t *testing.T, within bool) {
	t.Parallel()
	release := make(chan struct{})
	b := start(t, func(o *rpc.ServerOptions) { o.MaxConcurrent = 2 }, public("Now", nil),
		public("Wait", func(context.Context, *dynamicpb.Message) error { <-release; return nil }))
	var a alone
	conn := b.dial(t, mtls.ServiceID("gateway"), rpc.ClientOptions{Within: within, Extra: []grpc.DialOption{a.option()}})
	sharing(t, b, conn, &a, "Now")
	var refused atomic.Int32
	var group errgroup.Group
	for range 20 {
		group.Go(func() error {
			err := b.call(t.Context(), conn, "Wait", nil)
			if errs.ReasonOf(err) == "OVERLOADED" {
				if refused.Add(1) == 18 {
					close(release)
				}
				return nil
			}
			return err
		})
	}
	require.NoError(t, group.Wait())
	require.Equal(t, int32(18), refused.Load())
}

// TestALaneBreaks: calls that were on it are made again by themselves, as gRPC repeats calls whose connection broke, and share a stream again afterwards.
func TestALaneBreaks(t *testing.T) { bothWays(t, testALaneBreaks) }

func testALaneBreaks(t *testing.T, within bool) {
	t.Parallel()
	var reached atomic.Int32
	hang := make(chan struct{})
	b := start(t, nil, public("Now", nil), public("Wait", func(ctx context.Context, _ *dynamicpb.Message) error {
		if reached.Add(1) == 1 {
			<-ctx.Done() // the stream is gone
			close(hang)
		}
		return nil
	}))
	through := newCable(t, b.addr)
	var a alone
	conn, err := rpc.ClientConn(through.addr(), "wallet", b.identity(t, mtls.ServiceID("gateway")), rpc.ClientOptions{Within: within, Extra: []grpc.DialOption{a.option()}})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, conn.Close()) })
	sharing(t, b, conn, &a, "Now")
	done := make(chan error, 1)
	go func() { done <- b.call(context.Background(), conn, "Wait", nil) }()
	require.Eventually(t, func() bool { return reached.Load() == 1 }, 5*time.Second, time.Millisecond)
	through.cut()
	require.NoError(t, <-done)
	if !within || reached.Load() > 1 { // an answer that was given when the stream was gone gets to a client in the process all the same, or does not
		require.Equal(t, int32(2), reached.Load())
	}
	<-hang
	sharing(t, b, conn, &a, "Now")
}

// TestGracefulStopEndsLanes: calls that run are answered, and the client's stream, which would live for ever, does not hold the server up.
func TestGracefulStopEndsLanes(t *testing.T) { bothWays(t, testGracefulStopEndsLanes) }

func testGracefulStopEndsLanes(t *testing.T, within bool) {
	t.Parallel()
	running, release := make(chan struct{}), make(chan struct{})
	b := start(t, nil, public("Now", nil), public("Wait", func(context.Context, *dynamicpb.Message) error {
		close(running)
		<-release
		return nil
	}))
	var a alone
	conn := b.dial(t, mtls.ServiceID("gateway"), rpc.ClientOptions{Within: within, Extra: []grpc.DialOption{a.option()}})
	sharing(t, b, conn, &a, "Now")
	answered, stopped := make(chan error, 1), make(chan struct{})
	go func() { answered <- b.call(context.Background(), conn, "Wait", nil) }()
	<-running
	go func() { b.server.GracefulStop(); close(stopped) }()
	select {
	case <-stopped:
		t.Fatal("stopped with a call unanswered")
	case <-time.After(100 * time.Millisecond):
	}
	close(release)
	require.NoError(t, <-answered)
	select {
	case <-stopped:
	case <-time.After(5 * time.Second):
		t.Fatal("held up")
	}
	require.Equal(t, codes.Unavailable, status.Code(b.call(t.Context(), conn, "Now", nil)))
}

// TestEveryReplicaGetsCalls: a client shares a stream with each replica that its resolver names, also with one that comes later.
func TestEveryReplicaGetsCalls(t *testing.T) { bothWays(t, testEveryReplicaGetsCalls) }

func testEveryReplicaGetsCalls(t *testing.T, within bool) {
	t.Parallel()
	b := start(t, nil, public("Now", nil))
	second := &bench{svc: b.svc, ca: b.ca, key: b.key, log: b.log, dir: t.TempDir()}
	var reached atomic.Int32
	svc := authztest.Build(t, public("Now", func(context.Context, *dynamicpb.Message) error { reached.Add(1); return nil }))
	var err error
	second.server, err = rpc.NewServer(rpc.ServerOptions{Identity: second.identity(t, mtls.ServiceID("wallet")), Peers: peers, Resolver: svc.Files})
	require.NoError(t, err)
	second.server.RegisterService(svc.Desc, struct{}{})
	require.NoError(t, second.server.Validate())
	second.serve(t)

	names := manual.NewBuilderWithScheme("replicas")
	names.InitialState(resolver.State{Endpoints: []resolver.Endpoint{{Addresses: []resolver.Address{{Addr: b.addr}}}}})
	var a alone
	conn, err := rpc.ClientConn("replicas:///wallet", "wallet", b.identity(t, mtls.ServiceID("gateway")),
		rpc.ClientOptions{Within: within, Extra: []grpc.DialOption{grpc.WithResolvers(names), a.option()}})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, conn.Close()) })
	sharing(t, b, conn, &a, "Now")
	names.UpdateState(resolver.State{Endpoints: []resolver.Endpoint{
		{Addresses: []resolver.Address{{Addr: b.addr}}}, {Addresses: []resolver.Address{{Addr: second.addr}}},
	}})
	require.Eventually(t, func() bool {
		before, byThemselves := reached.Load(), a.of("Now")
		require.NoError(t, b.call(t.Context(), conn, "Now", nil))
		return reached.Load() > before && a.of("Now") == byThemselves
	}, 20*time.Second, 10*time.Millisecond)
	before, byThemselves := reached.Load(), a.of("Now")
	for range 100 {
		require.NoError(t, b.call(t.Context(), conn, "Now", nil))
	}
	require.InDelta(t, 50, reached.Load()-before, 5)
	require.Equal(t, byThemselves, a.of("Now"))
}

// TestAServerThatSharesNothing: calls go by themselves, and the server is not asked again for each.
func TestAServerThatSharesNothing(t *testing.T) {
	t.Parallel()
	b := prepare(t, nil, public("Now", nil))
	plain := grpc.NewServer(grpc.Creds(credentials.NewTLS(mtls.ServerTLS(b.identity(t, mtls.ServiceID("wallet"))))))
	plain.RegisterService(b.svc.Desc, struct{}{})
	addr := serve(t, plain)
	var a alone
	conn, err := rpc.ClientConn(addr, "wallet", b.identity(t, mtls.ServiceID("gateway")), rpc.ClientOptions{Extra: []grpc.DialOption{a.option()}})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, conn.Close()) })
	for range 200 {
		require.NoError(t, b.call(t.Context(), conn, "Now", nil))
	}
	require.Equal(t, 200, a.of("Now"))
	require.LessOrEqual(t, a.of("Calls"), 2)
}

func TestUnshared(t *testing.T) {
	t.Parallel()
	b := start(t, nil, public("Now", nil))
	conn := b.dial(t, mtls.ServiceID("gateway"), rpc.ClientOptions{Unshared: true})
	for range 50 {
		require.NoError(t, b.call(t.Context(), conn, "Now", nil))
	}
	require.Zero(t, b.server.SharedStreams())
}

// TestHandWrittenClient speaks the stream's protocol with the generated code, as a stranger would.
func TestHandWrittenClient(t *testing.T) {
	t.Parallel()
	b := start(t, nil, public("Who", func(ctx context.Context, _ *dynamicpb.Message) error {
		p, _ := peer.FromContext(ctx)
		return errs.New(walletv1.ErrorReason_ERROR_REASON_INSUFFICIENT_FUNDS, "who", "address", p.Addr.Network())
	}), public("Wait", func(ctx context.Context, _ *dynamicpb.Message) error { <-ctx.Done(); return ctx.Err() }))
	conn := b.dial(t, mtls.ServiceID("gaming"), rpc.ClientOptions{Unshared: true})
	open := func() grpc.BidiStreamingClient[meshv1.CallsRequest, meshv1.CallsResponse] {
		s, err := meshv1.NewMeshServiceClient(conn).Calls(t.Context())
		require.NoError(t, err)
		return s
	}
	who, wait := "/"+authztest.ServiceName+"/Who", "/"+authztest.ServiceName+"/Wait"
	s := open()
	require.NoError(t, s.Send(&meshv1.CallsRequest{Calls: []*meshv1.Call{
		{Id: 5, Method: wait}, {Id: 5, Method: who}, {Id: 6, Method: who}, {Id: 5, Cancel: true}, {Id: 99, Cancel: true},
	}}))
	require.NoError(t, s.CloseSend())
	reasons := map[string]int{}
	for {
		res, err := s.Recv()
		if err != nil {
			require.ErrorContains(t, err, "EOF")
			break
		}
		for _, a := range res.GetAnswers() {
			st := statusOf(t, a.GetStatus())
			reasons[fmt.Sprint(a.GetId(), st.Code(), errs.ReasonOf(st.Err()))]++
		}
	}
	require.Equal(t, map[string]int{"5 InvalidArgumentVALIDATION": 1, "6 FailedPreconditionINSUFFICIENT_FUNDS": 1, "5 CanceledCANCELED": 1}, reasons)

	s = open()
	require.NoError(t, s.Send(&meshv1.CallsRequest{Calls: []*meshv1.Call{{Method: who}}}))
	_, err := s.Recv()
	require.Equal(t, codes.InvalidArgument, status.Code(err))
	require.Eventually(t, func() bool { return b.server.SharedStreams() == 0 }, 5*time.Second, time.Millisecond)
}

func serve(t *testing.T, s *grpc.Server) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	done := make(chan error, 1)
	go func() { done <- s.Serve(l) }()
	t.Cleanup(func() {
		s.Stop()
		require.NoError(t, <-done)
	})
	return l.Addr().String()
}
