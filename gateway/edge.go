package gateway

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"
	"google.golang.org/grpc/codes"

	"github.com/pitboss-gaming/pitboss/kit/ids"
)

// edge is what every request from outside passes first.
type edge struct {
	cfg    Config
	log    *slog.Logger
	public *url.URL
	clock  func() time.Time
	limits *limiter
}

type requestIDKey struct{}

var requestIDForm = regexp.MustCompile(`^[A-Za-z0-9._-]{8,64}$`)

func requestID(ctx context.Context) string { s, _ := ctx.Value(requestIDKey{}).(string); return s }

func itoa(n int) string { return strconv.Itoa(n) }

// protect is around everything: a request id, security headers, and no panic that ends the process.
func (e *edge) protect(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := r.Header.Get("X-Request-Id")
		if !requestIDForm.MatchString(id) {
			id = ids.New("req")
		}
		h := w.Header()
		h.Set("X-Request-Id", id)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=()")
		h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'")
		h.Set("Cache-Control", "no-store")
		if e.cfg.HSTS {
			h.Set("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
		}
		defer func() {
			if p := recover(); p != nil && p != http.ErrAbortHandler {
				e.log.Error("panic in a request", "path", r.URL.Path, "request_id", id, "panic", p)
				refuse(w, codes.Internal, "INTERNAL", "internal error")
			}
		}()
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), requestIDKey{}, id)))
	})
}

// open bounds time and rate, for what is not an API call of a browser: callbacks and WebSockets have their own rules.
func (e *edge) open(next http.Handler) http.Handler { return next }

// api guards API calls: rate per address, body size, time, and for browsers that the call really comes from our own pages.
func (e *edge) api(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if wait, ok := e.limits.take(e.clientIP(r)); !ok {
			w.Header().Set("Retry-After", itoa(max(1, int(wait.Seconds()+0.999))))
			refuse(w, codes.ResourceExhausted, "RATE_LIMITED", "too many requests from this address")
			return
		}
		if !e.sameOrigin(r) {
			refuse(w, codes.PermissionDenied, "FOREIGN_ORIGIN", "the request comes from another site")
			return
		}
		if hasBody(r) && !isJSON(r) && r.URL.Path != "/v1/oauth/token" {
			writeStatusCode(w, http.StatusUnsupportedMediaType, "UNSUPPORTED_MEDIA_TYPE", "the body must be application/json")
			return
		}
		if r.ContentLength > e.cfg.MaxBody {
			writeStatusCode(w, http.StatusRequestEntityTooLarge, "BODY_TOO_LARGE", "the body is larger than "+strconv.FormatInt(e.cfg.MaxBody, 10)+" bytes")
			return
		}
		ctx, cancel := context.WithTimeout(r.Context(), e.cfg.RequestTimeout)
		defer cancel()
		r = r.WithContext(ctx)
		r.Body = http.MaxBytesReader(w, r.Body, e.cfg.MaxBody)
		next.ServeHTTP(w, r)
	})
}

func hasBody(r *http.Request) bool { return r.ContentLength > 0 || len(r.TransferEncoding) > 0 }

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

// ours tells whether an Origin header names this gateway, as the public URL or as the host the request came to.
func (e *edge) ours(origin, host string) bool {
	u, err := url.Parse(origin)
	return err == nil && u.Host != "" && (u.Host == e.public.Host || u.Host == host)
}

// clientIP is the address of the person's machine: the connection's, or what the trusted proxies in front appended.
func (e *edge) clientIP(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	if e.cfg.TrustedProxies > 0 {
		hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
		if i := len(hops) - e.cfg.TrustedProxies; i >= 0 && i < len(hops) {
			host = strings.TrimSpace(hops[i])
		}
	}
	a, err := netip.ParseAddr(host)
	if err != nil {
		return ""
	}
	return a.Unmap().WithZone("").String()
}

// writeStatusCode answers an error for which HTTP has a code of its own.
func writeStatusCode(w http.ResponseWriter, code int, reason, message string) {
	writeJSON(w, code, map[string]any{"code": int(codes.InvalidArgument), "message": message, "details": []any{
		map[string]any{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason, "domain": "gateway.pitboss", "metadata": map[string]string{}}}})
}

// limiter is one token bucket per address.
type limiter struct {
	rate  rate.Limit
	burst int
	clock func() time.Time

	mu      sync.Mutex
	buckets map[string]*bucket
}

type bucket struct {
	tokens *rate.Limiter
	used   time.Time
}

// maxBuckets bounds memory: when so many addresses are known, the whole table starts over.
const maxBuckets = 200_000

func newLimiter(perSecond float64, burst int, clock func() time.Time) *limiter {
	return &limiter{rate: rate.Limit(perSecond), burst: burst, clock: clock, buckets: map[string]*bucket{}}
}

// take uses one token, or tells how long to wait for one. An IPv6 address stands for its /64, which one customer has.
func (l *limiter) take(ip string) (time.Duration, bool) {
	if a, err := netip.ParseAddr(ip); err == nil && a.Is6() {
		if p, err := a.Prefix(64); err == nil {
			ip = p.String()
		}
	}
	now := l.clock()
	l.mu.Lock()
	b := l.buckets[ip]
	if b == nil {
		if len(l.buckets) >= maxBuckets {
			clear(l.buckets)
		}
		b = &bucket{tokens: rate.NewLimiter(l.rate, l.burst)}
		l.buckets[ip] = b
	}
	b.used = now
	l.mu.Unlock()
	r := b.tokens.ReserveN(now, 1)
	if wait := r.DelayFrom(now); !r.OK() || wait > 0 {
		r.CancelAt(now)
		return wait, false
	}
	return 0, true
}

// prune forgets addresses that were quiet long enough to have a full bucket.
func (l *limiter) prune(ctx context.Context) error {
	tick := time.NewTicker(time.Minute)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		now := l.clock()
		l.mu.Lock()
		for ip, b := range l.buckets {
			if now.Sub(b.used) > 10*time.Minute {
				delete(l.buckets, ip)
			}
		}
		l.mu.Unlock()
	}
}

// readCut reads a body up to the limit and drops the rest.
func readCut(body io.Reader, limit int64) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(body, limit))
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return b, err
	}
	return b, err
}
