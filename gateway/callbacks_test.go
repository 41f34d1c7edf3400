package gateway_test

import (
	"bytes"
	"context"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	operationsv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/operations/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
)

// capture keeps what the adapter was sent.
type capture struct {
	mu  sync.Mutex
	got []*adapterv1.HandleCallbackRequest
}

func (c *capture) take(_ context.Context, q *adapterv1.HandleCallbackRequest) (*adapterv1.HandleCallbackResponse, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.got = append(c.got, q)
	return &adapterv1.HandleCallbackResponse{Status: 200, Body: []byte("ok")}, nil
}

func (c *capture) last() *adapterv1.HandleCallbackRequest {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.got) == 0 {
		return nil
	}
	return c.got[len(c.got)-1]
}

func (c *capture) reset() { c.mu.Lock(); defer c.mu.Unlock(); c.got = nil }

func header(q *adapterv1.HandleCallbackRequest, name string) []string {
	var out []string
	for _, h := range q.GetHeaders() {
		if h.GetName() == name {
			out = append(out, h.GetValue())
		}
	}
	return out
}

func TestCallbacks_ByteForByte(t *testing.T) {
	t.Parallel()
	m, c := &mesh{}, &capture{}
	m.callback = c.take
	w := newWorld(t, m, options{})
	for _, body := range []string{"", " \r\n\t{ \"a\" :1,\"a\":2}\n\n", "\x00\xff\xfe\x80 not UTF-8 \xc3\x28", "a=1&b=%20+&b=2", strings.Repeat("\r\n", 1000)} {
		a := w.raw("POST /callbacks/int_1/wallet/bet HTTP/1.1\r\nHost: x\r\nContent-Length: " + strconv.Itoa(len(body)) + "\r\n\r\n" + body)
		require.Equal(t, 200, a.StatusCode, a.body)
		require.Equal(t, []byte(body), append([]byte{}, c.last().GetBody()...), "%q", body)
	}
	for target, want := range map[string][2]string{
		"/callbacks/int_1":                           {"", ""},
		"/callbacks/int_1/":                          {"/", ""},
		"/callbacks/int_1//double//slash/":           {"//double//slash/", ""},
		"/callbacks/int_1/a%2Fb%2f%41?x=%2F&&y=+&=;": {"/a%2Fb%2f%41", "x=%2F&&y=+&=;"},
		"/callbacks/int_1/../../v1/me":               {"/../../v1/me", ""},
		"/callbacks/int_1/./x?":                      {"/./x", ""},
		"/callbacks/int_1/x?a=1?b=2":                 {"/x", "a=1?b=2"},
		"/callbacks/int_1/\"quoted\"|<x>":            {"/\"quoted\"|<x>", ""},
		"/callbacks/int_1/caf\u00e9?\u00e9":          {"/caf\u00e9", "\u00e9"},
		"http://elsewhere/callbacks/int_1/a//b?q":    {"/a//b", "q"},
	} {
		for _, method := range []string{"POST", "GET", "PUT", "REPORT"} {
			c.reset()
			a := w.raw(method + " " + target + " HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\n!")
			require.Equal(t, 200, a.StatusCode, "%s %s", target, a.body)
			require.Equal(t, want, [2]string{c.last().GetPath(), c.last().GetRawQuery()}, target)
			require.Equal(t, method, c.last().GetMethod())
			require.Equal(t, "int_1", c.last().GetIntegrationId())
		}
	}
	c.reset()
	for _, target := range []string{"//callbacks/int_1/x", "/callbacks//int_1/x", "/callbacks/", "/callbacks", "/callbacks/%69nt_1/x", "/callbacks/int 1/x", "/callbacks/int_1/\xff", "/x/../callbacks/int_1/x", "/Callbacks/int_1", "/%63allbacks/int_1"} {
		a := w.raw("POST " + target + " HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\n!")
		require.Contains(t, []int{400, 404}, a.StatusCode, target)
	}
	require.Nil(t, c.last(), "what is not such an address reaches nobody")
}

func TestCallbacks_Headers(t *testing.T) {
	t.Parallel()
	m, c := &mesh{}, &capture{}
	m.callback = c.take
	w := newWorld(t, m, options{})
	a := w.raw("POST /callbacks/int_1/x HTTP/1.1\r\nHost: casino.example:99\r\nx-signature: one\r\nContent-Type: application/json\r\nX-Signature: two, three\r\nX-Empty:\r\n" +
		"Connection: keep-alive, Upgrade\r\nUpgrade: h2c\r\nTE: trailers\r\nX-Latin: caf\xe9\r\nX-Forwarded-For: 6.6.6.6\r\nAuthorization: Basic eDp5\r\nContent-Length: 2\r\n\r\n{}")
	require.Equal(t, 200, a.StatusCode, a.body)
	q := c.last()
	require.Equal(t, []string{"one", "two, three"}, header(q, "X-Signature"), "repeated, in order")
	require.Equal(t, []string{"casino.example:99"}, header(q, "Host"))
	require.Equal(t, []string{"Basic eDp5"}, header(q, "Authorization"))
	require.Equal(t, []string{""}, header(q, "X-Empty"))
	require.Equal(t, []string{"2"}, header(q, "Content-Length"))
	require.Equal(t, []string{"caf\uFFFD"}, header(q, "X-Latin"), "the contract's strings are UTF-8")
	for _, hop := range []string{"Connection", "Upgrade", "Te", "Transfer-Encoding"} {
		require.Empty(t, header(q, hop))
	}
	require.Equal(t, "127.0.0.1", q.GetRemoteIp(), "not what the caller says")
}

func TestCallbacks_Answer(t *testing.T) {
	t.Parallel()
	m := &mesh{}
	res := &adapterv1.HandleCallbackResponse{}
	m.callback = func(context.Context, *adapterv1.HandleCallbackRequest) (*adapterv1.HandleCallbackResponse, error) {
		return res, nil
	}
	w := newWorld(t, m, options{})
	h := func(name, value string) *adapterv1.Header { return &adapterv1.Header{Name: name, Value: value} }
	res = &adapterv1.HandleCallbackResponse{Status: 418, Body: []byte("\xff<b>"), Headers: []*adapterv1.Header{h("content-type", "application/x-hub88"), h("X-Sig", "1"), h("x-sig", "2"),
		h("Set-Cookie", "evil=1"), h("Content-Security-Policy", "default-src *"), h("X-Content-Type-Options", "off"), h("Transfer-Encoding", "chunked"), h("Content-Length", "1"), h("Cache-Control", "private")}}
	a := w.do("POST", "/callbacks/int_1/x", "{}")
	require.Equal(t, 418, a.StatusCode)
	require.Equal(t, "\xff<b>", a.body)
	require.Equal(t, "application/x-hub88", a.Header.Get("Content-Type"))
	require.Equal(t, []string{"1", "2"}, a.Header.Values("X-Sig"))
	require.Equal(t, "private", a.Header.Get("Cache-Control"))
	require.Empty(t, a.Header.Values("Set-Cookie"))
	secure(t, a, "an adapter does not weaken the edge")

	res = &adapterv1.HandleCallbackResponse{Status: 200, Body: []byte("<html><script>")}
	a = w.do("POST", "/callbacks/int_1/x", "{}")
	require.Empty(t, a.Header.Get("Content-Type"), "not guessed to be a page")
	for _, code := range []int32{0, 100, 600, -1} {
		res = &adapterv1.HandleCallbackResponse{Status: code}
		require.Equal(t, 502, w.do("POST", "/callbacks/int_1/x", "{}").StatusCode, "%d", code)
	}
	res = &adapterv1.HandleCallbackResponse{Status: 204}
	require.Equal(t, 204, w.do("POST", "/callbacks/int_1/x", "{}").StatusCode)
}

func TestCallbacks_NobodyThere(t *testing.T) {
	t.Parallel()
	m := &mesh{}
	m.callback = func(context.Context, *adapterv1.HandleCallbackRequest) (*adapterv1.HandleCallbackResponse, error) {
		return nil, status.Error(codes.Unavailable, "dial tcp 10.1.2.3:9000")
	}
	m.lookup = func(id string) (*operationsv1.LookupIntegrationResponse, error) {
		switch id {
		case "int_gone":
			return nil, status.Error(codes.Unavailable, "database")
		case "int_nobody":
			return &operationsv1.LookupIntegrationResponse{Service: "nobody"}, nil
		case "int_1":
			return &operationsv1.LookupIntegrationResponse{Service: "hub88"}, nil
		}
		return nil, errs.New(operationsv1.ErrorReason_ERROR_REASON_INTEGRATION_NOT_FOUND, "no such integration")
	}
	w := newWorld(t, m, options{})
	for _, id := range []string{"int_gone", "int_nobody", "int_1"} {
		a := w.do("POST", "/callbacks/"+id+"/x", "{}")
		require.Equal(t, 503, a.StatusCode, id)
		require.Equal(t, "ADAPTER_UNAVAILABLE", a.reason(t))
		require.Equal(t, "1", a.Header.Get("Retry-After"))
		require.NotContains(t, a.body, "10.1.2.3")
	}
	a := w.do("POST", "/callbacks/int_other/x", "{}")
	require.Equal(t, 404, a.StatusCode)
	require.Equal(t, "INTEGRATION_NOT_FOUND", a.reason(t))
}

func TestCallbacks_LargeBody(t *testing.T) {
	t.Parallel()
	m, c := &mesh{}, &capture{}
	m.callback = c.take
	w := newWorld(t, m, options{vars: map[string]string{"PITBOSS_GATEWAY_MAX_BODY": "100000"}})
	big := bytes.Repeat([]byte("0123456789"), 1<<20)
	for _, chunked := range []bool{false, true} {
		q, err := http.NewRequestWithContext(t.Context(), "POST", w.url+"/callbacks/int_1/x", bytes.NewReader(big))
		require.NoError(t, err)
		if chunked {
			q.ContentLength = -1
		}
		res, err := plainClient.Do(q)
		require.NoError(t, err, "the provider reads the adapter's answer")
		require.NoError(t, res.Body.Close())
		require.Equal(t, 200, res.StatusCode)
		require.Equal(t, big[:100000], c.last().GetBody())
	}
	require.Equal(t, 200, w.do("POST", "/callbacks/int_1/x", strings.Repeat("x", 100000)).StatusCode)
	require.Len(t, c.last().GetBody(), 100000)
	endless := w.raw("POST /callbacks/int_1/x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")
	require.Equal(t, 400, endless.StatusCode)
	require.Equal(t, "BODY_BROKEN", endless.reason(t))
}

func TestCallbacks_Bounds(t *testing.T) {
	t.Parallel()
	m := &mesh{}
	var running atomic.Int32
	release := make(chan struct{})
	m.callback = func(ctx context.Context, q *adapterv1.HandleCallbackRequest) (*adapterv1.HandleCallbackResponse, error) {
		if q.GetPath() == "/slow" {
			running.Add(1)
			defer running.Add(-1)
			select {
			case <-release:
			case <-ctx.Done():
				return nil, ctx.Err()
			}
		}
		return &adapterv1.HandleCallbackResponse{Status: 200}, nil
	}
	w := newWorld(t, m, options{vars: map[string]string{"PITBOSS_GATEWAY_CALLBACKS": "5", "PITBOSS_GATEWAY_CALLBACKS_PER_INTEGRATION": "3"}})
	var group sync.WaitGroup
	send := func(id string) { group.Go(func() { w.do("POST", "/callbacks/"+id+"/slow", "{}") }) }
	for range 3 {
		send("int_1")
	}
	eventually(t, "three run", func() bool { return running.Load() == 3 })
	a := w.do("POST", "/callbacks/int_1/fast", "{}")
	require.Equal(t, 503, a.StatusCode)
	require.Equal(t, "TOO_MANY_CALLBACKS", a.reason(t))
	require.Equal(t, "1", a.Header.Get("Retry-After"))
	require.Equal(t, 200, w.do("POST", "/callbacks/int_2/fast", "{}").StatusCode, "a slow adapter does not stop the others")
	send("int_2")
	send("int_2")
	eventually(t, "five run", func() bool { return running.Load() == 5 })
	require.Equal(t, 503, w.do("POST", "/callbacks/int_3/fast", "{}").StatusCode, "as many as there may be in all")
	close(release)
	group.Wait()
	require.Equal(t, 200, w.do("POST", "/callbacks/int_1/fast", "{}").StatusCode, "places are given back")
}

func TestCallbacks_TimeBound(t *testing.T) {
	t.Parallel()
	m := &mesh{}
	m.callback = func(ctx context.Context, _ *adapterv1.HandleCallbackRequest) (*adapterv1.HandleCallbackResponse, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	w := newWorld(t, m, options{vars: map[string]string{"PITBOSS_GATEWAY_REQUEST_TIMEOUT": "300ms"}})
	began := time.Now()
	require.Equal(t, 503, w.do("POST", "/callbacks/int_1/x", "{}").StatusCode)
	require.Less(t, time.Since(began), 4*time.Second)
}

// TestCallbacks_OldRouteIsNotUsed: after a silence nobody passes by what was allowed before it, not even who comes while another asks.
func TestCallbacks_OldRouteIsNotUsed(t *testing.T) {
	t.Parallel()
	m := &mesh{}
	var narrowed atomic.Bool
	asked, answer := make(chan struct{}, 1), make(chan struct{})
	m.lookup = func(string) (*operationsv1.LookupIntegrationResponse, error) {
		if !narrowed.Load() {
			return &operationsv1.LookupIntegrationResponse{Service: "hub88"}, nil
		}
		asked <- struct{}{}
		<-answer
		return &operationsv1.LookupIntegrationResponse{Service: "hub88", AllowedIps: []string{"192.0.2.1/32"}}, nil
	}
	w := newWorld(t, m, options{})
	call := func() int { return w.do("POST", "/callbacks/int_1/x", "{}").StatusCode }
	require.Equal(t, 200, call())
	narrowed.Store(true)
	w.Clock.Advance(time.Hour)
	release := sync.OnceFunc(func() { close(answer) })
	defer release()
	codes := make(chan int, 2)
	go func() { codes <- call() }()
	<-asked
	go func() { codes <- call() }()
	select {
	case code := <-codes:
		require.Failf(t, "did not wait", "answered %d by a route of an hour ago", code)
	case <-time.After(200 * time.Millisecond): // long enough for a call that does not wait
	}
	release()
	require.Equal(t, []int{403, 403}, []int{<-codes, <-codes})
}

// TestCallbacks_RoutesAreKept: operations is asked once in a while, and its failure does not stop callbacks that are known.
func TestCallbacks_RoutesAreKept(t *testing.T) {
	t.Parallel()
	m := &mesh{}
	var asked atomic.Int32
	var fail atomic.Pointer[error]
	m.lookup = func(string) (*operationsv1.LookupIntegrationResponse, error) {
		asked.Add(1)
		if err := fail.Load(); err != nil {
			return nil, *err
		}
		return &operationsv1.LookupIntegrationResponse{Service: "hub88"}, nil
	}
	w := newWorld(t, m, options{})
	call := func() int { return w.do("POST", "/callbacks/int_1/x", "{}").StatusCode }
	for range 100 {
		require.Equal(t, 200, call())
	}
	require.Less(t, asked.Load(), int32(100))
	down := status.Error(codes.Unavailable, "down")
	fail.Store(&down)
	w.Clock.Advance(3 * time.Second)
	before := asked.Load()
	require.Equal(t, 200, call(), "what was known stays good while nobody can be asked")
	require.Greater(t, asked.Load(), before)
	gone := errs.New(operationsv1.ErrorReason_ERROR_REASON_INTEGRATION_NOT_FOUND, "no such integration")
	var err error = gone
	fail.Store(&err)
	w.Clock.Advance(3 * time.Second)
	for range 2 {
		require.Equal(t, 404, call(), "what is gone is gone")
	}
}
