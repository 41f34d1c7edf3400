package gateway_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pitboss-gaming/pitboss/kit/testkit"
)

// BenchmarkGateway is what a call costs from request to answer, without the network in front: the edge, the route and the RPC over mTLS to a
// service that does nothing. The ratio is to a handler of net/http that reads the body and answers the same bytes.
func BenchmarkGateway(b *testing.B) {
	m := &mesh{}
	w := newWorld(b, m, options{})
	bearer := w.Bearer(testkit.Player("ply_1"))
	body := `{"email":"a@b.example","password":"x"}`
	requests := map[string]func() *http.Request{
		"rest": func() *http.Request {
			q := httptest.NewRequest("POST", login, strings.NewReader(body))
			q.Header.Set("Content-Type", "application/json")
			q.Header.Set("Authorization", bearer)
			return q
		},
		"callback": func() *http.Request {
			q := httptest.NewRequest("POST", "/callbacks/int_1/wallet/bet", strings.NewReader(body))
			q.Header.Set("X-Signature", "c2lnbmF0dXJl")
			return q
		},
		"refused": func() *http.Request { return httptest.NewRequest("GET", "/v1/nothing", nil) },
		"docs":    func() *http.Request { return httptest.NewRequest("GET", "/docs", nil) },
	}
	plain := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"challenge":"c","factors":[]}`)
	})
	serve := func(h http.Handler, q *http.Request) time.Duration {
		rec := httptest.NewRecorder()
		began := time.Now()
		h.ServeHTTP(rec, q)
		took := time.Since(began)
		if rec.Code >= 500 {
			b.Fatalf("%d %s", rec.Code, rec.Body)
		}
		return took
	}
	h := w.HTTP()
	require.NotNil(b, h)
	for _, name := range []string{"rest", "callback", "refused", "docs"} {
		b.Run(name, func(b *testing.B) {
			request := requests[name]
			for range 100 {
				serve(h, request())
			}
			var ours, base time.Duration
			b.ResetTimer()
			for range b.N { // side by side, so that a busy machine is busy for both
				ours += serve(h, request())
				base += serve(plain, request())
			}
			b.ReportMetric(float64(ours)/float64(b.N), "gateway-ns/op")
			b.ReportMetric(float64(ours)/float64(max(base, 1)), "x-net/http")
		})
	}
}
