package gateway_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	commonv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/gen/openapi"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
)

const login = "/v1/auth/login"

func TestMux_StrictJSON(t *testing.T) {
	t.Parallel()
	m := &mesh{}
	w := newWorld(t, m, options{vars: map[string]string{"PITBOSS_GATEWAY_MAX_BODY": "1000"}})
	for _, c := range []struct {
		name, body string
		code       int
		reason     string
	}{
		{"unknown field", `{"email":"a@b.example","password":"x","admin":true}`, 400, "MALFORMED"},
		{"wrong type", `{"email":7,"password":"x"}`, 400, "MALFORMED"},
		{"not an object", `["email"]`, 400, "MALFORMED"},
		{"duplicate key", `{"email":"a@b.example","password":"x","password":"y"}`, 400, "MALFORMED"},
		{"control character", `{"email":"a@b.example","password":"x\u001b[31m"}`, 400, "MALFORMED"},
		{"turned text", `{"email":"a@b.example","password":"x\u202ey"}`, 400, "MALFORMED"},
		{"two values", `{"email":"a@b.example","password":"x"}{"email":"c@d.example"}`, 400, "MALFORMED"},
		{"rubbish after it", `{"email":"a@b.example","password":"x"} DROP`, 400, "MALFORMED"},
		{"cut", `{"email":"a@b.exam`, 400, "MALFORMED"},
		{"invalid UTF-8", "{\"email\":\"a\xff@b.example\",\"password\":\"x\"}", 400, "MALFORMED"},
		{"a field that breaks its rule", `{"email":"a@b.example","password":""}`, 400, "VALIDATION"},
		{"too large", `{"email":"a@b.example","password":"` + strings.Repeat("x", 1000) + `"}`, 413, "BODY_TOO_LARGE"},
	} {
		a := w.do("POST", login, c.body)
		require.Equal(t, c.code, a.StatusCode, c.name+a.body)
		require.Equal(t, c.reason, a.reason(t), c.name)
		require.NotContains(t, a.body, "proto:", c.name+": the library that read it is not the caller's business")
	}
	require.Equal(t, 200, w.do("POST", login, `{"email":"a@b.example","password":"x"}`).StatusCode)

	chunked := w.raw("POST " + login + " HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n" +
		"44c\r\n" + strings.Repeat("x", 1100) + "\r\n0\r\n\r\n")
	require.Equal(t, 413, chunked.StatusCode, "a length that is not announced")
	require.Equal(t, "BODY_TOO_LARGE", chunked.reason(t))

	for _, media := range []string{"text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/jsonp"} {
		a := w.do("POST", login, `{"email":"a@b.example","password":"x"}`, "Content-Type", media)
		require.Equal(t, 415, a.StatusCode, media)
		require.Equal(t, "UNSUPPORTED_MEDIA_TYPE", a.reason(t))
	}
	require.Equal(t, 415, w.do("POST", login, "x", "Content-Encoding", "gzip").StatusCode)
}

func TestMux_AnswersEveryField(t *testing.T) {
	t.Parallel()
	w := newWorld(t, &mesh{}, options{})
	a := w.do("POST", login, `{"email":"a@b.example","password":"x"}`)
	require.JSONEq(t, `{"challenge":"c","factors":[]}`, a.body)
}

func TestMux_Errors(t *testing.T) {
	t.Parallel()
	var next error
	m := &mesh{}
	m.login = func(*identityv1.LoginRequest) (*identityv1.LoginResponse, error) { return nil, next }
	m.entries = func(*walletv1.ListEntriesRequest) (*walletv1.ListEntriesResponse, error) { return nil, next }
	w := newWorld(t, m, options{})
	post := func(err error) answer {
		next = err
		return w.do("POST", login, `{"email":"a@b.example","password":"x"}`)
	}

	a := post(errs.New(identityv1.ErrorReason_ERROR_REASON_THROTTLED, "later", "left", 3).WithRetry(1500 * time.Millisecond))
	require.Equal(t, 429, a.StatusCode)
	require.Equal(t, "THROTTLED", a.reason(t))
	require.Equal(t, "2", a.Header.Get("Retry-After"))
	require.Contains(t, a.body, `"left":"3"`)
	require.Contains(t, a.body, `"domain":"identity.pitboss"`)

	a = post(errs.New(walletv1.ErrorReason_ERROR_REASON_INSUFFICIENT_FUNDS, "too little"))
	require.Equal(t, 409, a.StatusCode, "a failed precondition is a conflict")

	a = post(http.ErrBodyNotAllowed)
	require.Equal(t, 500, a.StatusCode)
	require.Equal(t, "INTERNAL", a.reason(t))
	require.NotContains(t, a.body, "http:", "no text of an unknown error")

	a = post(errs.New(commonv1.ErrorReason_ERROR_REASON_TOKEN_EXPIRED, "over"))
	require.Equal(t, 401, a.StatusCode)
	require.Contains(t, a.Header.Get("WWW-Authenticate"), "invalid_token")

	a = post(errs.New(commonv1.ErrorReason_ERROR_REASON_STEP_UP_REQUIRED, "again", "required_acr", "aal2", "max_age_s", 120))
	require.Equal(t, 401, a.StatusCode)
	require.Equal(t, "STEP_UP_REQUIRED", a.reason(t))
	require.Equal(t, `Bearer error="insufficient_user_authentication", acr_values="aal2", max_age="120"`, a.Header.Get("WWW-Authenticate"))
	require.Equal(t, "application/json", a.Header.Get("Content-Type"))

	a = w.do("GET", "/v1/wallet/balances", "")
	require.Equal(t, 401, a.StatusCode)
	require.Equal(t, "Bearer", a.Header.Get("WWW-Authenticate"))
	require.Equal(t, "UNAUTHENTICATED", a.reason(t))

	a = w.do("GET", "/v1/lobby", "")
	require.Equal(t, 500, a.StatusCode, "a service that does not know its own RPC")
	require.NotContains(t, a.body, "Lobby")
}

func TestMux_Routing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, &mesh{}, options{})
	for _, path := range []string{"/v1/nothing", "/v1/", "/v1", "/v2/auth/login", "/.well-known/security.txt", "/nothing", "/v1//auth/login", "//v1/auth/login",
		"/v1/auth/../auth/login", "/v1/auth/login/", "/callbacks", "/metrics", "/debug/pprof/", "/.git/config", "/docs/", "/assets/docs.js"} {
		a := w.do("GET", path, "")
		require.Equal(t, 404, a.StatusCode, path)
		require.Equal(t, "NO_ROUTE", a.reason(t), path)
	}
	for path, allow := range map[string]string{login: "POST", "/v1/me": "GET, PATCH", "/v1/oauth/token": "POST", "/v1/live": "GET", "/docs": "GET, HEAD", "/": "GET, HEAD"} {
		for _, method := range []string{"DELETE", "TRACE", "OPTIONS", "PROPFIND"} {
			a := w.do(method, path, "")
			require.Equal(t, 405, a.StatusCode, method+path)
			require.Equal(t, allow, a.Header.Get("Allow"), path)
			require.Equal(t, "METHOD_NOT_ALLOWED", a.reason(t))
		}
	}
	require.Equal(t, 405, w.do("HEAD", "/v1/me", "").StatusCode)
	require.Equal(t, 404, w.raw("CONNECT x:80 HTTP/1.1\r\nHost: x\r\n\r\n").StatusCode)
}

// TestMux_EveryRoute: what the API's document names is reached. PATCH is another method than each path has, or asks who calls.
func TestMux_EveryRoute(t *testing.T) {
	t.Parallel()
	w := newWorld(t, &mesh{}, options{})
	var doc struct {
		Paths map[string]map[string]any `json:"paths"`
	}
	require.NoError(t, json.Unmarshal(openapi.Document, &doc))
	require.Contains(t, doc.Paths, "/bets/place")
	for path := range doc.Paths {
		a := w.do("PATCH", strings.NewReplacer("{", "", "}", "").Replace(path), "{}")
		require.Contains(t, []int{401, 405}, a.StatusCode, path)
	}
}

// TestMux_NoOverride: neither the header nor a form turns one method into another.
func TestMux_NoOverride(t *testing.T) {
	t.Parallel()
	m := &mesh{}
	w := newWorld(t, m, options{})
	bearer := w.Bearer(testkit.Player("ply_1"))
	a := w.do("POST", "/v1/wallet/balances", "", "X-HTTP-Method-Override", "GET", "Authorization", bearer)
	require.Equal(t, 405, a.StatusCode)
	a = w.do("POST", "/v1/wallet/balances", "x=1", "Content-Type", "application/x-www-form-urlencoded", "Authorization", bearer)
	require.Equal(t, 415, a.StatusCode)
	a = w.do("POST", "/v1/wallet/balances", "", "Content-Type", "application/x-www-form-urlencoded", "X-HTTP-Method-Override", "GET", "Authorization", bearer)
	require.Equal(t, 405, a.StatusCode)
	require.Empty(t, m.last(), "nothing was called")
}

func TestMux_Metadata(t *testing.T) {
	t.Parallel()
	m := &mesh{}
	w := newWorld(t, m, options{})
	bearer := w.Bearer(testkit.Player("ply_1"))
	trace := "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
	a := w.do("GET", "/v1/wallet/balances", "", "Authorization", bearer, "Idempotency-Key", "key-1", "Traceparent", trace, "X-Request-Id", "request-0001",
		"User-Agent", "Mozilla/5.0 caf\u00e9", "X-Pitboss-Device", "0123456789abcdef",
		"Grpc-Metadata-Authorization", "Bearer other", "Grpc-Metadata-X-Pitboss-Client-Ip", "6.6.6.6", "X-Pitboss-Client-Ip", "6.6.6.6", "X-Pitboss-User-Agent", "evil",
		"X-Forwarded-For", "6.6.6.6", "X-Forwarded-Host", "evil.example", "Grpc-Timeout", "1n", "X-User-Id", "ply_2", "Grpc-Metadata-Evil-Bin", "AAAA", "Grpcgateway-Evil", "1", "Cookie", "evil=1")
	require.Equal(t, 200, a.StatusCode, a.body)
	require.Equal(t, "request-0001", a.Header.Get("X-Request-Id"))
	md := m.last()
	require.Equal(t, []string{bearer}, md.Get("authorization"))
	require.Equal(t, []string{"key-1"}, md.Get("idempotency-key"))
	require.Equal(t, []string{"request-0001"}, md.Get("x-request-id"))
	require.Equal(t, []string{"127.0.0.1"}, md.Get("x-pitboss-client-ip"))
	require.Equal(t, []string{"Mozilla/5.0 caf?"}, md.Get("x-pitboss-user-agent"), "gRPC carries printable ASCII only")
	require.Equal(t, []string{"0123456789abcdef"}, md.Get("x-pitboss-device"))
	require.Contains(t, md.Get("traceparent")[0], "0af7651916cd43dd8448eb211c80319c")
	for key, values := range md {
		for _, v := range values {
			require.NotContains(t, v, "6.6.6.6", key)
			require.NotContains(t, v, "evil", key)
			require.NotContains(t, v, "ply_2", key)
		}
	}

	a = w.do("GET", "/v1/wallet/balances", "", "Authorization", bearer, "Authorization", bearer)
	require.Equal(t, 401, a.StatusCode, "which of two would count?")
	a = w.do("GET", "/v1/wallet/balances", "", "Authorization", "Bearer \u00e9")
	require.Equal(t, 401, a.StatusCode)
	a = w.do("GET", "/v1/wallet/balances", "", "Authorization", bearer, "Traceparent", "\u00e9", "X-Request-Id", "short")
	require.Equal(t, 200, a.StatusCode)
	require.Regexp(t, `^req_[0-9a-z]{26}$`, a.Header.Get("X-Request-Id"), "a new one in place of one that could not stand in a log")
	for _, key := range []string{"a b", "\u00e9", strings.Repeat("k", 129)} {
		a = w.do("GET", "/v1/wallet/balances", "", "Authorization", bearer, "Idempotency-Key", key)
		require.Equal(t, "IDEMPOTENCY_KEY_MALFORMED", a.reason(t), "a key that services would not see must not be lost in silence")
	}
	a = w.do("GET", "/v1/wallet/balances", "", "Authorization", bearer, "Idempotency-Key", "a", "Idempotency-Key", "b")
	require.Equal(t, 400, a.StatusCode)
	for key := range a.Header {
		require.NotContains(t, key, "Grpc")
	}
}

func TestMux_DeadService(t *testing.T) {
	t.Parallel()
	m := &mesh{}
	block := make(chan struct{})
	m.login = func(*identityv1.LoginRequest) (*identityv1.LoginResponse, error) {
		<-block
		return &identityv1.LoginResponse{}, nil
	}
	w := newWorld(t, m, options{vars: map[string]string{"PITBOSS_GATEWAY_REQUEST_TIMEOUT": "300ms"}})
	defer close(block)
	a := w.do("POST", login, `{"email":"a@b.example","password":"x"}`)
	require.Equal(t, 504, a.StatusCode)
	require.Equal(t, "DEADLINE", a.reason(t))
	require.NotContains(t, a.body, "context")
}
