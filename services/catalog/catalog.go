// Package catalog keeps what can be played: games by integration, reviewed before players see them, and the lobby. Everything is
// answered from memory.
package catalog

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/reflect/protoreflect"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	catalogv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/catalog/v1"
	operationsv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/operations/v1"
	"github.com/pitboss-gaming/pitboss/kit/app"
	"github.com/pitboss-gaming/pitboss/services/catalog/internal/db"
	"github.com/pitboss-gaming/pitboss/services/catalog/migrations"
)

// Service describes the catalogue to whoever runs it.
func Service() app.Service {
	return app.Service{
		Name:       "catalog",
		Migrations: migrations.FS,
		Publishes:  []string{"game.>", "catalog.>"},
		Protos: []protoreflect.FileDescriptor{
			catalogv1.File_pitboss_catalog_v1_catalog_service_proto,
			catalogv1.File_pitboss_catalog_v1_events_proto,
			catalogv1.File_pitboss_catalog_v1_errors_proto,
		},
		Config: &Config{},
		Start:  start,
	}
}

func start(ctx context.Context, env *app.Env) (*app.Running, error) {
	var cfg Config
	if err := env.Config(&cfg); err != nil {
		return nil, err
	}
	s, err := New(ctx, cfg, env)
	if err != nil {
		return nil, err
	}
	return &app.Running{
		Register:   func(r grpc.ServiceRegistrar) { catalogv1.RegisterCatalogServiceServer(r, s) },
		Background: []app.Task{{Name: "catalog_refresh", Run: s.refreshUntil}},
	}, nil
}

// Server implements CatalogService.
type Server struct {
	catalogv1.UnimplementedCatalogServiceServer
	cfg        Config
	log        *slog.Logger
	pool       *pgxpool.Pool
	q          *db.Queries
	now        func() time.Time
	operations operationsv1.OperationsServiceClient
	adapter    func(service string) (adapterv1.GameProviderServiceClient, error)

	loading sync.Mutex
	current atomic.Pointer[snapshot]
}

// New wires a Server and reads the catalogue into memory.
func New(ctx context.Context, cfg Config, env *app.Env) (*Server, error) {
	operations, err := env.Dial("operations")
	if err != nil {
		return nil, err
	}
	s := &Server{
		cfg: cfg, log: env.Log, pool: env.DB, q: db.New(env.DB), operations: operationsv1.NewOperationsServiceClient(operations),
		now: func() time.Time { return env.Clock().UTC().Truncate(time.Microsecond) },
		adapter: func(service string) (adapterv1.GameProviderServiceClient, error) {
			c, err := env.Dial(service)
			if err != nil {
				return nil, err
			}
			return adapterv1.NewGameProviderServiceClient(c), nil
		},
	}
	return s, s.refresh(ctx)
}
