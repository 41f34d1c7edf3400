// Package catalog keeps what can be played: games by integration, reviewed before players see them, where they may be played, and how they are
// shown. Everything but what belongs to one player is answered from memory.
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
	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	operationsv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/operations/v1"
	"github.com/pitboss-gaming/pitboss/kit/app"
	"github.com/pitboss-gaming/pitboss/kit/bus"
	"github.com/pitboss-gaming/pitboss/kit/lookup"
	"github.com/pitboss-gaming/pitboss/services/catalog/internal/db"
	"github.com/pitboss-gaming/pitboss/services/catalog/migrations"
)

// consumerRecentlyPlayed remembers which games a player has opened.
const consumerRecentlyPlayed = "catalog_recently_played"

// playerLife is how long a player's country and language are used again.
const playerLife = 10 * time.Second

// Service describes the catalogue to whoever runs it.
func Service() app.Service {
	return app.Service{
		Name:       "catalog",
		Migrations: migrations.FS,
		Publishes:  []string{"game.>", "catalog.>"},
		Consumes:   []app.Subscription{{Name: consumerRecentlyPlayed, Subjects: []string{"game_session.started.v1"}}},
		Protos: []protoreflect.FileDescriptor{
			catalogv1.File_pitboss_catalog_v1_catalog_service_proto,
			catalogv1.File_pitboss_catalog_v1_game_proto,
			catalogv1.File_pitboss_catalog_v1_lobby_proto,
			catalogv1.File_pitboss_catalog_v1_manage_proto,
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
		Consumers:  []bus.Consumer{{Name: consumerRecentlyPlayed, Handle: s.onGameSessionStarted}},
		Background: []app.Task{{Name: "catalog_refresh", Run: s.refreshUntil}, {Name: "catalog_switches", Run: s.refreshSwitchesUntil}},
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
	identity   func() (identityv1.IdentityServiceClient, error)
	players    *lookup.Cache[*identityv1.GetPlayerStatusResponse]

	loading   sync.Mutex
	turn      atomic.Int64 // of the question that was asked last
	refreshed error        // its answer
	current   atomic.Pointer[snapshot]

	asking   sync.Mutex
	switches atomic.Pointer[switches]
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
		identity: func() (identityv1.IdentityServiceClient, error) {
			c, err := env.Dial("identity")
			if err != nil {
				return nil, err
			}
			return identityv1.NewIdentityServiceClient(c), nil
		},
	}
	s.players = lookup.New(playerLife, env.Clock, s.playerStatus)
	return s, s.refresh(ctx)
}
