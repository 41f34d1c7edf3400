package rpc

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"

	"go.opentelemetry.io/otel/trace"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	commonv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
	"github.com/pitboss-gaming/pitboss/kit/authn"
	"github.com/pitboss-gaming/pitboss/kit/authz"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/mtls"
)

// overloadRetry is the hint when more calls run than may.
const overloadRetry = 200 * time.Millisecond

// awayRetry is the hint when the database or the like is away: it restarts in seconds.
const awayRetry = 500 * time.Millisecond

// errNotValidated is the cause of refusals before Validate was called.
var errNotValidated = errors.New("rpc: the server has not validated its access rules")

func (s *Server) recovery(ctx context.Context, c *call, next next) (err error) {
	defer func() {
		if r := recover(); r != nil {
			st := errs.ToStatus(errors.New("panic"))
			s.log.ErrorContext(ctx, "panic in a handler", "method", c.method, "request_id", c.origin.requestID,
				"reference", errs.Reference(st), "panic", fmt.Sprint(r), "stack", string(debug.Stack()))
			err = st.Err()
		}
	}()
	return next(ctx, c)
}

func (s *Server) logged(ctx context.Context, c *call, next next) error {
	id, idErr := mtls.PeerFrom(ctx)
	c.origin = readOrigin(ctx, idErr == nil && id.Operator != "")
	c.origin.server, c.origin.method = s, c.method
	ctx = context.WithValue(ctx, originKey{}, &c.origin)
	if c.origin.drawn {
		// In the trailer, because a header would commit the call and the client could not try a failed one again. Setting it fails only
		// outside a call. Who sent an id knows it.
		_ = grpc.SetTrailer(ctx, metadata.MD{HeaderRequestID: {c.origin.requestID}})
	}
	start := time.Now() // a duration, which the platform's clock has no part in
	err := next(ctx, c)
	s.logCall(ctx, c, err, time.Since(start))
	return err
}

// logCall writes one line without any part of a message: at error for what we did wrong, at info for refusals and slow calls, at
// debug for the rest.
func (s *Server) logCall(ctx context.Context, c *call, err error, took time.Duration) {
	code := status.Code(err)
	level := slog.LevelDebug
	switch {
	case code == codes.Internal || code == codes.Unknown || code == codes.DataLoss:
		level = slog.LevelError
	case c.exempt:
	case err != nil || (took >= s.o.SlowAfter && !c.stream):
		level = slog.LevelInfo
	}
	if !s.log.Enabled(ctx, level) {
		return
	}
	attrs := []slog.Attr{
		slog.String("method", c.method), slog.String("grpc_code", code.String()), slog.String("reason", errs.ReasonOf(err)),
		slog.Duration("took", took), slog.String("caller_kind", c.caller.Kind.String()), slog.String("caller_id", c.caller.ID),
		slog.String("peer", c.caller.Peer), slog.String("request_id", c.origin.requestID),
	}
	if sc := trace.SpanContextFromContext(ctx); sc.HasTraceID() {
		attrs = append(attrs, slog.String("trace_id", sc.TraceID().String()))
	}
	s.log.LogAttrs(ctx, level, "rpc", attrs...)
}

func (s *Server) mapErrors(ctx context.Context, c *call, next next) error {
	err := next(ctx, c)
	if err == nil {
		return nil
	}
	if c.exempt {
		if _, ok := status.FromError(err); ok {
			return err // gRPC's own services answer in gRPC's own terms
		}
	}
	st := s.statusOf(ctx, &c.origin, c.method, err)
	if st.Code() == codes.Unavailable {
		// Only a call that did not reach us is worth repeating at once by the library: we have our answer, and when every hop repeated it the
		// repetitions would multiply. Who called decides, by the hint in the answer.
		_ = grpc.SetTrailer(ctx, metadata.Pairs("grpc-retry-pushback-ms", "-1"))
	}
	return st.Err()
}

// statusOf is what the client sees of a failure. What it does not see is logged.
func (s *Server) statusOf(ctx context.Context, o *origin, method string, err error) *status.Status {
	if own, _ := errors.AsType[*errs.Error](err); own == nil && s.o.Away != nil && s.o.Away(err) {
		err = errs.New(commonv1.ErrorReason_ERROR_REASON_UNAVAILABLE, "what the service needs is away for a moment").WithRetry(awayRetry).WithCause(err)
	}
	st := errs.ToStatus(err)
	if cause := errors.Unwrap(err); errs.Reference(st) != "" || cause != nil {
		level := slog.LevelInfo
		if st.Code() == codes.Internal {
			level = slog.LevelError
		}
		s.log.LogAttrs(ctx, level, "call failed", slog.String("method", method), slog.String("request_id", o.requestID),
			slog.String("reference", errs.Reference(st)), slog.String("error", err.Error()))
	}
	return st
}

// PartStatus is what the caller of the RPC that is being served would be answered if err were its outcome, for an RPC that answers several requests, each for itself.
func PartStatus(ctx context.Context, err error) *status.Status {
	if o, _ := ctx.Value(originKey{}).(*origin); o != nil && o.server != nil {
		return o.server.statusOf(ctx, o, o.method, err)
	}
	return errs.ToStatus(err)
}

func (s *Server) admit(ctx context.Context, c *call, next next) error {
	// Health must answer from an overloaded server; streams wait more than they work, and gRPC limits them per connection.
	if c.exempt || c.stream {
		return next(ctx, c)
	}
	select {
	case s.slots <- struct{}{}:
		defer func() { <-s.slots }()
		return next(ctx, c)
	default:
		return errs.New(commonv1.ErrorReason_ERROR_REASON_OVERLOADED, "too many calls at once").WithRetry(overloadRetry)
	}
}

func (s *Server) authenticate(ctx context.Context, c *call, next next) error {
	caller, err := authn.Authenticate(ctx, s.o.Tokens)
	if err != nil {
		return err
	}
	c.caller = caller
	return next(authn.NewContextOf(ctx, &c.caller), c)
}

func (s *Server) access(ctx context.Context, c *call, next next) error {
	if c.exempt {
		return next(ctx, c)
	}
	p := s.policy.Load()
	if p == nil {
		return authz.Denied().WithCause(errNotValidated)
	}
	if err := p.Check(ctx, c.method, c.caller, c.req); err != nil {
		return err
	}
	ctx = p.Begin(ctx, c.method)
	if c.stream {
		c.onRecv = append(c.onRecv, func(m any) error { return p.CheckMessage(c.method, c.caller, m) })
		c.onSend = append(c.onSend, func() error { return p.Finish(ctx) })
	}
	if err := next(ctx, c); err != nil {
		return err
	}
	return p.Finish(ctx)
}

func (s *Server) validate(ctx context.Context, c *call, next next) error {
	if c.exempt {
		return next(ctx, c)
	}
	v := s.validator.Load()
	if v == nil {
		return errNotValidated
	}
	err := c.message(func(m any) error {
		msg, ok := m.(proto.Message)
		if !ok {
			return fmt.Errorf("rpc: request of %s is %T, not a message", c.method, m)
		}
		if c.origin.idempotencyKey == "" && s.acceptors.accepts(msg) {
			return nil
		}
		if field := nulField(msg.ProtoReflect()); field != "" {
			return errs.New(commonv1.ErrorReason_ERROR_REASON_VALIDATION, "a text holds a NUL character", "field", field)
		}
		if err := takeKey(ctx, *v, msg); err != nil {
			return err
		}
		return (*v).Validate(msg)
	})
	if err != nil {
		return err
	}
	return next(ctx, c)
}

// deadline bounds unary calls. Streams live as long as their client wants; the server's maximum connection age ends them.
func (s *Server) deadline(ctx context.Context, c *call, next next) error {
	if c.stream {
		return next(ctx, c)
	}
	if d, ok := ctx.Deadline(); ok && time.Until(d) <= s.o.Deadline {
		return next(ctx, c) // the caller waits no longer than that, and gRPC ends the call then
	}
	ctx, cancel := context.WithTimeout(ctx, s.o.Deadline)
	defer cancel()
	return next(ctx, c)
}
