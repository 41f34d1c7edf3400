// Package telegram is a stand-in for the parts of Telegram that the platform meets: the OpenID issuer of "Log In With
// Telegram", the Bot API calls and webhook, the chat in which a user talks to the bot, and what Telegram's apps sign
// (Mini App data, the legacy widget). It is part of the sandbox: it
// knows the platform only as an OAuth client and a webhook URL.
package telegram

import (
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/pitboss-gaming/pitboss/sandbox/fault"
	"github.com/pitboss-gaming/pitboss/sandbox/statedir"
)

// Kinds of faults beyond those every sandbox part has.
const (
	NumericAud      fault.Kind = "numeric_aud"       // token: aud is a JSON number
	WrongNonce      fault.Kind = "wrong_nonce"       // token: the nonce is another
	BadSignature    fault.Kind = "bad_signature"     // token: the id_token's signature does not verify
	TooManyRequests fault.Kind = "too_many_requests" // api: 429 with retry_after 1, nothing is done
	ServerError     fault.Kind = "server_error"      // api: 502, nothing is done
)

// Config of the stand-in. StateDir and PublicURL are required; zero values of the others mean what their comment says.
type Config struct {
	StateDir    string // keys, tokens and state live here; made with mode 0700
	PublicURL   string // where browsers and the platform reach Handler, without a trailing slash; also the OpenID issuer
	BotUsername string // pitboss_sandbox_bot
	BotName     string // Pitboss Sandbox
	// RedirectURIs are added to those the OAuth client may use; BotFather holds this list at the real Telegram.
	RedirectURIs []string
	Log          *slog.Logger
	Clock        func() time.Time // time.Now
	FaultSeed    uint64           // makes fault probabilities reproducible; 0: random

	WebhookTimeout time.Duration // for one delivery; 5 s
	RetryBase      time.Duration // wait after the first failed delivery, doubled after each further one; 500 ms
	RetryMax       time.Duration // longest wait between deliveries; 1 min
	KeepUpdates    time.Duration // an update that cannot be delivered for so long is dropped; 24 h
}

// Telegram is the running stand-in. All methods are safe for concurrent use.
type Telegram struct {
	cfg    Config
	log    *slog.Logger
	dir    statedir.Dir
	secret Credentials
	rsaKey *rsa.PrivateKey
	ecKey  *ecdsa.PrivateKey
	edKey  ed25519.PrivateKey
	admin  string
	faults *fault.Injector
	http   *http.Client
	paths  *http.ServeMux

	ctx    context.Context
	stop   context.CancelFunc
	posts  sync.WaitGroup
	wake   chan struct{} // tells the postman that there may be something to deliver
	closed sync.Once

	mu       sync.Mutex
	state    state
	requests map[string]*authRequest // open consent pages
	codes    map[string]*authRequest // codes given out
	queries  map[string]callbackInfo // callback queries that may be answered
	inFlight map[int64]bool          // updates being delivered
}

// Credentials are what BotFather gives to the bot's owner.
type Credentials struct {
	BotID        int64  `json:"bot_id"`
	BotUsername  string `json:"bot_username"`
	BotToken     string `json:"bot_token"`
	ClientID     string `json:"client_id"`
	ClientSecret string `json:"client_secret"`
	Issuer       string `json:"issuer"`
	APIBaseURL   string `json:"api_base_url"`   // Bot API: <api_base_url>/bot<token>/<method>
	DeepLinkBase string `json:"deep_link_base"` // <deep_link_base>/<bot_username>?start=<payload>, the stand-in for https://t.me
	// Ed25519PublicKey (hex) verifies the signature in Mini App data, as Telegram's published key does.
	Ed25519PublicKey string `json:"ed25519_public_key"`
}

var botName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]{4,31}$`)

// New opens the state, or starts a fresh one, and begins to deliver pending updates. The error says which setting or
// file is wrong.
func New(cfg Config) (*Telegram, error) {
	cfg.fill()
	base, err := url.Parse(cfg.PublicURL)
	if err != nil || base.Host == "" || base.Scheme != "http" && base.Scheme != "https" {
		return nil, fmt.Errorf("telegram: public URL %q is not an absolute http(s) URL", cfg.PublicURL)
	}
	if !botName.MatchString(cfg.BotUsername) {
		return nil, fmt.Errorf("telegram: bot username %q is not 5 to 32 of A-Z a-z 0-9 _", cfg.BotUsername)
	}
	dir, err := statedir.Open(cfg.StateDir)
	if err != nil {
		return nil, fmt.Errorf("telegram: %w", err)
	}
	t := &Telegram{
		cfg: cfg, log: cfg.Log, dir: dir, wake: make(chan struct{}, 1),
		faults: fault.New(fault.Options{
			Operations: []string{"token", "api", "update"}, Seed: cfg.FaultSeed,
			Extra: []fault.Kind{NumericAud, WrongNonce, BadSignature, TooManyRequests, ServerError},
		}),
		http: &http.Client{
			Transport:     &http.Transport{MaxIdleConnsPerHost: 40, IdleConnTimeout: 90 * time.Second, TLSHandshakeTimeout: 5 * time.Second},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		requests: map[string]*authRequest{}, codes: map[string]*authRequest{}, queries: map[string]callbackInfo{},
		inFlight: map[int64]bool{},
	}
	if err = errors.Join(t.loadSecrets(), t.loadState()); err != nil {
		return nil, fmt.Errorf("telegram: %w", err)
	}
	for _, uri := range cfg.RedirectURIs {
		if err = t.AllowRedirect(uri); err != nil {
			return nil, err
		}
	}
	t.paths = t.routes()
	t.ctx, t.stop = context.WithCancel(context.Background())
	t.posts.Go(t.postman)
	return t, nil
}

// Handler serves everything under the path that the caller mounts it on (with http.StripPrefix).
func (t *Telegram) Handler() http.Handler { return t.paths }

// Credentials are what the platform is configured with.
func (t *Telegram) Credentials() Credentials { return t.secret }

// AdminToken is what /admin and /faults ask for, also found in StateDir/admin-token.
func (t *Telegram) AdminToken() string { return t.admin }

// Faults is where tests in Go set faults; over HTTP it is /faults. Operations: token, api, update.
func (t *Telegram) Faults() *fault.Injector { return t.faults }

// Close stops delivering and waits for deliveries under way at most until ctx ends. Pending updates are kept.
func (t *Telegram) Close(ctx context.Context) error {
	t.closed.Do(t.stop)
	done := make(chan struct{})
	go func() {
		defer close(done)
		t.posts.Wait()
		t.faults.Close()
		t.http.CloseIdleConnections()
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("telegram: closed with deliveries under way: %w", ctx.Err())
	}
}

func (c *Config) fill() {
	setDefault(&c.Log, slog.New(slog.DiscardHandler))
	setDefault(&c.BotUsername, "pitboss_sandbox_bot")
	setDefault(&c.BotName, "Pitboss Sandbox")
	setDefault(&c.WebhookTimeout, 5*time.Second)
	setDefault(&c.RetryBase, 500*time.Millisecond)
	setDefault(&c.RetryMax, time.Minute)
	setDefault(&c.KeepUpdates, 24*time.Hour)
	if c.Clock == nil {
		c.Clock = time.Now
	}
	c.PublicURL = strings.TrimRight(c.PublicURL, "/")
}

func setDefault[T comparable](v *T, d T) {
	var zero T
	if *v == zero {
		*v = d
	}
}

func (t *Telegram) now() time.Time { return t.cfg.Clock().UTC() }

// routes lists everything the stand-in serves.
func (t *Telegram) routes() *http.ServeMux {
	m := http.NewServeMux()
	// For the platform and the browsers it sends here: OpenID Connect.
	m.HandleFunc("GET /.well-known/openid-configuration", t.discovery)
	m.HandleFunc("GET /.well-known/jwks.json", t.jwks)
	m.HandleFunc("GET /auth", t.authorize)
	m.HandleFunc("POST /auth/{request}", t.consent)
	m.HandleFunc("POST /token", t.token)
	// For the sandbox's users.
	m.HandleFunc("GET /users", t.listUsers)
	m.HandleFunc("POST /users", t.createUser)
	m.HandleFunc("GET /t.me/{bot}", t.deepLinkPage)
	m.HandleFunc("POST /t.me/{bot}", t.deepLinkOpen)
	m.HandleFunc("GET /chat/{user}", t.chatPage)
	m.HandleFunc("GET /chat/{user}/messages", t.listMessages)
	m.HandleFunc("POST /chat/{user}/start", t.userStarts)
	m.HandleFunc("POST /chat/{user}/send", t.userSends)
	m.HandleFunc("POST /chat/{user}/press", t.userPresses)
	m.HandleFunc("POST /chat/{user}/block", t.userBlocks)
	m.HandleFunc("POST /chat/{user}/unblock", t.userUnblocks)
	m.HandleFunc("GET /assets/{file}", t.asset)
	// For whoever runs the sandbox.
	guarded := func(pattern string, h http.HandlerFunc) { m.Handle(pattern, statedir.Guard(t.admin, h)) }
	guarded("GET /admin/credentials", func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, http.StatusOK, t.secret) })
	guarded("GET /admin/settings", t.getSettings)
	guarded("PUT /admin/settings", t.putSettings)
	guarded("POST /admin/init-data", t.mintInitData)
	guarded("POST /admin/widget", t.mintWidget)
	guarded("POST /admin/mini-app", t.mintLaunch)
	guarded("/faults", t.faults.Handler().ServeHTTP)
	// The Bot API has the token in its first path segment, which the mux has no pattern for.
	m.HandleFunc("/", t.botAPI)
	return m
}
