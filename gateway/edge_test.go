package gateway_test

import (
	"io"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pitboss-gaming/pitboss/kit/testkit"
)

func secure(t *testing.T, a answer, what string) {
	t.Helper()
	for name, value := range map[string]string{"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "X-Frame-Options": "DENY",
		"Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin"} {
		require.Equal(t, []string{value}, a.Header.Values(name), what)
	}
	csp := a.Header.Values("Content-Security-Policy")
	require.Len(t, csp, 1, what)
	require.Contains(t, csp[0], "default-src 'none'", what)
	require.Contains(t, csp[0], "frame-ancestors 'none'", what)
	require.Contains(t, csp[0], "base-uri 'none'", what)
	require.NotContains(t, csp[0], "unsafe", what)
	require.NotEmpty(t, a.Header.Get("X-Request-Id"), what)
	require.NotEmpty(t, a.Header.Get("Cache-Control"), what)
	require.Empty(t, a.Header.Get("Access-Control-Allow-Origin"), what)
	require.Empty(t, a.Header.Get("Server"), what)
}

func TestEdge_SecurityHeadersEverywhere(t *testing.T) {
	t.Parallel()
	w := newWorld(t, &mesh{}, options{})
	for _, c := range []struct {
		method, path, body string
		code               int
	}{
		{"GET", "/", "", 200}, {"GET", "/docs", "", 200}, {"GET", "/docs.js", "", 200}, {"GET", "/docs.css", "", 200}, {"GET", "/openapi.json", "", 200},
		{"GET", "/nothing", "", 404}, {"GET", "/v1/nothing", "", 404}, {"GET", login, "", 405}, {"POST", login, "{", 400}, {"GET", "/v1/me", "", 401},
		{"POST", login, `{"email":"a@b.example","password":"x"}`, 200}, {"POST", "/v1/oauth/token", "", 400}, {"GET", "/v1/live", "", 426},
		{"POST", "/callbacks/int_1/x", "x", 200}, {"POST", "/callbacks/int_unknown/x", "x", 404}, {"GET", "/v1/lobby", "", 500},
	} {
		a := w.do(c.method, c.path, c.body)
		require.Equal(t, c.code, a.StatusCode, c.path+a.body)
		secure(t, a, c.method+" "+c.path)
		require.Empty(t, a.Header.Get("Strict-Transport-Security"), "not over plain HTTP")
	}
}

func TestEdge_TLSPublicURL(t *testing.T) {
	t.Parallel()
	w := newWorld(t, &mesh{}, options{public: "https://play.example"})
	for _, path := range []string{"/", "/nothing", "/callbacks/int_1/x"} {
		require.Equal(t, "max-age=31536000; includeSubDomains", w.do("GET", path, "").Header.Get("Strict-Transport-Security"), path)
	}
}

func TestEdge_ForeignPages(t *testing.T) {
	t.Parallel()
	w := newWorld(t, &mesh{}, options{public: "https://play.example"})
	body := `{"email":"a@b.example","password":"x"}`
	for _, h := range [][2]string{{"Origin", "https://evil.example"}, {"Origin", "null"}, {"Origin", "http://play.example"}, {"Origin", "https://play.example.evil.example"},
		{"Origin", "https://play.example:8443"}, {"Origin", "rubbish"}, {"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"}} {
		a := w.do("POST", login, body, h[0], h[1])
		require.Equal(t, 403, a.StatusCode, h[1])
		require.Equal(t, "FOREIGN_ORIGIN", a.reason(t))
	}
	for _, h := range [][2]string{{"Origin", "https://play.example"}, {"Origin", "https://PLAY.example"}, {"Origin", "https://" + w.addr}, {"Sec-Fetch-Site", "same-origin"}, {"Sec-Fetch-Site", "none"}} {
		require.Equal(t, 200, w.do("POST", login, body, h[0], h[1]).StatusCode, h[1])
	}
	require.Equal(t, 405, w.do("OPTIONS", login, "", "Origin", "https://evil.example", "Access-Control-Request-Method", "POST").StatusCode, "no CORS")
}

func TestEdge_RatePerAddress(t *testing.T) {
	t.Parallel()
	w := newWorld(t, &mesh{}, options{vars: map[string]string{"PITBOSS_GATEWAY_RATE_PER_SECOND": "0.01", "PITBOSS_GATEWAY_RATE_BURST": "3", "PITBOSS_GATEWAY_TRUSTED_PROXIES": "1"}})
	from := func(ip string) int { return w.do("GET", "/v1/me", "", "X-Forwarded-For", ip).StatusCode }
	for range 3 {
		require.Equal(t, 401, from("198.51.100.1"))
	}
	a := w.do("GET", "/v1/me", "", "X-Forwarded-For", "198.51.100.1")
	require.Equal(t, 429, a.StatusCode)
	require.Equal(t, "RATE_LIMITED", a.reason(t))
	require.Regexp(t, `^(9\d|100)$`, a.Header.Get("Retry-After"))
	require.Equal(t, 429, from("203.0.113.9, 198.51.100.1"), "what stands before the trusted hop is the caller's own invention")
	require.Equal(t, 401, from("198.51.100.2"), "others go on")

	for _, ip := range []string{"2001:db8:1:2::1", "2001:db8:1:2:ffff::9", "[2001:db8:1:2::3]:4711"} {
		require.Equal(t, 401, from(ip), ip)
	}
	require.Equal(t, 429, from("2001:db8:1:2:aaaa::1"), "one customer has the whole /64")
	require.Equal(t, 401, from("2001:db8:1:3::1"))
	require.Equal(t, 429, from("::ffff:198.51.100.1"), "the same address in IPv6")
	require.Equal(t, 401, from(""), "too few hops: the connection's own address")
	require.Equal(t, 401, from("rubbish"))
	require.Equal(t, 401, from("more rubbish"))
	require.Equal(t, 429, from("rubbish"), "what is no address is the connection's, not a way around")

	require.Equal(t, 429, w.do("GET", "/callbacks/int_unknown_1/x", "").StatusCode, "guessing integrations is limited")
	require.Equal(t, 429, w.do("GET", "/v1/live?ticket=x", "").StatusCode, "and guessing tickets")
	require.Equal(t, 200, w.do("GET", "/docs", "").StatusCode)
	w.Clock.Advance(2 * time.Minute)
	require.Equal(t, 401, from("198.51.100.1"), "the bucket fills again")
}

func TestEdge_ClientAddress(t *testing.T) {
	t.Parallel()
	m := &mesh{}
	w := newWorld(t, m, options{vars: map[string]string{"PITBOSS_GATEWAY_TRUSTED_PROXIES": "2"}})
	bearer := w.Bearer(testkit.Player("ply_1"))
	for _, c := range [][3]string{
		{"6.6.6.6, 198.51.100.7, 10.0.0.1", "", "198.51.100.7"},
		{"198.51.100.7, 10.0.0.1", "", "198.51.100.7"},
		{"10.0.0.1", "", "127.0.0.1"},
		{"6.6.6.6", "198.51.100.7,10.0.0.1", "198.51.100.7"},
		{"fe80::1%eth0, 10.0.0.1", "", "fe80::1"},
	} {
		headers := []string{"Authorization", bearer, "X-Forwarded-For", c[0]}
		if c[1] != "" {
			headers = append(headers, "X-Forwarded-For", c[1])
		}
		require.Equal(t, 200, w.do("GET", "/v1/wallet/balances", "", headers...).StatusCode)
		require.Equal(t, []string{c[2]}, m.last().Get("x-pitboss-client-ip"), c[0])
	}
}

func TestEdge_SlowBody(t *testing.T) {
	t.Parallel()
	w := newWorld(t, &mesh{}, options{vars: map[string]string{"PITBOSS_GATEWAY_REQUEST_TIMEOUT": "300ms"}})
	for _, path := range []string{login, "/callbacks/int_1/x"} {
		began := time.Now()
		a := w.raw("POST " + path + " HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{")
		require.Equal(t, 408, a.StatusCode, path)
		require.Equal(t, "BODY_TIMEOUT", a.reason(t))
		require.Less(t, time.Since(began), 10*time.Second)
	}
	c, err := net.Dial("tcp", w.addr)
	require.NoError(t, err)
	_, err = io.WriteString(c, "POST /callbacks/int_1/x HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nabc")
	require.NoError(t, err)
	require.NoError(t, c.Close())
	require.Equal(t, 200, w.do("GET", "/docs", "").StatusCode, "a body that ends early hurts nobody")
}
