// Package gateway is the platform's face to browsers, partners and providers: REST and JSON over the services' RPCs, provider callbacks
// passed on byte for byte, live updates, and the protection of the edge. It has no business rules and no state of its own, and it reaches
// services only through their gRPC servers over mTLS, so that the whole chain of checks always runs.
package gateway

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
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
	MaxBody        int64         `env:"PITBOSS_GATEWAY_MAX_BODY" envDefault:"1048576" doc:"Largest request body in bytes; larger API calls are refused, larger callbacks arrive cut so that their check fails."`
	RequestTimeout time.Duration `env:"PITBOSS_GATEWAY_REQUEST_TIMEOUT" envDefault:"15s" doc:"Longest time for one API call or callback."`
	TrustedProxies int           `env:"PITBOSS_GATEWAY_TRUSTED_PROXIES" envDefault:"0" doc:"How many proxies in front append to X-Forwarded-For; 0 takes the connection's address."`
	RatePerSecond  float64       `env:"PITBOSS_GATEWAY_RATE_PER_SECOND" envDefault:"50" doc:"API calls a second that one address may make, on average."`
	RateBurst      int           `env:"PITBOSS_GATEWAY_RATE_BURST" envDefault:"200" doc:"API calls that one address may make at once."`
	LiveMax        int           `env:"PITBOSS_GATEWAY_LIVE_MAX" envDefault:"10000" doc:"Most WebSockets at a time."`
	LivePerPlayer  int           `env:"PITBOSS_GATEWAY_LIVE_PER_PLAYER" envDefault:"5" doc:"Most WebSockets of one player; the oldest closes when another opens."`
	HSTS           bool          `env:"PITBOSS_GATEWAY_HSTS" envDefault:"false" doc:"Send Strict-Transport-Security; for gateways behind TLS."`
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
		Watches: []string{"wallet.>", "session.ended.v1"},
		Config:  &Config{},
		Start:   start,
	}
}

func start(ctx context.Context, env *app.Env) (*app.Running, error) {
	var cfg Config
	if err := env.Config(&cfg); err != nil {
		return nil, err
	}
	public, err := url.Parse(env.PublicURL)
	if err != nil || public.Host == "" {
		return nil, fmt.Errorf("public URL %q is not one", env.PublicURL)
	}
	e := &edge{cfg: cfg, log: env.Log, public: public, clock: env.Clock, limits: newLimiter(cfg.RatePerSecond, cfg.RateBurst, env.Clock)}
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
	calls := &callbacks{edge: e, operations: operationsv1.NewOperationsServiceClient(operations), dial: env.Dial}

	root := http.NewServeMux()
	root.Handle("/v1/", e.api(e.refreshCookie(api)))
	root.Handle("/.well-known/", e.api(api))
	root.Handle("POST /v1/oauth/token", e.api(&oauth{ids: ids}))
	root.Handle("GET /v1/live", e.open(live))
	root.Handle("/callbacks/{integration}/", e.open(calls))
	documents(root, e)
	return &app.Running{
		Register:   func(grpc.ServiceRegistrar) {},
		HTTP:       e.protect(root),
		Background: []app.Task{{Name: "live", Run: func(ctx context.Context) error { return env.Watch(ctx, live.observe) }}, {Name: "rate limits", Run: e.limits.prune}},
		Close:      func(context.Context) error { live.close(); return nil },
	}, nil
}
