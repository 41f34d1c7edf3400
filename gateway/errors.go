package gateway

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/pitboss-gaming/pitboss/kit/errs"
)

// domain is the error domain of what the gateway itself refuses.
const domain = "gateway.pitboss"

// HTTPStatus is google.rpc's mapping, but a failed precondition is a conflict with the state of things and not a bad request.
func HTTPStatus(c codes.Code) int {
	if c == codes.FailedPrecondition {
		return http.StatusConflict
	}
	return runtime.HTTPStatusFromCode(c)
}

// failed answers an error of a route: the service's own as it is, and in place of what the RPC library says about addresses and
// connections a text that says nothing about the mesh.
func (e *edge) failed(ctx context.Context, w http.ResponseWriter, err error) {
	s := status.Convert(err)
	if errs.ReasonOf(err) != "" {
		writeStatus(w, s)
		return
	}
	switch s.Code() {
	case codes.InvalidArgument: // the route could not read the body or a parameter, and its text says where
		refuse(w, codes.InvalidArgument, "MALFORMED", readable(s.Message()))
		return
	case codes.DeadlineExceeded:
		refuse(w, codes.DeadlineExceeded, "DEADLINE", "the time for the call ran out; repeat it with the same idempotency key")
	case codes.Canceled:
		refuse(w, codes.Canceled, "CANCELED", "the caller gave up")
	case codes.Unavailable, codes.ResourceExhausted:
		w.Header().Set("Retry-After", "1")
		refuse(w, codes.Unavailable, "UNAVAILABLE", "a part of the platform does not answer now")
	default:
		refuse(w, codes.Internal, "INTERNAL", "internal error")
	}
	e.log.Warn("a call failed outside its service", "request_id", requestID(ctx), "error", err)
}

// readable is what is wrong with a body without the name of the library that read it, after which it writes one of two kinds of space.
func readable(message string) string {
	return strings.TrimLeft(strings.TrimPrefix(message, "proto:"), " \u00a0")
}

// writeStatus answers an error as google.rpc.Status in JSON, with the headers that HTTP has for retries and authentication.
func writeStatus(w http.ResponseWriter, s *status.Status) {
	code := HTTPStatus(s.Code())
	challenge := "Bearer"
	for _, d := range s.Details() {
		switch d := d.(type) {
		case *errdetails.RetryInfo:
			w.Header().Set("Retry-After", seconds(d.GetRetryDelay().AsDuration()))
		case *errdetails.ErrorInfo:
			if own, ok := errs.HTTPStatus(d.GetDomain(), d.GetReason()); ok {
				code = own
			}
			switch d.GetReason() {
			case "STEP_UP_REQUIRED":
				// RFC 9470: the client must prove the second factor again and repeat the call.
				code = http.StatusUnauthorized
				challenge = fmt.Sprintf(`Bearer error="insufficient_user_authentication", acr_values=%q, max_age=%q`, d.GetMetadata()["required_acr"], d.GetMetadata()["max_age_s"])
			case "TOKEN_EXPIRED":
				challenge = `Bearer error="invalid_token"` // RFC 6750 section 3.1: refresh and repeat
			}
		}
	}
	if code == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", challenge)
	}
	writeJSONStatus(w, code, s)
}

func writeJSONStatus(w http.ResponseWriter, code int, s *status.Status) {
	p := s.Proto()
	m := protojson.MarshalOptions{EmitDefaultValues: true}
	body, err := m.Marshal(p)
	if err != nil { // a detail of a type that this binary does not know: the status without details still says what happened
		p.Details = nil
		body, _ = m.Marshal(p)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_, _ = w.Write(body)
}

// refuse answers an error that the gateway itself found.
func refuse(w http.ResponseWriter, code codes.Code, reason, message string) {
	writeStatus(w, own(code, reason, message))
}

// refuseAs is refuse for what HTTP has a code of its own for.
func refuseAs(w http.ResponseWriter, httpCode int, code codes.Code, reason, message string) {
	writeJSONStatus(w, httpCode, own(code, reason, message))
}

func own(code codes.Code, reason, message string) *status.Status {
	s := status.New(code, message)
	if with, err := s.WithDetails(&errdetails.ErrorInfo{Reason: reason, Domain: domain}); err == nil {
		return with
	}
	return s
}

func notFound(w http.ResponseWriter) {
	refuse(w, codes.NotFound, "NO_ROUTE", "there is nothing at this address")
}

func notAllowed(w http.ResponseWriter, allow string) {
	w.Header().Set("Allow", allow)
	refuseAs(w, http.StatusMethodNotAllowed, codes.Unimplemented, "METHOD_NOT_ALLOWED", "the method is not allowed here")
}

func writeJSON(w http.ResponseWriter, code int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(v)
}
