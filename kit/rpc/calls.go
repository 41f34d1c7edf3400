package rpc

import (
	"context"
	"errors"
	"io"
	"net"
	"runtime"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/peer"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	commonv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
	meshv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/mesh/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
)

// method is a unary method that calls on shared streams reach.
type method struct {
	impl    any
	handler grpc.MethodHandler
}

// RegisterService registers a service, as the generated code does, and has its unary methods called on shared streams too.
func (s *Server) RegisterService(desc *grpc.ServiceDesc, impl any) {
	s.Server.RegisterService(desc, impl)
	for _, m := range desc.Methods {
		s.methods["/"+desc.ServiceName+"/"+m.MethodName] = method{impl, m.Handler}
	}
}

// GracefulStop takes no new connections and calls, and returns when those that it has are answered.
func (s *Server) GracefulStop() {
	s.mu.Lock()
	s.closing = true
	for a := range s.answering {
		a.close()
	}
	s.mu.Unlock()
	s.Server.GracefulStop()
}

// meshDesc is MeshService, whose messages are read and written by hand.
func (s *Server) meshDesc() *grpc.ServiceDesc {
	desc := meshv1.MeshService_ServiceDesc
	desc.HandlerType = nil
	desc.Streams = []grpc.StreamDesc{{
		StreamName: "Calls", ServerStreams: true, ClientStreams: true,
		Handler: func(_ any, stream grpc.ServerStream) error { return s.calls(stream) },
	}}
	return &desc
}

// answering is a server's side of one shared stream.
type answering struct {
	server *Server
	base   context.Context //nolint:containedctx // what all calls of the stream have in common
	local  net.Addr
	out    sender

	name string // among sides

	mu      sync.Mutex
	running map[uint64]context.CancelFunc
	over    bool // begins no more calls
	calls   sync.WaitGroup
	workers workers[task]
}

// task is a call that is to be served.
type task struct {
	ctx    context.Context //nolint:containedctx // passed on
	cancel context.CancelFunc
	call   callFrame
}

// calls serves a shared stream until the client ends it and everything is answered, or it breaks. Then the calls that still run are canceled, as gRPC does.
func (s *Server) calls(stream grpc.ServerStream) error {
	if w, ok := stream.(*watchedStream); ok {
		stream = w.ServerStream // each call has a chain of its own
	}
	// Calls end by their own deadlines and cancellations, and not by watching the stream: that costs each a place in its list, and its lock.
	a := &answering{server: s, base: context.WithoutCancel(stream.Context()), out: newSender(), running: map[uint64]context.CancelFunc{}}
	a.workers.serve = a.serve
	if p, ok := peer.FromContext(stream.Context()); ok {
		a.local = p.LocalAddr
	}
	if !s.join(a) {
		return errs.New(commonv1.ErrorReason_ERROR_REASON_UNAVAILABLE, "the server is about to stop")
	}
	defer s.leave(a)
	a.enter()
	defer a.exit()
	if err := stream.SendHeader(metadata.Pairs(sharedHeader, "1", withinHeader, a.name)); err != nil {
		return err
	}
	answered, written := make(chan struct{}), make(chan error, 1)
	go func() { written <- a.out.write(stream.SendMsg, answered) }()
	err := a.read(stream)
	a.end(err != nil)
	a.calls.Wait()
	a.workers.end()
	close(answered)
	return errors.Join(err, <-written)
}

func (s *Server) join(a *answering) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closing {
		s.answering[a] = struct{}{}
	}
	return !s.closing
}

func (s *Server) leave(a *answering) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.answering, a)
}

// close tells the client to end the stream.
func (a *answering) close() {
	_ = a.out.say(func(b []byte) ([]byte, error) { return appendClosing(b), nil }) // appending does not fail
}

// end begins no more calls, and cancels those that run when the client is not there any more.
func (a *answering) end(broken bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.over = true
	if !broken {
		return
	}
	for _, cancel := range a.running {
		cancel()
	}
}

// read begins calls until the client has no more.
func (a *answering) read(stream grpc.ServerStream) error {
	var f frames // of one message after the other, whose bytes are its own
	for {
		if err := stream.RecvMsg(&f); err != nil {
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		}
		if err := parseCalls(f.b, func(c callFrame) { a.begin(c) }); err != nil {
			return status.Error(codes.InvalidArgument, "rpc: malformed message on a shared stream")
		}
	}
}

// begin starts a call, or cancels one; false when the stream has ended.
func (a *answering) begin(c callFrame) bool {
	if c.cancel {
		a.mu.Lock()
		cancel := a.running[c.id]
		a.mu.Unlock()
		if cancel != nil {
			cancel()
		}
		return true
	}
	timeout := a.server.o.Deadline
	if c.timeout > 0 {
		timeout = min(timeout, c.timeout)
	}
	ctx, cancel := context.WithTimeout(a.base, timeout)
	a.mu.Lock()
	_, taken := a.running[c.id]
	full := len(a.running) >= maxStreams
	over := a.over
	if !taken && !full && !over {
		a.running[c.id] = cancel
		a.calls.Add(1) // before anybody waits for the calls
	}
	a.mu.Unlock()
	if taken || full || over {
		cancel()
		if over {
			return false
		}
		refusal := errs.New(commonv1.ErrorReason_ERROR_REASON_OVERLOADED, "too many calls at once").WithRetry(overloadRetry)
		if taken {
			refusal = errs.New(commonv1.ErrorReason_ERROR_REASON_VALIDATION, "the number of the call is in use", "field", "id")
		}
		a.answer(&c, nil, errs.ToStatus(refusal).Err(), nil)
		return true
	}
	a.workers.do(task{ctx, cancel, c})
	return true
}

// serve makes one call as gRPC would.
func (a *answering) serve(t task) {
	defer a.calls.Done()
	c := &t.call
	if c.from != nil {
		// Those who are about to call come first: what arrives together is done together further on, and who takes batches finds more than one (ADR 21).
		runtime.Gosched()
	}
	ctx := metadata.NewIncomingContext(t.ctx, c.md)
	ctx, measured := a.server.tel.beginServer(ctx, c.method, outgoingCarrier(c.md)) // makes the stack large enough, so it comes first
	began := time.Now()
	call := &sharedCall{name: c.method, md: c.md}
	m, ok := a.server.methods[c.method]
	var response any
	var err error
	if ok {
		response, err = m.handler(m.impl, grpc.NewContextWithServerTransportStream(ctx, call), func(v any) error {
			err := proto.Unmarshal(c.message, v.(proto.Message)) //nolint:errcheck,forcetypeassert // generated code gives nothing else
			c.message = nil                                      // which would keep those of others as long as this call runs
			if c.room != nil {
				framePool{}.Put(c.room)
				c.room = nil
			}
			if err != nil {
				return status.Error(codes.Internal, "rpc: the request is no message of the method")
			}
			return nil
		}, a.server.unary)
	} else {
		err = status.Errorf(codes.Unimplemented, "unknown method %s", c.method)
	}
	a.mu.Lock()
	delete(a.running, c.id)
	a.mu.Unlock()
	t.cancel()
	a.answer(c, response, err, call)
	a.server.tel.endServer(measured, a.local, began, err)
}

// answer sends a call's answer.
func (a *answering) answer(c *callFrame, response any, err error, call *sharedCall) {
	f := answerFrame{id: c.id}
	if call != nil {
		f.header, f.trailer = call.metadata()
	}
	msg, _ := response.(proto.Message)
	size := 0
	if err == nil {
		if size = proto.Size(msg); size > MaxMessageBytes {
			err = status.Errorf(codes.ResourceExhausted, "rpc: the response has %d bytes, more than %d", size, MaxMessageBytes)
		}
	}
	for {
		if err != nil {
			// What cannot be serialized cannot be: a status has only texts, and details that were serialized before.
			f.status, _ = proto.Marshal(status.Convert(err).Proto())
			msg, size = nil, 0
		}
		failed := a.tell(c, &f, msg, size)
		if failed == nil || err != nil {
			return
		}
		a.server.log.Error("response could not be serialized", "method", call.Method(), "error", failed)
		err = status.Error(codes.Internal, "rpc: the response could not be serialized")
	}
}

// tell gives an answer to whom the call is from.
func (a *answering) tell(c *callFrame, f *answerFrame, msg proto.Message, size int) error {
	if c.from != nil {
		return c.handBack(f, msg, size)
	}
	return a.out.say(func(b []byte) ([]byte, error) { return appendAnswer(b, f, msg, size) })
}

// sharedCall has the metadata of a call and collects that of its answer.
type sharedCall struct {
	name string
	md   metadata.MD // names in lower case; read only

	mu              sync.Mutex
	header, trailer metadata.MD
}

// Method returns the full name of the method.
func (c *sharedCall) Method() string { return c.name }

// SetHeader adds to the header.
func (c *sharedCall) SetHeader(md metadata.MD) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.header = metadata.Join(c.header, md)
	return nil
}

// SendHeader adds to the header, which leaves with the answer.
func (c *sharedCall) SendHeader(md metadata.MD) error { return c.SetHeader(md) }

// SetTrailer adds to the trailer.
func (c *sharedCall) SetTrailer(md metadata.MD) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.trailer = metadata.Join(c.trailer, md)
	return nil
}

func (c *sharedCall) metadata() (header, trailer metadata.MD) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.header, c.trailer
}
