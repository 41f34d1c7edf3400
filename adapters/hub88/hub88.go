// Package hub88 is the adapter of the Hub88 Operator Wallet API and of Caleta's dialect of it: it verifies and translates the provider's signed callbacks into calls
// of gaming, and our calls of the provider into signed requests. It keeps no state; what a transaction did is gaming's to know.
package hub88

import (
	"context"
	"log/slog"
	"net/http"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/reflect/protoreflect"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	operationsv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/operations/v1"
	"github.com/pitboss-gaming/pitboss/kit/adapter"
	"github.com/pitboss-gaming/pitboss/kit/app"
)

// Service describes the adapter to whoever runs it.
func Service() app.Service {
	return app.Service{
		Name:   "hub88",
		Protos: []protoreflect.FileDescriptor{adapterv1.File_pitboss_adapter_v1_adapter_service_proto, adapterv1.File_pitboss_adapter_v1_errors_proto},
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
			adapterv1.RegisterGameProviderServiceServer(r, provider{Server: s})
		},
		Close: func(context.Context) error {
			s.http.CloseIdleConnections()
			return nil
		},
	}, nil
}

// Server implements AdapterService; provider implements GameProviderService on the same state.
type Server struct {
	adapterv1.UnimplementedAdapterServiceServer
	cfg          Config
	log          *slog.Logger
	gaming       gamingv1.GamingServiceClient
	integrations *adapter.Integrations[*integration]
	http         *http.Client
}

// provider is the GameProviderService of a Server.
type provider struct {
	adapterv1.UnimplementedGameProviderServiceServer
	*Server
}

// New wires a Server. It calls nobody yet.
func New(cfg Config, env *app.Env) (*Server, error) {
	gaming, err := env.Dial("gaming")
	if err != nil {
		return nil, err
	}
	operations, err := env.Dial("operations")
	if err != nil {
		return nil, err
	}
	return &Server{
		cfg: cfg, log: env.Log, gaming: gamingv1.NewGamingServiceClient(gaming), http: adapter.ProviderClient(cfg.ProviderTimeout),
		integrations: adapter.NewIntegrations(cfg.IntegrationTTL, env.Clock, operationsv1.NewOperationsServiceClient(operations), readIntegration),
	}, nil
}
