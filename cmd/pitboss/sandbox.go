package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/pitboss-gaming/pitboss/kit/telemetry"
	"github.com/pitboss-gaming/pitboss/sandbox/inbox"
	"github.com/pitboss-gaming/pitboss/sandbox/psp"
	"github.com/pitboss-gaming/pitboss/sandbox/studio"
	"github.com/pitboss-gaming/pitboss/sandbox/telegram"
)

// sandbox is the outside world: it knows the platform only through its public HTTP.
type sandbox struct {
	url      string
	studio   *studio.Studio
	psp      *psp.PSP
	inbox    *inbox.Inbox
	telegram *telegram.Telegram
	handler  http.Handler
}

// openSandbox opens the four parts with their state under dir, reached at publicURL.
func openSandbox(log *slog.Logger, dir, publicURL, smtpAddr string, minCycle time.Duration) (*sandbox, error) {
	s := &sandbox{url: publicURL}
	part := func(name string) (string, string, *slog.Logger) {
		return filepath.Join(dir, name), publicURL + "/" + name, log.With("sandbox", name)
	}
	var err error
	state, _, partLog := part("inbox")
	if s.inbox, err = inbox.New(inbox.Config{SMTPAddr: smtpAddr, StateDir: state, Log: partLog}); err != nil {
		return nil, fmt.Errorf("sandbox mail: %w", err)
	}
	state, address, partLog := part("psp")
	if s.psp, err = psp.New(psp.Config{StateDir: state, PublicURL: address, MerchantName: "Pitboss Demo", Log: partLog}); err != nil {
		return nil, errors.Join(fmt.Errorf("sandbox payment provider: %w", err), s.close(context.Background()))
	}
	state, address, partLog = part("studio")
	if s.studio, err = studio.New(studio.Config{StateDir: state, PublicURL: address, Log: partLog, MinCycle: minCycle}); err != nil {
		return nil, errors.Join(fmt.Errorf("sandbox studio: %w", err), s.close(context.Background()))
	}
	state, address, partLog = part("telegram")
	if s.telegram, err = telegram.New(telegram.Config{StateDir: state, PublicURL: address, Log: partLog}); err != nil {
		return nil, errors.Join(fmt.Errorf("sandbox Telegram: %w", err), s.close(context.Background()))
	}
	mux := http.NewServeMux()
	for name, h := range map[string]http.Handler{"inbox": s.inbox.Handler(), "psp": s.psp.Handler(), "studio": s.studio.Handler(), "telegram": s.telegram.Handler()} {
		mux.Handle("/"+name+"/", http.StripPrefix("/"+name, h))
	}
	mux.HandleFunc("GET /{$}", s.index)
	s.handler = mux
	return s, nil
}

func (s *sandbox) index(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	_, _ = io.WriteString(w, `<!doctype html><html lang="en"><meta charset="utf-8"><title>Pitboss sandbox</title>
<h1>The outside world</h1>
<ul>
<li><a href="/inbox/">Inbox</a>: every mail that the platform sends</li>
<li><a href="/psp/dashboard">Payment provider</a>: payments and webhook deliveries</li>
<li>Game studio: paytables and returns of `+s.paytables()+`; <a href="/studio/verify">check a round</a></li>
<li><a href="/telegram/t.me/`+s.telegram.Credentials().BotUsername+`">Telegram</a>: open the bot as a sandbox user, or
<a href="/telegram/t.me/`+s.telegram.Credentials().BotUsername+`?startapp=">the casino as a Mini App</a></li>
</ul></html>
`)
}

// paytables are links to the studio's games.
func (s *sandbox) paytables() string {
	var links []string
	for _, g := range s.studio.Games() {
		links = append(links, `<a href="/studio/games/`+g.Code+`/paytable">`+g.Name+`</a>`)
	}
	return strings.Join(links, ", ")
}

func (s *sandbox) close(ctx context.Context) error {
	var errs []error
	if s.studio != nil {
		errs = append(errs, s.studio.Close(ctx))
	}
	if s.psp != nil {
		errs = append(errs, s.psp.Close(ctx))
	}
	if s.telegram != nil {
		errs = append(errs, s.telegram.Close(ctx))
	}
	if s.inbox != nil {
		errs = append(errs, s.inbox.Close(ctx))
	}
	return errors.Join(errs...)
}

// startSandbox runs the sandbox in this process.
func (u *up) startSandbox(ctx context.Context) error {
	if !u.set.Sandbox {
		return nil
	}
	l, err := listenOn(ctx, u.set.SandboxAddr, "PITBOSS_SANDBOX_ADDR")
	if err != nil {
		return err
	}
	u.onStop(func(context.Context) error { l.Close(); return nil })
	if u.sandbox, err = openSandbox(u.log, u.home.path("sandbox"), "http://"+browsable(l.Addr().String()), u.set.SMTPAddr, u.set.MinCycle); err != nil {
		return err
	}
	u.onStop(u.sandbox.close)
	u.serveOn(l, u.sandbox.handler)
	return nil
}

// sandboxCmd runs the outside world alone, for a platform that runs elsewhere.
type sandboxCmd struct{}

// Run serves until ctx ends.
func (c *sandboxCmd) Run(ctx context.Context) error {
	set, err := loadSettings()
	if err != nil {
		return err
	}
	log, err := telemetry.NewLogger(os.Stderr, telemetry.LogOptions{Format: set.LogFormat, Level: set.LogLevel})
	if err != nil {
		return err
	}
	h, err := openHome(set.Home)
	if err != nil {
		return err
	}
	set.Sandbox = true
	u := &up{set: set, log: log, home: h, failed: make(chan error, 4)}
	u.onStop(func(context.Context) error { h.close(); return nil })
	if err = u.startSandbox(ctx); err == nil {
		log.Info("ready", "sandbox", u.sandbox.url, "smtp", u.sandbox.inbox.SMTPAddr(), "state", h.path("sandbox"))
		select {
		case <-ctx.Done():
		case err = <-u.failed:
		}
	}
	stop, cancel := context.WithTimeout(context.Background(), stopLimit)
	defer cancel()
	return errors.Join(err, u.stop(stop))
}
