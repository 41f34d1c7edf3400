package stripe

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pitboss-gaming/pitboss/kit/errs"
)

// TestClient_Retries is the table of when a call is repeated and what it comes to.
func TestClient_Retries(t *testing.T) {
	const ok = `{"id":"re_1","object":"refund"}`
	refusal := func(kind string) string { return `{"error":{"type":"` + kind + `","code":"c"}}` }
	type step struct {
		status int
		header string
		body   string
	}
	for name, c := range map[string]struct {
		steps  []step
		calls  int
		reason string
	}{
		"success":                       {[]step{{200, "", ok}}, 1, ""},
		"500 then success":              {[]step{{500, "", refusal("api_error")}, {200, "", ok}}, 2, ""},
		"409 then success":              {[]step{{409, "", refusal("invalid_request_error")}, {200, "", ok}}, 2, ""},
		"broken connection":             {[]step{{0, "", ""}, {200, "", ok}}, 2, ""},
		"always 500":                    {[]step{{500, "", ""}, {500, "", ""}, {500, "", ""}}, 3, "PROVIDER_UNAVAILABLE"},
		"500 that says no":              {[]step{{500, "false", refusal("api_error")}}, 1, "PROVIDER_UNAVAILABLE"},
		"400 that says again":           {[]step{{400, "true", refusal("invalid_request_error")}, {200, "", ok}}, 2, ""},
		"400":                           {[]step{{400, "", refusal("invalid_request_error")}}, 1, "PROVIDER_REFUSED"},
		"402":                           {[]step{{402, "", refusal("card_error")}}, 1, "PROVIDER_REFUSED"},
		"404":                           {[]step{{404, "", refusal("invalid_request_error")}}, 1, "PROVIDER_REFUSED"},
		"404 of something else":         {[]step{{404, "", "<html>"}}, 1, "PROVIDER_UNAVAILABLE"},
		"401 says nothing of an action": {[]step{{401, "", refusal("invalid_request_error")}}, 1, "PROVIDER_UNAVAILABLE"},
		"429":                           {[]step{{429, "", refusal("rate_limit_error")}}, 1, "PROVIDER_UNAVAILABLE"},
		"key used otherwise":            {[]step{{400, "", refusal("idempotency_error")}}, 1, "PROVIDER_PROTOCOL"},
		"not JSON":                      {[]step{{200, "", "hello"}}, 1, "PROVIDER_PROTOCOL"},
		"redirect is not followed":      {[]step{{302, "", ""}}, 1, "PROVIDER_UNAVAILABLE"},
	} {
		t.Run(name, func(t *testing.T) {
			calls := 0
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Header.Get("Idempotency-Key") != "key-1" || r.Header.Get("Authorization") != "Bearer sk" || r.Header.Get("Stripe-Version") != "v" {
					t.Errorf("headers: %v", r.Header)
				}
				s := c.steps[min(calls, len(c.steps)-1)]
				calls++
				if s.status == 0 {
					panic(http.ErrAbortHandler)
				}
				if s.header != "" {
					w.Header().Set("Stripe-Should-Retry", s.header)
				}
				w.Header().Set("Location", "/elsewhere")
				w.WriteHeader(s.status)
				_, _ = w.Write([]byte(s.body))
			}))
			defer srv.Close()
			cl := newClient(Config{Tries: 3, TryTimeout: 2 * time.Second, CallTimeout: 5 * time.Second})
			cl.pause = func(context.Context, time.Duration) error { return nil }
			defer cl.CloseIdleConnections()
			_, err := cl.post(t.Context(), account{baseURL: srv.URL, apiKey: "sk", version: "v"}, "/v1/refunds", "key-1", url.Values{"a": {"b"}})
			require.Equal(t, c.reason, errs.ReasonOf(err), "%v", err)
			require.Equal(t, c.calls, calls)
		})
	}
}

func TestClient_GivesUpInTime(t *testing.T) {
	release := make(chan struct{})
	srv := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-release }))
	defer srv.Close()
	defer close(release)
	cl := newClient(Config{Tries: 5, TryTimeout: 50 * time.Millisecond, CallTimeout: 200 * time.Millisecond})
	began := time.Now()
	_, err := cl.get(t.Context(), account{baseURL: srv.URL}, "/v1/refunds/re_1", nil)
	require.Equal(t, "PROVIDER_UNAVAILABLE", errs.ReasonOf(err))
	require.Less(t, time.Since(began), 3*time.Second)
	for n := 1; n < 8; n++ {
		require.LessOrEqual(t, pauseBefore(n), lastPause)
		require.GreaterOrEqual(t, pauseBefore(n), min(firstPause*time.Duration(n*n), lastPause)*3/4)
	}
}
