// Package gaming turns what game studios report into bets, rounds and wallet operations: launch tokens, game sessions, and the state
// machine of bets and rounds. Money moves only in the wallet; gaming decides what the wallet is asked for, exactly once per
// transaction of a provider.
package gaming

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/reflect/protoreflect"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	catalogv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/catalog/v1"
	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	operationsv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/operations/v1"
	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/app"
	"github.com/pitboss-gaming/pitboss/kit/bus"
	"github.com/pitboss-gaming/pitboss/kit/groupcommit"
	"github.com/pitboss-gaming/pitboss/kit/lookup"
	"github.com/pitboss-gaming/pitboss/services/gaming/internal/db"
	"github.com/pitboss-gaming/pitboss/services/gaming/migrations"
)

// Names of the durable consumers.
const (
	consumerPlayerUpdated = "gaming_player_updated"
	consumerSessionEnded  = "gaming_session_ended"
)

// Service describes gaming to whoever runs it.
func Service() app.Service {
	return app.Service{
		Name:       "gaming",
		Migrations: migrations.FS,
		Publishes:  []string{"bet.>", "round.>", "game_session.>", "provider_transfer.>", "gaming.>"},
		Consumes: []app.Subscription{
			{Name: consumerPlayerUpdated, Subjects: []string{"player.updated.v1"}},
			{Name: consumerSessionEnded, Subjects: []string{"session.ended.v1"}},
		},
		Protos: []protoreflect.FileDescriptor{
			gamingv1.File_pitboss_gaming_v1_gaming_service_proto,
			gamingv1.File_pitboss_gaming_v1_events_proto,
			gamingv1.File_pitboss_gaming_v1_errors_proto,
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
		Register: func(r grpc.ServiceRegistrar) { gamingv1.RegisterGamingServiceServer(r, s) },
		Consumers: []bus.Consumer{
			{Name: consumerPlayerUpdated, Subjects: []string{"player.updated.v1"}, Handle: s.onPlayerUpdated},
			{Name: consumerSessionEnded, Subjects: []string{"session.ended.v1"}, Handle: s.onSessionEnded},
		},
		Background: []app.Task{
			{Name: "gaming_reconcile", Run: s.reconcileUntil}, {Name: "gaming_free_rounds", Run: s.driveFreeRounds}, {Name: "gaming_sweep", Run: s.sweepUntil},
			{Name: "gaming_books", Run: s.reconcileBooksUntil}, {Name: "gaming_provider_wallets", Run: s.driveProviderWallets},
			{Name: "gaming_holds", Run: s.compareHoldsUntil}, {Name: "gaming_stops", Run: s.watchStops},
		},
		Collectors: []prometheus.Collector{s.holds.found, s.holds.healed, s.batchMetrics},
		Close:      func(context.Context) error { s.Close(); return nil },
	}, nil
}

// Server implements GamingService.
type Server struct {
	gamingv1.UnimplementedGamingServiceServer
	cfg        Config
	log        *slog.Logger
	pool       *pgxpool.Pool
	q          *db.Queries
	now        func() time.Time
	publicURL  string
	wallet     walletv1.WalletServiceClient
	operations operationsv1.OperationsServiceClient
	identity   identityv1.IdentityServiceClient
	adapter    func(service string) (adapterv1.GameProviderServiceClient, error)
	transfers  func(service string) (adapterv1.TransferWalletServiceClient, error)

	holds        *holdCheck
	batchMetrics *groupcommit.Metrics
	batchConns   *pgxpool.Pool
	reads        *groupcommit.Batcher[needs, *situation]
	writes       *groupcommit.Batcher[record, written]
	posts        *groupcommit.Batcher[posting, *walletv1.PostRoundResponse]
	alone        atomic.Int64 // until when PostRounds is not tried, in nanoseconds of Unix time
	memory       *memory

	games        *lookup.Cache[*catalogv1.Game]
	players      *lookup.Cache[*identityv1.GetPlayerStatusResponse]
	integrations *lookup.Cache[*operationsv1.LookupIntegrationResponse]
}

// New wires a Server. It calls nobody yet.
func New(cfg Config, env *app.Env) (*Server, error) {
	cfg.Workers, cfg.Gather = min(max(cfg.Workers, 1), 8), min(max(cfg.Gather, 0), 50*time.Millisecond)
	s := &Server{
		cfg: cfg, log: env.Log, pool: env.DB, q: db.New(env.DB), publicURL: env.PublicURL, holds: newHoldCheck(), batchMetrics: groupcommit.NewMetrics("gaming"),
		// PostgreSQL keeps microseconds; what is answered must be what is stored.
		now: func() time.Time { return env.Clock().UTC().Truncate(time.Microsecond) },
		adapter: func(service string) (adapterv1.GameProviderServiceClient, error) {
			c, err := env.Dial(service)
			if err != nil {
				return nil, err
			}
			return adapterv1.NewGameProviderServiceClient(c), nil
		},
		transfers: func(service string) (adapterv1.TransferWalletServiceClient, error) {
			c, err := env.Dial(service)
			if err != nil {
				return nil, err
			}
			return adapterv1.NewTransferWalletServiceClient(c), nil
		},
	}
	conns := map[string]*grpc.ClientConn{}
	for _, name := range []string{"wallet", "identity", "catalog", "operations"} {
		c, err := env.Dial(name)
		if err != nil {
			return nil, err
		}
		conns[name] = c
	}
	s.wallet = walletv1.NewWalletServiceClient(conns["wallet"])
	s.operations = operationsv1.NewOperationsServiceClient(conns["operations"])
	s.identity = identityv1.NewIdentityServiceClient(conns["identity"])
	s.wireLookups(catalogv1.NewCatalogServiceClient(conns["catalog"]), s.identity, s.operations)
	var err error
	if s.batchConns, err = batchPool(env.DB, cfg.Workers); err != nil {
		return nil, err
	}
	if s.memory, err = newMemory(); err != nil {
		return nil, err
	}
	s.startBatches()
	return s, nil
}

// Close answers what is queued and refuses what comes later.
func (s *Server) Close() {
	s.reads.Close()
	s.posts.Close()
	s.writes.Close()
	s.batchConns.Close()
}
