package pg

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
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
// Roles are made without any special attribute. Passwords travel as SCRAM verifiers.
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
		if err := provision(ctx, conn, cfg, d); err != nil {
			return err
		}
	}
	return nil
}

// Script is what Provision does, as a script for psql that somebody reads and runs as superuser. It holds no password, only SCRAM verifiers.
func Script(databases []Database) (string, error) {
	var b strings.Builder
	b.WriteString("\\set ON_ERROR_STOP on\n")
	write := func(steps []step) {
		for _, s := range steps {
			if s.unless == "" {
				b.WriteString(s.sql + ";\n")
				continue
			}
			fmt.Fprintf(&b, "SELECT %s WHERE NOT EXISTS (%s) \\gexec\n", literal(s.sql), s.unless)
		}
	}
	for _, d := range databases {
		server, err := d.serverSteps()
		if err != nil {
			return "", err
		}
		fmt.Fprintf(&b, "\n-- %s\n", d.Name)
		write(server)
		fmt.Fprintf(&b, "\\connect %s\n", d.Name)
		write(d.insideSteps())
	}
	return b.String(), nil
}

var (
	identifier = regexp.MustCompile(`^[a-z_][a-z0-9_]{0,62}$`)
	// Other characters would have to be normalised as the server does before they are hashed.
	printable = regexp.MustCompile(`^[ -~]+$`)
)

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
	if !printable.MatchString(d.OwnerPassword) || !printable.MatchString(d.RuntimePassword) {
		return fmt.Errorf("pg: provision %s: a password must be printable ASCII", d.Name)
	}
	return nil
}

// step is a statement of provisioning. Where the query in unless finds something, it is left out.
type step struct{ sql, unless string }

// serverSteps are done outside the database: roles, the database itself, who may connect.
func (d Database) serverSteps() ([]step, error) {
	if err := d.check(); err != nil {
		return nil, err
	}
	var steps []step
	for _, r := range []struct{ name, password string }{{d.Owner, d.OwnerPassword}, {d.Runtime, d.RuntimePassword}} {
		verifier, err := scramVerifier(r.password)
		if err != nil {
			return nil, err
		}
		steps = append(steps,
			step{sql: names("CREATE ROLE %s LOGIN", r.name), unless: "SELECT FROM pg_roles WHERE rolname = " + literal(r.name)},
			step{sql: names("ALTER ROLE %s LOGIN PASSWORD ", r.name) + literal(verifier)})
	}
	exists := "SELECT FROM pg_database WHERE datname = " + literal(d.Name)
	return append(steps,
		// A creator that is not a superuser must be able to act as the owner.
		step{sql: names("GRANT %s TO CURRENT_USER", d.Owner), unless: exists},
		step{sql: names("CREATE DATABASE %s OWNER %s ENCODING 'UTF8' TEMPLATE template0", d.Name, d.Owner), unless: exists},
		step{sql: names("REVOKE ALL ON DATABASE %s FROM PUBLIC", d.Name)},
		step{sql: names("GRANT CONNECT ON DATABASE %s TO %s", d.Name, d.Runtime)}), nil
}

// insideSteps are done in the database: the schema and the default privileges.
func (d Database) insideSteps() []step {
	return []step{
		{sql: names("ALTER SCHEMA public OWNER TO %s", d.Owner)},
		{sql: "REVOKE ALL ON SCHEMA public FROM PUBLIC"},
		{sql: names("GRANT USAGE ON SCHEMA public TO %s", d.Runtime)},
		{sql: names("ALTER DEFAULT PRIVILEGES FOR ROLE %s IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO %s", d.Owner, d.Runtime)},
		{sql: names("ALTER DEFAULT PRIVILEGES FOR ROLE %s IN SCHEMA public GRANT USAGE ON SEQUENCES TO %s", d.Owner, d.Runtime)},
	}
}

func provision(ctx context.Context, conn *pgx.Conn, super *pgx.ConnConfig, d Database) error {
	server, err := d.serverSteps()
	if err != nil {
		return err
	}
	if err := run(ctx, conn, server); err != nil {
		return fmt.Errorf("pg: provision %s: %w", d.Name, err)
	}
	cfg := super.Copy()
	cfg.Database = d.Name
	inside, err := pgx.ConnectConfig(ctx, cfg)
	if err == nil {
		defer closeSoon(inside)
		err = run(ctx, inside, d.insideSteps())
	}
	if err != nil {
		return fmt.Errorf("pg: provision %s: %w", d.Name, err)
	}
	return nil
}

func run(ctx context.Context, conn *pgx.Conn, steps []step) error {
	for _, s := range steps {
		var done bool
		if s.unless != "" {
			if err := conn.QueryRow(ctx, "SELECT EXISTS ("+s.unless+")").Scan(&done); err != nil {
				return err
			}
		}
		if done {
			continue
		}
		_, err := conn.Exec(ctx, s.sql)
		var pe *pgconn.PgError
		if s.unless != "" && errors.As(err, &pe) && pe.Code == "42710" { // duplicate_object: somebody on another database of the server was faster
			continue
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// names fills quoted names into a statement.
func names(format string, names ...string) string {
	quoted := make([]any, len(names))
	for i, n := range names {
		quoted[i] = pgx.Identifier{n}.Sanitize()
	}
	return fmt.Sprintf(format, quoted...)
}

// literal quotes what holds no backslash: names, verifiers and statements of them.
func literal(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

func closeSoon(conn *pgx.Conn) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	_ = conn.Close(ctx) // a connection that cannot be closed in good order is dropped all the same
}
