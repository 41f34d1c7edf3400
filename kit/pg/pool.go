// Package pg is how services use PostgreSQL: a pool with timeouts, transactions with retry, migrations, and the creation of databases
// and roles. Queries themselves are the services' own.
package pg

import (
	"context"
	"fmt"
	"log/slog"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// PoolOptions configures Open. Zero values are replaced by the defaults named.
type PoolOptions struct {
	// AppName is shown in pg_stat_activity ("pitboss").
	AppName string
	// MaxConns and MinConns bound the pool (10, 0).
	MaxConns, MinConns int32
	// StatementTimeout ends a statement that runs longer (10 s).
	StatementTimeout time.Duration
	// LockTimeout ends a statement that waits longer for a lock (5 s).
	LockTimeout time.Duration
	// IdleInTransactionTimeout ends a transaction that does nothing (10 s). An idle writer holds back every event of the whole server
	// (see kit/bus), so it must not live.
	IdleInTransactionTimeout time.Duration
	// Tracer sees every query; nil for none.
	Tracer pgx.QueryTracer
}

// Open makes a pool and waits until it answers, or ctx ends.
func Open(ctx context.Context, url string, o PoolOptions) (*pgxpool.Pool, error) {
	pool, err := NewPool(ctx, url, o)
	if err != nil {
		return nil, err
	}
	if err := waitReady(ctx, pool); err != nil {
		pool.Close()
		c := pool.Config().ConnConfig
		return nil, fmt.Errorf("pg: %s on %s:%d does not answer: %w", c.Database, c.Host, c.Port, err)
	}
	return pool, nil
}

// NewPool makes a pool that connects when it is first used. The timeouts are set as session parameters, so the server enforces them.
// Statements are prepared and cached per connection; there must be no transaction-pooling proxy in between.
func NewPool(ctx context.Context, url string, o PoolOptions) (*pgxpool.Pool, error) {
	cfg, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("pg: bad url: %w", redact(err))
	}
	setDefault(&o.AppName, "pitboss")
	setDefault(&o.MaxConns, 10)
	setDefault(&o.StatementTimeout, 10*time.Second)
	setDefault(&o.LockTimeout, 5*time.Second)
	setDefault(&o.IdleInTransactionTimeout, 10*time.Second)
	cfg.MaxConns, cfg.MinConns = o.MaxConns, min(o.MinConns, o.MaxConns)
	cfg.MaxConnLifetime, cfg.MaxConnLifetimeJitter = 30*time.Minute, 5*time.Minute
	cfg.HealthCheckPeriod = 15 * time.Second
	c := cfg.ConnConfig
	c.ConnectTimeout = 5 * time.Second
	c.DefaultQueryExecMode = pgx.QueryExecModeCacheStatement
	c.Tracer = o.Tracer
	c.RuntimeParams["application_name"] = o.AppName
	c.RuntimeParams["statement_timeout"] = millis(o.StatementTimeout)
	c.RuntimeParams["lock_timeout"] = millis(o.LockTimeout)
	c.RuntimeParams["idle_in_transaction_session_timeout"] = millis(o.IdleInTransactionTimeout)
	c.RuntimeParams["timezone"] = "UTC"
	cfg.AfterConnect = func(_ context.Context, conn *pgx.Conn) error {
		quickArrays(conn.TypeMap())
		return nil
	}
	pool, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		return nil, fmt.Errorf("pg: %w", err)
	}
	return pool, nil
}

// waitReady pings until the server answers. Only errors that time can heal are waited for.
func waitReady(ctx context.Context, pool *pgxpool.Pool) error {
	for wait := 50 * time.Millisecond; ; wait = min(2*wait, time.Second) {
		err := pool.Ping(ctx)
		if err == nil || !IsUnavailable(err) {
			return err
		}
		slog.DebugContext(ctx, "waiting for PostgreSQL", "error", err)
		select {
		case <-ctx.Done():
			return err
		case <-time.After(wait):
		}
	}
}

func millis(d time.Duration) string { return strconv.FormatInt(d.Milliseconds(), 10) }

func setDefault[T comparable](v *T, def T) {
	var zero T
	if *v == zero {
		*v = def
	}
}
