package gateway

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/types/known/anypb"

	"github.com/pitboss-gaming/pitboss/kit/rpc"
)

// newMux is the REST mux: strict JSON in, every field out, errors as google.rpc.Status, and nothing but the listed metadata inward.
func newMux(e *edge) *runtime.ServeMux {
	return runtime.NewServeMux(
		runtime.WithMarshalerOption(runtime.MIMEWildcard, &runtime.JSONPb{
			MarshalOptions:   protojson.MarshalOptions{EmitDefaultValues: true},
			UnmarshalOptions: protojson.UnmarshalOptions{DiscardUnknown: false},
		}),
		runtime.WithErrorHandler(func(_ context.Context, _ *runtime.ServeMux, _ runtime.Marshaler, w http.ResponseWriter, _ *http.Request, err error) {
			writeStatus(w, status.Convert(err))
		}),
		runtime.WithRoutingErrorHandler(routingError),
		runtime.WithIncomingHeaderMatcher(func(string) (string, bool) { return "", false }),
		runtime.WithOutgoingHeaderMatcher(func(string) (string, bool) { return "", false }),
		runtime.WithOutgoingTrailerMatcher(func(string) (string, bool) { return "", false }),
		runtime.WithMetadata(e.inward),
		runtime.WithForwardResponseOption(e.setCookies),
		runtime.WithDisablePathLengthFallback(),
		runtime.WithDisableHTTPMethodOverride(),
	)
}

// inward is everything of a request besides its body and path that a service gets to see.
func (e *edge) inward(_ context.Context, r *http.Request) metadata.MD {
	md := metadata.MD{}
	set := func(key, value string) {
		if value != "" {
			md.Set(key, value)
		}
	}
	// The runtime adds authorization by itself; a second one would make it two.
	set("traceparent", r.Header.Get("Traceparent"))
	set(rpc.HeaderIdempotencyKey, r.Header.Get("Idempotency-Key"))
	set(rpc.HeaderRequestID, requestID(r.Context()))
	set(rpc.HeaderClientIP, e.clientIP(r))
	set(rpc.HeaderUserAgent, r.UserAgent())
	set(rpc.HeaderDevice, deviceID(r))
	return md
}

func routingError(_ context.Context, _ *runtime.ServeMux, _ runtime.Marshaler, w http.ResponseWriter, _ *http.Request, code int) {
	switch code {
	case http.StatusMethodNotAllowed:
		writeJSONStatus(w, code, status.New(codes.Unimplemented, "the method is not allowed here"))
	case http.StatusBadRequest:
		writeJSONStatus(w, code, status.New(codes.InvalidArgument, "the address is malformed"))
	default:
		writeJSONStatus(w, http.StatusNotFound, status.New(codes.NotFound, "there is nothing at this address"))
	}
}

// HTTPStatus is google.rpc's mapping, but a failed precondition is a conflict with the state of things and not a bad request.
func HTTPStatus(c codes.Code) int {
	if c == codes.FailedPrecondition {
		return http.StatusConflict
	}
	return runtime.HTTPStatusFromCode(c)
}

// writeStatus answers an error as google.rpc.Status in JSON, with the headers that HTTP has for retries and step-up.
func writeStatus(w http.ResponseWriter, s *status.Status) {
	code := HTTPStatus(s.Code())
	for _, d := range s.Details() {
		switch d := d.(type) {
		case *errdetails.RetryInfo:
			seconds := max(1, int(d.GetRetryDelay().AsDuration().Seconds()+0.999))
			w.Header().Set("Retry-After", itoa(seconds))
		case *errdetails.ErrorInfo:
			if d.GetReason() == "STEP_UP_REQUIRED" {
				// RFC 9470: the client must prove the second factor again and repeat the call.
				code = http.StatusUnauthorized
				w.Header().Set("WWW-Authenticate", `Bearer error="insufficient_user_authentication", acr_values="aal2", max_age="300"`)
			}
		}
	}
	if code == http.StatusUnauthorized && w.Header().Get("WWW-Authenticate") == "" {
		w.Header().Set("WWW-Authenticate", "Bearer")
	}
	writeJSONStatus(w, code, s)
}

func writeJSONStatus(w http.ResponseWriter, code int, s *status.Status) {
	p := s.Proto()
	body, err := protojson.MarshalOptions{EmitDefaultValues: true}.Marshal(p)
	if err != nil { // a detail of a type that this binary does not know: the status without details still says what happened
		p.Details = []*anypb.Any{}
		body, _ = protojson.Marshal(p)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_, _ = w.Write(body)
}

// refuse answers an error that the gateway itself found.
func refuse(w http.ResponseWriter, code codes.Code, reason, message string) {
	s := status.New(code, message)
	if with, err := s.WithDetails(&errdetails.ErrorInfo{Reason: reason, Domain: "gateway.pitboss"}); err == nil {
		s = with
	}
	writeStatus(w, s)
}

func writeJSON(w http.ResponseWriter, code int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(v)
}

func isJSON(r *http.Request) bool {
	media, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";")
	return strings.EqualFold(strings.TrimSpace(media), "application/json")
}
