package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/pprof"
	"net/url"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/pitboss-gaming/pitboss/engines"
	"github.com/pitboss-gaming/pitboss/engines/nats"
	"github.com/pitboss-gaming/pitboss/engines/postgres"
	"github.com/pitboss-gaming/pitboss/kit/app"
	"github.com/pitboss-gaming/pitboss/kit/bus"
	"github.com/pitboss-gaming/pitboss/kit/mtls"
	"github.com/pitboss-gaming/pitboss/kit/pg"
	"github.com/pitboss-gaming/pitboss/kit/secret"
	"github.com/pitboss-gaming/pitboss/kit/telemetry"
)

// stopLimit is how long an orderly stop may take in all.
const stopLimit = 9 * time.Second

// upCmd runs everything in one process.
type upCmd struct{}

// up is the running whole. Fields are set in the order in which things start; stop goes the other way.
type up struct {
	set       settings
	log       *slog.Logger
	home      *home
	secrets   *secrets
	ca        *mtls.CA
	services  []app.Service
	telemetry *telemetry.Telemetry
	public    net.Listener
	admin     net.Listener
	postgres  *postgres.Server
	nats      *nats.Server
	sandbox   *sandbox
	host      *app.Host
	servers   []*http.Server
	stops     []func(context.Context) error
	failed    chan error
	began     time.Time
	progress  *progress
	open      chan struct{} // closed when gateway is there
	gateway   http.Handler
}

// Run starts the platform and returns when ctx ends and all is stopped, or when something fails.
func (c *upCmd) Run(ctx context.Context) error {
	set, err := loadSettings()
	if err != nil {
		return err
	}
	log, err := telemetry.NewLogger(os.Stderr, telemetry.LogOptions{Format: set.LogFormat, Level: set.LogLevel})
	if err != nil {
		return err
	}
	slog.SetDefault(log)
	u := newUp(set, log)
	context.AfterFunc(ctx, u.progress.stopping)
	err = u.start(ctx)
	switch {
	case err == nil:
		u.ready()
		select {
		case <-ctx.Done():
			log.Info("stopping")
		case err = <-u.failed:
			log.Error("stopping, because a part failed", "error", err)
		}
	case ctx.Err() != nil:
		log.Info("told to stop while starting", "error", err)
		err = nil
	}
	stop, cancel := context.WithTimeout(context.Background(), stopLimit+set.DrainDelay)
	defer cancel()
	if stopErr := u.stop(stop); stopErr != nil {
		log.Warn("not everything stopped in order", "error", stopErr)
	}
	if err == nil {
		log.Info("stopped")
	}
	return err
}

func newUp(set settings, log *slog.Logger) *up {
	return &up{set: set, log: log, services: platform(), failed: make(chan error, 8), began: time.Now(), progress: newProgress(log), open: make(chan struct{})}
}

func (u *up) onStop(f func(context.Context) error) { u.stops = append(u.stops, f) }

func (u *up) stop(ctx context.Context) error {
	u.progress.end()
	var errs []error
	for i := len(u.stops) - 1; i >= 0; i-- {
		errs = append(errs, u.stops[i](ctx))
	}
	return errors.Join(errs...)
}

func (u *up) start(ctx context.Context) error {
	for _, step := range []struct {
		name string
		run  func(context.Context) error
	}{
		{"the home folder", u.prepare}, {"ports", u.listen}, {"the engines", u.startEngines}, {"the sandbox", u.startSandbox}, {"the services", u.startServices}, {"the gateway", u.serve},
		{"the sandbox's integrations", u.connectSandbox},
	} {
		u.progress.waitsFor(step.name)
		if err := step.run(ctx); err != nil {
			return err
		}
	}
	u.progress.started(u.host)
	return nil
}

// prepare opens the home and makes what is generated: secrets, the development CA, certificates.
func (u *up) prepare(ctx context.Context) error {
	var err error
	if u.home, err = openHome(u.set.Home); err != nil {
		return err
	}
	u.onStop(func(context.Context) error { u.home.close(); return nil })
	if u.secrets, err = u.home.loadSecrets(databases(u.services)); err != nil {
		return err
	}
	if u.telemetry, err = telemetry.New(ctx, telemetry.Options{Service: "pitboss", Version: version()}); err != nil {
		return err
	}
	u.telemetry.SetGlobal()
	u.onStop(u.telemetry.Shutdown)
	return u.certificates(ctx)
}

// databases are the names of the services that have one.
func databases(services []app.Service) []string {
	var out []string
	for _, s := range services {
		if s.Migrations != nil {
			out = append(out, s.Name)
		}
	}
	return out
}

// certificates issues one per service and keeps them fresh.
func (u *up) certificates(ctx context.Context) error {
	ca, err := mtls.EnsureDevCA(u.home.path("ca"))
	if err != nil {
		return err
	}
	u.ca = ca
	r := &mtls.Rotator{CA: ca, TTL: u.set.CertTTL, Log: u.log, IDs: map[string]string{
		mtls.OperatorID("admin", "admin"): u.home.path("certs", "operator"),
	}}
	for _, name := range append([]string{"nats", bus.Provisioner, bus.Observer}, names(u.services)...) {
		r.IDs[mtls.ServiceID(name)] = u.home.path("certs", name)
	}
	if err := r.Ensure(); err != nil {
		return err
	}
	life, cancel := context.WithCancel(context.WithoutCancel(ctx))
	u.onStop(func(context.Context) error { cancel(); return nil })
	go func() { _ = r.Run(life) }()
	return nil
}

func names(services []app.Service) []string {
	var out []string
	for _, s := range services {
		out = append(out, s.Name)
	}
	return out
}

// listen takes the public ports first: one that is taken is the commonest mistake and should cost no time.
func (u *up) listen(ctx context.Context) error {
	var err error
	if u.public, err = listenOn(ctx, u.set.HTTPAddr, "PITBOSS_HTTP_ADDR"); err != nil {
		return err
	}
	u.onStop(func(context.Context) error { u.public.Close(); return nil })
	if err = u.openAdmin(ctx); err != nil {
		return err
	}
	u.servePublic()
	if u.set.PublicURL == "" {
		u.set.PublicURL = "http://" + browsable(u.public.Addr().String())
	}
	u.set.PublicURL = strings.TrimRight(u.set.PublicURL, "/")
	return nil
}

func listenOn(ctx context.Context, addr, variable string) (net.Listener, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", addr)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("%s is in use by another program: stop it, or set %s to another address", addr, variable)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", variable, err)
	}
	return l, nil
}

// browsable is an address that a browser on this machine can open: a listener on every interface answers on loopback.
func browsable(addr string) string {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return addr
	}
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return net.JoinHostPort(host, port)
}

// startEngines starts PostgreSQL and NATS side by side, and sees to ClickHouse in the background, for nobody waits for it yet.
func (u *up) startEngines(ctx context.Context) error {
	if u.set.ClickHouse == "auto" {
		life, cancel := context.WithCancel(context.WithoutCancel(ctx))
		u.onStop(func(context.Context) error { cancel(); return nil })
		go u.installClickHouse(life)
	}
	g, gctx := errgroup.WithContext(ctx)
	g.Go(func() error { return u.startPostgres(gctx) })
	g.Go(func() error { return u.startNATS(gctx) })
	err := g.Wait()
	// Registered here and not by the two, so that the order of stopping does not depend on which was faster.
	u.onStop(func(ctx context.Context) error {
		var errs []error
		if u.nats != nil {
			errs = append(errs, u.nats.Shutdown(ctx))
		}
		if u.postgres != nil {
			errs = append(errs, u.postgres.Stop(ctx))
		}
		return errors.Join(errs...)
	})
	return err
}

func (u *up) installClickHouse(ctx context.Context) {
	root, err := u.enginesDir()
	if err == nil {
		_, err = engines.InstallClickHouseInBackground(ctx, u.log.With("engine", "clickhouse"), root).Wait(ctx)
	}
	if err != nil && ctx.Err() == nil {
		u.log.Warn("the ClickHouse library is not installed; only analytics need it", "error", err)
	}
}

func (u *up) enginesDir() (string, error) {
	if u.set.EnginesDir != "" {
		return u.set.EnginesDir, nil
	}
	return engines.Root()
}

func (u *up) startPostgres(ctx context.Context) error {
	super := u.set.PostgresURL
	if super == "" {
		root, err := u.enginesDir()
		if err != nil {
			return err
		}
		bin, err := engines.InstallPostgres(ctx, u.log.With("engine", "postgres"), root)
		if err != nil {
			return err
		}
		if u.postgres, err = postgres.Start(ctx, postgres.Options{DataDir: u.home.path("postgres"), BinDir: bin, Durable: true, Log: u.log.With("engine", "postgres")}); err != nil {
			return err
		}
		go func() {
			if err := <-u.postgres.Exited(); err != nil {
				u.failed <- fmt.Errorf("PostgreSQL ended: %w", err)
			}
		}()
		super = u.postgres.URL("postgres")
	}
	var all []pg.Database
	for _, svc := range databases(u.services) {
		d := pg.ServiceDatabase(svc, "", "")
		d.OwnerPassword, d.RuntimePassword = u.secrets.Databases[d.Owner], u.secrets.Databases[d.Runtime]
		all = append(all, d)
	}
	if err := pg.Provision(ctx, super, all); err != nil {
		return err
	}
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(4)
	for _, s := range u.services {
		if s.Migrations != nil {
			g.Go(func() error { return app.Migrate(gctx, s, u.databaseURL(super, s.Name, true)) })
		}
	}
	u.set.PostgresURL = super
	return g.Wait()
}

// databaseURL is the server's URL with a service's own database and role.
func (u *up) databaseURL(server, service string, owner bool) string {
	d := pg.ServiceDatabase(service, "", "")
	role := d.Runtime
	if owner {
		role = d.Owner
	}
	parsed, err := url.Parse(server)
	if err != nil {
		return server // pg.Provision has refused it already
	}
	parsed.User = url.UserPassword(role, u.secrets.Databases[role])
	parsed.Path = "/" + d.Name
	return parsed.String()
}

func (u *up) startNATS(ctx context.Context) error {
	if u.set.NATSURL == "" {
		users, err := app.NATSUsers(u.services)
		if err != nil {
			return err
		}
		source, err := mtls.Open(u.home.path("certs", "nats"), mtls.SourceOptions{Log: u.log})
		if err != nil {
			return err
		}
		if u.nats, err = nats.Start(ctx, nats.Options{StoreDir: u.home.path("nats"), TLS: app.NATSTLS(source), Users: users, Durable: true, Log: u.log.With("engine", "nats")}); err != nil {
			return err
		}
		u.set.NATSURL = u.nats.URL()
	}
	provisioner, err := mtls.Open(u.home.path("certs", bus.Provisioner), mtls.SourceOptions{Log: u.log})
	if err != nil {
		return err
	}
	// An embedded server shares the processors with everything else, and its events a disk that nobody counts.
	return app.ProvisionStreams(ctx, u.set.NATSURL, u.services, mtls.ClientTLS(provisioner, "nats"), bus.ProvisionOptions{Compress: u.nats == nil})
}

func (u *up) startServices(ctx context.Context) error {
	keys, err := u.secrets.keys()
	if err != nil {
		return err
	}
	box, err := secret.NewBox(keys, u.secrets.ActiveKey)
	if err != nil {
		return err
	}
	if err := u.firstAdmin(ctx, box); err != nil {
		return err
	}
	vars := map[string]string{"PITBOSS_IDENTITY_PEPPER": "p1:" + u.secrets.Pepper, "PITBOSS_ISSUER": u.set.Issuer}
	if u.sandbox != nil && os.Getenv("PITBOSS_NOTIFICATION_SMTP_ADDR") == "" {
		vars["PITBOSS_NOTIFICATION_SMTP_ADDR"] = u.sandbox.inbox.SMTPAddr()
	}
	if u.sandbox != nil && os.Getenv("PITBOSS_CATALOG_CERTIFICATES_REQUIRED") == "" {
		vars["PITBOSS_CATALOG_CERTIFICATES_REQUIRED"] = "false" // the sandbox's games have no papers, and are for everybody
	}
	u.host, err = app.Start(ctx, app.Options{
		Platform: u.services, Log: u.log, Box: box, Issuer: u.set.Issuer, PublicURL: u.set.PublicURL, Home: u.home.dir,
		Waits:       u.progress.waitsFor,
		DatabaseURL: func(svc string) string { return u.databaseURL(u.set.PostgresURL, svc, false) },
		NATSURL:     u.set.NATSURL, Certs: u.home.path("certs"), Vars: vars, Registry: u.telemetry.Registry, DrainDelay: u.set.DrainDelay, Unshared: u.set.Unshared, Within: u.set.Within,
		Listen: func(svc string) string {
			port := 0
			if u.set.MeshPort > 0 {
				port = meshPort(u.set.MeshPort, svc)
			}
			return net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
		},
	})
	if errors.Is(err, syscall.EADDRINUSE) {
		return fmt.Errorf("%w: stop the other program, or set PITBOSS_MESH_PORT", err)
	}
	if err != nil {
		return err
	}
	u.onStop(u.host.Stop)
	return u.home.writeJSON("addresses.json", u.addresses())
}

// addresses are where everything listens, for people and tools.
func (u *up) addresses() map[string]any {
	mesh := map[string]string{}
	for _, s := range u.services {
		mesh[s.Name] = u.host.Addr(s.Name)
	}
	a := map[string]any{"gateway": u.set.PublicURL, "admin": "http://" + u.admin.Addr().String(), "mesh": mesh, "nats": u.set.NATSURL}
	if server, err := url.Parse(u.set.PostgresURL); err == nil {
		a["postgres"] = server.Host
	}
	if u.sandbox != nil {
		a["sandbox"], a["smtp"] = u.sandbox.url, u.sandbox.inbox.SMTPAddr()
	}
	return a
}

// serve lets requests through to the gateway. From here on the addresses are closed before the services stop, so that requests can end.
func (u *up) serve(context.Context) error {
	u.progress.started(u.host)
	if gateway := u.host.HTTP(); gateway != nil {
		u.gateway = gateway
		close(u.open)
	}
	for _, s := range u.servers {
		u.onStop(closing(s))
	}
	// What is registered last stops first: whoever asks learns that this process stops while all of it still answers.
	u.onStop(u.host.Drain)
	return nil
}

// servePublic answers the probes, and everything else when the gateway serves: who comes during the start waits for it. The gateway is not put into the
// mux: that would redirect addresses with double slashes, and callbacks must pass as they are.
func (u *up) servePublic() {
	health := http.NewServeMux()
	u.health(health, false)
	u.serveOn(u.public, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/livez", "/healthz", "/readyz":
			health.ServeHTTP(w, r)
			return
		}
		select {
		case <-u.open:
		case <-u.progress.ended:
		case <-r.Context().Done():
			return
		}
		select {
		case <-u.open: // also while the process drains
			u.gateway.ServeHTTP(w, r)
		default:
			w.Header().Set("Retry-After", "1")
			http.Error(w, "stopping", http.StatusServiceUnavailable)
		}
	}))
}

// openAdmin serves the address that is never public.
func (u *up) openAdmin(ctx context.Context) (err error) {
	if u.admin, err = listenOn(ctx, u.set.AdminAddr, "PITBOSS_ADMIN_ADDR"); err != nil {
		return err
	}
	admin := http.NewServeMux()
	admin.Handle("GET /metrics", u.telemetry.Handler())
	u.health(admin, true)
	if u.set.Profiling {
		admin.HandleFunc("GET /debug/pprof/", pprof.Index)
		admin.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
		admin.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	}
	u.serveOn(u.admin, admin)
	return nil
}

func (u *up) serveOn(l net.Listener, h http.Handler) {
	s := &http.Server{Handler: h, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 30 * time.Second, WriteTimeout: 60 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10,
		ErrorLog: slog.NewLogLogger(u.log.Handler(), slog.LevelDebug)}
	u.servers = append(u.servers, s)
	go func() {
		if err := s.Serve(l); err != nil && !errors.Is(err, http.ErrServerClosed) {
			u.failed <- fmt.Errorf("HTTP server: %w", err)
		}
	}()
	u.onStop(closing(s))
}

// closing lets a server's requests end, for a while. Closing it again does nothing.
func closing(s *http.Server) func(context.Context) error {
	return func(ctx context.Context) error {
		ctx, cancel := context.WithTimeout(ctx, stopLimit/3)
		defer cancel()
		if err := s.Shutdown(ctx); err != nil {
			return errors.Join(err, s.Close())
		}
		return nil
	}
}

// ready tells that everything serves, and where.
func (u *up) ready() {
	attrs := []any{"took", time.Since(u.began).Round(time.Millisecond).String(), "gateway", u.set.PublicURL, "docs", u.set.PublicURL + "/docs",
		"metrics", "http://" + u.admin.Addr().String() + "/metrics", "operator", u.home.path("operator.json")}
	if u.sandbox != nil {
		attrs = append(attrs, "sandbox", u.sandbox.url)
	}
	u.log.Info("ready", attrs...)
	if u.sandbox != nil {
		journey := "bin/pitboss journey --url " + u.set.PublicURL
		if u.sandbox.url != "http://127.0.0.1:8090" {
			journey += " --sandbox " + u.sandbox.url
		}
		fmt.Printf("\n  gateway   %s   (API at %s/docs)\n  sandbox   %s   (mail, payments, games, Telegram)\n  operator  %s   (credentials of the first administrator)\n\n  Play a whole journey:  %s\n\n",
			u.set.PublicURL, u.set.PublicURL, u.sandbox.url, u.home.path("operator.json"), journey)
	}
}
