package wallet

import (
	"bytes"
	"context"
	"crypto/rsa"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/pitboss-gaming/pitboss/sandbox/fault"
)

const maxAnswer = 64 << 10

// BadSignature is the fault of a message whose signature, hash or key is wrong. It is the studio's own kind of fault.
const BadSignature fault.Kind = "bad_signature"

// Operations are the names under which faults are set, each alone for all protocols or as "<protocol>.<operation>".
var Operations = []string{"info", "balance", "bet", "win", "rollback", "close", "free_finish"}

// Line is the way to one licensee's wallet: through the faults, bounded in time and size.
type Line struct {
	Licensee    *Licensee
	Key         *rsa.PrivateKey // the studio's, for protocols that sign with RSA
	HTTP        *http.Client
	Faults      *fault.Injector
	BetTimeout  time.Duration
	CallTimeout time.Duration
}

// Request is one message on its way. Build is called once for each time it is sent, so that a message sent twice is the
// same message, or, with a wrong signature, the same but for that.
type Request struct {
	Operation string // one of Operations
	Method    string // POST when empty
	URL       string
	Header    http.Header
	Body      []byte
	// Spoil makes the signature, hash or key wrong in a copy.
	Spoil func(r Request) Request
}

// Response is a whole answer of any status.
type Response struct {
	Status int
	Body   []byte
}

// Send sends the message as the faults want it. An answer that is late or too long is none.
func (c Line) Send(ctx context.Context, r Request) (Response, error) {
	timeout := c.CallTimeout
	if r.Operation == "bet" {
		timeout = c.BetTimeout
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	return fault.Send(ctx, c.Faults, c.Licensee.Protocol+"."+r.Operation, timeout, func(ctx context.Context, p fault.Plan) (Response, error) {
		if p.Has(BadSignature) && r.Spoil != nil {
			return c.once(ctx, r.Spoil(r))
		}
		return c.once(ctx, r)
	})
}

func (c Line) once(ctx context.Context, r Request) (Response, error) {
	method := r.Method
	if method == "" {
		method = http.MethodPost
	}
	req, err := http.NewRequestWithContext(ctx, method, r.URL, bytes.NewReader(r.Body))
	if err != nil {
		return Response{}, err
	}
	for k, v := range r.Header {
		req.Header[k] = v
	}
	if req.Header.Get("Content-Type") == "" && method != http.MethodGet {
		req.Header.Set("Content-Type", "application/json")
	}
	res, err := c.HTTP.Do(req)
	if err != nil {
		return Response{}, err
	}
	defer res.Body.Close() //nolint:errcheck // only read from
	b, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer+1))
	if err != nil {
		return Response{}, err
	}
	if len(b) > maxAnswer {
		return Response{}, errors.New("the wallet's answer is too long")
	}
	return Response{res.StatusCode, b}, nil
}

// NotOK is the error of an HTTP status that the protocol does not use for answers.
func (r Response) NotOK() error { return fmt.Errorf("the wallet answered HTTP %d", r.Status) }

// NewClient returns an HTTP client for wallets: many connections to few hosts, no redirects.
func NewClient() *http.Client {
	return &http.Client{
		Transport: &http.Transport{
			MaxIdleConns: 256, MaxIdleConnsPerHost: 256, IdleConnTimeout: 90 * time.Second, ForceAttemptHTTP2: true,
			TLSHandshakeTimeout: 5 * time.Second,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}
