package pg_test

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/pitboss-gaming/pitboss/kit/pg"
	"github.com/pitboss-gaming/pitboss/kit/testkit/pgtest"
)

func TestProvision(t *testing.T) {
	for name, provision := range map[string]func(context.Context, *testing.T, string, []pg.Database) error{
		"connected": func(ctx context.Context, _ *testing.T, super string, all []pg.Database) error {
			return pg.Provision(ctx, super, all)
		},
		"by script": runScript,
	} {
		t.Run(name, func(t *testing.T) { provisions(t, provision) })
	}
}

// runScript does what psql does with a script.
func runScript(ctx context.Context, t *testing.T, super string, all []pg.Database) error {
	script, err := pg.Script(all)
	if err != nil {
		return err
	}
	for _, d := range all {
		require.NotContains(t, script, d.OwnerPassword)
		require.NotContains(t, script, d.RuntimePassword)
	}
	cfg, err := pgx.ParseConfig(super)
	require.NoError(t, err)
	conn, err := pgx.ConnectConfig(ctx, cfg)
	require.NoError(t, err)
	defer func() { _ = conn.Close(context.Background()) }()
	for line := range strings.Lines(script) {
		line = strings.TrimSpace(line)
		query, made := strings.CutSuffix(line, `\gexec`)
		switch {
		case strings.HasPrefix(line, `\set `):
		case strings.HasPrefix(line, `\connect `):
			require.NoError(t, conn.Close(ctx))
			cfg.Database = strings.TrimPrefix(line, `\connect `)
			if conn, err = pgx.ConnectConfig(ctx, cfg); err != nil {
				return err
			}
		case made:
			rows, err := conn.Query(ctx, query)
			require.NoError(t, err)
			statements, err := pgx.CollectRows(rows, pgx.RowTo[string])
			require.NoError(t, err, query)
			for _, s := range statements {
				if _, err := conn.Exec(ctx, s); err != nil {
					return err
				}
			}
		default:
			if _, err := conn.Exec(ctx, line); err != nil {
				return fmt.Errorf("%s: %w", line, err)
			}
		}
	}
	return nil
}

func provisions(t *testing.T, provision func(context.Context, *testing.T, string, []pg.Database) error) {
	ctx := limited(t)
	d := pgtest.New(t)
	name := "pitboss_t" + d.Pool.Config().ConnConfig.Database[len("pbt_"):][:6]
	want := pg.Database{Name: name, Owner: name + "_owner", OwnerPassword: "it's \\ $$", Runtime: name, RuntimePassword: "first"}
	super := d.SuperURL
	t.Cleanup(func() {
		conn, err := pgx.Connect(context.Background(), super)
		require.NoError(t, err)
		defer conn.Close(context.Background())
		for _, sql := range []string{"DROP DATABASE IF EXISTS " + name + " WITH (FORCE)", "DROP ROLE IF EXISTS " + name, "DROP ROLE IF EXISTS " + name + "_owner"} {
			_, err := conn.Exec(context.Background(), sql)
			require.NoError(t, err)
		}
	})
	as := func(role, password, database string) (*pgx.Conn, error) {
		u, err := url.Parse(super)
		require.NoError(t, err)
		u.User, u.Path = url.UserPassword(role, password), "/"+database
		conn, err := pgx.Connect(ctx, u.String())
		if err == nil {
			t.Cleanup(func() { _ = conn.Close(context.Background()) })
		}
		return conn, err
	}
	require.NoError(t, provision(ctx, t, super, []pg.Database{want}))
	want.RuntimePassword = "second"
	require.NoError(t, provision(ctx, t, super, []pg.Database{want}), "again, with another password")

	_, err := as(want.Runtime, "first", name)
	require.Equal(t, "28P01", code(err), "the password before is over")
	owner, err := as(want.Owner, want.OwnerPassword, name)
	require.NoError(t, err)
	_, err = owner.Exec(ctx, "CREATE TABLE x (id bigint GENERATED ALWAYS AS IDENTITY, n int); CREATE SEQUENCE s")
	require.NoError(t, err)
	runtime, err := as(want.Runtime, "second", name)
	require.NoError(t, err)
	for _, sql := range []string{"INSERT INTO x (n) VALUES (1)", "UPDATE x SET n = 2", "SELECT n FROM x", "DELETE FROM x", "SELECT nextval('s')"} {
		_, err = runtime.Exec(ctx, sql)
		require.NoError(t, err, sql)
	}
	for _, sql := range []string{"CREATE TABLE y (x int)", "DROP TABLE x", "TRUNCATE x", "CREATE TEMP TABLE z (x int)", "CREATE SCHEMA s", "CREATE ROLE r", "CREATE DATABASE d"} {
		_, err = runtime.Exec(ctx, sql)
		require.Equal(t, "42501", code(err), "%s: %v", sql, err)
	}
	_, err = as(pgtest.Runtime, d.Pool.Config().ConnConfig.Password, name)
	require.Equal(t, "42501", code(err), "another service's role cannot even connect")

	for _, bad := range []pg.Database{
		{Name: `x"; DROP ROLE y`, Owner: "a", Runtime: "b", OwnerPassword: "x", RuntimePassword: "x"},
		{Name: "x", Owner: "a", Runtime: "a", OwnerPassword: "x", RuntimePassword: "x"},
		{Name: "x", Owner: "a", Runtime: "b", OwnerPassword: "", RuntimePassword: "x"},
		{Name: "x", Owner: "a", Runtime: "b", OwnerPassword: "x", RuntimePassword: "wächter"},
	} {
		require.Error(t, provision(ctx, t, super, []pg.Database{bad}))
	}
}
