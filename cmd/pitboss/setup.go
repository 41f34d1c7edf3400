package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgpassfile"

	"github.com/pitboss-gaming/pitboss/engines/nats"
	"github.com/pitboss-gaming/pitboss/kit/app"
	"github.com/pitboss-gaming/pitboss/kit/config"
	"github.com/pitboss-gaming/pitboss/kit/pg"
	"github.com/pitboss-gaming/pitboss/kit/secret"
	"github.com/pitboss-gaming/pitboss/services/identity"
)

// setupCmd prepares what `up` prepares for itself. It prints what others apply, and connects to nothing but the database of identity.
type setupCmd struct {
	NATS     setupNATSCmd     `cmd:"" name:"nats" help:"Print the accounts, users and permissions of the services, as a part of a NATS server's configuration file."`
	Postgres setupPostgresCmd `cmd:"" help:"Print the services' roles and databases as a script for psql, and keep the roles' passwords in a folder."`
	Admin    setupAdminCmd    `cmd:"" help:"Make the first administrator, when there is no staff yet."`
}

type setupNATSCmd struct{}

// Run prints the same users that `up` gives its own server.
func (c *setupNATSCmd) Run() error {
	users, err := app.NATSUsers(platform())
	if err != nil {
		return err
	}
	_, err = fmt.Print("# Made by `pitboss setup nats`. Include it in the configuration of every server, and make it anew before each upgrade.\n" + nats.AccountsConfig(users))
	return err
}

// Names of the files in which PostgreSQL's clients look for passwords, see PGPASSFILE.
const (
	runtimePasswords = "runtime.pgpass"
	ownerPasswords   = "owner.pgpass"
)

type setupPostgresCmd struct {
	Passwords string `required:"" type:"path" help:"Folder of runtime.pgpass for serve and owner.pgpass for migrate. A password that is in them stays, one that is missing is generated."`
}

// Run writes the passwords first: a script whose passwords nobody has would lock everybody out.
func (c *setupPostgresCmd) Run() error {
	if err := os.MkdirAll(c.Passwords, 0o700); err != nil {
		return err
	}
	var all []pg.Database
	for _, svc := range databases(platform()) {
		all = append(all, pg.ServiceDatabase(svc, "", ""))
	}
	owner, err := passwords(filepath.Join(c.Passwords, ownerPasswords), all, func(d pg.Database) string { return d.Owner })
	if err != nil {
		return err
	}
	runtime, err := passwords(filepath.Join(c.Passwords, runtimePasswords), all, func(d pg.Database) string { return d.Runtime })
	if err != nil {
		return err
	}
	for i := range all {
		all[i].OwnerPassword, all[i].RuntimePassword = owner[all[i].Owner], runtime[all[i].Runtime]
	}
	script, err := pg.Script(all)
	if err != nil {
		return err
	}
	_, err = fmt.Print("-- Made by `pitboss setup postgres` for psql. It may be run again at any time; passwords are in it as SCRAM verifiers alone.\n" + script)
	return err
}

// passwords are those of one role of each database, by role. Roles that the file lacks get a line.
func passwords(file string, all []pg.Database, role func(pg.Database) string) (map[string]string, error) {
	content, err := os.ReadFile(file)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	known, err := pgpassfile.ParsePassfile(bytes.NewReader(content))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	out, before := map[string]string{}, len(content)
	if before > 0 && !bytes.HasSuffix(content, []byte("\n")) {
		content = append(content, '\n')
	}
	for _, d := range all {
		name := role(d)
		found := found(known, d.Name, name)
		if len(found) > 1 {
			return nil, fmt.Errorf("%s has several passwords for %s of %s: leave one of those lines", file, name, d.Name)
		}
		if len(found) == 1 {
			out[name] = found[0]
			continue
		}
		out[name] = randomKey()
		content = fmt.Appendf(content, "*:*:%s:%s:%s\n", d.Name, name, out[name])
	}
	if len(content) == before {
		return out, nil
	}
	return out, writePrivate(file, content)
}

// found are the different passwords that a client could take for a role of a database, whatever the server is called.
func found(known *pgpassfile.Passfile, database, role string) (out []string) {
	for _, e := range known.Entries {
		if (e.Username == role || e.Username == "*") && (e.Database == database || e.Database == "*") && !slices.Contains(out, e.Password) {
			out = append(out, e.Password)
		}
	}
	return out
}

type setupAdminCmd struct {
	Email       string `arg:"" help:"E-mail address of the administrator."`
	Credentials string `required:"" type:"path" help:"File that gets the password and the secret of the second factor. It is written before the account exists; when it is there already, what is in it is used."`
}

// Run makes the administrator with the keys and the database that `serve identity` has.
func (c *setupAdminCmd) Run(ctx context.Context) error {
	var srv serveSettings
	var cfg identity.Config
	if err := errors.Join(config.Load(&srv), config.Load(&cfg)); err != nil {
		return err
	}
	if srv.DatabaseURL == "" || srv.MasterKeys == "" {
		return errors.New("setup admin needs PITBOSS_DATABASE_URL and PITBOSS_MASTER_KEYS, as `serve identity` has them")
	}
	box, err := srv.box()
	if err != nil {
		return err
	}
	cred, wrote, err := c.credentials()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, connectLimit)
	defer cancel()
	created, err := bootstrapAdmin(ctx, forService(srv.DatabaseURL, "identity"), box, cfg, cred)
	if err != nil {
		return fmt.Errorf("%w (%s stays for the next try)", err, c.Credentials)
	}
	if !created {
		if wrote {
			err = os.Remove(c.Credentials) // nobody can log in with it
		}
		fmt.Println("there is staff already; nothing was made")
		return err
	}
	fmt.Printf("%s is the first administrator; what to log in with is in %s\n", cred.Email, c.Credentials)
	return nil
}

// credentials reads the file, or writes it.
func (c *setupAdminCmd) credentials() (cred adminCredentials, wrote bool, err error) {
	if cred, err = newAdmin(c.Email); err != nil {
		return cred, false, fmt.Errorf("%q is no e-mail address", c.Email)
	}
	b, err := json.MarshalIndent(cred, "", "  ")
	if err != nil {
		return cred, false, err
	}
	err = createPrivate(c.Credentials, append(b, '\n'))
	if !errors.Is(err, fs.ErrExist) {
		return cred, err == nil, err
	}
	var kept adminCredentials
	if b, err = os.ReadFile(c.Credentials); err != nil {
		return kept, false, err
	}
	if err := json.Unmarshal(b, &kept); err != nil || kept.Password == "" || kept.TOTPSecret == "" {
		return kept, false, fmt.Errorf("%s holds no credentials: name another file", c.Credentials)
	}
	if kept.Email != cred.Email {
		return kept, false, fmt.Errorf("%s holds the credentials of %s: name another file, or that address", c.Credentials, kept.Email)
	}
	return kept, false, nil
}

// createPrivate makes a file, readable by its owner alone, with all of its content or not at all. It never replaces one: the error is then fs.ErrExist.
func createPrivate(path string, content []byte) error {
	whole := filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+"."+strings.ToLower(randomKey()[:8]))
	if err := writePrivate(whole, content); err != nil {
		return err
	}
	defer os.Remove(whole)
	return os.Link(whole, path)
}

func newAdmin(email string) (adminCredentials, error) {
	made, err := identity.NewAdminCredentials(email)
	return adminCredentials{Email: made.Email, Password: made.Password, TOTPSecret: made.TotpSecret, OtpauthURI: made.OtpauthURI}, err
}

// bootstrapAdmin makes the first administrator where there is no staff, and tells whether it did.
func bootstrapAdmin(ctx context.Context, databaseURL string, box *secret.Box, cfg identity.Config, cred adminCredentials) (bool, error) {
	pool, err := pg.Open(ctx, databaseURL, pg.PoolOptions{AppName: "pitboss-bootstrap", MaxConns: 2})
	if err != nil {
		return false, err
	}
	defer pool.Close()
	return identity.BootstrapAdmin(ctx, identity.BootstrapOptions{Pool: pool, Box: box, Clock: time.Now, Config: cfg},
		identity.AdminCredentials{Email: cred.Email, Password: cred.Password, TotpSecret: cred.TOTPSecret})
}
