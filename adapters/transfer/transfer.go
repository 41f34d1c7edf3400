// Package transfer is the adapter of the sandbox studio's transfer wallet protocol, for providers that keep players' money themselves: it translates calls of gaming into signed
// requests of the provider. The protocol has no callbacks. It keeps no state; what a transfer did is the provider's and gaming's to know.
package transfer

import (
	"context"
	"net/http"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/reflect/protoreflect"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	operationsv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/operations/v1"
	"github.com/pitboss-gaming/pitboss/kit/adapter"
	"github.com/pitboss-gaming/pitboss/kit/app"
)

// Service describes the adapter to whoever runs it.
func Service() app.Service {
	return app.Service{
		Name: "transfer",
		Protos: []protoreflect.FileDescriptor{
			adapterv1.File_pitboss_adapter_v1_adapter_service_proto, adapterv1.File_pitboss_adapter_v1_transfer_wallet_service_proto,
			adapterv1.File_pitboss_adapter_v1_errors_proto,
		},
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
			adapterv1.RegisterTransferWalletServiceServer(r, bank{Server: s})
		},
		Close: func(context.Context) error {
			s.http.CloseIdleConnections()
			return nil
		},
	}, nil
}

// Server implements AdapterService; provider and bank implement GameProviderService and TransferWalletService on the same state.
type Server struct {
	adapterv1.UnimplementedAdapterServiceServer
	now          func() time.Time
	integrations *adapter.Integrations[*integration]
	http         *http.Client
}

// provider is the GameProviderService of a Server.
type provider struct {
	adapterv1.UnimplementedGameProviderServiceServer
	*Server
}

// bank is the TransferWalletService of a Server.
type bank struct {
	adapterv1.UnimplementedTransferWalletServiceServer
	*Server
}

// New wires a Server. It calls nobody yet.
func New(cfg Config, env *app.Env) (*Server, error) {
	operations, err := env.Dial("operations")
	if err != nil {
		return nil, err
	}
	return &Server{
		now: env.Clock, http: adapter.ProviderClient(cfg.ProviderTimeout),
		integrations: adapter.NewIntegrations(cfg.IntegrationTTL, env.Clock, operationsv1.NewOperationsServiceClient(operations), readIntegration),
	}, nil
}
