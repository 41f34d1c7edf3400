package pg

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// Database names a database and its two roles: Owner runs the migrations, Runtime is what the service connects as.
type Database struct {
	Name            string
	Owner           string
	OwnerPassword   string
	Runtime         string
	RuntimePassword string
}

// ServiceDatabase is the platform's naming: pitboss_<svc>, owned by pitboss_<svc>_owner, used by pitboss_<svc>.
func ServiceDatabase(service, ownerPassword, runtimePassword string) Database {
	name := "pitboss_" + service
	return Database{Name: name, Owner: name + "_owner", OwnerPassword: ownerPassword, Runtime: name, RuntimePassword: runtimePassword}
}

// Provision creates the databases and roles that are missing and brings passwords and privileges of the others to what is asked.
// Idempotent; processes that do it together wait for one another. Afterwards only the two roles of a database (and superusers) can connect to it;
// the owner owns schema public; the runtime role can use it and gets SELECT, INSERT, UPDATE and DELETE on every table and USAGE on every sequence
// that the owner will create, and nothing else. superURL is a superuser, or a role with CREATEDB and CREATEROLE, on any database of the server.
// Roles are made without any special attribute. Passwords travel inside the connection, so use TLS, a socket or loopback.
func Provision(ctx context.Context, superURL string, databases []Database) error {
	cfg, err := pgx.ParseConfig(superURL)
	if err != nil {
		return fmt.Errorf("pg: bad url: %w", redact(err))
	}
	cfg.RuntimeParams["application_name"] = "pitboss-provision"
	cfg.DefaultQueryExecMode = pgx.QueryExecModeSimpleProtocol
	conn, err := pgx.ConnectConfig(ctx, cfg)
	if err != nil {
		return fmt.Errorf("pg: %w", err)
	}
	defer closeSoon(conn)
	if _, err := conn.Exec(ctx, "SELECT pg_advisory_lock($1)", LockKey("provision")); err != nil {
		return fmt.Errorf("pg: provision: %w", err)
	}
	for _, d := range databases {
		if err := d.check(); err != nil {
			return err
		}
		if err := provisionServer(ctx, conn, d); err != nil {
			return fmt.Errorf("pg: provision %s: %w", d.Name, err)
		}
		if err := provisionInside(ctx, cfg, d); err != nil {
			return fmt.Errorf("pg: provision %s: %w", d.Name, err)
		}
	}
	return nil
}

var identifier = regexp.MustCompile(`^[a-z_][a-z0-9_]{0,62}$`)

func (d Database) check() error {
	for _, n := range []string{d.Name, d.Owner, d.Runtime} {
		if !identifier.MatchString(n) {
			return fmt.Errorf("pg: provision: %q is not a plain lower-case name", n)
		}
	}
	if d.Owner == d.Runtime {
		return fmt.Errorf("pg: provision %s: owner and runtime role must differ", d.Name)
	}
	if d.OwnerPassword == "" || d.RuntimePassword == "" {
		return fmt.Errorf("pg: provision %s: an empty password would lock the role out", d.Name)
	}
	return nil
}

// provisionServer does what is done outside the database: roles, the database itself, who may connect.
func provisionServer(ctx context.Context, conn *pgx.Conn, d Database) error {
	if err := ensureRole(ctx, conn, d.Owner, d.OwnerPassword); err != nil {
		return err
	}
	if err := ensureRole(ctx, conn, d.Runtime, d.RuntimePassword); err != nil {
		return err
	}
	var exists bool
	if err := conn.QueryRow(ctx, "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", d.Name).Scan(&exists); err != nil {
		return err
	}
	if !exists {
		// A creator that is not a superuser must be able to act as the owner.
		if err := execf(ctx, conn, "GRANT %s TO CURRENT_USER", d.Owner); err != nil {
			return err
		}
		if err := execf(ctx, conn, "CREATE DATABASE %s OWNER %s ENCODING 'UTF8' TEMPLATE template0", d.Name, d.Owner); err != nil {
			return err
		}
	}
	if err := execf(ctx, conn, "REVOKE ALL ON DATABASE %s FROM PUBLIC", d.Name); err != nil {
		return err
	}
	return execf(ctx, conn, "GRANT CONNECT ON DATABASE %s TO %s", d.Name, d.Runtime)
}

// provisionInside does what has to be done in the database: the schema and the default privileges.
func provisionInside(ctx context.Context, super *pgx.ConnConfig, d Database) error {
	cfg := super.Copy()
	cfg.Database = d.Name
	conn, err := pgx.ConnectConfig(ctx, cfg)
	if err != nil {
		return err
	}
	defer closeSoon(conn)
	for _, stmt := range []struct {
		format string
		names  []string
	}{
		{"ALTER SCHEMA public OWNER TO %s", []string{d.Owner}},
		{"REVOKE ALL ON SCHEMA public FROM PUBLIC", nil},
		{"GRANT USAGE ON SCHEMA public TO %s", []string{d.Runtime}},
		{"ALTER DEFAULT PRIVILEGES FOR ROLE %s IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO %s", []string{d.Owner, d.Runtime}},
		{"ALTER DEFAULT PRIVILEGES FOR ROLE %s IN SCHEMA public GRANT USAGE ON SEQUENCES TO %s", []string{d.Owner, d.Runtime}},
	} {
		if err := execf(ctx, conn, stmt.format, stmt.names...); err != nil {
			return err
		}
	}
	return nil
}

func ensureRole(ctx context.Context, conn *pgx.Conn, role, password string) error {
	err := execf(ctx, conn, "CREATE ROLE %s LOGIN", role)
	var pe *pgconn.PgError
	if err != nil && !(errors.As(err, &pe) && pe.Code == "42710") { // duplicate_object
		return err
	}
	// ALTER ROLE takes no parameters, so the server quotes the password.
	var stmt string
	if err := conn.QueryRow(ctx, "SELECT format('ALTER ROLE %I LOGIN PASSWORD %L', $1::text, $2::text)",
		role, password).Scan(&stmt); err != nil {
		return err
	}
	_, err = conn.Exec(ctx, stmt)
	return err
}

// execf runs a statement whose arguments are names; it quotes them.
func execf(ctx context.Context, conn *pgx.Conn, format string, names ...string) error {
	quoted := make([]any, len(names))
	for i, n := range names {
		quoted[i] = pgx.Identifier{n}.Sanitize()
	}
	_, err := conn.Exec(ctx, fmt.Sprintf(format, quoted...))
	return err
}

func closeSoon(conn *pgx.Conn) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	_ = conn.Close(ctx) // a connection that cannot be closed in good order is dropped all the same
}
