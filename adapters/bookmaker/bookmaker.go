// Package bookmaker is the adapter of partner sportsbooks: they check a stake, block it, report results, refund and correct, each call signed with
// HMAC-SHA256. It translates them into calls of gaming and keeps what the partner's later calls do not repeat: which bets a round decides.
package bookmaker

import (
	"context"
	"embed"
	"io/fs"
	"log/slog"
	"net/http"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/pitboss-gaming/pitboss/adapters/bookmaker/internal/db"
	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	operationsv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/operations/v1"
	"github.com/pitboss-gaming/pitboss/kit/adapter"
	"github.com/pitboss-gaming/pitboss/kit/app"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Service describes the adapter to whoever runs it.
func Service() app.Service {
	sub, err := fs.Sub(migrations, "migrations")
	if err != nil {
		panic(err) // the folder is embedded by the lines above
	}
	return app.Service{
		Name:       "bookmaker",
		Migrations: sub,
		Protos:     []protoreflect.FileDescriptor{adapterv1.File_pitboss_adapter_v1_adapter_service_proto, adapterv1.File_pitboss_adapter_v1_errors_proto},
		Config:     &Config{},
		Start:      start,
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
		Background: []app.Task{
			{Name: "reprice", Run: func(ctx context.Context) error { return s.repeatedly(ctx, s.repriceDue) }},
			{Name: "give back unaccepted bets", Run: func(ctx context.Context) error { return s.repeatedly(ctx, s.giveBackUnaccepted) }},
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
	now          func() time.Time
	pool         *pgxpool.Pool
	queries      *db.Queries
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
		cfg: cfg, log: env.Log, now: env.Clock, pool: env.DB, queries: db.New(env.DB), gaming: gamingv1.NewGamingServiceClient(gaming),
		http:         adapter.ProviderClient(cfg.PartnerTimeout),
		integrations: adapter.NewIntegrations(cfg.IntegrationTTL, env.Clock, operationsv1.NewOperationsServiceClient(operations), readIntegration),
	}, nil
}
