package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"text/tabwriter"
	"time"

	"github.com/pitboss-gaming/pitboss/kit/bus"
	"github.com/pitboss-gaming/pitboss/kit/config"
	"github.com/pitboss-gaming/pitboss/kit/mtls"
)

// configCmd prints the configuration.
type configCmd struct {
	JSON bool `help:"As JSON."`
}

// Run prints every variable of the process and of each service.
func (c *configCmd) Run() error {
	groups := configuration()
	if c.JSON {
		e := json.NewEncoder(os.Stdout)
		e.SetIndent("", "  ")
		return e.Encode(groups)
	}
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	for _, g := range groups {
		fmt.Fprintf(w, "\n%s\n", g.Name)
		for _, v := range g.Vars {
			fmt.Fprintf(w, "  %s\t%s\t%s\n", v.Name, v.Default, v.Doc)
		}
	}
	return w.Flush()
}

// configGroup is one part's variables.
type configGroup struct {
	Name string       `json:"name"`
	Vars []config.Var `json:"vars"`
}

func configuration() []configGroup {
	out := []configGroup{{"process", config.Describe(settings{})}, {"serve, setup and migrate", config.Describe(serveSettings{})}, {"ledger", config.Describe(walletDatabase{})}}
	for _, s := range platform() {
		if s.Config != nil {
			out = append(out, configGroup{s.Name, config.Describe(s.Config)})
		}
	}
	return out
}

// certsCmd issues certificates from the development CA in PITBOSS_HOME.
type certsCmd struct {
	Operator operatorCertCmd `cmd:"" help:"Issue an operator's certificate, for grpcurl and scripts."`
	Services serviceCertsCmd `cmd:"" help:"Issue a certificate for every service, for a mesh outside up."`
}

type operatorCertCmd struct {
	Name string        `arg:"" help:"Who it is for."`
	Role string        `help:"Role." default:"admin" enum:"support,finance,risk,compliance,analyst,admin"`
	TTL  time.Duration `help:"Life." default:"8h"`
	Dir  string        `help:"Folder for tls.crt, tls.key, ca.crt; default: certs/operator-<name> in PITBOSS_HOME." type:"path"`
}

// Run issues the certificate.
func (c *operatorCertCmd) Run() error {
	set, err := loadSettings()
	if err != nil {
		return err
	}
	ca, err := mtls.EnsureDevCA(filepath.Join(set.Home, "ca"))
	if err != nil {
		return err
	}
	dir := c.Dir
	if dir == "" {
		dir = filepath.Join(set.Home, "certs", "operator-"+c.Name)
	}
	if err := mtls.Issue(ca, mtls.OperatorID(c.Name, c.Role), dir, c.TTL); err != nil {
		return err
	}
	fmt.Println(dir)
	return nil
}

type serviceCertsCmd struct {
	Dir string        `arg:"" help:"Folder that gets one folder per service." type:"path"`
	TTL time.Duration `help:"Life." default:"24h"`
}

// Run issues the certificates.
func (c *serviceCertsCmd) Run() error {
	set, err := loadSettings()
	if err != nil {
		return err
	}
	ca, err := mtls.EnsureDevCA(filepath.Join(set.Home, "ca"))
	if err != nil {
		return err
	}
	for _, name := range append([]string{"nats", bus.Provisioner, bus.Observer}, names(platform())...) {
		if err := mtls.Issue(ca, mtls.ServiceID(name), filepath.Join(c.Dir, name), c.TTL); err != nil {
			return err
		}
	}
	fmt.Println(c.Dir)
	return nil
}

// eventsCmd looks at the streams.
type eventsCmd struct {
	Tail   tailCmd   `cmd:"" help:"Print events as they are published, one JSON object a line."`
	Dead   deadCmd   `cmd:"" help:"List events that a service could not handle."`
	Replay replayCmd `cmd:"" help:"Have a service handle such an event again."`
}

type tailCmd struct {
	Filter string        `arg:"" optional:"" help:"Subject pattern, for example wallet.> or *.settled.v1; all events when none is given."`
	Since  time.Duration `help:"Begin this far back instead of now."`
	For    time.Duration `help:"Stop after this long; default: when told to."`
}

// Run prints until ctx ends.
func (c *tailCmd) Run(ctx context.Context) error {
	set, err := loadSettings()
	if err != nil {
		return err
	}
	if set.NATSURL == "" {
		var addresses struct {
			NATS string `json:"nats"`
		}
		b, err := os.ReadFile(filepath.Join(set.Home, "addresses.json"))
		if err == nil {
			err = json.Unmarshal(b, &addresses)
		}
		if err != nil {
			return fmt.Errorf("no platform seems to run on %s (%w): start `pitboss up`, or set PITBOSS_NATS_URL", set.Home, err)
		}
		set.NATSURL = addresses.NATS
	}
	var srv serveSettings
	if err := config.Load(&srv); err != nil {
		return err
	}
	certs := srv.Certs
	if certs == "" {
		certs = filepath.Join(set.Home, "certs")
	}
	source, err := mtls.Open(filepath.Join(certs, bus.Observer), mtls.SourceOptions{})
	if err != nil {
		return err
	}
	if c.For > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, c.For)
		defer cancel()
	}
	conn, err := bus.Connect(ctx, set.NATSURL, bus.Observer, mtls.ClientTLS(source, "nats"))
	if err != nil {
		return err
	}
	defer conn.Close()
	o := bus.TailOptions{Filter: c.Filter}
	if c.Since > 0 {
		o.Since = time.Now().Add(-c.Since)
	}
	err = bus.Tail(ctx, conn.JetStream(), o, func(m bus.Message) error {
		line, err := bus.OutsideJSON(m)
		if err != nil {
			fmt.Fprintln(os.Stderr, m.Subject, err)
			return nil
		}
		_, err = os.Stdout.Write(append(line, '\n'))
		return err
	})
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// serviceURL finds a service's database: the one that PITBOSS_DATABASE_URL names, else that of a running `up`.
func serviceURL(set settings, service string) (string, error) {
	var srv serveSettings
	if err := config.Load(&srv); err != nil {
		return "", err
	}
	if srv.DatabaseURL != "" {
		return forService(srv.DatabaseURL, service), nil
	}
	var sec secrets
	var addresses struct {
		Postgres string `json:"postgres"`
	}
	h := &home{dir: set.Home}
	if err := errors.Join(h.readJSON("secrets.json", &sec), h.readJSON("addresses.json", &addresses)); err != nil {
		return "", err
	}
	if addresses.Postgres == "" || sec.Databases["pitboss_"+service] == "" {
		return "", fmt.Errorf("no platform with a service %q seems to run on %s: start `pitboss up`, or set PITBOSS_DATABASE_URL", service, set.Home)
	}
	u := &up{secrets: &sec}
	return u.databaseURL("postgres://"+addresses.Postgres+"/postgres", service, false), nil
}
