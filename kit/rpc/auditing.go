package rpc

import (
	"context"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	"github.com/pitboss-gaming/pitboss/kit/audit"
	"github.com/pitboss-gaming/pitboss/kit/authn"
	"github.com/pitboss-gaming/pitboss/kit/errs"
)

// auditRefusal records an audited call of a known caller that was refused before its handler. Callers without any identity are not
// recorded: anybody could fill the log.
func (s *Server) auditRefusal(ctx context.Context, c *call, next next) error {
	if !s.isAudited(c) {
		return next(ctx, c)
	}
	err := next(ctx, c)
	if err == nil || c.audited || c.caller.Kind == authn.KindAnonymous {
		return err
	}
	st := errs.ToStatus(err)
	if rerr := s.o.Audit.Refused(ctx, s.auditCall(c), st.Code(), errs.ReasonOf(st.Err())); rerr != nil {
		s.log.ErrorContext(ctx, "refused call not on record", "method", c.method, "request_id", c.origin.requestID, "error", rerr)
	}
	return err
}

// audited records an audited call before its handler runs, and how it ended. The request of a stream is its first message.
func (s *Server) audited(ctx context.Context, c *call, next next) error {
	if !s.isAudited(c) {
		return next(ctx, c)
	}
	var pending *audit.Pending
	err := c.message(func(m any) (err error) {
		if pending != nil {
			return nil
		}
		c.req = m
		if pending, err = s.o.Audit.Begin(ctx, s.auditCall(c)); err == nil {
			c.audited = true
		}
		return err
	})
	if err != nil {
		return err
	}
	ended := codes.Internal // of a handler that panics
	reason := "INTERNAL"
	defer func() {
		if pending == nil {
			return
		}
		if err := pending.End(ctx, ended, reason); err != nil {
			s.log.ErrorContext(ctx, "end of an audited call not on record", "method", c.method, "request_id", c.origin.requestID, "error", err)
		}
	}()
	err = next(ctx, c)
	st := errs.ToStatus(err)
	ended, reason = st.Code(), errs.ReasonOf(st.Err())
	return err
}

func (s *Server) isAudited(c *call) bool {
	p := s.policy.Load()
	return p != nil && p.Access(c.method).GetAudited()
}

func (s *Server) auditCall(c *call) audit.Call {
	req, _ := c.req.(proto.Message)
	return audit.Call{Method: c.method, Caller: c.caller, Request: req, ClientIP: c.origin.clientIP, RequestID: c.origin.requestID}
}
