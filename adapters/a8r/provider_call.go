package a8r

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/pitboss-gaming/pitboss/kit/adapter"
)

// call sends a signed request to the aggregator and reads its answer into out. Errors: INTEGRATION_INVALID when the integration has no address
// of the aggregator, PROVIDER_UNAVAILABLE, PROVIDER_REFUSED with its words, PROVIDER_PROTOCOL.
func (s *Server) call(ctx context.Context, in *integration, method string, limit int64, body, out any) error {
	if in.baseURL == "" {
		return adapter.Invalid(settingBaseURL, "is not set, so the aggregator cannot be called")
	}
	raw, err := json.Marshal(body)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, in.baseURL+"/v2/casino_a8r."+method, bytes.NewReader(raw))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json")
	req.Header.Set(signatureHeader, adapter.SignHMAC(in.token.Current(), raw))
	text, err := adapter.Call(ctx, s.http, in.id, req, limit, words)
	if err != nil {
		return err
	}
	if err = json.Unmarshal(text, out); err != nil {
		return adapter.ProviderProtocol("the answer is not the JSON that was expected")
	}
	return nil
}

// alreadyExists is Twirp's code for what was there before; words begin with it.
const alreadyExists = "already_exists"

// words is what the aggregator says in Twirp's form of an error: its code and its message.
func words(body []byte) string {
	var e struct {
		Code string `json:"code"`
		Msg  string `json:"msg"`
		Meta struct {
			Message string `json:"api_message"`
		} `json:"meta"`
	}
	_ = json.Unmarshal(body, &e) // without words there is still the status
	return strings.Trim(e.Code+": "+cmp.Or(e.Meta.Message, e.Msg), ": ")
}
