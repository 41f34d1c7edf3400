// Package testkit runs a service as it runs in production, for one test: its whole chain over mTLS on loopback, its own PostgreSQL
// database, a JetStream server with the rights that follow from its descriptor. Tests call it as whoever they need to be.
package testkit

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"io/fs"
	"log/slog"
	"maps"
	"net/http"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	"github.com/pitboss-gaming/pitboss/engines/nats"
	optionsv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/options/v1"
	"github.com/pitboss-gaming/pitboss/kit/app"
	"github.com/pitboss-gaming/pitboss/kit/authn"
	"github.com/pitboss-gaming/pitboss/kit/bus"
	"github.com/pitboss-gaming/pitboss/kit/mtls"
	"github.com/pitboss-gaming/pitboss/kit/secret"
	"github.com/pitboss-gaming/pitboss/kit/testkit/pgtest"
)

// startLimit bounds a harness's start on a busy machine.
const startLimit = 2 * time.Minute

// DB gives a fresh database with the kit's tables and the given migrations; see pgtest.DB.
func DB(t testing.TB, migrations fs.FS) *pgxpool.Pool {
	t.Helper()
	return pgtest.DB(t, migrations)
}

// Options are what a test wants besides the service under test.
type Options struct {
	// With are other real services to run beside it.
	With []app.Service
	// Remote are services that the test itself plays, by name: their network contract and nothing of their inside.
	Remote map[string]func(grpc.ServiceRegistrar)
	// Vars are configuration variables.
	Vars map[string]string
	// Start is where the clock stands at the start; zero means now.
	Start time.Time
	// PublicURL is where the gateway would be.
	PublicURL string
	// MaxConcurrent is how many calls a service runs at once; zero means the default.
	MaxConcurrent int
	// Quiet keeps the log to itself, for benchmarks.
	Quiet bool
}

// Harness is a running service under test.
type Harness struct {
	// DB is the database of the service under test as its runtime role; nil when it has none.
	DB *pgxpool.Pool
	// Databases are those of all services that run here and have one.
	Databases map[string]*pgtest.Database
	// Clock is the platform's time, which moves with the real one and can be pushed on.
	Clock *Clock
	// Box is what the services encrypt with.
	Box *secret.Box

	t       testing.TB
	service string
	host    *app.Host
	key     ed25519.PrivateKey
	ca      *mtls.CA
	certs   string
	natsURL string

	mu      sync.Mutex
	sources map[string]*mtls.Source
	watch   *watch
}

// Start runs the service and everything it is said to need, and stops it when the test ends.
func Start(t testing.TB, svc app.Service, o Options) *Harness {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), startLimit)
	defer cancel()
	platform := append([]app.Service{svc}, o.With...)
	for name, register := range o.Remote {
		platform = append(platform, remote(name, register))
	}
	public, private, err := ed25519.GenerateKey(rand.Reader)
	must(t, err)
	box, err := secret.NewBox(map[string][]byte{"test": bytes.Repeat([]byte{7}, 32)}, "test")
	must(t, err)
	h := &Harness{t: t, service: svc.Name, Clock: newClock(o.Start), Box: box, key: private, certs: t.TempDir(), Databases: map[string]*pgtest.Database{}, sources: map[string]*mtls.Source{}}
	h.ca, err = mtls.NewCA()
	must(t, err)
	h.issue("nats", bus.Provisioner, bus.Observer, "gateway")
	for _, s := range platform {
		h.issue(s.Name)
		if sets := s.MigrationSets(); sets != nil {
			h.Databases[s.Name] = pgtest.New(t, sets...)
		}
	}
	if d := h.Databases[svc.Name]; d != nil {
		h.DB = d.Pool
	}
	announced := withPublishers(platform)
	h.startNATS(ctx, announced)
	if o.PublicURL == "" {
		o.PublicURL = "http://127.0.0.1:8080"
	}
	vars := calm()
	maps.Copy(vars, o.Vars)
	run := make([]string, 0, len(platform))
	for _, s := range platform {
		run = append(run, s.Name)
	}
	h.host, err = app.Start(ctx, app.Options{
		Platform: announced, Run: run, Log: slog.New(slog.NewTextHandler(testWriter{t}, &slog.HandlerOptions{Level: logLevel(o)})),
		Clock: h.Clock.Now, Box: box, Issuer: testIssuer, PublicURL: o.PublicURL, Home: t.TempDir(), Vars: vars, MaxConcurrent: o.MaxConcurrent,
		DatabaseURL: func(s string) string { return h.Databases[s].URL }, NATSURL: h.natsURL, Certs: h.certs,
		Keys: func(next authn.KeySource) authn.KeySource { return testKeys{public: public, next: next} },
	})
	must(t, err)
	t.Cleanup(func() {
		stop, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		if err := h.host.Stop(stop); err != nil {
			t.Errorf("testkit: stop: %v", err)
		}
	})
	return h
}

// calm is configuration by which a slow machine is no reason for other outcomes: requests of a call wait for one another, and tests that verify the ledger do not
// meet a verification of the wallet's own, which a clock that was pushed on makes due.
func calm() map[string]string {
	return map[string]string{
		"PITBOSS_ISSUER":                   testIssuer,
		"PITBOSS_WALLET_ROUNDS_PATIENCE":   "10s",
		"PITBOSS_WALLET_VERIFY_EVERY":      "0",
		"PITBOSS_WALLET_VERIFY_FULL_EVERY": "0",
	}
}

// nothing is the schema of a service that the test plays: only the kit's tables, without which audited RPCs refuse to be served.
var nothing = fstest.MapFS{"00001_nothing.sql": {Data: []byte("-- +goose Up\nSELECT 1;\n")}}

// remote is a service that the test plays. It has a database only when it has an audited RPC.
func remote(name string, register func(grpc.ServiceRegistrar)) app.Service {
	s := app.Service{Name: name, Start: func(context.Context, *app.Env) (*app.Running, error) { return &app.Running{Register: register}, nil }}
	played := &audits{}
	register(played)
	if played.any {
		s.Migrations = nothing
	}
	return s
}

// audits is a registrar that only looks whether an RPC is audited.
type audits struct{ any bool }

func (a *audits) RegisterService(desc *grpc.ServiceDesc, _ any) {
	names := make([]string, 0, len(desc.Methods)+len(desc.Streams))
	for _, m := range desc.Methods {
		names = append(names, m.MethodName)
	}
	for _, m := range desc.Streams {
		names = append(names, m.StreamName)
	}
	for _, n := range names {
		d, err := protoregistry.GlobalFiles.FindDescriptorByName(protoreflect.FullName(desc.ServiceName + "." + n))
		if err != nil {
			continue // the host says so
		}
		access, _ := proto.GetExtension(d.Options(), optionsv1.E_Access).(*optionsv1.Access)
		a.any = a.any || access.GetAudited()
	}
}

// Play registers those methods of a service that the test answers, so that it needs no database for the audit log unless one of them is audited.
func Play(r grpc.ServiceRegistrar, desc grpc.ServiceDesc, impl any, methods ...string) {
	desc.Methods = slices.DeleteFunc(slices.Clone(desc.Methods), func(m grpc.MethodDesc) bool { return !slices.Contains(methods, m.MethodName) })
	r.RegisterService(&desc, impl)
}

// withPublishers adds, for each subject that is consumed and that nobody here publishes, a publisher that does not run: the stream must
// exist, and the test may publish into it with Publish. Peers that the rules name but nobody plays are known by name only.
func withPublishers(platform []app.Service) []app.Service {
	out := append([]app.Service{}, platform...)
	have := map[string]bool{}
	for _, s := range out {
		have[s.Name] = true
	}
	for _, s := range mesh {
		if !have[s.Name] {
			out = append(out, s)
		}
	}
	for i, s := range out {
		for _, m := range mesh {
			if m.Name == s.Name && len(s.Publishes) == 0 {
				out[i].Publishes = m.Publishes
			}
		}
	}
	return out
}

// mesh are the names of the platform's services and what they publish, so that a service can be tested without the others.
var mesh = []app.Service{
	{Name: "identity", Publishes: []string{"player.>", "session.>", "identity.>"}},
	{Name: "wallet", Publishes: []string{"wallet.>", "alert.ledger_mismatch.>"}},
	{Name: "catalog", Publishes: []string{"game.>", "catalog.>"}},
	{Name: "gaming", Publishes: []string{"bet.>", "round.>", "game_session.>", "gaming.>"}},
	{Name: "cashier", Publishes: []string{"payment.>", "payout.>", "cashier.>", "chargeback.>"}},
	{Name: "notification", Publishes: []string{"notification.>"}},
	{Name: "operations", Publishes: []string{"integration.>", "kill_switch.>", "operations.>"}},
	{Name: "gateway"}, {Name: "hub88"}, {Name: "stripe"},
}

func (h *Harness) issue(services ...string) {
	h.t.Helper()
	for _, s := range services {
		must(h.t, mtls.Issue(h.ca, mtls.ServiceID(s), filepath.Join(h.certs, s), 24*time.Hour))
	}
}

// source answers a service's certificate, issuing it first for those who only call.
func (h *Harness) source(service string) *mtls.Source {
	h.t.Helper()
	h.mu.Lock()
	defer h.mu.Unlock()
	if s := h.sources[service]; s != nil {
		return s
	}
	dir := filepath.Join(h.certs, service)
	s, err := mtls.Open(dir, mtls.SourceOptions{})
	if err != nil {
		h.issue(service)
		s, err = mtls.Open(dir, mtls.SourceOptions{})
	}
	must(h.t, err)
	h.sources[service] = s
	return s
}

func (h *Harness) startNATS(ctx context.Context, platform []app.Service) {
	h.t.Helper()
	users, err := app.NATSUsers(platform)
	must(h.t, err)
	users = append(users, nats.User{Name: mtls.ServiceID(testPublisher)})
	h.issue(testPublisher)
	server, err := nats.Start(ctx, nats.Options{StoreDir: h.t.TempDir(), TLS: app.NATSTLS(h.source("nats")), Users: users})
	must(h.t, err)
	h.t.Cleanup(func() {
		stop, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := server.Shutdown(stop); err != nil {
			h.t.Errorf("testkit: stop NATS: %v", err)
		}
	})
	h.natsURL = server.URL()
	must(h.t, app.ProvisionStreams(ctx, h.natsURL, platform, mtls.ClientTLS(h.source(bus.Provisioner), "nats"), bus.ProvisionOptions{}))
	h.watch = startWatch(ctx, h)
}

// HTTP is the public handler of the service under test; nil for all but the gateway.
func (h *Harness) HTTP() http.Handler { return h.host.HTTP() }

// Bearer is the Authorization header of a person, for requests through the gateway.
func (h *Harness) Bearer(c Caller) string {
	h.t.Helper()
	token, err := h.token(*c.claims)
	must(h.t, err)
	return "Bearer " + token
}

// Dial is a connection of a service that runs here to another, as the service itself would have it.
func (h *Harness) Dial(from, to string) *grpc.ClientConn { return h.To(to, Peer(from)) }

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("testkit: %v", err)
	}
}

func logLevel(o Options) slog.Level {
	if o.Quiet {
		return slog.LevelError
	}
	return slog.LevelInfo
}

// testWriter sends log lines to the test that caused them.
type testWriter struct{ t testing.TB }

func (w testWriter) Write(p []byte) (int, error) {
	w.t.Log(string(bytes.TrimSpace(p)))
	return len(p), nil
}
