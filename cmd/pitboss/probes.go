package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/pitboss-gaming/pitboss/kit/app"
)

// slowStart is how long the start may wait for one thing before the log says so.
const slowStart = 5 * time.Second

// progress is how far the process is, for its probes. They are answered from the moment their port is bound, also while the start waits for a database.
type progress struct {
	log *slog.Logger

	mu    sync.Mutex
	waits string
	slow  *time.Timer
	host  *app.Host // when all its services run
	told  bool      // to stop

	ended chan struct{} // closed when the process is about to stop
}

func newProgress(log *slog.Logger) *progress {
	return &progress{log: log, waits: "its configuration", ended: make(chan struct{})}
}

// waitsFor notes what the start waits for, and says so in the log when it takes long.
func (p *progress) waitsFor(what string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stopTimer()
	p.waits, p.slow = what, time.AfterFunc(slowStart, func() { p.log.Warn("the start is waiting", "for", what) })
}

func (p *progress) stopTimer() {
	if p.slow != nil {
		p.slow.Stop()
	}
}

// started ends the waiting: from then on the host tells what is not ready.
func (p *progress) started(host *app.Host) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stopTimer()
	p.host = host
}

// stopping says that the process was told to stop. What runs goes on until it is stopped.
func (p *progress) stopping() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.told = true
	p.stopTimer()
}

// end says that the process stops.
func (p *progress) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stopTimer()
	close(p.ended)
}

// ready says what is waited for, or nil.
func (p *progress) ready(ctx context.Context) error {
	p.mu.Lock()
	host, waits, told := p.host, p.waits, p.told
	p.mu.Unlock()
	if told {
		return errors.New("stopping")
	}
	if host == nil {
		return fmt.Errorf("starting, waiting for %s", waits)
	}
	return host.Ready(ctx)
}

// health answers whether the process lives and whether it can do its work. Only the admin address says why not.
func (u *up) health(mux *http.ServeMux, admin bool) {
	live := func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("ok\n")) }
	mux.HandleFunc("GET /livez", live)
	mux.HandleFunc("GET /healthz", live)
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
		defer cancel()
		err := u.progress.ready(ctx)
		if err == nil {
			live(w, r)
			return
		}
		u.log.Warn("not ready", "error", err)
		text := "not ready"
		if admin {
			text += ": " + err.Error()
		}
		http.Error(w, text, http.StatusServiceUnavailable)
	})
}
