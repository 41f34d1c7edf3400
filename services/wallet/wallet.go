// Package wallet is the ledger: the only place where money moves. Every operation is idempotent, balanced, all or nothing, and durable
// before it is answered. Concurrent operations share one database transaction (group commit): the request handlers check a
// request and make a command of it, commit.go loads what a batch of commands needs, decide.go decides them in memory, and commit.go writes what came of it.
package wallet

import (
	"context"
	"embed"
	"io/fs"
	"log/slog"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/reflect/protoreflect"

	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/app"
	"github.com/pitboss-gaming/pitboss/kit/groupcommit"
	"github.com/pitboss-gaming/pitboss/services/wallet/internal/db"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Migrations are the ledger's tables.
func Migrations() fs.FS {
	sub, err := fs.Sub(migrations, "migrations")
	if err != nil {
		panic(err) // the folder is embedded by the line above
	}
	return sub
}

// Service describes the wallet.
func Service() app.Service {
	return app.Service{
		Name:       "wallet",
		Migrations: Migrations(),
		Publishes:  []string{"wallet.>", "alert.ledger_mismatch.>"},
		Protos: []protoreflect.FileDescriptor{
			walletv1.File_pitboss_wallet_v1_wallet_service_proto, walletv1.File_pitboss_wallet_v1_events_proto,
			walletv1.File_pitboss_wallet_v1_errors_proto,
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
	s := New(env.DB, cfg, env.Clock)
	s.log, s.dial = env.Log, env.Dial
	if err := s.startPartitions(ctx); err != nil {
		s.Close()
		return nil, err
	}
	return &app.Running{
		Register: func(r grpc.ServiceRegistrar) { walletv1.RegisterWalletServiceServer(r, s) },
		Background: []app.Task{
			{Name: "ledger partitions", Run: s.keepPartitions}, {Name: "guard usage", Run: s.keepUsageShort}, {Name: "adjustments", Run: s.keepAdjustments},
			{Name: "ledger checks", Run: s.keepVerifying},
		},
		Collectors: []prometheus.Collector{s.batchMetrics},
		Close:      func(context.Context) error { s.Close(); return nil },
	}, nil
}

// Server implements walletv1.WalletService.
type Server struct {
	walletv1.UnimplementedWalletServiceServer
	pool         *pgxpool.Pool
	batchConns   *pgxpool.Pool
	queries      *db.Queries
	clock        func() time.Time
	batches      *groupcommit.Batcher[pending, answers]
	batchMetrics *groupcommit.Metrics
	moved        movedSet
	guardMemory  guardMemory
	accountIDs   accountIDs
	zones        sync.Map // names of time zones that the database knows
	cfg          Config
	log          *slog.Logger
	dial         func(service string) (*grpc.ClientConn, error)
	began        time.Time
	verifying    sync.Mutex // held by the one verification that runs here
}

// New wires a server on a database that has Migrations. Close ends its workers.
func New(pool *pgxpool.Pool, cfg Config, clock func() time.Time) *Server {
	cfg = cfg.bounded()
	s := &Server{
		pool: pool, batchConns: batchPool(pool, cfg.Workers), queries: db.New(pool), clock: clock, cfg: cfg, log: slog.Default(), began: clock(),
		batchMetrics: groupcommit.NewMetrics("wallet"),
	}
	s.batches = groupcommit.New(groupcommit.Options[pending, answers]{
		Workers: cfg.Workers, MaxBatch: cfg.MaxBatch, QueueLen: cfg.QueueLen, KeyLen: cfg.KeyLen, Gather: cfg.Gather,
		Weight: func(p pending) int { return len(p.commands) },
		Key:    func(p pending) uint64 { return spread(p.commands[0].player) },
		Commit: s.commit, Observe: s.batchMetrics.Observe("commit"),
	})
	return s
}

// Close answers what is queued and refuses what comes later.
func (s *Server) Close() {
	s.batches.Close()
	s.batchConns.Close()
}
