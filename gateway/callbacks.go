package gateway

import (
	"context"
	"io"
	"net/http"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	operationsv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/operations/v1"
	"github.com/pitboss-gaming/pitboss/kit/rpc"
)

const (
	callbackPrefix = "/callbacks/"
	// routeLife is how long an integration's route and allowed addresses are used without asking, so that a change is felt within a second. Whether it
	// is switched on is the adapter's to check.
	routeLife = 250 * time.Millisecond
	// lookupLimit bounds the question, and is how long a route is used again when nobody answered it.
	lookupLimit = 2 * time.Second
	// routeGrace is how long an old route serves the others while one asks. Who comes after a longer silence waits: what was allowed then may not be now.
	routeGrace = time.Second
	// drainMax is how much of a body over the limit is read and dropped, so that its sender gets to read the answer.
	drainMax = 32 << 20
)

var integrationForm = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// callbacks passes providers' requests to the adapter of their integration, byte for byte, so that signatures are checked over what was sent.
// A body over the limit arrives cut: no signature or syntax check passes then, and the adapter answers in the provider's own protocol.
// Providers come from few addresses in bursts, so there is no rate limit but a bound on how many callbacks are open, in all and for each
// integration; over it the provider is told to try again.
type callbacks struct {
	edge       *edge
	operations operationsv1.OperationsServiceClient
	dial       func(service string) (*grpc.ClientConn, error)
	clock      func() time.Time

	mu     sync.Mutex
	open   int
	routes map[string]*route // by integration that there is
}

type route struct {
	service string
	allowed []netip.Prefix // who may send callbacks; empty: everybody
	until   time.Time
	asking  chan struct{} // closed when the question is answered; nil when nobody asks
	failed  bool          // the last question was not answered
	busy    int
	meter   meter
}

// usable tells whether the route may be used although somebody is asking for a newer one. Nobody waits again where nobody answered.
func (r *route) usable(now time.Time) bool {
	grace := routeGrace
	if r.failed {
		grace = lookupLimit
	}
	return now.Before(r.until.Add(grace))
}

func newCallbacks(e *edge, operations operationsv1.OperationsServiceClient, dial func(string) (*grpc.ClientConn, error), clock func() time.Time) *callbacks {
	return &callbacks{edge: e, operations: operations, dial: dial, clock: clock, routes: map[string]*route{}}
}

// hopHeaders belong to one connection and are nobody else's business.
var hopHeaders = map[string]bool{"Connection": true, "Keep-Alive": true, "Proxy-Authenticate": true, "Proxy-Authorization": true, "Proxy-Connection": true, "Te": true, "Trailer": true, "Transfer-Encoding": true, "Upgrade": true}

// target is where a callback goes, with path and query exactly as they stand in the request line.
type target struct {
	integration, path, query string
}

// callbackOf reads the request line and not the parsed URL, which has lost how escapes and slashes were written.
func callbackOf(r *http.Request) (target, bool) {
	line := r.RequestURI
	if !strings.HasPrefix(line, "/") { // absolute form, as sent to a proxy
		_, rest, ok := strings.Cut(line, "://")
		slash := strings.IndexByte(rest, '/')
		if !ok || slash < 0 {
			return target{}, false
		}
		line = rest[slash:]
	}
	path, query, _ := strings.Cut(line, "?")
	rest, ok := strings.CutPrefix(path, callbackPrefix)
	if !ok {
		return target{}, false
	}
	integration, _, _ := strings.Cut(rest, "/")
	return target{integration: integration, path: rest[len(integration):], query: query}, true
}

func (c *callbacks) serve(w http.ResponseWriter, r *http.Request, t target) {
	if !integrationForm.MatchString(t.integration) || !utf8.ValidString(t.path) || !utf8.ValidString(t.query) {
		noIntegration(w)
		return
	}
	if !c.enter() {
		busy(w)
		return
	}
	defer c.leave()
	ctx, cancel := context.WithTimeout(r.Context(), c.edge.cfg.RequestTimeout)
	defer cancel()
	ctx = metadata.AppendToOutgoingContext(ctx, rpc.HeaderRequestID, requestID(ctx), rpc.HeaderClientIP, clientIP(r.Context()))
	to, known := c.known(t.integration)
	if !known {
		// Each unknown name costs a question to operations: guessing is as limited as the API is.
		if !c.edge.admit(w, r) {
			return
		}
		var err error
		if to, err = c.lookup(ctx, t.integration); status.Code(err) == codes.NotFound || status.Code(err) == codes.InvalidArgument {
			noIntegration(w)
			return
		} else if err != nil {
			c.unavailable(w, r, t, err)
			return
		}
	}
	to.meter.arrived(c.clock())
	if !c.admits(to, clientIP(r.Context())) {
		to.meter.wasRefused(c.clock(), "ADDRESS_NOT_ALLOWED")
		refuse(w, codes.PermissionDenied, "ADDRESS_NOT_ALLOWED", "this address may not send callbacks of the integration")
		return
	}
	body, err := c.body(w, r)
	if err != nil {
		bodyBroken(w, err)
		return
	}
	c.pass(ctx, w, r, t, to, body)
}

// pass has the adapter answer, in one of the integration's places.
func (c *callbacks) pass(ctx context.Context, w http.ResponseWriter, r *http.Request, t target, to *route, body []byte) {
	service, ok := c.begin(to)
	if !ok {
		to.meter.failed(c.clock(), "TOO_MANY_CALLBACKS")
		busy(w)
		return
	}
	defer c.finish(to)
	began := time.Now()
	conn, err := c.dial(service)
	var res *adapterv1.HandleCallbackResponse
	if err == nil {
		res, err = adapterv1.NewAdapterServiceClient(conn).HandleCallback(ctx, c.request(r, t, body))
	}
	if err != nil {
		if r.Context().Err() == nil { // or else the sender has left
			to.meter.failed(c.clock(), status.Code(err).String())
		}
		c.unavailable(w, r, t, err)
		return
	}
	to.meter.answered(c.clock(), time.Since(began), respond(w, res), res)
}

// admits tells whether callbacks of the integration may come from an address.
func (c *callbacks) admits(to *route, ip string) bool {
	c.mu.Lock()
	allowed := to.allowed // replaced, never changed
	c.mu.Unlock()
	if len(allowed) == 0 {
		return true
	}
	addr, err := netip.ParseAddr(ip)
	return err == nil && slices.ContainsFunc(allowed, func(p netip.Prefix) bool { return p.Contains(addr.Unmap()) })
}

func (c *callbacks) enter() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.open >= c.edge.cfg.Callbacks {
		return false
	}
	c.open++
	return true
}

func (c *callbacks) leave() { c.mu.Lock(); defer c.mu.Unlock(); c.open-- }

// begin takes one of the integration's places. It is taken after the body has arrived, so that slow senders do not hold them.
func (c *callbacks) begin(to *route) (service string, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if to.busy >= c.edge.cfg.CallbacksPerInt {
		return "", false
	}
	to.busy++
	return to.service, true
}

func (c *callbacks) finish(to *route) { c.mu.Lock(); defer c.mu.Unlock(); to.busy-- }

// body reads what the adapter gets, and drops what is over the limit.
func (c *callbacks) body(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	if !hasBody(r) {
		return nil, nil
	}
	done := c.edge.bodyDeadline(w)
	b, err := io.ReadAll(io.LimitReader(r.Body, c.edge.cfg.MaxBody))
	if err == nil && int64(len(b)) == c.edge.cfg.MaxBody {
		_, err = io.Copy(io.Discard, io.LimitReader(r.Body, drainMax))
	}
	if err == nil {
		done()
	}
	return b, err
}

// request is the provider's request with nothing changed. Host is among the headers, because some signatures cover it.
func (c *callbacks) request(r *http.Request, t target, body []byte) *adapterv1.HandleCallbackRequest {
	q := &adapterv1.HandleCallbackRequest{IntegrationId: t.integration, Method: r.Method, Path: t.path, RawQuery: t.query, Body: body, RemoteIp: clientIP(r.Context())}
	q.Headers = append(q.Headers, &adapterv1.Header{Name: "Host", Value: r.Host})
	names := make([]string, 0, len(r.Header))
	for name := range r.Header {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		if hopHeaders[name] {
			continue
		}
		for _, v := range r.Header[name] {
			q.Headers = append(q.Headers, &adapterv1.Header{Name: name, Value: strings.ToValidUTF8(v, "\uFFFD")})
		}
	}
	return q
}

// respond sends an adapter's answer and tells its status. An adapter cannot weaken the gateway's headers or set cookies of its origin.
func respond(w http.ResponseWriter, res *adapterv1.HandleCallbackResponse) int {
	h := w.Header()
	first := map[string]bool{}
	for _, x := range res.GetHeaders() {
		name := http.CanonicalHeaderKey(x.GetName())
		if _, ours := protected[name]; ours || hopHeaders[name] || name == "Set-Cookie" || name == "Content-Length" || name == "Strict-Transport-Security" || name == "X-Request-Id" {
			continue
		}
		if !first[name] {
			first[name] = true
			h.Del(name)
		}
		h.Add(name, x.GetValue())
	}
	if h.Get("Content-Type") == "" {
		h["Content-Type"] = nil // not guessed
	}
	code := int(res.GetStatus())
	if code < 200 || code > 599 {
		code = http.StatusBadGateway
	}
	w.WriteHeader(code)
	_, _ = w.Write(res.GetBody())
	return code
}

// known answers an integration's route from memory. The caller who finds it old looks it up again while the others go on, or wait when it is
// too old for that; when operations does not answer, the old route stays good: a part that keeps records must not stop the money.
func (c *callbacks) known(integration string) (*route, bool) {
	now := c.clock()
	c.mu.Lock()
	to := c.routes[integration]
	if to == nil || now.Before(to.until) || to.asking != nil && to.usable(now) {
		c.mu.Unlock()
		return to, to != nil
	}
	if asking := to.asking; asking != nil {
		c.mu.Unlock()
		<-asking // for lookupLimit at most
		c.mu.Lock()
		defer c.mu.Unlock()
		to = c.routes[integration]
		return to, to != nil
	}
	to.asking = make(chan struct{})
	c.mu.Unlock()
	err := c.again(integration, to)
	return to, status.Code(err) != codes.NotFound
}

// again looks a route up for its caller and for all who wait for it.
func (c *callbacks) again(integration string, to *route) error {
	ctx, cancel := context.WithTimeout(context.Background(), lookupLimit)
	defer cancel()
	_, err := c.lookup(ctx, integration)
	if err != nil && status.Code(err) != codes.NotFound {
		c.edge.log.Warn("integration could not be looked up again", "integration", integration, "error", err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if to.failed = err != nil; to.failed {
		to.until = c.clock().Add(lookupLimit)
	}
	close(to.asking)
	to.asking = nil
	return err
}

// lookup asks which service speaks an integration's protocol.
func (c *callbacks) lookup(ctx context.Context, integration string) (*route, error) {
	res, err := c.operations.LookupIntegration(ctx, &operationsv1.LookupIntegrationRequest{IntegrationId: integration})
	c.mu.Lock()
	defer c.mu.Unlock()
	if err != nil {
		if status.Code(err) == codes.NotFound {
			delete(c.routes, integration)
		}
		return nil, err
	}
	to := c.routes[integration]
	if to == nil {
		to = &route{}
		c.routes[integration] = to
	}
	to.service, to.allowed, to.until = res.GetService(), networks(res.GetAllowedIps()), c.clock().Add(routeLife)
	return to, nil
}

// networks reads what operations has checked. A prefix that cannot be read admits nobody, rather than leaving the list empty, which admits everybody.
func networks(list []string) []netip.Prefix {
	var out []netip.Prefix
	for _, text := range list {
		p, _ := netip.ParsePrefix(text)
		out = append(out, p)
	}
	return out
}

// unavailable tells the provider to try again: whether anything happened is not known, and every callback is idempotent.
func (c *callbacks) unavailable(w http.ResponseWriter, r *http.Request, t target, err error) {
	c.edge.log.Warn("callback failed", "integration", t.integration, "request_id", requestID(r.Context()), "error", err)
	w.Header().Set("Retry-After", "1")
	refuse(w, codes.Unavailable, "ADAPTER_UNAVAILABLE", "try again")
}

func busy(w http.ResponseWriter) {
	w.Header().Set("Retry-After", "1")
	refuse(w, codes.Unavailable, "TOO_MANY_CALLBACKS", "try again")
}

func noIntegration(w http.ResponseWriter) {
	refuse(w, codes.NotFound, "INTEGRATION_NOT_FOUND", "there is no such integration")
}
