package stripe

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/pitboss-gaming/pitboss/kit/errs"
)

const (
	maxAnswer  = 1 << 20
	firstPause = 500 * time.Millisecond
	lastPause  = 5 * time.Second
)

// client calls Stripe's API with Stripe's rules for repetitions: Stripe-Should-Retry first, then 409, 5xx and network errors, always with
// the key of the first try.
type client struct {
	http  *http.Client
	tries int
	try   time.Duration
	limit time.Duration
	pause func(context.Context, time.Duration) error
}

func newClient(cfg Config) *client {
	transport := &http.Transport{
		Proxy: http.ProxyFromEnvironment, DialContext: (&net.Dialer{Timeout: 3 * time.Second}).DialContext, TLSHandshakeTimeout: 3 * time.Second,
		MaxIdleConnsPerHost: 16, IdleConnTimeout: 90 * time.Second, ForceAttemptHTTP2: true, MaxResponseHeaderBytes: 64 << 10,
	}
	return &client{
		// A redirect would take the key elsewhere.
		http:  &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }},
		tries: max(1, cfg.Tries), try: cfg.TryTimeout, limit: cfg.CallTimeout, pause: sleep,
	}
}

// CloseIdleConnections closes what is kept open.
func (c *client) CloseIdleConnections() { c.http.CloseIdleConnections() }

// reply is one answer of Stripe.
type reply struct {
	status int
	header http.Header
	body   []byte
}

// post sends a form under an idempotency key. Errors: those of call.
func (c *client) post(ctx context.Context, a account, path, key string, form url.Values) (*object, error) {
	return c.call(ctx, a, http.MethodPost, path, key, form)
}

// get reads an object. Errors: those of call.
func (c *client) get(ctx context.Context, a account, path string, query url.Values) (*object, error) {
	return c.call(ctx, a, http.MethodGet, path, "", query)
}

// call makes a call with its repetitions. Errors: PROVIDER_REFUSED only when Stripe decided against this very request and did nothing;
// PROVIDER_PROTOCOL for an answer that is none; PROVIDER_UNAVAILABLE for everything else, after which it may have acted.
func (c *client) call(ctx context.Context, a account, method, path, key string, params url.Values) (*object, error) {
	ctx, cancel := context.WithTimeout(ctx, c.limit)
	defer cancel()
	var last error
	for n := range c.tries {
		if n > 0 {
			if c.pause(ctx, pauseBefore(n)) != nil {
				break
			}
		}
		r, err := c.once(ctx, a, method, path, key, params)
		if err != nil {
			last = err
			if !repeatable(ctx, err) {
				break
			}
			continue
		}
		o, err := r.object(a.integrationID)
		if err == nil || !r.retry() {
			return o, err
		}
		last = err
	}
	if errs.ReasonOf(last) != "" {
		return nil, last
	}
	return nil, errProviderUnavailable(a.integrationID, last)
}

func (c *client) once(ctx context.Context, a account, method, path, key string, params url.Values) (*reply, error) {
	ctx, cancel := context.WithTimeout(ctx, c.try)
	defer cancel()
	target, body := a.baseURL+path, io.Reader(nil)
	if method == http.MethodPost {
		body = strings.NewReader(params.Encode())
	} else if len(params) > 0 {
		target += "?" + params.Encode()
	}
	req, err := http.NewRequestWithContext(ctx, method, target, body)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer "+a.apiKey)
	req.Header.Set("Stripe-Version", a.version)
	req.Header.Set("User-Agent", "pitboss")
	if method == http.MethodPost {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("Idempotency-Key", key)
	}
	res, err := c.http.Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = res.Body.Close() }() // everything that matters was read
	b, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer+1))
	if err != nil {
		return nil, err
	}
	if len(b) > maxAnswer {
		return nil, errProviderProtocol("the answer is too large")
	}
	return &reply{res.StatusCode, res.Header, b}, nil
}

// object reads the answer. What leaves open whether Stripe acted, or is about the account rather than the request (a wrong key, a missing
// right, too many requests), is not a refusal.
func (r *reply) object(integrationID string) (*object, error) {
	if r.status >= 200 && r.status < 300 {
		var o object
		if err := json.Unmarshal(r.body, &o); err != nil || o.ID == "" {
			return nil, errProviderProtocol("the answer is not an object")
		}
		return &o, nil
	}
	var e struct {
		Error failure `json:"error"`
	}
	if json.Unmarshal(r.body, &e) != nil || e.Error.Type == "" {
		return nil, errProviderUnavailable(integrationID, httpError(r.status))
	}
	switch r.status {
	case http.StatusBadRequest, http.StatusPaymentRequired, http.StatusNotFound:
		if e.Error.Type == "idempotency_error" {
			return nil, errProviderProtocol("the key was used for another request")
		}
		return nil, errProviderRefused(e.Error.code(), bounded(e.Error.Message))
	}
	return nil, errProviderUnavailable(integrationID, httpError(r.status))
}

type httpError int

// Error names the status.
func (e httpError) Error() string { return "stripe: answered " + http.StatusText(int(e)) }

// retry says whether Stripe wants the request again.
func (r *reply) retry() bool {
	switch r.header.Get("Stripe-Should-Retry") {
	case "true":
		return true
	case "false":
		return false
	}
	return r.status == http.StatusConflict || r.status >= 500
}

// repeatable says whether a failed try may be repeated: not when the caller has gone, and not when the other end is not who it should be.
func repeatable(ctx context.Context, err error) bool {
	if ctx.Err() != nil || errs.ReasonOf(err) != "" {
		return false
	}
	return !isCertificateError(err)
}

// pauseBefore is the pause before the n-th repetition: growing quadratically, 75 to 100 percent of it.
func pauseBefore(n int) time.Duration {
	d := min(firstPause*time.Duration(n*n), lastPause)
	return d*3/4 + rand.N(d/4)
}

func sleep(ctx context.Context, d time.Duration) error {
	if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) < d {
		return context.DeadlineExceeded
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return errors.Join(ctx.Err())
	}
}

// bounded cuts a message that goes into an error.
func bounded(s string) string {
	const most = 300
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "")
	}
	return s
}
