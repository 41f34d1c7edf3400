// Package pgtest gives a test a PostgreSQL database of its own, in a few milliseconds: the migrations run once per machine into a template,
// and each test gets a copy. The server is the one at PITBOSS_TEST_POSTGRES_URL (as a superuser) or the embedded engine, started once
// for all test processes of the machine (see server.go).
//
// As in production the schema belongs to an owner role, and tests connect as a runtime role with the same default privileges and no
// others, so a REVOKE in a migration bites in tests too.
package pgtest

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/pitboss-gaming/pitboss/kit/audit"
	"github.com/pitboss-gaming/pitboss/kit/bus"
	"github.com/pitboss-gaming/pitboss/kit/pg"
)

// Role names of the test databases, in place of pitboss_<svc>_owner and pitboss_<svc>.
const (
	Owner   = "pitboss_test_owner"
	Runtime = "pitboss_test"
)

// Database is one test's own database.
type Database struct {
	// Pool connects as Runtime, when it is first used.
	Pool *pgxpool.Pool
	// URL connects as Runtime, OwnerURL as Owner (who may change the schema), SuperURL as a superuser; all to this database.
	URL, OwnerURL, SuperURL string
}

// DB gives a fresh database with the kit's tables and the given migrations (nil for none), connected as Runtime. It is dropped when the test ends.
func DB(t testing.TB, migrations fs.FS) *pgxpool.Pool {
	t.Helper()
	return New(t, Sets(migrations)...).Pool
}

// Sets are the migration sets of a service's database in the order of their application: the kit's, then the service's unless nil.
func Sets(migrations fs.FS) []pg.Migrations {
	sets := []pg.Migrations{bus.Migrations(), {FS: audit.Migrations(), Table: "goose_audit"}}
	if migrations != nil {
		sets = append(sets, pg.Migrations{FS: migrations, Table: "goose_service"})
	}
	return sets
}

// New gives a fresh database with exactly these migration sets.
func New(t testing.TB, sets ...pg.Migrations) *Database {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute) // the first test of a machine may have to install the server
	defer cancel()
	super, err := serverURL(ctx)
	if err != nil {
		t.Fatalf("pgtest: %v", err)
	}
	s, err := newServer(super)
	if err != nil {
		t.Fatalf("pgtest: %v", err)
	}
	template, err := s.template(ctx, sets)
	if err != nil {
		t.Fatalf("pgtest: template: %v", err)
	}
	name := databasePrefix + strconv.FormatInt(time.Now().Unix(), 36) + "_" + strings.ToLower(rand.Text())[:12]
	if err := s.clone(ctx, template, name); err != nil {
		t.Fatalf("pgtest: %v", err)
	}
	t.Cleanup(func() { s.drop(t, name) })
	d := &Database{URL: s.url(Runtime, name), OwnerURL: s.url(Owner, name), SuperURL: s.url("", name)}
	if d.Pool, err = pg.NewPool(ctx, d.URL, pg.PoolOptions{AppName: "pitboss-test"}); err != nil {
		t.Fatalf("pgtest: %v", err)
	}
	t.Cleanup(func() { closePool(t, d.Pool) })
	return d
}

const (
	databasePrefix = "pbt_"
	templatePrefix = "pbtpl_"
	// abandonedAfter is the age at which a test's database without connections is taken for the leftover of a killed process.
	abandonedAfter = time.Hour
)

// server is a PostgreSQL server as seen from its superuser.
type server struct{ super *url.URL }

func newServer(superURL string) (server, error) {
	u, err := url.Parse(superURL)
	if err != nil || u.Scheme != "postgres" && u.Scheme != "postgresql" || u.User == nil {
		return server{}, fmt.Errorf("the server must be given as postgres://superuser[:password]@host:port/database")
	}
	return server{u}, nil
}

// url connects to a database of the server as a role; "" is the superuser.
func (s server) url(role, database string) string {
	u := *s.super
	u.Path = "/" + database
	if role != "" {
		u.User = url.UserPassword(role, s.password(role))
	}
	return u.String()
}

// password is the test roles' password: the same in all processes that know the superuser, and unknown to others.
func (s server) password(role string) string {
	secret, _ := s.super.User.Password()
	mac := hmac.New(sha256.New, []byte("pgtest:"+secret))
	mac.Write([]byte(role))
	return hex.EncodeToString(mac.Sum(nil))[:32]
}

// clone copies the template. Copying files needs a checkpoint before and after, which costs nothing only where fsync is off; there it
// is the faster way, by far so with wal_level minimal. Elsewhere writing the blocks to the log is.
func (s server) clone(ctx context.Context, template, name string) error {
	return s.with(ctx, func(conn *pgx.Conn) error {
		var fsync string
		if err := conn.QueryRow(ctx, "SHOW fsync", pgx.QueryExecModeSimpleProtocol).Scan(&fsync); err != nil {
			return err
		}
		strategy := "wal_log"
		if fsync == "off" {
			strategy = "file_copy"
		}
		_, err := conn.Exec(ctx, fmt.Sprintf("CREATE DATABASE %s OWNER %s TEMPLATE %s STRATEGY %s", name, Owner, template, strategy),
			pgx.QueryExecModeSimpleProtocol)
		return err
	})
}

func (s server) exec(ctx context.Context, sql string) error {
	return s.with(ctx, func(conn *pgx.Conn) error {
		_, err := conn.Exec(ctx, sql, pgx.QueryExecModeSimpleProtocol)
		return err
	})
}

// with lends the function a connection of the superuser. Connections are kept for the next who needs one: a new one costs the server as much
// as copying a database.
func (s server) with(ctx context.Context, fn func(conn *pgx.Conn) error) error {
	idle, _ := idleConns.LoadOrStore(s.super.String(), make(chan *pgx.Conn, 8))
	kept := idle.(chan *pgx.Conn)
	var conn *pgx.Conn
	select {
	case conn = <-kept:
	default:
		var err error
		if conn, err = pgx.Connect(ctx, s.super.String()); err != nil {
			return err
		}
	}
	err := fn(conn)
	if err == nil {
		select {
		case kept <- conn:
			return nil
		default:
		}
	}
	_ = conn.Close(context.WithoutCancel(ctx)) // nothing depends on a polite goodbye
	return err
}

// idleConns are the superuser's connections that nobody uses, a channel of them for each server's URL. They end with the process.
var idleConns sync.Map

// templates remembers what this process has already found or made.
var templates sync.Map // server and name -> func() error

// template returns the name of the template database with these migrations, making it when no process has yet.
func (s server) template(ctx context.Context, sets []pg.Migrations) (string, error) {
	sum, err := fingerprint(sets)
	if err != nil {
		return "", err
	}
	name := templatePrefix + sum
	once, _ := templates.LoadOrStore(s.super.String()+name, sync.OnceValue(func() error {
		return s.with(ctx, func(conn *pgx.Conn) error { return s.ensureTemplate(ctx, conn, name, sets) })
	}))
	return name, once.(func() error)()
}

func (s server) ensureTemplate(ctx context.Context, conn *pgx.Conn, name string, sets []pg.Migrations) error {
	// One process makes it, the others wait here; at the latest the lock ends with the connection, which an error ends.
	if _, err := conn.Exec(ctx, "SELECT pg_advisory_lock($1)", pg.LockKey("pgtest", name)); err != nil {
		return err
	}
	if err := s.makeTemplate(ctx, conn, name, sets); err != nil {
		return err
	}
	_, err := conn.Exec(ctx, "SELECT pg_advisory_unlock($1)", pg.LockKey("pgtest", name))
	return err
}

// makeTemplate makes the template unless there is one, for one caller at a time.
func (s server) makeTemplate(ctx context.Context, conn *pgx.Conn, name string, sets []pg.Migrations) error {
	if err := s.reap(ctx, conn); err != nil {
		return err
	}
	var exists bool
	if err := conn.QueryRow(ctx, "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", name).Scan(&exists); err != nil || exists {
		return err
	}
	// It gets its name only when it is complete, so a process that dies in the middle leaves nothing that looks like a template.
	draft := name + "_draft"
	if _, err := conn.Exec(ctx, "DROP DATABASE IF EXISTS "+draft+" WITH (FORCE)"); err != nil {
		return err
	}
	if err := pg.Provision(ctx, s.super.String(), []pg.Database{{
		Name: draft, Owner: Owner, OwnerPassword: s.password(Owner), Runtime: Runtime, RuntimePassword: s.password(Runtime),
	}}); err != nil {
		return err
	}
	for _, set := range sets {
		if err := pg.Migrate(ctx, s.url(Owner, draft), set.FS, set.Table); err != nil {
			return err
		}
	}
	if _, err := conn.Exec(ctx, "ALTER DATABASE "+draft+" ALLOW_CONNECTIONS false"); err != nil {
		return err
	}
	_, err := conn.Exec(ctx, "ALTER DATABASE "+draft+" RENAME TO "+name)
	return err
}

// reap drops databases of tests that were killed. Their names tell when they were made.
func (s server) reap(ctx context.Context, conn *pgx.Conn) error {
	rows, err := conn.Query(ctx, `SELECT datname FROM pg_database d WHERE starts_with(datname, $1)
		AND NOT EXISTS (SELECT FROM pg_stat_activity a WHERE a.datid = d.oid)`, databasePrefix)
	if err != nil {
		return err
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return err
	}
	for _, name := range names {
		stamp, _, _ := strings.Cut(strings.TrimPrefix(name, databasePrefix), "_")
		made, err := strconv.ParseInt(stamp, 36, 64)
		if err != nil || time.Since(time.Unix(made, 0)) < abandonedAfter {
			continue
		}
		if _, err := conn.Exec(ctx, "DROP DATABASE IF EXISTS "+pgx.Identifier{name}.Sanitize()); err != nil {
			return err
		}
	}
	return nil
}

func (s server) drop(t testing.TB, name string) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := s.exec(ctx, "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)"); err != nil {
		t.Errorf("pgtest: %v", err)
	}
}

// closePool closes the pool, and says so when the test still holds a connection instead of waiting for it for ever.
func closePool(t testing.TB, pool *pgxpool.Pool) {
	done := make(chan struct{})
	go func() { defer close(done); pool.Close() }()
	select {
	case <-done:
	case <-time.After(15 * time.Second):
		t.Errorf("pgtest: %d connections were not released by the end of the test", pool.Stat().AcquiredConns())
	}
}

// fingerprint names the content of the migrations.
func fingerprint(sets []pg.Migrations) (string, error) {
	h := sha256.New()
	for _, set := range sets {
		fmt.Fprintf(h, "set %q\n", set.Table)
		files, err := fs.Glob(set.FS, "*.sql")
		if err != nil {
			return "", err
		}
		for _, f := range files {
			content, err := fs.ReadFile(set.FS, f)
			if err != nil {
				return "", err
			}
			fmt.Fprintf(h, "file %q %d\n%s", f, len(content), content)
		}
	}
	return hex.EncodeToString(h.Sum(nil))[:20], nil
}
