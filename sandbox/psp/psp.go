// Package psp is a payment provider for development, demos and tests: Stripe's side of the wire for what the platform
// uses, with a hosted payment page, signed webhooks with retries, and faults on demand. It keeps its state in files and
// knows the platform only by the address its webhooks go to. No real card works here, and no card number is kept.
package psp

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/pitboss-gaming/pitboss/sandbox/fault"
)

// Faults beyond those of package fault.
const (
	// FaultFail answers an API call with 500 before it starts: nothing happens, nothing is stored, a retry succeeds.
	FaultFail fault.Kind = "fail"
	// FaultFailStored answers 500 and stores that under the idempotency key: retries with the key get it again.
	FaultFailStored fault.Kind = "fail_stored"
	// FaultLose gives a webhook up without sending it.
	FaultLose fault.Kind = "lose"
)

// Config of a PSP. StateDir and PublicURL are required.
type Config struct {
	StateDir     string           // created with mode 0700; holds the journal, keys and tokens
	PublicURL    string           // where browsers reach Handler, with the caller's prefix
	MerchantName string           // shown on the payment page
	Log          *slog.Logger     // default: slog.Default()
	Clock        func() time.Time // default: time.Now
	Rand         io.Reader        // default: crypto/rand
	RetryBase    time.Duration    // wait before the first retry of a webhook, default 1s
	AsyncDelay   time.Duration    // how late late outcomes are, default 5s
}

// PSP is a running provider. Close it.
type PSP struct {
	cfg    Config
	base   string // path of PublicURL
	store  *store
	client *http.Client
	faults *fault.Injector

	apiKey, webhookSecret, adminToken string

	runningMu sync.Mutex
	running   map[string]bool // idempotency keys of requests under way

	pending map[string]time.Time // due time of each undelivered webhook; under the store's lock
	wakeup  chan struct{}
	stop    context.CancelFunc
	closing context.Context
	done    chan struct{}
}

// New opens or creates the state and starts sending webhooks that wait.
func New(cfg Config) (*PSP, error) {
	base, err := cfg.fill()
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(cfg.StateDir, 0o700); err != nil {
		return nil, err
	}
	p := &PSP{cfg: cfg, base: base, store: newStore(cfg.StateDir), running: map[string]bool{}, pending: map[string]time.Time{},
		wakeup: make(chan struct{}, 1), done: make(chan struct{}), faults: fault.New(faultOptions()),
		client: &http.Client{Transport: http.DefaultTransport.(*http.Transport).Clone(),
			// A redirected webhook counts as failed, as at Stripe.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
	for _, s := range []struct {
		into         *string
		file, prefix string
	}{{&p.apiKey, "api-key", "sk_test_51"}, {&p.webhookSecret, "webhook-secret", "whsec_"}, {&p.adminToken, "admin-token", "adm_"}} {
		if *s.into, err = secretFile(filepath.Join(cfg.StateDir, s.file), s.prefix, cfg.Rand); err != nil {
			return nil, err
		}
	}
	p.store.deliveries.onApply = p.trackPending
	if err := p.store.open(p.now()); err != nil {
		return nil, fmt.Errorf("open psp state: %w", err)
	}
	p.closing, p.stop = context.WithCancel(context.Background())
	go func() {
		defer close(p.done)
		p.dispatch(p.closing)
	}()
	return p, nil
}

func (cfg *Config) fill() (basePath string, err error) {
	if cfg.StateDir == "" {
		return "", errors.New("psp: StateDir is required")
	}
	u, err := url.Parse(cfg.PublicURL)
	if err != nil || !webURL(cfg.PublicURL) {
		return "", fmt.Errorf("psp: PublicURL %q is not an http address", cfg.PublicURL)
	}
	cfg.PublicURL = strings.TrimSuffix(cfg.PublicURL, "/")
	if cfg.Log == nil {
		cfg.Log = slog.Default()
	}
	if cfg.Clock == nil {
		cfg.Clock = time.Now
	}
	if cfg.Rand == nil {
		cfg.Rand = rand.Reader
	}
	if cfg.MerchantName == "" {
		cfg.MerchantName = "Pitboss demo"
	}
	if cfg.RetryBase <= 0 {
		cfg.RetryBase = time.Second
	}
	if cfg.AsyncDelay <= 0 {
		cfg.AsyncDelay = 5 * time.Second
	}
	return strings.TrimSuffix(u.EscapedPath(), "/"), nil
}

func faultOptions() fault.Options {
	o := fault.Options{Extra: []fault.Kind{FaultFail, FaultFailStored, FaultLose}}
	for _, op := range operations() {
		o.Operations = append(o.Operations, "api."+op.name)
	}
	for _, t := range eventTypes {
		o.Operations = append(o.Operations, "webhook."+t)
	}
	return o
}

func operations() []operation {
	var all []operation
	for _, ops := range [][]operation{intentOperations(), sessionOperations(), refundOperations(), chargeOperations(),
		disputeOperations(), endpointOperations(), eventOperations()} {
		all = append(all, ops...)
	}
	return all
}

// Handler serves the API (/v1/), the payment pages (/pay/, /challenge/), the dashboard (/dashboard) and the
// administration (/admin/). The caller strips its prefix.
func (p *PSP) Handler() http.Handler {
	mux := http.NewServeMux()
	p.routeAPI(mux)
	p.routePages(mux)
	p.routeAdmin(mux)
	return mux
}

// APIKey is the merchant's secret key, sk_test_...
func (p *PSP) APIKey() string { return p.apiKey }

// WebhookSecret signs what the endpoint of EnsureWebhook gets, whsec_...
func (p *PSP) WebhookSecret() string { return p.webhookSecret }

// AdminToken opens the routes under /admin/; it is also in StateDir/admin-token.
func (p *PSP) AdminToken() string { return p.adminToken }

// Faults takes the rules of misbehaviour: "api.<operation>" and "webhook.<event type>".
func (p *PSP) Faults() *fault.Injector { return p.faults }

// Close stops sending webhooks and closes the journal. Undelivered webhooks are sent after the next New.
func (p *PSP) Close(ctx context.Context) error {
	p.stop()
	p.faults.Close()
	select {
	case <-p.done:
	case <-ctx.Done():
		return ctx.Err()
	}
	p.client.CloseIdleConnections()
	return p.store.close()
}

// wake makes the dispatcher look at once.
func (p *PSP) wake() {
	select {
	case p.wakeup <- struct{}{}:
	default:
	}
}

// pause waits for a fault rule; false when the PSP closes meanwhile.
func (p *PSP) pause(d time.Duration) bool {
	if d <= 0 {
		return true
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-p.closing.Done():
		return false
	}
}

// secretFile reads a secret, or makes one on the first start.
func secretFile(path, prefix string, random io.Reader) (string, error) {
	b, err := os.ReadFile(path)
	if err == nil {
		if s := strings.TrimSpace(string(b)); len(s) >= len(prefix)+32 && strings.HasPrefix(s, prefix) {
			return s, nil
		}
		return "", fmt.Errorf("psp: %s does not hold a secret; delete it to get a new one", path)
	}
	if !errors.Is(err, os.ErrNotExist) {
		return "", err
	}
	s := newID(random, prefix, 40)
	return s, writeFile(path, []byte(s+"\n"))
}
