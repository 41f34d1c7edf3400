// Package stripe speaks Stripe's protocol for the platform: payments on Checkout pages, refunds, and signed webhooks. It keeps nothing: what
// providers report is stored by the cashier before Stripe is told that it arrived, and every call to Stripe carries the cashier's key.
package stripe

import (
	"context"
	"log/slog"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/reflect/protoreflect"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	cashierv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/cashier/v1"
	operationsv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/operations/v1"
	"github.com/pitboss-gaming/pitboss/kit/app"
)

// Protocol is the name of the protocol and of the service.
const Protocol = "stripe"

// Service describes the adapter to whoever runs it.
func Service() app.Service {
	return app.Service{
		Name:   Protocol,
		Protos: []protoreflect.FileDescriptor{},
		Config: &Config{},
		Start:  start,
	}
}

func start(_ context.Context, env *app.Env) (*app.Running, error) {
	var cfg Config
	if err := env.Config(&cfg); err != nil {
		return nil, err
	}
	s, err := New(cfg, env)
	if err != nil {
		return nil, err
	}
	return &app.Running{
		Register: func(r grpc.ServiceRegistrar) {
			adapterv1.RegisterAdapterServiceServer(r, s)
			adapterv1.RegisterPaymentProviderServiceServer(r, s)
		},
		Close: func(context.Context) error { s.http.CloseIdleConnections(); return nil },
	}, nil
}

// Config is the adapter's configuration. What differs between Stripe accounts is in the integration, not here.
type Config struct {
	TryTimeout     time.Duration `env:"PITBOSS_STRIPE_TRY_TIMEOUT" envDefault:"5s" doc:"Longest wait for one answer of Stripe."`
	CallTimeout    time.Duration `env:"PITBOSS_STRIPE_CALL_TIMEOUT" envDefault:"7500ms" doc:"Longest time for a call of Stripe with all its repetitions."`
	Tries          int           `env:"PITBOSS_STRIPE_TRIES" envDefault:"3" doc:"How often a call of Stripe is tried at most."`
	IntegrationTTL time.Duration `env:"PITBOSS_STRIPE_INTEGRATION_TTL" envDefault:"500ms" doc:"How long an integration's settings are used again; a change takes that long to be felt."`
}

// Server implements AdapterService and PaymentProviderService.
type Server struct {
	adapterv1.UnimplementedAdapterServiceServer
	adapterv1.UnimplementedPaymentProviderServiceServer
	cfg          Config
	log          *slog.Logger
	now          func() time.Time
	http         *client
	cashier      cashierv1.CashierServiceClient
	integrations *integrations
}

// New wires a Server. It calls nobody yet.
func New(cfg Config, env *app.Env) (*Server, error) {
	cashier, err := env.Dial("cashier")
	if err != nil {
		return nil, err
	}
	operations, err := env.Dial("operations")
	if err != nil {
		return nil, err
	}
	return &Server{
		cfg: cfg, log: env.Log, now: env.Clock, http: newClient(cfg), cashier: cashierv1.NewCashierServiceClient(cashier),
		integrations: newIntegrations(cfg.IntegrationTTL, env.Clock, operationsv1.NewOperationsServiceClient(operations)),
	}, nil
}
