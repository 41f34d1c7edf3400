package pg

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"io/fs"
	"log/slog"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
)

// RuntimeRoleSetting is the custom setting in which a migration finds the name of the role that the service runs as:
//
//	DO $$ BEGIN EXECUTE format('REVOKE UPDATE, DELETE ON ledger_entry FROM %I', current_setting('pitboss.runtime_role')); END $$;
const RuntimeRoleSetting = "pitboss.runtime_role"

// ErrNewerDatabase says that the database has migrations which this binary does not know: an older binary was started on a database
// that a newer one has migrated.
var ErrNewerDatabase = errors.New("pg: the database is newer than this binary")

// Migrations is one set of migrations and the table in which goose keeps its version. A database has several sets: the kit's and the service's.
type Migrations struct {
	FS    fs.FS
	Table string
}

// Migrate applies the goose migrations in the root of fsys that are not yet applied, as the owner of the database, keeping the version in table.
// Replicas that start together wait for one another (an advisory lock), and only the first one works. The runtime role in
// RuntimeRoleSetting is the owner's name without "_owner", unless the URL sets the parameter itself. Idempotent.
// Errors: ErrNewerDatabase; a failed migration is rolled back and named.
func Migrate(ctx context.Context, ownerURL string, fsys fs.FS, table string) error {
	cfg, err := pgx.ParseConfig(ownerURL)
	if err != nil {
		return fmt.Errorf("pg: bad url: %w", redact(err))
	}
	if cfg.RuntimeParams[RuntimeRoleSetting] == "" {
		cfg.RuntimeParams[RuntimeRoleSetting] = strings.TrimSuffix(cfg.User, "_owner")
	}
	cfg.RuntimeParams["application_name"] = "pitboss-migrate"
	cfg.RuntimeParams["statement_timeout"] = "0"
	// A migration that waits for a lock blocks everybody who comes after it, so it gives up soon and is tried again by the next start.
	cfg.RuntimeParams["lock_timeout"] = "10s"
	unlock, err := lockMigrations(ctx, cfg, table)
	if err != nil {
		return err
	}
	defer unlock()

	db := stdlib.OpenDB(*cfg)
	defer db.Close()
	provider, err := goose.NewProvider(goose.DialectPostgres, db, fsys, goose.WithTableName(table), goose.WithLogger(goose.NopLogger()))
	if err != nil {
		return fmt.Errorf("pg: migrations of %s: %w", table, err)
	}
	current, err := provider.GetDBVersion(ctx)
	if err != nil {
		return fmt.Errorf("pg: version of %s in %s: %w", table, cfg.Database, err)
	}
	known := provider.ListSources()
	if newest := known[len(known)-1].Version; current > newest {
		return fmt.Errorf("%w: %s in %s is at %d, this binary knows up to %d", ErrNewerDatabase, table, cfg.Database, current, newest)
	}
	results, err := provider.Up(ctx)
	if err != nil {
		return fmt.Errorf("pg: migrate %s: %w", cfg.Database, err)
	}
	for _, r := range results {
		slog.DebugContext(ctx, "migrated", "database", cfg.Database, "migration", r.Source.Path, "took", r.Duration)
	}
	return nil
}

// lockMigrations takes the advisory lock of one migration table on a connection of its own. It asks again and again rather than
// wait inside the server: a statement that waits holds a snapshot, and CREATE INDEX CONCURRENTLY in the migration that has the lock would wait for it.
func lockMigrations(ctx context.Context, cfg *pgx.ConnConfig, table string) (unlock func(), err error) {
	conn, err := pgx.ConnectConfig(ctx, cfg)
	if err != nil {
		return nil, fmt.Errorf("pg: %w", err)
	}
	closeConn := func() {
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		defer cancel()
		_ = conn.Close(ctx) // the lock ends with the connection, however that ends
	}
	for {
		var got bool
		if err := conn.QueryRow(ctx, "SELECT pg_try_advisory_lock($1)", LockKey("migrate", table)).Scan(&got); err != nil {
			closeConn()
			return nil, fmt.Errorf("pg: lock for migrations of %s: %w", table, err)
		}
		if got {
			return closeConn, nil
		}
		select {
		case <-ctx.Done():
			closeConn()
			return nil, fmt.Errorf("pg: lock for migrations of %s: %w", table, ctx.Err())
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// LockKey makes the number of an advisory lock from names, so that numbers are not handed out by hand. Locks are per database.
func LockKey(names ...string) int64 {
	h := fnv.New64a()
	for _, n := range names {
		fmt.Fprintf(h, "%d:%s", len(n), n) // a hash does not fail to write
	}
	return int64(h.Sum64())
}
