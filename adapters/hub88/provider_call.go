package hub88

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"

	"github.com/pitboss-gaming/pitboss/kit/adapter"
)

// call sends a signed request to the provider and reads its answer into out. Errors: INTEGRATION_INVALID when the integration has no address of the
// provider, PROVIDER_UNAVAILABLE, PROVIDER_REFUSED with its words, PROVIDER_PROTOCOL.
func (s *Server) call(ctx context.Context, in *integration, method string, limit int64, body, out any) error {
	if in.baseURL == "" {
		return adapter.Invalid(settingBaseURL, "is not set, so the provider cannot be called")
	}
	raw, err := json.Marshal(body)
	if err != nil {
		return err
	}
	signature, err := sign(in.privateKey, raw)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, in.baseURL+method, bytes.NewReader(raw))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json")
	req.Header.Set(in.dialect.header, signature)
	text, err := adapter.Call(ctx, s.http, in.id, req, limit, words)
	if err != nil {
		return err
	}
	if err = json.Unmarshal(text, out); err != nil {
		return adapter.ProviderProtocol("the answer is not the JSON that was expected")
	}
	return nil
}

// words is what a provider says in {"error":...}.
func words(body []byte) string {
	var e struct {
		Error string `json:"error"`
	}
	_ = json.Unmarshal(body, &e) // without words there is still the code
	return e.Error
}

// page is the answer {"url":...}.
type page struct {
	URL string `json:"url"`
}
