// Package app describes a service once and runs it anywhere: in `pitboss up`, in `pitboss serve`, and in tests. A service is a value:
// its name, its migrations, what it publishes and consumes, and a Start function that wires it.
package app

import (
	"context"
	"io/fs"
	"log/slog"
	"net/http"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/pitboss-gaming/pitboss/kit/bus"
	"github.com/pitboss-gaming/pitboss/kit/secret"
)

// Subscription is a consumer as it is known before anything runs.
type Subscription = bus.Subscription

// Service is what the platform knows of a service before it runs. Everything that permissions, databases and documents are derived from is here.
type Service struct {
	// Name is the service's name in certificates, databases, streams and configuration.
	Name string
	// Migrations are the service's own tables, files named 00001_init.sql and on in the root; nil: the service has no database.
	Migrations fs.FS
	// Publishes are the subjects of its stream, for example "wallet.>"; no two services overlap.
	Publishes []string
	// Consumes are its durable consumers.
	Consumes []Subscription
	// Watches are the subjects that Env.Watch shows it.
	Watches []string
	// Protos are the files whose services, events and error reasons are the service's, for the reference documents.
	Protos []protoreflect.FileDescriptor
	// Config is a pointer to a zero configuration struct, for `pitboss config`.
	Config any
	// Start wires the service. It must not block and must not call other services; what needs them belongs in Background.
	Start func(ctx context.Context, env *Env) (*Running, error)
}

// Env is what a service gets from whoever runs it.
type Env struct {
	// Log carries the service's name.
	Log *slog.Logger
	// DB is the service's own database as its runtime role; nil when Migrations is nil.
	DB *pgxpool.Pool
	// Clock tells the time.
	Clock func() time.Time
	// Box encrypts what is secret or personal before it is stored.
	Box *secret.Box
	// Dial connects to another service over mTLS. It returns at once; the connection is made when it is used, shared, and closed by the platform.
	Dial func(service string) (*grpc.ClientConn, error)
	// Watch calls fn with every event from now on whose subject matches one of the patterns, until ctx ends. It keeps no place: what
	// happens while nobody watches is missed, so it is for live views and caches, never for effects. The service lists the patterns in Watches.
	Watch func(ctx context.Context, fn func(bus.Message)) error
	// PublicURL is where browsers and providers reach the gateway, without a trailing slash.
	PublicURL string
	// Config fills a struct with env tags from the process's environment and, in `up`, from what `up` generated.
	Config func(into any) error
	// Home is the folder for files, for the few that need one.
	Home string
}

// Task is something that runs beside the requests until its context ends. One that returns early is started again, with growing pauses.
type Task struct {
	// Name is for the log; no two of a service share one.
	Name string
	// Run does the work; it must return soon after ctx ends.
	Run func(ctx context.Context) error
}

// Running is a wired service.
type Running struct {
	// Register adds the service's gRPC services to its server.
	Register func(s grpc.ServiceRegistrar)
	// Consumers handle the subscriptions of Consumes, by name.
	Consumers []bus.Consumer
	// Background runs beside the requests.
	Background []Task
	// Collectors are the service's own metrics, beside those that the kit makes of its calls and events.
	Collectors []prometheus.Collector
	// Close frees what Start made, after requests have drained.
	Close func(ctx context.Context) error
	// HTTP is served on the public address; the gateway's alone.
	HTTP http.Handler
}
