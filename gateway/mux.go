package gateway

import (
	"context"
	"net/http"
	"regexp"
	"strings"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/pitboss-gaming/pitboss/kit/rpc"
)

// newMux is the REST mux: strict JSON and strict parameters in, every field out, errors as google.rpc.Status, and nothing but the listed
// metadata inward.
func newMux(e *edge) *runtime.ServeMux {
	nothing := func(string) (string, bool) { return "", false }
	return runtime.NewServeMux(
		runtime.WithMarshalerOption(runtime.MIMEWildcard, plainTexts{&runtime.JSONPb{
			MarshalOptions:   protojson.MarshalOptions{EmitDefaultValues: true},
			UnmarshalOptions: protojson.UnmarshalOptions{DiscardUnknown: false},
		}}),
		runtime.WithErrorHandler(func(ctx context.Context, _ *runtime.ServeMux, _ runtime.Marshaler, w http.ResponseWriter, r *http.Request, err error) {
			e.forgetRefused(w, r, err)
			e.failed(ctx, w, err)
		}),
		runtime.WithRoutingErrorHandler(routingError),
		runtime.WithMiddlewares(probed, strict(routeParameters())),
		runtime.WithIncomingHeaderMatcher(nothing),
		runtime.WithOutgoingHeaderMatcher(nothing),
		runtime.WithOutgoingTrailerMatcher(nothing),
		runtime.WithMetadata(e.inward),
		runtime.WithForwardResponseOption(e.setCookies),
		runtime.WithDisablePathLengthFallback(),
		runtime.WithDisableHTTPMethodOverride(),
	)
}

var traceForm = regexp.MustCompile(`^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$`)

// inward is what of a request besides its body and path a service gets to see. The Authorization header is not here, for the runtime
// passes it on by itself, and services refuse two of them. Header values that gRPC cannot carry would fail the call, so they are left out.
func (e *edge) inward(_ context.Context, r *http.Request) metadata.MD {
	md := metadata.MD{}
	set := func(key, value string) {
		if value != "" {
			md.Set(key, value)
		}
	}
	if t := r.Header.Get("Traceparent"); traceForm.MatchString(t) {
		set("traceparent", t)
	}
	key, _ := idempotencyKey(r.Header) // the edge has refused what is malformed
	set(rpc.HeaderIdempotencyKey, key)
	set(rpc.HeaderRequestID, requestID(r.Context()))
	set(rpc.HeaderClientIP, clientIP(r.Context()))
	set(rpc.HeaderUserAgent, printable(r.UserAgent()))
	set(rpc.HeaderDevice, e.deviceID(r))
	return md
}

// printable replaces what is not printable ASCII.
func printable(s string) string {
	return strings.Map(func(c rune) rune {
		if c < ' ' || c > '~' {
			return '?'
		}
		return c
	}, s)
}

// strict refuses query parameters that the route does not have, which the runtime would pass over in silence, and takes away the headers
// with which a caller could speak to the runtime or, through what the runtime adds, to services.
func strict(routes map[string]parameters) runtime.Middleware {
	return func(next runtime.HandlerFunc) runtime.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request, path map[string]string) {
			pattern, _ := runtime.HTTPPattern(r.Context())
			if err := routes[r.Method+" "+pattern.String()].check(r.URL.RawQuery, path); err != nil {
				refuse(w, codes.InvalidArgument, "MALFORMED", err.Error())
				return
			}
			for _, name := range []string{"X-Forwarded-For", "X-Forwarded-Host", "Grpc-Timeout"} {
				r.Header.Del(name)
			}
			next(w, r, path)
		}
	}
}

type probeKey struct{}

// probed lets routingError ask whether a method has a route without calling it.
func probed(next runtime.HandlerFunc) runtime.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request, path map[string]string) {
		if hit, ok := r.Context().Value(probeKey{}).(*bool); ok {
			*hit = true
			return
		}
		next(w, r, path)
	}
}

// routingError answers addresses that have no route, or none for the method, then with those that there are.
func routingError(ctx context.Context, mux *runtime.ServeMux, _ runtime.Marshaler, w http.ResponseWriter, r *http.Request, code int) {
	if _, probing := ctx.Value(probeKey{}).(*bool); probing {
		return
	}
	switch code {
	case http.StatusMethodNotAllowed:
		var allow []string
		for _, method := range []string{http.MethodDelete, http.MethodGet, http.MethodPatch, http.MethodPost, http.MethodPut} {
			var hit bool
			probe := r.Clone(context.WithValue(ctx, probeKey{}, &hit))
			probe.Method = method
			if mux.ServeHTTP(w, probe); hit {
				allow = append(allow, method)
			}
		}
		notAllowed(w, strings.Join(allow, ", "))
	case http.StatusBadRequest:
		refuse(w, codes.InvalidArgument, "MALFORMED", "the address is malformed")
	default:
		notFound(w)
	}
}
