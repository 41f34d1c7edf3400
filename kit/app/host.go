package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/caarlos0/env/v11"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"
	"google.golang.org/grpc"

	"github.com/pitboss-gaming/pitboss/kit/audit"
	"github.com/pitboss-gaming/pitboss/kit/authn"
	"github.com/pitboss-gaming/pitboss/kit/bus"
	"github.com/pitboss-gaming/pitboss/kit/config"
	"github.com/pitboss-gaming/pitboss/kit/mtls"
	"github.com/pitboss-gaming/pitboss/kit/pg"
	"github.com/pitboss-gaming/pitboss/kit/rpc"
	"github.com/pitboss-gaming/pitboss/kit/secret"
)

// Options say where a Host runs its services.
type Options struct {
	// Platform is every service there is; topology, permissions and known peers are derived from it.
	Platform []Service
	// Run are the names of the services to run here, in start order; empty means all.
	Run []string
	Log *slog.Logger
	// Clock tells the time; nil means the real one.
	Clock func() time.Time
	Box   *secret.Box
	// Issuer is the iss claim of access tokens.
	Issuer string
	// Keys may put other keys in front of identity's published ones; nil changes nothing.
	Keys func(identity authn.KeySource) authn.KeySource
	// PublicURL is where the gateway is reached from outside.
	PublicURL string
	Home      string
	// DatabaseURL answers the URL of a service's database for its runtime role.
	DatabaseURL func(service string) string
	// NATSURL is where the event streams are; empty runs without events (only for services that neither publish nor consume).
	NATSURL string
	// Certs is the folder with one folder of tls.crt, tls.key, ca.crt per service.
	Certs string
	// Listen is the address a service listens on; nil means a free loopback port.
	Listen func(service string) string
	// Target is where a service is reached; nil means that every service runs in this host.
	Target func(service string) string
	// Vars are environment variables for services' configuration, over the process's own.
	Vars map[string]string
	// MaxConcurrent is how many calls a service runs at once; zero means the chain's default.
	MaxConcurrent int
	// Registry takes the services' metrics; nil for none.
	Registry prometheus.Registerer
	// DrainDelay is how long a service that is told to stop stays reachable for those who have not heard yet.
	DrainDelay time.Duration
	// Unshared makes each call between services a gRPC call of its own, see rpc.ClientOptions.
	Unshared bool
	// Within hands calls to services of this process through memory, see rpc.ClientOptions.
	Within bool
	// Waits is told what the start is about to wait for; nil for nobody.
	Waits func(what string)
}

// Host runs services: it connects each to its database and streams, serves it over mTLS, and stops everything in the opposite order.
type Host struct {
	o        Options
	topology []bus.Topology

	vars    map[string]string
	addrs   map[string]string
	lis     map[string]net.Listener
	running []*instance
	drained atomic.Bool
}

// instance is one running service.
type instance struct {
	svc     Service
	log     *slog.Logger
	source  *mtls.Source
	db      *pgxpool.Pool
	conn    *bus.Conn
	bus     *bus.Bus
	server  *rpc.Server
	running *Running
	revoked *revocations

	cancel context.CancelFunc
	work   sync.WaitGroup

	mu    sync.Mutex
	conns map[string]*grpc.ClientConn
}

// failedStop is how long those that run may take to stop when another one has failed to start.
const failedStop = 5 * time.Second

// Start runs the services. When one of them fails to start, those that run are stopped and the error names it.
func Start(ctx context.Context, o Options) (*Host, error) {
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if len(o.Run) == 0 {
		for _, s := range o.Platform {
			o.Run = append(o.Run, s.Name)
		}
	}
	h := &Host{o: o, topology: Topology(o.Platform), vars: environment(o.Vars), addrs: map[string]string{}, lis: map[string]net.Listener{}}
	if err := h.listen(ctx); err != nil {
		return nil, errors.Join(err, h.Stop(ctx))
	}
	for _, name := range o.Run {
		i := slices.IndexFunc(o.Platform, func(s Service) bool { return s.Name == name })
		inst, err := h.start(ctx, o.Platform[i])
		if inst != nil {
			h.running = append(h.running, inst)
		}
		if err != nil {
			stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), failedStop+o.DrainDelay)
			defer cancel()
			return nil, errors.Join(fmt.Errorf("start %s: %w", name, err), h.Stop(stop))
		}
	}
	return h, nil
}

// environment is the process's variables with the given ones over them.
func environment(over map[string]string) map[string]string {
	vars := env.ToMap(os.Environ())
	maps.Copy(vars, over)
	return vars
}

// Topology is what the services publish and consume, for provisioning and permissions.
func Topology(platform []Service) []bus.Topology {
	out := make([]bus.Topology, 0, len(platform))
	for _, s := range platform {
		out = append(out, bus.Topology{Service: s.Name, Publishes: s.Publishes, Consumes: s.Consumes, Watches: append(slices.Clone(s.Watches), sessionEnded)})
	}
	return out
}

// listen takes every port first, so that services find each other whatever the order.
func (h *Host) listen(ctx context.Context) error {
	for _, name := range h.o.Run {
		if !slices.ContainsFunc(h.o.Platform, func(s Service) bool { return s.Name == name }) {
			return fmt.Errorf("there is no service %q", name)
		}
		addr := "127.0.0.1:0"
		if h.o.Listen != nil {
			addr = h.o.Listen(name)
		}
		l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", addr)
		if err != nil {
			return fmt.Errorf("%s cannot listen on %s: %w", name, addr, err)
		}
		h.lis[name], h.addrs[name] = l, l.Addr().String()
	}
	return nil
}

// Addr is the address of a service that runs here.
func (h *Host) Addr(service string) string { return h.addrs[service] }

// HTTP is the public handler of the service that has one.
func (h *Host) HTTP() http.Handler {
	for _, i := range h.running {
		if i.running != nil && i.running.HTTP != nil {
			return i.running.HTTP
		}
	}
	return nil
}

// Ready says what is not ready, or nil. A host that is told to stop is not.
func (h *Host) Ready(ctx context.Context) error {
	if h.drained.Load() {
		return errors.New("stopping")
	}
	var errs []error
	for _, i := range h.running {
		if err := i.ready(ctx); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", i.svc.Name, err))
		}
	}
	return errors.Join(errs...)
}

func (i *instance) ready(ctx context.Context) error {
	if i.db != nil {
		if err := i.db.Ping(ctx); err != nil {
			return errors.New("database does not answer")
		}
	}
	if i.bus != nil {
		return i.bus.Health()
	}
	return nil
}

func (h *Host) start(ctx context.Context, svc Service) (*instance, error) {
	i := &instance{svc: svc, log: h.o.Log.With("service", svc.Name), conns: map[string]*grpc.ClientConn{}, revoked: newRevocations(h.o.Clock)}
	runCtx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	i.cancel = cancel
	source, err := mtls.Open(filepath.Join(h.o.Certs, svc.Name), mtls.SourceOptions{Log: i.log})
	if err != nil {
		return i, err
	}
	i.source = source
	if err := h.connect(ctx, i); err != nil {
		return i, err
	}
	h.waits("the start of " + svc.Name)
	if i.running, err = svc.Start(runCtx, h.env(i)); err != nil {
		return i, err
	}
	if err := h.register(i.running.Collectors); err != nil {
		return i, err
	}
	if err := h.serve(i); err != nil {
		return i, err
	}
	return i, h.work(runCtx, i)
}

// connect opens the service's database and its connection to the streams.
func (h *Host) connect(ctx context.Context, i *instance) error {
	var err error
	if i.svc.Migrations != nil {
		h.waits(i.svc.Name + "'s database")
		if i.db, err = pg.Open(ctx, h.o.DatabaseURL(i.svc.Name), pg.PoolOptions{AppName: "pitboss-" + i.svc.Name}); err != nil {
			return err
		}
	}
	if h.o.NATSURL == "" {
		return nil
	}
	h.waits("NATS for " + i.svc.Name)
	if i.conn, err = bus.Connect(ctx, h.o.NATSURL, i.svc.Name, mtls.ClientTLS(i.source, "nats")); err != nil {
		return err
	}
	i.bus = bus.New(bus.Options{Service: i.svc.Name, Pool: i.db, Conn: i.conn, Topology: h.topology, Log: i.log})
	return h.register([]prometheus.Collector{i.bus.Collector()})
}

func (h *Host) waits(what string) {
	if h.o.Waits != nil {
		h.o.Waits(what)
	}
}

// register adds metrics to the host's.
func (h *Host) register(collectors []prometheus.Collector) error {
	if h.o.Registry == nil {
		return nil
	}
	for _, c := range collectors {
		if err := h.o.Registry.Register(c); err != nil {
			return err
		}
	}
	return nil
}

func (h *Host) env(i *instance) *Env {
	return &Env{
		Log: i.log, DB: i.db, Clock: h.o.Clock, Box: h.o.Box, PublicURL: h.o.PublicURL, Home: h.o.Home,
		Dial: func(service string) (*grpc.ClientConn, error) { return h.dial(i, service) },
		Config: func(into any) error {
			return config.LoadFrom(into, h.vars)
		},
		Watch: func(ctx context.Context, fn func(bus.Message)) error {
			if i.conn == nil {
				<-ctx.Done()
				return nil
			}
			return i.conn.Watch(ctx, i.svc.Watches, fn)
		},
	}
}

// dial answers the shared connection to a service.
func (h *Host) dial(i *instance, service string) (*grpc.ClientConn, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if c := i.conns[service]; c != nil {
		return c, nil
	}
	target := h.addrs[service]
	if h.o.Target != nil {
		target = h.o.Target(service)
	}
	if target == "" {
		return nil, fmt.Errorf("there is no service %q to call", service)
	}
	c, err := rpc.ClientConn(target, service, i.source, rpc.ClientOptions{Unshared: h.o.Unshared, Within: h.o.Within})
	if err == nil {
		i.conns[service] = c
	}
	return c, err
}

// guests are services that the contracts admit and that need not be in this binary: an operator may run its own, with a certificate of that name.
var guests = []string{"bonus", "compliance", "risk", "evolution", "pragmatic", "redtiger", "pam", "a8r", "bookmaker", "transfer"}

// serve builds the gRPC server with the whole chain and opens it.
func (h *Host) serve(i *instance) error {
	peers := append([]string{"provisioner"}, guests...)
	for _, s := range h.o.Platform {
		peers = append(peers, s.Name)
	}
	var keys authn.KeySource = &jwks{dial: func(s string) (*grpc.ClientConn, error) { return h.dial(i, s) }, clock: h.o.Clock}
	if h.o.Keys != nil {
		keys = h.o.Keys(keys)
	}
	o := rpc.ServerOptions{
		Identity: i.source, Peers: peers, Log: i.log, Clock: h.o.Clock, MaxConcurrent: h.o.MaxConcurrent,
		Away:   pg.IsUnavailable,
		Tokens: authn.NewVerifier(h.o.Issuer, keys, h.o.Clock, authn.WithRevocations(i.revoked)),
	}
	if i.db != nil {
		var err error
		if o.Audit, err = audit.New(i.db, i.svc.Name, publishAudit, h.o.Clock); err != nil {
			return err
		}
	}
	s, err := rpc.NewServer(o)
	if err != nil {
		return err
	}
	i.running.Register(s)
	if err := s.Validate(); err != nil {
		return err
	}
	i.server = s
	lis := h.lis[i.svc.Name]
	i.work.Go(func() {
		if err := s.Serve(lis); err != nil && !errors.Is(err, grpc.ErrServerStopped) {
			i.log.Error("server ended", "error", err)
		}
	})
	s.SetServing(true)
	return nil
}

// publishAudit carries an audit record to the outbox.
func publishAudit(ctx context.Context, tx pgx.Tx, e audit.Event) error {
	return bus.Publish(ctx, tx, bus.Event{Subject: e.Subject, Message: e.Message, PlayerID: e.PlayerID, AggregateID: e.AggregateID, OccurredAt: e.OccurredAt})
}

// work starts the outbox relay, the consumers and the service's own tasks.
func (h *Host) work(ctx context.Context, i *instance) error {
	tasks := slices.Clone(i.running.Background)
	if i.bus != nil {
		tasks = append(tasks, Task{Name: "revocations", Run: func(ctx context.Context) error {
			return i.conn.Watch(ctx, []string{sessionEnded}, i.revoked.observe)
		}})
	}
	if i.bus != nil && i.db != nil {
		if len(i.svc.Publishes) > 0 {
			tasks = append(tasks, Task{Name: "outbox", Run: func(ctx context.Context) error { return i.bus.RunRelay(ctx) }})
		}
		consumers, err := i.consumers()
		if err != nil {
			return err
		}
		if len(consumers) > 0 {
			tasks = append(tasks, Task{Name: "consumers", Run: func(ctx context.Context) error { return i.bus.RunConsumers(ctx, consumers...) }},
				Task{Name: "replays", Run: i.bus.RunReplays})
		}
	}
	named := map[string]bool{}
	for _, t := range tasks {
		if named[t.Name] {
			return fmt.Errorf("two tasks are named %s", t.Name)
		}
		named[t.Name] = true
	}
	for _, t := range tasks {
		i.work.Go(func() { keepRunning(ctx, i.log, t) })
	}
	return nil
}

// consumers pairs the announced subscriptions with their handlers; a subscription without one is a mistake that must not start.
func (i *instance) consumers() ([]bus.Consumer, error) {
	var out []bus.Consumer
	for _, sub := range i.svc.Consumes {
		n := slices.IndexFunc(i.running.Consumers, func(c bus.Consumer) bool { return c.Name == sub.Name })
		if n < 0 {
			return nil, fmt.Errorf("subscription %s has no consumer", sub.Name)
		}
		c := i.running.Consumers[n]
		c.Subjects = sub.Subjects
		out = append(out, c)
	}
	return out, nil
}

// Drain says everywhere that this host stops, and goes on serving for the drain delay, so that those who ask have heard when it ends. Once is enough:
// a second call returns at once.
func (h *Host) Drain(ctx context.Context) error {
	if h.drained.Swap(true) {
		return nil
	}
	serves := false
	for _, i := range h.running {
		if i.server != nil {
			i.server.SetServing(false)
			serves = true
		}
	}
	if h.o.DrainDelay > 0 && serves {
		select {
		case <-ctx.Done():
		case <-time.After(h.o.DrainDelay):
		}
	}
	return nil
}

// Stop drains, when nobody has, and stops the services in the opposite order of their start, the last started first. It returns when all are stopped
// or ctx ends.
func (h *Host) Stop(ctx context.Context) error {
	errs := []error{h.Drain(ctx)}
	for _, i := range slices.Backward(h.running) {
		if err := i.stop(ctx); err != nil {
			errs = append(errs, fmt.Errorf("stop %s: %w", i.svc.Name, err))
		}
	}
	for _, l := range h.lis {
		l.Close()
	}
	h.running = nil
	return errors.Join(errs...)
}

func (i *instance) stop(ctx context.Context) error {
	if i.server != nil {
		drained := make(chan struct{})
		go func() { i.server.GracefulStop(); close(drained) }()
		select {
		case <-drained:
		case <-ctx.Done():
			i.server.Stop()
			<-drained
		}
	}
	i.cancel()
	var errs []error
	if i.running != nil && i.running.Close != nil {
		errs = append(errs, i.running.Close(ctx))
	}
	i.work.Wait()
	i.mu.Lock()
	for _, c := range i.conns {
		errs = append(errs, c.Close())
	}
	i.mu.Unlock()
	if i.conn != nil {
		i.conn.Close()
	}
	if i.db != nil {
		i.db.Close()
	}
	return errors.Join(errs...)
}
