package adapter

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
)

// Bounds of what a provider may answer.
const (
	MaxPage = 64 << 10
	MaxList = 16 << 20 // an aggregator's whole list has some thousand games of about 1 KB
)

// ProviderClient calls providers: no redirects (a signed request goes where the operator said and nowhere else), and every wait bounded.
func ProviderClient(timeout time.Duration) *http.Client {
	return &http.Client{
		Timeout: timeout,
		Transport: &http.Transport{
			MaxIdleConnsPerHost: 32, IdleConnTimeout: 90 * time.Second, TLSHandshakeTimeout: timeout, ResponseHeaderTimeout: timeout,
			MaxResponseHeaderBytes: 64 << 10, ForceAttemptHTTP2: true,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// Call sends a request to a provider and answers the body of a 200. Errors: PROVIDER_UNAVAILABLE when it did not answer or could not,
// PROVIDER_REFUSED with what it said (words finds that in the body of a 4xx; nil takes none), PROVIDER_PROTOCOL.
func Call(ctx context.Context, client *http.Client, integrationID string, req *http.Request, limit int64, words func([]byte) string) ([]byte, error) {
	res, err := client.Do(req.WithContext(ctx))
	if err != nil {
		return nil, ProviderUnavailable(integrationID, withoutAddress(err))
	}
	defer res.Body.Close() //nolint:errcheck // only read from
	text, err := io.ReadAll(io.LimitReader(res.Body, limit+1))
	switch {
	case err != nil:
		return nil, ProviderUnavailable(integrationID, err)
	case res.StatusCode >= 500, res.StatusCode == http.StatusTooManyRequests, res.StatusCode == http.StatusRequestTimeout:
		return nil, ProviderUnavailable(integrationID, fmt.Errorf("HTTP %d", res.StatusCode))
	case res.StatusCode >= 400:
		said := ""
		if words != nil {
			said = Words(words(text))
		}
		return nil, ProviderRefused(strconv.Itoa(res.StatusCode), said)
	case res.StatusCode != http.StatusOK:
		return nil, ProviderProtocol(fmt.Sprintf("HTTP status %d", res.StatusCode))
	case int64(len(text)) > limit:
		return nil, ProviderProtocol("the answer is too long")
	}
	return text, nil
}

// withoutAddress drops the URL from an error of the HTTP client: some protocols carry a secret there.
func withoutAddress(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}

// Words makes what a provider says fit for a log and an operator's eyes.
func Words(said string) string {
	clean := strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(said, "?"))
	return strings.ToValidUTF8(clean[:min(len(clean), 200)], "") // never half a character, which no message could carry
}

// Page checks an address that a provider gives for a browser: only web addresses are passed on. Errors: PROVIDER_PROTOCOL.
func Page(address string) (string, error) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || len(address) > 4096 {
		return "", ProviderProtocol("the page is not an absolute web address")
	}
	return address, nil
}

// JSON is the response to a callback with a JSON body.
func JSON(status int, body any) (*adapterv1.HandleCallbackResponse, error) {
	text, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	return &adapterv1.HandleCallbackResponse{
		Status:  int32(status), //nolint:gosec // an HTTP status
		Headers: []*adapterv1.Header{{Name: "Content-Type", Value: "application/json"}, {Name: "Cache-Control", Value: "no-store"}},
		Body:    text,
	}, nil
}

// Answer is JSON and what the protocol calls it when it is not success, and whether our side is the cause: many protocols answer HTTP 200 whatever happens, and an
// integration's health is counted by this. Success has no words.
func Answer(status int, body any, words string, failed bool) (*adapterv1.HandleCallbackResponse, error) {
	res, err := JSON(status, body)
	if err != nil {
		return nil, err
	}
	res.Refusal, res.Failed = words, failed
	return res, nil
}

// Header is the value of a header that must be there once; empty when there is none or more than one, so that nobody can choose which one
// counts.
func Header(headers []*adapterv1.Header, name string) string {
	found, times := "", 0
	for _, h := range headers {
		if strings.EqualFold(h.GetName(), name) {
			found = h.GetValue()
			times++
		}
	}
	if times != 1 {
		return ""
	}
	return found
}
