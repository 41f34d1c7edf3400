package pragmatic

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"

	"github.com/pitboss-gaming/pitboss/kit/adapter"
)

// Where the provider's services are below its address (providers.md 4.6).
const (
	gamesPath      = "/IntegrationService/v3/http/CasinoGameAPI/"
	freeRoundsPath = "/IntegrationService/v3/http/FreeRoundsBonusAPI/v2/"
	feedPath       = "/IntegrationService/v3/DataFeeds/gamerounds/finished/"
)

// said is what every answer of the provider starts with. The code is a text in some services and a number in others.
type said struct {
	Error       code   `json:"error"`
	Description string `json:"description"`
}

type code string

// UnmarshalJSON takes the code in both spellings.
func (c *code) UnmarshalJSON(b []byte) error {
	*c = code(strings.Trim(string(b), `"`))
	return nil
}

// Codes of the provider's answers; all others refuse for good.
const (
	saidOK       = "0"
	saidInternal = "1"
)

// request is a call of the provider.
type request struct {
	path  string
	query url.Values // hashed, in the address
	form  url.Values // hashed, in the body; nil: body is the body
	body  []byte
	limit int64
}

// call sends a hashed request and reads the answer into out. Errors: INTEGRATION_INVALID when the integration has no address of the provider,
// PROVIDER_UNAVAILABLE, PROVIDER_REFUSED with its words, PROVIDER_PROTOCOL.
func (s *Server) call(ctx context.Context, in *integration, q request, out any) error {
	if in.baseURL == "" {
		return adapter.Invalid(settingBaseURL, "is needed to call the provider")
	}
	address, kind := in.baseURL+q.path, "application/json"
	if q.query != nil {
		q.query.Set("secureLogin", in.secureLogin)
		address += "?" + signed(in.key.Current(), q.query).Encode()
	}
	if q.form != nil {
		q.form.Set("secureLogin", in.secureLogin)
		q.body, kind = []byte(signed(in.key.Current(), q.form).Encode()), "application/x-www-form-urlencoded"
	}
	req, err := http.NewRequest(http.MethodPost, address, bytes.NewReader(q.body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", kind)
	req.Header.Set("Accept", "application/json")
	text, err := adapter.Call(ctx, s.http, in.id, req, q.limit, words)
	if err != nil {
		return err
	}
	var first said
	if err = json.Unmarshal(text, &first); err != nil || first.Error == "" {
		return adapter.ProviderProtocol("the answer is not the JSON that was expected")
	}
	switch first.Error {
	case saidOK:
	case saidInternal:
		return adapter.ProviderUnavailable(in.id, errInternal)
	default:
		return adapter.ProviderRefused(adapter.Words(string(first.Error)), adapter.Words(first.Description))
	}
	if out == nil {
		return nil
	}
	if err = json.Unmarshal(text, out); err != nil {
		return adapter.ProviderProtocol("the answer is not the JSON that was expected")
	}
	return nil
}

// words is what the provider says in the body of an HTTP error.
func words(body []byte) string {
	var s said
	_ = json.Unmarshal(body, &s) // without words there is still the code
	return s.Description
}
