// Package gateway is the platform's face to browsers, partners and providers: REST and JSON over the services' RPCs, provider callbacks
// passed on byte for byte, live updates, and the protection of the edge. It has no business rules and no state of its own, and it reaches
// services only through their gRPC servers over mTLS, so that the whole chain of checks always runs.
package gateway

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"google.golang.org/grpc"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"

	cashierv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/cashier/v1"
	catalogv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/catalog/v1"
	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	notificationv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/notification/v1"
	operationsv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/operations/v1"
	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/app"
)

// Config bounds what the edge takes.
type Config struct {
	MaxBody         int64         `env:"PITBOSS_GATEWAY_MAX_BODY" envDefault:"1048576" doc:"Largest request body in bytes; larger API calls are refused, larger callbacks arrive cut so that their check fails."`
	RequestTimeout  time.Duration `env:"PITBOSS_GATEWAY_REQUEST_TIMEOUT" envDefault:"15s" doc:"Longest time for one API call or callback, the reading of its body included."`
	TrustedProxies  int           `env:"PITBOSS_GATEWAY_TRUSTED_PROXIES" envDefault:"0" doc:"How many proxies in front append to X-Forwarded-For; 0 takes the connection's address."`
	RatePerSecond   float64       `env:"PITBOSS_GATEWAY_RATE_PER_SECOND" envDefault:"50" doc:"API calls a second that one address may make, on average."`
	RateBurst       int           `env:"PITBOSS_GATEWAY_RATE_BURST" envDefault:"200" doc:"API calls that one address may make at once."`
	Callbacks       int           `env:"PITBOSS_GATEWAY_CALLBACKS" envDefault:"1024" doc:"Most provider callbacks at a time, those whose body is still being read included."`
	CallbacksPerInt int           `env:"PITBOSS_GATEWAY_CALLBACKS_PER_INTEGRATION" envDefault:"256" doc:"Most callbacks of one integration that its adapter works on at a time, so that a slow adapter leaves room for the others."`
	HealthEvery     time.Duration `env:"PITBOSS_GATEWAY_HEALTH_EVERY" envDefault:"5s" doc:"How often operations is told how each integration's callbacks went."`
	LiveMax         int           `env:"PITBOSS_GATEWAY_LIVE_MAX" envDefault:"10000" doc:"Most WebSockets at a time."`
	LivePerPlayer   int           `env:"PITBOSS_GATEWAY_LIVE_PER_PLAYER" envDefault:"5" doc:"Most WebSockets of one player; the oldest closes when another opens."`
	GameHosts       []string      `env:"PITBOSS_GATEWAY_GAME_HOSTS" envSeparator:" " doc:"Origins of game pages that the web app may frame, with spaces between them, for example https://games.example.com; empty allows any port of this machine while the public URL is not https, and none otherwise."`
	LiveLife        time.Duration `env:"PITBOSS_GATEWAY_LIVE_LIFE" envDefault:"15m" doc:"Longest life of a WebSocket; a page then asks for a new ticket, which shows that its session still stands."`
}

func (c Config) check() error {
	if c.MaxBody <= 0 || c.RequestTimeout <= 0 || c.RatePerSecond <= 0 || c.RateBurst <= 0 || c.Callbacks <= 0 || c.CallbacksPerInt <= 0 || c.HealthEvery <= 0 || c.LiveMax <= 0 || c.LivePerPlayer <= 0 || c.LiveLife <= 0 {
		return errors.New("a PITBOSS_GATEWAY_ limit is not above zero")
	}
	if c.TrustedProxies < 0 {
		return errors.New("PITBOSS_GATEWAY_TRUSTED_PROXIES is below zero")
	}
	return nil
}

// faces are the services with REST routes and their generated registrations.
var faces = []struct {
	service  string
	register func(context.Context, *runtime.ServeMux, *grpc.ClientConn) error
}{
	{"identity", identityv1.RegisterIdentityServiceHandler},
	{"wallet", walletv1.RegisterWalletServiceHandler},
	{"catalog", catalogv1.RegisterCatalogServiceHandler},
	{"gaming", gamingv1.RegisterGamingServiceHandler},
	{"cashier", cashierv1.RegisterCashierServiceHandler},
	{"notification", notificationv1.RegisterNotificationServiceHandler},
	{"operations", operationsv1.RegisterOperationsServiceHandler},
}

// Service describes the gateway.
func Service() app.Service {
	return app.Service{
		Name:    "gateway",
		Watches: []string{"wallet.>", "session.ended.v1", subjectInbox},
		Config:  &Config{},
		Start:   start,
	}
}

func start(ctx context.Context, env *app.Env) (*app.Running, error) {
	var cfg Config
	if err := env.Config(&cfg); err != nil {
		return nil, err
	}
	if err := cfg.check(); err != nil {
		return nil, err
	}
	public, err := url.Parse(env.PublicURL)
	if err != nil || public.Host == "" {
		return nil, fmt.Errorf("public URL %q is not one", env.PublicURL)
	}
	e := &edge{cfg: cfg, log: env.Log, public: public, limits: newLimiter(cfg.RatePerSecond, cfg.RateBurst, env.Clock), refreshes: newRefreshes(env.Clock)}
	api := newMux(e)
	for _, f := range faces {
		conn, err := env.Dial(f.service)
		if err != nil {
			return nil, err
		}
		if err := f.register(ctx, api, conn); err != nil {
			return nil, fmt.Errorf("routes of %s: %w", f.service, err)
		}
	}
	identity, err := env.Dial("identity")
	if err != nil {
		return nil, err
	}
	operations, err := env.Dial("operations")
	if err != nil {
		return nil, err
	}
	ids := identityv1.NewIdentityServiceClient(identity)
	live := newLive(e, ids)
	callbacks := newCallbacks(e, operationsv1.NewOperationsServiceClient(operations), env.Dial, env.Clock)
	web, err := e.web()
	if err != nil {
		return nil, err
	}
	root := &router{
		api:       e.api(e.browsers(api)),
		token:     e.api(&oauth{edge: e, ids: ids}),
		live:      live,
		callbacks: callbacks,
		documents: documents(),
		web:       web,
	}
	return &app.Running{
		Register: func(grpc.ServiceRegistrar) {},
		HTTP:     e.protect(root),
		Background: []app.Task{
			{Name: "live", Run: func(ctx context.Context) error { return env.Watch(ctx, live.observe) }},
			{Name: "rate limits", Run: e.limits.prune},
			{Name: "integration health", Run: callbacks.report},
		},
		Close: func(context.Context) error { live.close(); return nil },
	}, nil
}

// router is written out because http.ServeMux redirects what is not a clean path: a provider's signed request must reach its adapter as
// it was sent or be told that there is nothing, and no address of the API has two spellings.
type router struct {
	api, token, live http.Handler
	callbacks        *callbacks
	documents        map[string]document
	web              *webApp
}

// partnerBets is the path that the partners' contract fixes; the rest of /bets/ are the web app's pages.
const partnerBets = "/bets/place"

func (g *router) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if t, ok := callbackOf(r); ok {
		g.callbacks.serve(w, r, t)
		return
	}
	path := r.URL.Path
	doc, isDocument := g.documents[path]
	switch {
	case path == tokenPath:
		only(http.MethodPost, g.token).ServeHTTP(w, r)
	case path == livePath:
		only(http.MethodGet, g.live).ServeHTTP(w, r)
	case strings.HasPrefix(path, "/v1/"), strings.HasPrefix(path, "/.well-known/"), strings.HasPrefix(path, "/wallet/"), path == partnerBets:
		g.api.ServeHTTP(w, r)
	case isDocument && (path != "/" || g.web == nil):
		doc.ServeHTTP(w, r)
	default:
		if f, code := g.web.find(r); f != nil {
			f.serve(w, r, code)
			return
		}
		g.nothing(w, r)
	}
}

const (
	tokenPath = "/v1/oauth/token"
	livePath  = "/v1/live"
)

// only answers other methods with 405, for what is not one of the generated routes.
func only(method string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != method {
			notAllowed(w, method)
			return
		}
		next.ServeHTTP(w, r)
	})
}
