package hub88

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

const (
	maxPage = 64 << 10
	maxList = 16 << 20 // an aggregator's whole list has some thousand games of about 1 KB
	apiPath = "/operator/generic/v2/game/"
)

// call sends a signed request to the provider and reads its answer into out. Errors: PROVIDER_UNAVAILABLE when it did not answer or
// could not, PROVIDER_REFUSED with its words, PROVIDER_PROTOCOL.
func (s *Server) call(ctx context.Context, in *integration, method string, limit int64, body, out any) error {
	raw, err := json.Marshal(body)
	if err != nil {
		return err
	}
	signature, err := sign(in.privateKey, raw)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, in.baseURL+apiPath+method, bytes.NewReader(raw))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json")
	req.Header.Set(signatureHeader, signature)
	res, err := s.http.Do(req)
	if err != nil {
		return errProviderUnavailable(in.id, err)
	}
	defer res.Body.Close() //nolint:errcheck // only read from
	text, err := io.ReadAll(io.LimitReader(res.Body, limit+1))
	switch {
	case err != nil:
		return errProviderUnavailable(in.id, err)
	case res.StatusCode >= 500, res.StatusCode == http.StatusTooManyRequests, res.StatusCode == http.StatusRequestTimeout:
		return errProviderUnavailable(in.id, fmt.Errorf("HTTP %d", res.StatusCode))
	case res.StatusCode >= 400:
		return errProviderRefused(strconv.Itoa(res.StatusCode), words(text))
	case res.StatusCode != http.StatusOK:
		return errProviderProtocol(fmt.Sprintf("HTTP status %d", res.StatusCode))
	case int64(len(text)) > limit:
		return errProviderProtocol("the answer is too long")
	}
	if err = json.Unmarshal(text, out); err != nil {
		return errProviderProtocol("the answer is not the JSON that was expected")
	}
	return nil
}

// words is what a provider says in {"error":...}, fit for a log and an operator's eyes.
func words(body []byte) string {
	var e struct {
		Error string `json:"error"`
	}
	_ = json.Unmarshal(body, &e) // without words there is still the code
	clean := strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(e.Error, "?"))
	return clean[:min(len(clean), 200)]
}

var errPage = errors.New("not an absolute http(s) address")

// page is the answer {"url":...}; only web addresses are passed on to browsers.
type page struct {
	URL string `json:"url"`
}

func (p page) check() error {
	u, err := url.Parse(p.URL)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || len(p.URL) > 4096 {
		return errPage
	}
	return nil
}
