package rpc

import (
	"context"
	"slices"
	"sync"

	"google.golang.org/grpc"

	"github.com/pitboss-gaming/pitboss/kit/authn"
	"github.com/pitboss-gaming/pitboss/kit/authz"
)

// next is the rest of the chain, with the handler at its end.
type next func(ctx context.Context, c *call) error

// link is one step of the chain. It works the same for unary calls and streams: it may change the context, look at messages through
// the call, refuse, and look at what came out of next.
type link func(ctx context.Context, c *call, next next) error

// step is a link with its name and the reason for its place.
type step struct {
	name string
	why  string
	link link
}

// chain is the ordered list, outermost first. Its order is the security of every service.
func (s *Server) chain() []step {
	return []step{
		{"recovery", "a panic anywhere below must not end the process or show its stack", s.recovery},
		{"request id and log", "each call leaves one line, also one that is refused below", s.logged},
		{"error mapping", "whatever fails below, the client sees a reason and never driver text", s.mapErrors},
		{"admission", "a flood is turned away before it costs a signature check", s.admit},
		{"authentication", "everything below needs to know who calls", s.authenticate},
		{"refusals on record", "an audited call that access or validation refuses is recorded too", s.auditRefusal},
		{"access", "nobody learns how requests are validated who may not call", s.access},
		{"validation", "handlers and the audit trail see only well-formed requests", s.validate},
		{"deadline", "no handler works longer than anybody waits", s.deadline},
		{"audit", "what is about to happen is on record before it happens", s.audited},
	}
}

// call is what the links share about one call.
type call struct {
	method string
	exempt bool // health and reflection: every identity of the mesh may ask
	stream bool
	caller authn.Caller
	origin origin
	handle func(context.Context) error // a stream's handler

	unary  grpc.UnaryHandler // nil for a stream
	req    any               // the unary request; nil for a stream
	resp   any               // and the answer of its handler
	onRecv []func(any) error // asked for each message received on a stream
	onSend []func() error    // asked before each message sent on a stream

	audited bool // the beginning is on record

	mu     sync.Mutex
	failed error // first refusal of a message; a handler cannot ignore it
}

// message has check look at the request: at once for a unary call, for each message as it arrives on a stream.
func (c *call) message(check func(msg any) error) error {
	if c.stream {
		c.onRecv = append(c.onRecv, check)
		return nil
	}
	return check(c.req)
}

func (c *call) fail(err error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.failed == nil {
		c.failed = err
	}
	return err
}

func (c *call) failure() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.failed
}

// compose makes one function of the links, once for all calls.
func compose(links []step) next {
	rest := func(ctx context.Context, c *call) (err error) {
		if c.unary == nil {
			return c.handle(ctx)
		}
		c.resp, err = c.unary(ctx, c.req)
		return err
	}
	for _, l := range slices.Backward(links) {
		inner := rest
		rest = func(ctx context.Context, c *call) error { return l.link(ctx, c, inner) }
	}
	return rest
}

// unary makes the interceptor of unary calls from the chain.
func unary(run next) grpc.UnaryServerInterceptor {
	return func(ctx context.Context, req any, info *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (any, error) {
		c := &call{method: info.FullMethod, exempt: authz.Exempt(info.FullMethod), unary: handler, req: req}
		if err := run(ctx, c); err != nil {
			return nil, err // an answer that a link withheld must not leave
		}
		return c.resp, nil
	}
}

// streaming makes the interceptor of streams from the same chain.
func streaming(run next) grpc.StreamServerInterceptor {
	return func(srv any, ss grpc.ServerStream, info *grpc.StreamServerInfo, handler grpc.StreamHandler) error {
		c := &call{method: info.FullMethod, exempt: authz.Exempt(info.FullMethod), stream: true}
		c.handle = func(ctx context.Context) error {
			err := handler(srv, &watchedStream{ServerStream: ss, ctx: ctx, call: c})
			if refused := c.failure(); refused != nil {
				return refused
			}
			return err
		}
		return run(ss.Context(), c)
	}
}

// watchedStream gives the handler the chain's context and lets the links see the messages.
type watchedStream struct {
	grpc.ServerStream
	ctx  context.Context
	call *call
}

// Context returns the context that the links made.
func (w *watchedStream) Context() context.Context { return w.ctx }

// RecvMsg receives a message and refuses it when a link does.
func (w *watchedStream) RecvMsg(m any) error {
	if err := w.ServerStream.RecvMsg(m); err != nil {
		return err
	}
	for _, check := range w.call.onRecv {
		if err := check(m); err != nil {
			return w.call.fail(err)
		}
	}
	return nil
}

// SendMsg sends a message unless a link withholds it.
func (w *watchedStream) SendMsg(m any) error {
	if err := w.call.failure(); err != nil {
		return err
	}
	for _, check := range w.call.onSend {
		if err := check(); err != nil {
			return w.call.fail(err)
		}
	}
	return w.ServerStream.SendMsg(m)
}
