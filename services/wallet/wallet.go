// Package wallet is the ledger: the only place where money moves. Every operation is idempotent, balanced, all or nothing, and durable
// before it is answered. Concurrent operations share one database transaction (group commit): the request handlers check a
// request and make a command of it, commit.go loads what a batch of commands needs, decide.go decides them in memory, and commit.go writes what came of it.
package wallet

import (
	"embed"
	"io/fs"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
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

// Server implements walletv1.WalletService.
type Server struct {
	walletv1.UnimplementedWalletServiceServer
	pool    *pgxpool.Pool
	queries *db.Queries
	clock   func() time.Time
	batches *groupcommit.Batcher[pending, result]
}

// New wires a server on a database that has Migrations. Close ends its workers.
func New(pool *pgxpool.Pool, cfg Config, clock func() time.Time) *Server {
	cfg = cfg.bounded()
	s := &Server{pool: pool, queries: db.New(pool), clock: clock}
	s.batches = groupcommit.New(groupcommit.Options[pending, result]{
		Workers: cfg.Workers, MaxBatch: cfg.MaxBatch, QueueLen: cfg.QueueLen,
		Key:    func(p pending) uint64 { return spread(p.command.player) },
		Commit: s.commit,
	})
	return s
}

// Close answers what is queued and refuses what comes later.
func (s *Server) Close() { s.batches.Close() }
