package transfer

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
	"time"

	"github.com/pitboss-gaming/pitboss/kit/adapter"
	"github.com/pitboss-gaming/pitboss/kit/money"
)

// Headers of the protocol (sandbox/studio/README.md).
const (
	headerOperator  = "X-Operator-Id"
	headerTimestamp = "X-Timestamp"
	headerSignature = "X-Signature"
)

// call sends a signed request to the provider and reads its signed answer into out. path has the query. Only an answer that the provider has signed for this request counts, so that
// no proxy between us can say that money did or did not move. Errors: PROVIDER_UNAVAILABLE, PROVIDER_REFUSED with its word, PROVIDER_PROTOCOL.
func (s *Server) call(ctx context.Context, in *integration, method, path string, limit int64, body, out any) error {
	var raw []byte
	if body != nil {
		var err error
		if raw, err = json.Marshal(body); err != nil {
			return err
		}
	}
	req, err := http.NewRequestWithContext(ctx, method, in.baseURL+path, bytes.NewReader(raw))
	if err != nil {
		return err
	}
	stamp := strconv.FormatInt(s.now().Unix(), 10)
	signature := adapter.SignHMAC(in.secret.Current(), signed(stamp, method, path, raw))
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json")
	req.Header.Set(headerOperator, in.operatorID)
	req.Header.Set(headerTimestamp, stamp)
	req.Header.Set(headerSignature, signature)
	res, err := s.http.Do(req)
	if err != nil {
		var u *url.Error
		if errors.As(err, &u) {
			err = u.Err
		}
		return adapter.ProviderUnavailable(in.id, err)
	}
	defer res.Body.Close() //nolint:errcheck // only read from
	text, err := io.ReadAll(io.LimitReader(res.Body, limit+1))
	switch {
	case err != nil:
		return adapter.ProviderUnavailable(in.id, err)
	case res.StatusCode >= 500, res.StatusCode == http.StatusTooManyRequests, res.StatusCode == http.StatusRequestTimeout:
		return adapter.ProviderUnavailable(in.id, fmt.Errorf("HTTP %d", res.StatusCode))
	case int64(len(text)) > limit:
		return adapter.ProviderProtocol("the answer is too long")
	case res.StatusCode >= 400:
		return adapter.ProviderRefused(strconv.Itoa(res.StatusCode), adapter.Words(words(text)))
	case res.StatusCode != http.StatusOK:
		return adapter.ProviderProtocol(fmt.Sprintf("HTTP status %d", res.StatusCode))
	case !in.secret.VerifyHMAC(append([]byte(signature+"."), text...), res.Header.Get(headerSignature)):
		return adapter.ProviderProtocol("the answer is not signed for this request")
	}
	if err = json.Unmarshal(text, out); err != nil {
		return adapter.ProviderProtocol("the answer is not the JSON that was expected")
	}
	return nil
}

// signed is what a request's signature is of.
func signed(stamp, method, path string, body []byte) []byte {
	return append([]byte(stamp+"."+method+"."+path+"."), body...)
}

func words(body []byte) string {
	var e struct {
		Error string `json:"error"`
	}
	_ = json.Unmarshal(body, &e) // without words there is still the code
	return e.Error
}

// amount reads an amount of an answer. Errors: PROVIDER_PROTOCOL.
func amount(text, currency string) (money.Amount, error) {
	a, err := adapter.Decimal(text, currency)
	if err != nil {
		return a, adapter.ProviderProtocol("an amount is none of the currency")
	}
	return a, nil
}

// pageQuery is the query of a list.
func pageQuery(from, until time.Time, cursor string) string {
	q := url.Values{}
	if !from.IsZero() {
		q.Set("from", from.UTC().Format(time.RFC3339Nano))
	}
	if !until.IsZero() {
		q.Set("until", until.UTC().Format(time.RFC3339Nano))
	}
	if cursor != "" {
		q.Set("cursor", cursor)
	}
	if len(q) == 0 {
		return ""
	}
	return "?" + q.Encode()
}
