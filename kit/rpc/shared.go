package rpc

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	meshv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/mesh/v1"
)

const (
	// renewLanes is how often a client opens a new lane, by which it finds other replicas and leaves connections that are to end.
	renewLanes = 2 * time.Second
	// idleLanes is after how long without a call a client closes its lanes.
	idleLanes = 10 * time.Second
	// openTimeout bounds the opening of a lane.
	openTimeout = 5 * time.Second
	// unsharedFor is how long a client makes all calls by themselves after a server that does not know shared streams.
	unsharedFor = time.Minute
	// afterBroken is how long a client waits before it opens a lane in the place of one that broke.
	afterBroken = 50 * time.Millisecond
	// maxShared is the largest request that shares a stream. A larger one would hold up the others, and gains nothing.
	maxShared = 64 << 10
	// sharedHeader is in the header metadata of a server that shares streams.
	sharedHeader = "pitboss-calls"
	// answerRoom is what a response's frame has besides the response.
	answerRoom = 1 << 20
)

// shared makes a connection's unary calls on streams that they share, one to each replica (pitboss.mesh.v1.MeshService). A call goes by itself, as gRPC makes
// it, while there is no such stream yet or when it wants what they do not have, and again when its stream breaks: so whatever gRPC does to find servers and
// to try again, it does for these calls too.
type shared struct {
	tel    *telemetry
	within bool // calls to a server of this process are handed to it

	lanes  atomic.Pointer[[]*lane]
	turn   atomic.Uint32
	wanted atomic.Bool   // calls were made since the last look
	broken chan struct{} // of one element: a lane has ended that was in use

	mu      sync.Mutex
	running bool      // keep runs
	without time.Time // until when the server is not asked for lanes
}

func newShared(tel *telemetry, within bool) *shared {
	s := &shared{tel: tel, within: within, broken: make(chan struct{}, 1)}
	s.lanes.Store(&[]*lane{})
	return s
}

// unary is the innermost interceptor of a client. A call carries the metadata that outgoing adds.
func (s *shared) unary(ctx context.Context, method string, req, reply any, cc *grpc.ClientConn, invoke grpc.UnaryInvoker, opts ...grpc.CallOption) error {
	l := s.lane(cc)
	in, isMessage := req.(proto.Message)
	out, _ := reply.(proto.Message)
	header, trailer, plain := metadataOptions(opts)
	if l == nil || !isMessage || out == nil || !plain {
		return reserved(outgoing(ctx), method, req, reply, cc, invoke, opts...)
	}
	size := proto.Size(in)
	if size > maxShared {
		return reserved(outgoing(ctx), method, req, reply, cc, invoke, opts...)
	}
	began, by := time.Now(), reserve(ctx)
	tagged, measured := s.tel.begin(ctx, method)
	with := announce(tagged, measured)
	a, err := l.call(tagged, by, callFrame{method: method, md: with.md, more: with.more}, in, size, out)
	if errors.Is(err, errLane) {
		if !by.IsZero() {
			var cancel context.CancelFunc
			ctx, cancel = context.WithDeadline(ctx, by)
			defer cancel()
		}
		err = status.FromContextError(ctx.Err()).Err()
		if ctx.Err() == nil {
			s.tel.endClient(measured, l.remote, began, status.Error(codes.Unavailable, "the shared stream has ended"))
			return invoke(outgoing(ctx), method, req, reply, cc, opts...)
		}
	}
	s.tel.endClient(measured, l.remote, began, err)
	for _, h := range header {
		*h = a.header
	}
	for _, t := range trailer {
		*t = a.trailer
	}
	return err
}

// metadataOptions returns where a call's options want header and trailer; false when they ask for something else.
func metadataOptions(opts []grpc.CallOption) (header, trailer []*metadata.MD, plain bool) {
	for _, o := range opts {
		switch o := o.(type) {
		case grpc.HeaderCallOption:
			header = append(header, o.HeaderAddr)
		case grpc.TrailerCallOption:
			trailer = append(trailer, o.TrailerAddr)
		case grpc.StaticMethodCallOption, grpc.MaxRecvMsgSizeCallOption, grpc.MaxSendMsgSizeCallOption: // of generated code, and ours
		default:
			return nil, nil, false
		}
	}
	return header, trailer, true
}

// lane returns a lane for a call, nil for none, and sees to it that there are some soon.
func (s *shared) lane(cc *grpc.ClientConn) *lane {
	if !s.wanted.Load() {
		s.wanted.Store(true)
		s.start(cc)
	}
	lanes := s.lanes.Load()
	switch {
	case lanes == nil || len(*lanes) == 0:
		return nil
	case len(*lanes) == 1:
		return (*lanes)[0]
	default:
		return (*lanes)[int(s.turn.Add(1)%uint32(len(*lanes)))] //nolint:gosec // few
	}
}

// start has lanes kept until there are no calls any more.
func (s *shared) start(cc *grpc.ClientConn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.running:
	case time.Now().Before(s.without):
		s.wanted.Store(false) // so the next call looks again
	default:
		s.running = true
		go s.keep(cc)
	}
}

// keep opens lanes, one after the other: the connection picks replicas in turn, so each is found, and a second one to the same replica takes the place of the
// first.
func (s *shared) keep(cc *grpc.ClientConn) {
	tick := time.NewTicker(renewLanes)
	defer tick.Stop()
	last := time.Now()
	for {
		if s.wanted.Swap(false) {
			last = time.Now()
			s.open(cc)
		}
		if time.Since(last) > idleLanes || len(*s.lanes.Load()) == 0 {
			break
		}
		select {
		case <-tick.C:
		case <-s.broken:
			time.Sleep(afterBroken)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.running = false
	s.wanted.Store(false) // the next call starts it again
	for _, l := range *s.lanes.Swap(&[]*lane{}) {
		l.retire()
	}
}

// open makes a lane, if the server that the connection picks has one to give. Otherwise calls by themselves wait for a server, or tell that it is away.
func (s *shared) open(cc *grpc.ClientConn) {
	ctx, cancel := context.WithCancel(context.Background())
	timeout := time.AfterFunc(openTimeout, cancel)
	desc := &grpc.StreamDesc{StreamName: "Calls", ServerStreams: true, ClientStreams: true}
	stream, err := cc.NewStream(ctx, desc, meshv1.MeshService_Calls_FullMethodName, grpc.ForceCodecV2(newCodec()), grpc.MaxCallRecvMsgSize(MaxMessageBytes+answerRoom))
	if err != nil {
		cancel()
		return
	}
	header, err := stream.Header()
	if err != nil || len(header.Get(sharedHeader)) == 0 {
		if status.Code(stream.RecvMsg(&frames{})) == codes.Unimplemented {
			s.mu.Lock()
			s.without = time.Now().Add(unsharedFor)
			s.mu.Unlock()
		}
		cancel()
		return
	}
	if !timeout.Stop() {
		return // canceled
	}
	l := newLane(stream, cancel)
	if s.within {
		l.beside = beside(header.Get(withinHeader))
	}
	s.replace(l)
	go func() {
		l.run()
		if s.drop(l) {
			select {
			case s.broken <- struct{}{}:
			default:
			}
		}
	}()
}

// replace puts a lane in the place of one to the same replica.
func (s *shared) replace(l *lane) {
	s.mu.Lock()
	defer s.mu.Unlock()
	kept := []*lane{l}
	for _, o := range *s.lanes.Load() {
		if o.to == l.to {
			o.retire()
			continue
		}
		kept = append(kept, o)
	}
	s.lanes.Store(&kept)
}

// drop takes a lane out that has ended; false when it was out before, as one that was replaced.
func (s *shared) drop(l *lane) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	lanes := *s.lanes.Load()
	if !slices.Contains(lanes, l) {
		return false
	}
	kept := slices.DeleteFunc(slices.Clone(lanes), func(o *lane) bool { return o == l })
	s.lanes.Store(&kept)
	return true
}
