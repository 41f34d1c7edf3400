package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// restClient speaks the platform's public REST as one caller. A call that gets no answer, or one that says "not now", is sent again with
// the same idempotency key until it succeeds or patience ends: that is what the platform promises to survive.
type restClient struct {
	base     string
	token    string
	patience time.Duration
	http     *http.Client
	retried  int
}

// restError is a refusal in google.rpc.Status form.
type restError struct {
	Status  int
	Reason  string
	Message string
	Details map[string]string
}

func (e *restError) Error() string {
	return fmt.Sprintf("HTTP %d %s: %s", e.Status, e.Reason, e.Message)
}

// refusedWith tells whether err is a refusal with this reason.
func refusedWith(err error, reason string) bool {
	e, ok := errors.AsType[*restError](err)
	return ok && e.Reason == reason
}

func newRestClient(base string, patience time.Duration) *restClient {
	return &restClient{base: strings.TrimRight(base, "/"), patience: patience, http: &http.Client{
		Timeout:       20 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// call sends body as JSON and fills into from the answer. Both may be nil.
func (c *restClient) call(ctx context.Context, method, path string, body, into any) error {
	var raw []byte
	if body != nil {
		var err error
		if raw, err = json.Marshal(body); err != nil {
			return err
		}
	}
	key := rand.Text()
	if fields, ok := body.(map[string]any); ok && fields["requestId"] != nil {
		key = fmt.Sprint(fields["requestId"]) // the body names the key already
	}
	return c.retry(ctx, func() error { return c.once(ctx, method, path, key, raw, into) })
}

// retry repeats what may not have happened.
func (c *restClient) retry(ctx context.Context, send func() error) error {
	deadline, pause := time.Now().Add(c.patience), 100*time.Millisecond
	for {
		err := send()
		if err == nil || !worthRetrying(err) || time.Now().After(deadline) {
			return err
		}
		c.retried++
		select {
		case <-ctx.Done():
			return errors.Join(ctx.Err(), err)
		case <-time.After(pause):
		}
		pause = min(2*pause, 2*time.Second)
	}
}

func worthRetrying(err error) bool {
	e, ok := errors.AsType[*restError](err)
	if !ok {
		return !errors.Is(err, context.Canceled)
	}
	switch e.Status {
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	}
	return false
}

func (c *restClient) once(ctx context.Context, method, path, key string, raw []byte, into any) error {
	req, err := http.NewRequestWithContext(ctx, method, c.base+path, bytes.NewReader(raw))
	if err != nil {
		return err
	}
	if raw != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if method != http.MethodGet {
		req.Header.Set("Idempotency-Key", key)
	}
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	req.Header.Set("User-Agent", "pitboss-journey")
	res, err := c.http.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(res.Body, 8<<20))
	if err != nil {
		return err
	}
	if res.StatusCode >= 300 {
		return toRestError(res.StatusCode, answer)
	}
	if into == nil {
		return nil
	}
	if err := json.Unmarshal(answer, into); err != nil {
		return fmt.Errorf("%s %s answered something that is not JSON: %w", method, path, err)
	}
	return nil
}

func toRestError(status int, body []byte) error {
	var s struct {
		Message string `json:"message"`
		Details []struct {
			Type     string            `json:"@type"`
			Reason   string            `json:"reason"`
			Metadata map[string]string `json:"metadata"`
		} `json:"details"`
	}
	e := &restError{Status: status, Message: strings.TrimSpace(string(body[:min(len(body), 200)]))}
	if json.Unmarshal(body, &s) != nil {
		return e
	}
	e.Message = s.Message
	for _, d := range s.Details {
		if strings.HasSuffix(d.Type, "ErrorInfo") {
			e.Reason, e.Details = d.Reason, d.Metadata
		}
	}
	return e
}

// postForm sends a browser's form and answers where it redirects to, or "" with the page when it does not.
func (c *restClient) postForm(ctx context.Context, address string, form url.Values) (string, error) {
	var location string
	err := c.retry(ctx, func() error {
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, strings.NewReader(form.Encode()))
		if err != nil {
			return err
		}
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		res, err := c.http.Do(req)
		if err != nil {
			return err
		}
		defer res.Body.Close()
		page, err := io.ReadAll(io.LimitReader(res.Body, 1<<20))
		if err != nil {
			return err
		}
		if res.StatusCode >= 400 {
			return &restError{Status: res.StatusCode, Message: strings.TrimSpace(string(page[:min(len(page), 300)]))}
		}
		location = res.Header.Get("Location")
		return nil
	})
	return location, err
}
