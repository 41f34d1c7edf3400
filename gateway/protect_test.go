package gateway

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestProtect_Panics(t *testing.T) {
	var logged bytes.Buffer
	e := &edge{public: &url.URL{Scheme: "http", Host: "x"}, log: slog.New(slog.NewTextHandler(&logged, nil))}
	quiet := slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	s := httptest.NewUnstartedServer(e.protect(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/abort":
			panic(http.ErrAbortHandler)
		case "/late":
			fmt.Fprint(w, "half")
		}
		panic("secret detail")
	})))
	s.Config.ErrorLog = quiet
	s.Start()
	defer s.Close()

	res, err := s.Client().Get(s.URL + "/early")
	require.NoError(t, err)
	body, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	require.Equal(t, 500, res.StatusCode)
	require.Contains(t, string(body), `"reason":"INTERNAL"`)
	require.NotContains(t, string(body), "secret")
	require.NotContains(t, string(body), "goroutine")
	require.Equal(t, "nosniff", res.Header.Get("X-Content-Type-Options"))
	require.Contains(t, logged.String(), "secret detail")
	require.Contains(t, logged.String(), res.Header.Get("X-Request-Id"))

	if res, err = s.Client().Get(s.URL + "/late"); err == nil {
		_, err = io.ReadAll(res.Body)
		res.Body.Close()
	}
	require.Error(t, err, "half an answer does not look like a whole one")
	_, err = s.Client().Get(s.URL + "/abort")
	require.Error(t, err)
	s.Client().CloseIdleConnections()
}

func TestLimiter_ForgetsQuietAddresses(t *testing.T) {
	now := time.Unix(1_700_000_000, 0)
	l := newLimiter(1, 10, func() time.Time { return now })
	for range 10 {
		_, ok := l.take("198.51.100.1")
		require.True(t, ok)
	}
	wait, ok := l.take("198.51.100.1")
	require.False(t, ok)
	require.Equal(t, time.Second, wait)
	l.forget(now.Add(9 * time.Second))
	require.Len(t, l.buckets, 1, "forgetting it now would give tokens away")
	l.forget(now.Add(11 * time.Second))
	require.Empty(t, l.buckets)
}

func TestConfig_Check(t *testing.T) {
	good := Config{MaxBody: 1, RequestTimeout: 1, RatePerSecond: 1, RateBurst: 1, Callbacks: 1, CallbacksPerInt: 1, HealthEvery: 1, LiveMax: 1, LivePerPlayer: 1, LiveLife: 1}
	require.NoError(t, good.check())
	for _, spoil := range []func(*Config){
		func(c *Config) { c.MaxBody = 0 }, func(c *Config) { c.RequestTimeout = 0 }, func(c *Config) { c.RateBurst = 0 }, func(c *Config) { c.RatePerSecond = -1 },
		func(c *Config) { c.TrustedProxies = -1 }, func(c *Config) { c.LivePerPlayer = 0 },
	} {
		c := good
		spoil(&c)
		require.Error(t, c.check())
	}
}
