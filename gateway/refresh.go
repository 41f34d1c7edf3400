package gateway

import (
	"bytes"
	"context"
	"crypto/sha256"
	"net/http"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"
)

// refreshMemory is how long the answer to a browser's refresh is given again to the same cookie: two tabs that wake up together send it twice, and
// the second one is no thief. It is shorter than anybody needs to steal a cookie and use it.
const refreshMemory = 5 * time.Second

// refreshes lets a browser's cookie be used once however many tabs send it at the same moment. It works within one replica; tabs whose requests are
// spread over several must be kept on one by the load balancer, or the later one logs in again.
type refreshes struct {
	group singleflight.Group
	now   func() time.Time

	mu     sync.Mutex
	recent map[[32]byte]remembered
}

type remembered struct {
	answer *recorded
	until  time.Time
}

func newRefreshes(now func() time.Time) *refreshes {
	return &refreshes{now: now, recent: map[[32]byte]remembered{}}
}

// serve answers with the one use of the token in the body. Refusals are not kept.
func (f *refreshes) serve(w http.ResponseWriter, r *http.Request, body []byte, limit time.Duration, next http.Handler) {
	key := sha256.Sum256(body) // it holds the token and nothing else
	v, _, _ := f.group.Do(string(key[:]), func() (any, error) {
		if a := f.earlier(key); a != nil {
			return a, nil
		}
		// The tab that happens to be first may close; the others still wait for the answer.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), limit)
		defer cancel()
		a := &recorded{header: http.Header{}, code: http.StatusOK}
		next.ServeHTTP(a, r.WithContext(ctx))
		if a.code == http.StatusOK {
			f.remember(key, a)
		}
		return a, nil
	})
	v.(*recorded).replay(w)
}

func (f *refreshes) earlier(key [32]byte) *recorded {
	f.mu.Lock()
	defer f.mu.Unlock()
	if a, ok := f.recent[key]; ok && f.now().Before(a.until) {
		return a.answer
	}
	return nil
}

func (f *refreshes) remember(key [32]byte, a *recorded) {
	now := f.now()
	f.mu.Lock()
	defer f.mu.Unlock()
	for k, old := range f.recent {
		if !now.Before(old.until) {
			delete(f.recent, k)
		}
	}
	f.recent[key] = remembered{answer: a, until: now.Add(refreshMemory)}
}

// recorded is an answer that can be given several times.
type recorded struct {
	header http.Header
	code   int
	body   bytes.Buffer
}

// Header is the answer's own header.
func (a *recorded) Header() http.Header { return a.header }

// WriteHeader keeps the code.
func (a *recorded) WriteHeader(code int) { a.code = code }

// Write keeps the body.
func (a *recorded) Write(b []byte) (int, error) { return a.body.Write(b) }

func (a *recorded) replay(w http.ResponseWriter) {
	for name, values := range a.header {
		if name != "Set-Cookie" {
			w.Header().Del(name)
		}
		for _, v := range values {
			w.Header().Add(name, v)
		}
	}
	w.WriteHeader(a.code)
	_, _ = w.Write(a.body.Bytes())
}
