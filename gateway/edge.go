package gateway

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"regexp"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"time"

	"google.golang.org/grpc/codes"

	"github.com/pitboss-gaming/pitboss/kit/ids"
)

// edge is what every request from outside passes first.
type edge struct {
	cfg    Config
	log    *slog.Logger
	public *url.URL
	limits *limiter

	refreshes *refreshes
}

// visit is what protect found out about a request.
type visit struct{ id, ip string }

type visitKey struct{}

func visitOf(ctx context.Context) visit { v, _ := ctx.Value(visitKey{}).(visit); return v }

// requestID is the request's name in every log and in its answer.
func requestID(ctx context.Context) string { return visitOf(ctx).id }

// clientIP is the address of the person's machine.
func clientIP(ctx context.Context) string { return visitOf(ctx).ip }

var requestIDForm = regexp.MustCompile(`^[A-Za-z0-9._-]{8,64}$`)

// protected are the headers that protect sets; nothing behind the gateway may weaken them.
var protected = map[string]string{
	"X-Content-Type-Options":       "nosniff",
	"Referrer-Policy":              "no-referrer",
	"X-Frame-Options":              "DENY",
	"Cross-Origin-Opener-Policy":   "same-origin",
	"Cross-Origin-Resource-Policy": "same-origin",
	"Permissions-Policy":           "camera=(), geolocation=(), microphone=(), payment=()",
	"Content-Security-Policy":      "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
}

// protect is around everything: a request id, security headers, and no panic that ends the process or shows a stack.
func (e *edge) protect(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := r.Header.Get("X-Request-Id")
		if !requestIDForm.MatchString(id) {
			id = ids.New("req")
		}
		h := w.Header()
		h.Set("X-Request-Id", id)
		for name, value := range protected {
			h.Set(name, value)
		}
		h.Set("Cache-Control", "no-store")
		if e.public.Scheme == "https" {
			h.Set("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
		}
		a := &answer{ResponseWriter: w}
		defer func() {
			switch p := recover(); {
			case p == nil:
			case p == http.ErrAbortHandler:
				panic(p)
			default:
				e.log.Error("panic in a request", "path", r.URL.Path, "request_id", id, "panic", p, "stack", string(debug.Stack()))
				if a.started { // half an answer must not look like a whole one
					panic(http.ErrAbortHandler)
				}
				refuse(w, codes.Internal, "INTERNAL", "internal error")
			}
		}()
		next.ServeHTTP(a, r.WithContext(context.WithValue(r.Context(), visitKey{}, visit{id: id, ip: e.origin(r)})))
	})
}

// answer remembers whether an answer has begun.
type answer struct {
	http.ResponseWriter
	started bool
}

func (a *answer) WriteHeader(code int) { a.started = true; a.ResponseWriter.WriteHeader(code) }

func (a *answer) Write(b []byte) (int, error) { a.started = true; return a.ResponseWriter.Write(b) }

// Unwrap lets http.ResponseController and WebSockets reach the connection.
func (a *answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }

// api guards API calls: rate per address, kind and size of the body, time, and for browsers that the call really comes from our own pages.
func (e *edge) api(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !e.admit(w, r) {
			return
		}
		if !e.sameOrigin(r) {
			refuse(w, codes.PermissionDenied, "FOREIGN_ORIGIN", "the request comes from another site")
			return
		}
		isForm := r.URL.Path == tokenPath
		if hasBody(r) && (!isForm && !isJSON(r) || !plain(r)) {
			refuseAs(w, http.StatusUnsupportedMediaType, codes.InvalidArgument, "UNSUPPORTED_MEDIA_TYPE", "the body must be application/json without a content encoding")
			return
		}
		if _, ok := idempotencyKey(r.Header); !ok {
			// A key that services would not see must not turn a repeated call into a second one.
			refuse(w, codes.InvalidArgument, "IDEMPOTENCY_KEY_MALFORMED", "Idempotency-Key must be one value of 1 to 128 printable characters without spaces")
			return
		}
		ctx, cancel := context.WithTimeout(r.Context(), e.cfg.RequestTimeout)
		defer cancel()
		body, ok := e.readBody(w, r)
		if !ok {
			return
		}
		if !isForm && len(body) > 0 && !json.Valid(body) {
			// The runtime would read the first value and pass over what follows it.
			refuse(w, codes.InvalidArgument, "MALFORMED", "the body is not one JSON value")
			return
		}
		r = r.WithContext(ctx)
		r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
		next.ServeHTTP(w, r)
	})
}

// idempotencyKey is the key of a call, empty when it has none. Partners may call the header X-Idempotency-Key; of both, one has to be right.
func idempotencyKey(h http.Header) (string, bool) {
	keys := append(slices.Clone(h.Values("Idempotency-Key")), h.Values("X-Idempotency-Key")...)
	switch {
	case len(keys) == 0:
		return "", true
	case len(slices.Compact(keys)) > 1 || len(h.Values("Idempotency-Key")) > 1 || len(h.Values("X-Idempotency-Key")) > 1:
		return "", false
	}
	return keys[0], keyForm.MatchString(keys[0])
}

var keyForm = regexp.MustCompile(`^[\x21-\x7e]{1,128}$`)

// admit takes one token of the address, or answers 429.
func (e *edge) admit(w http.ResponseWriter, r *http.Request) bool {
	wait, ok := e.limits.take(clientIP(r.Context()))
	if !ok {
		w.Header().Set("Retry-After", seconds(wait))
		refuse(w, codes.ResourceExhausted, "RATE_LIMITED", "too many requests from this address")
	}
	return ok
}

// seconds is a wait in whole seconds, rounded up, at least one.
func seconds(d time.Duration) string { return strconv.Itoa(max(1, int(d.Seconds()+0.999))) }

// readBody reads a whole API body or answers why not. It is read here and not by the route, so that size and time have their own codes.
func (e *edge) readBody(w http.ResponseWriter, r *http.Request) ([]byte, bool) {
	if !hasBody(r) {
		return nil, true
	}
	if r.ContentLength > e.cfg.MaxBody {
		e.tooLarge(w)
		return nil, false
	}
	done := e.bodyDeadline(w)
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, e.cfg.MaxBody))
	if err == nil {
		done()
		return body, true
	}
	if _, large := errors.AsType[*http.MaxBytesError](err); large {
		e.tooLarge(w)
	} else {
		bodyBroken(w, err)
	}
	return nil, false
}

func (e *edge) tooLarge(w http.ResponseWriter) {
	refuseAs(w, http.StatusRequestEntityTooLarge, codes.InvalidArgument, "BODY_TOO_LARGE", "the body is larger than "+strconv.FormatInt(e.cfg.MaxBody, 10)+" bytes")
}

// bodyDeadline bounds how long a body may take to arrive, which a context cannot. What it answers lifts the bound again, for a connection
// whose reading times out counts as gone. A response writer without deadlines is a test's, and has its body in memory.
func (e *edge) bodyDeadline(w http.ResponseWriter) (done func()) {
	c := http.NewResponseController(w)
	_ = c.SetReadDeadline(time.Now().Add(e.cfg.RequestTimeout))
	return func() { _ = c.SetReadDeadline(time.Time{}) }
}

// bodyBroken answers a body that did not arrive; the connection is of no more use.
func bodyBroken(w http.ResponseWriter, err error) {
	w.Header().Set("Connection", "close")
	if errors.Is(err, os.ErrDeadlineExceeded) {
		refuseAs(w, http.StatusRequestTimeout, codes.DeadlineExceeded, "BODY_TIMEOUT", "the body took too long to arrive")
		return
	}
	refuse(w, codes.InvalidArgument, "BODY_BROKEN", "the body ended early")
}

func hasBody(r *http.Request) bool { return r.ContentLength > 0 || len(r.TransferEncoding) > 0 }

func isJSON(r *http.Request) bool {
	media, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";")
	return strings.EqualFold(strings.TrimSpace(media), "application/json")
}

// plain tells that the body is not compressed: a small body must not become a large one behind the limit.
func plain(r *http.Request) bool {
	enc := r.Header.Get("Content-Encoding")
	return enc == "" || strings.EqualFold(enc, "identity")
}

// sameOrigin refuses what a browser sends from a foreign page. Callers that are not browsers send neither header.
func (e *edge) sameOrigin(r *http.Request) bool {
	if r.Method == http.MethodGet || r.Method == http.MethodHead || r.Method == http.MethodOptions {
		return true
	}
	if site := r.Header.Get("Sec-Fetch-Site"); site == "cross-site" || site == "same-site" {
		return false
	}
	origin := r.Header.Get("Origin")
	return origin == "" || e.ours(origin, r.Host)
}

// ours tells whether an Origin header names this gateway, by the public URL's host or the host that the request came to. The scheme is
// the public one: a page that came without TLS may be anybody's.
func (e *edge) ours(origin, host string) bool {
	u, err := url.Parse(origin)
	return err == nil && u.Host != "" && u.Scheme == e.public.Scheme && (strings.EqualFold(u.Host, e.public.Host) || strings.EqualFold(u.Host, host))
}

// origin is the address of the person's machine: the connection's, or what the trusted proxies in front appended. With too few hops the
// request did not come through them.
func (e *edge) origin(r *http.Request) string {
	if e.cfg.TrustedProxies > 0 {
		hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
		if i := len(hops) - e.cfg.TrustedProxies; i >= 0 {
			if a, ok := address(strings.TrimSpace(hops[i])); ok {
				return a
			}
		}
	}
	a, _ := address(r.RemoteAddr)
	return a
}

// address normalises an IP address with or without a port.
func address(s string) (string, bool) {
	host, _, err := net.SplitHostPort(s)
	if err != nil {
		host = strings.Trim(s, "[]")
	}
	a, err := netip.ParseAddr(host)
	if err != nil {
		return "", false
	}
	return a.Unmap().WithZone("").String(), true
}
