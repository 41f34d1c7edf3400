package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/nats-io/nats-server/v2/server"
	"github.com/stretchr/testify/require"

	"github.com/pitboss-gaming/pitboss/kit/app"
	"github.com/pitboss-gaming/pitboss/kit/bus"
	"github.com/pitboss-gaming/pitboss/kit/mtls"
	"github.com/pitboss-gaming/pitboss/kit/pg"
	"github.com/pitboss-gaming/pitboss/kit/testkit/pgtest"
	"github.com/pitboss-gaming/pitboss/services/identity"
)

var stdout sync.Mutex

// printed is what a command writes to standard output.
func printed(t *testing.T, run func() error) string {
	t.Helper()
	stdout.Lock()
	defer stdout.Unlock()
	r, w, err := os.Pipe()
	require.NoError(t, err)
	read := make(chan string)
	go func() {
		b, _ := io.ReadAll(r)
		read <- string(b)
	}()
	was := os.Stdout
	os.Stdout = w
	err = run()
	os.Stdout = was
	require.NoError(t, w.Close())
	out := <-read
	require.NoError(t, err)
	return out
}

// TestSetupNATS: a server with the printed part in its file does all that the platform needs, and keeps services to their own.
func TestSetupNATS(t *testing.T) {
	dir := t.TempDir()
	ca, err := mtls.NewCA()
	require.NoError(t, err)
	for _, name := range []string{"nats", bus.Provisioner, bus.Observer, "wallet", "gaming"} {
		require.NoError(t, mtls.Issue(ca, mtls.ServiceID(name), filepath.Join(dir, name), time.Hour))
	}
	source := func(name string) *mtls.Source {
		s, err := mtls.Open(filepath.Join(dir, name), mtls.SourceOptions{})
		require.NoError(t, err)
		return s
	}
	users := filepath.Join(dir, "users.conf")
	require.NoError(t, os.WriteFile(users, []byte(printed(t, new(setupNATSCmd).Run)), 0o600))
	file := filepath.Join(dir, "nats.conf")
	require.NoError(t, os.WriteFile(file, fmt.Appendf(nil, `listen: "127.0.0.1:-1"
jetstream { store_dir: %[1]q }
tls { cert_file: "%[1]s/nats/tls.crt", key_file: "%[1]s/nats/tls.key", ca_file: "%[1]s/nats/ca.crt", verify_and_map: true }
include users.conf
`, dir), 0o600))
	o, err := server.ProcessConfigFile(file)
	require.NoError(t, err)
	o.NoSigs, o.NoLog = true, true
	s, err := server.NewServer(o)
	require.NoError(t, err)
	s.Start()
	t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
	require.True(t, s.ReadyForConnections(20*time.Second))
	url := "tls://" + s.Addr().String()

	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	require.NoError(t, app.ProvisionStreams(ctx, url, platform(), mtls.ClientTLS(source(bus.Provisioner), "nats"), bus.ProvisionOptions{}))
	as := func(name string) *bus.Conn {
		c, err := bus.Connect(ctx, url, name, mtls.ClientTLS(source(name), "nats"))
		require.NoError(t, err)
		t.Cleanup(c.Close)
		return c
	}
	for _, svc := range []string{"wallet", "gaming"} {
		for _, topology := range app.Topology(platform()) {
			for _, sub := range topology.Consumes {
				bindings, err := sub.Bindings(app.Topology(platform()))
				require.NoError(t, err)
				if topology.Service == svc {
					_, err = as(svc).JetStream().Consumer(ctx, bindings[0].Stream, bindings[0].Consumer)
					require.NoError(t, err)
				}
			}
		}
	}
	_, err = as("wallet").JetStream().Publish(ctx, "wallet.credited.v1", nil)
	require.NoError(t, err)
	_, err = as(bus.Observer).JetStream().Stream(ctx, "WALLET")
	require.NoError(t, err)
	stranger := as("gaming")
	require.NoError(t, stranger.NATS().Publish("wallet.credited.v1", nil))
	require.Eventually(t, func() bool { return errors.Is(stranger.Health(), bus.ErrForbidden) }, 20*time.Second, 5*time.Millisecond)
}

// TestSetupPostgres: every service's roles get a password once, and what prints them does not tell it.
func TestSetupPostgres(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "passwords")
	script := printed(t, (&setupPostgresCmd{Passwords: dir}).Run)
	read := func(name string) string {
		info, err := os.Stat(filepath.Join(dir, name))
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
		b, err := os.ReadFile(filepath.Join(dir, name))
		require.NoError(t, err)
		return string(b)
	}
	owner, runtime := read(ownerPasswords), read(runtimePasswords)
	for _, svc := range databases(platform()) {
		d := pg.ServiceDatabase(svc, "", "")
		require.Contains(t, script, fmt.Sprintf(`CREATE DATABASE %q OWNER %q`, d.Name, d.Owner))
		require.Contains(t, runtime, fmt.Sprintf("*:*:%s:%s:", d.Name, d.Runtime))
		require.Contains(t, owner, fmt.Sprintf("*:*:%s:%s:", d.Name, d.Owner))
	}
	require.NotContains(t, runtime, "_owner", "a service must not have the owner's password")
	for line := range strings.Lines(owner + runtime) {
		require.NotContains(t, script, strings.TrimSpace(line[strings.LastIndex(line, ":")+1:]))
	}

	// A line of the operator's own stays as it is, one that was taken out is made anew, the others stay.
	lines := strings.SplitAfter(runtime, "\n")
	own := "db:5432:*:pitboss_wallet:of my own"
	require.NoError(t, os.WriteFile(filepath.Join(dir, runtimePasswords), []byte(strings.Replace(strings.Join(lines[1:], ""), strings.TrimSpace(lines[1]), own, 1)), 0o600))
	printed(t, (&setupPostgresCmd{Passwords: dir}).Run)
	require.Equal(t, owner, read(ownerPasswords))
	again := read(runtimePasswords)
	require.Contains(t, again, own)
	require.Equal(t, len(lines), len(strings.SplitAfter(again, "\n")))
	require.NotContains(t, again, lines[0], "the password that was taken out is another one now")
	require.Contains(t, again, lines[2])
	t.Setenv("PGPASSFILE", filepath.Join(dir, runtimePasswords))
	cfg, err := pgx.ParseConfig(forService("postgres://pitboss_{service}@db/pitboss_{service}", "gaming"))
	require.NoError(t, err)
	require.Len(t, cfg.Password, 43, "what the services' library finds in the file")
}

// TestSetupPostgres_OthersLines: what clients would find in the file counts, or the script would lock them out.
func TestSetupPostgres_OthersLines(t *testing.T) {
	dir := t.TempDir()
	for content, want := range map[string]string{
		"*:*:*:*:one for all\n": "one for all",
		"*:*:pitboss_wallet:pitboss_wallet:one\n*:*:*:pitboss_wallet:one\n": "one",
		"db:*:*:pitboss_wallet:one\n*:*:*:*:two\n":                          "",
		"a:*:*:pitboss_wallet:one\nb:*:*:pitboss_wallet:two\n":              "",
	} {
		file := filepath.Join(dir, runtimePasswords)
		require.NoError(t, os.WriteFile(file, []byte(content), 0o600))
		got, err := passwords(file, []pg.Database{pg.ServiceDatabase("wallet", "", "")}, func(d pg.Database) string { return d.Runtime })
		if want == "" {
			require.ErrorContains(t, err, "several passwords for pitboss_wallet", content)
		} else {
			require.NoError(t, err, content)
			require.Equal(t, want, got["pitboss_wallet"])
		}
		after, err := os.ReadFile(file)
		require.NoError(t, err)
		require.Equal(t, content, string(after))
	}
}

// TestSetupAdmin: the command may be repeated, and leaves no credentials that are not somebody's.
func TestSetupAdmin(t *testing.T) {
	d := pgtest.New(t, identity.Service().MigrationSets()...)
	key := base64.RawURLEncoding.EncodeToString(make([]byte, 32))
	dir := t.TempDir()
	file := filepath.Join(dir, "admin.json")
	run := func(email, file string) (out string, err error) {
		out = printed(t, func() error {
			err = (&setupAdminCmd{Email: email, Credentials: file}).Run(t.Context())
			return nil
		})
		return out, err
	}
	_, err := run("a@example.com", file)
	require.ErrorContains(t, err, "PITBOSS_IDENTITY_PEPPER")
	t.Setenv("PITBOSS_IDENTITY_PEPPER", "p1:"+key)
	_, err = run("a@example.com", file)
	require.ErrorContains(t, err, "PITBOSS_DATABASE_URL")
	t.Setenv("PITBOSS_DATABASE_URL", d.URL)
	t.Setenv("PITBOSS_MASTER_KEYS", "k1="+key)
	_, err = run("nobody", file)
	require.ErrorContains(t, err, "nobody")
	require.NoFileExists(t, file)

	// What a run left that did not come to its end is used.
	kept, err := newAdmin("a@example.com")
	require.NoError(t, err)
	b, err := json.Marshal(kept)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(file, b, 0o600))
	_, err = run("b@example.com", file)
	require.ErrorContains(t, err, "a@example.com")
	out, err := run("A@example.com", file)
	require.NoError(t, err)
	require.Contains(t, out, "a@example.com is the first administrator")
	require.NotContains(t, out, kept.Password)
	require.NotContains(t, out, kept.TOTPSecret)
	after, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, b, after)

	for _, name := range []string{file, filepath.Join(dir, "other.json")} {
		out, err = run("a@example.com", name)
		require.NoError(t, err)
		require.Contains(t, out, "there is staff already")
	}
	require.FileExists(t, file)
	require.NoFileExists(t, filepath.Join(dir, "other.json"))
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, entries, 1, "nothing is left lying about")
}

// TestCreatePrivate: of two who write one file, one does, and nobody sees half of it.
func TestCreatePrivate(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "x")
	require.NoError(t, createPrivate(file, []byte("first")))
	require.ErrorIs(t, createPrivate(file, []byte("second")), os.ErrExist)
	b, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, "first", string(b))
}
