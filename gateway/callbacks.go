package gateway

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	operationsv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/operations/v1"
	"github.com/pitboss-gaming/pitboss/kit/rpc"
)

// routeLife is how long an integration's route is used without asking. Whether it is switched on is the adapter's to check.
const routeLife = 2 * time.Second

// callbacks passes providers' requests to the adapter of their integration, byte for byte, so that signatures are checked over what was sent.
// A body over the limit arrives cut: no signature or syntax check passes then, and the adapter answers in the provider's own protocol.
type callbacks struct {
	edge       *edge
	operations operationsv1.OperationsServiceClient
	dial       func(service string) (*grpc.ClientConn, error)

	routes sync.Map // integration id -> route
}

type route struct {
	service string
	until   time.Time
}

// hopHeaders belong to one connection and are nobody else's business.
var hopHeaders = map[string]bool{"Connection": true, "Keep-Alive": true, "Proxy-Authenticate": true, "Proxy-Authorization": true, "Te": true, "Trailer": true, "Transfer-Encoding": true, "Upgrade": true}

func (c *callbacks) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	integration := r.PathValue("integration")
	ctx, cancel := context.WithTimeout(r.Context(), c.edge.cfg.RequestTimeout)
	defer cancel()
	ctx = metadata.AppendToOutgoingContext(ctx, rpc.HeaderRequestID, requestID(ctx), rpc.HeaderClientIP, c.edge.clientIP(r))
	service, err := c.route(ctx, integration)
	if status.Code(err) == codes.NotFound || status.Code(err) == codes.InvalidArgument {
		refuse(w, codes.NotFound, "INTEGRATION_NOT_FOUND", "there is no such integration")
		return
	}
	if err != nil {
		c.unavailable(w, integration, err)
		return
	}
	body, err := readCut(r.Body, c.edge.cfg.MaxBody)
	if err != nil {
		refuse(w, codes.InvalidArgument, "BODY_BROKEN", "the body ended early")
		return
	}
	conn, err := c.dial(service)
	if err != nil {
		c.unavailable(w, integration, err)
		return
	}
	res, err := adapterv1.NewAdapterServiceClient(conn).HandleCallback(ctx, c.request(r, integration, body))
	if err != nil {
		c.unavailable(w, integration, err)
		return
	}
	for _, h := range res.GetHeaders() {
		if !hopHeaders[http.CanonicalHeaderKey(h.GetName())] {
			w.Header().Set(h.GetName(), h.GetValue())
		}
	}
	code := int(res.GetStatus())
	if code < 200 || code > 599 {
		code = http.StatusBadGateway
	}
	w.WriteHeader(code)
	_, _ = w.Write(res.GetBody())
}

// request is the provider's request with nothing changed; path and query are as they were sent.
func (c *callbacks) request(r *http.Request, integration string, body []byte) *adapterv1.HandleCallbackRequest {
	path, query, _ := strings.Cut(r.RequestURI, "?")
	path = strings.TrimPrefix(path, "/callbacks/"+integration)
	q := &adapterv1.HandleCallbackRequest{IntegrationId: integration, Method: r.Method, Path: path, RawQuery: query, Body: body, RemoteIp: c.edge.clientIP(r)}
	for name, values := range r.Header {
		if hopHeaders[name] {
			continue
		}
		for _, v := range values {
			q.Headers = append(q.Headers, &adapterv1.Header{Name: name, Value: v})
		}
	}
	return q
}

// route finds the service that speaks an integration's protocol.
func (c *callbacks) route(ctx context.Context, integration string) (string, error) {
	now := c.edge.clock()
	if known, ok := c.routes.Load(integration); ok && now.Before(known.(route).until) {
		return known.(route).service, nil
	}
	res, err := c.operations.LookupIntegration(ctx, &operationsv1.LookupIntegrationRequest{IntegrationId: integration})
	if err != nil {
		c.routes.Delete(integration)
		return "", err
	}
	c.routes.Store(integration, route{service: res.GetService(), until: now.Add(routeLife)})
	return res.GetService(), nil
}

// unavailable tells the provider to try again: whether anything happened is not known, and every callback is idempotent.
func (c *callbacks) unavailable(w http.ResponseWriter, integration string, err error) {
	c.edge.log.Warn("callback failed", "integration", integration, "error", err)
	w.Header().Set("Retry-After", "1")
	refuse(w, codes.Unavailable, "ADAPTER_UNAVAILABLE", "try again")
}
