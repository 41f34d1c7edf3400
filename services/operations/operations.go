// Package operations keeps what operators run the platform with: integrations (which provider is connected by which protocol, with which settings and
// secrets, and whether it is switched on), how their callbacks go, and the switches that stop play.
package operations

import (
	"context"
	"embed"
	"io/fs"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/reflect/protoreflect"

	operationsv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/operations/v1"
	"github.com/pitboss-gaming/pitboss/kit/app"
	"github.com/pitboss-gaming/pitboss/kit/secret"
	"github.com/pitboss-gaming/pitboss/services/operations/internal/db"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Service describes operations.
func Service() app.Service {
	sub, err := fs.Sub(migrations, "migrations")
	if err != nil {
		panic(err) // the folder is embedded by the lines above
	}
	return app.Service{
		Name:       "operations",
		Config:     &Config{},
		Migrations: sub,
		Publishes:  []string{"integration.>", "kill_switch.>", "operations.>"},
		Protos: []protoreflect.FileDescriptor{
			operationsv1.File_pitboss_operations_v1_operations_service_proto,
			operationsv1.File_pitboss_operations_v1_health_proto,
			operationsv1.File_pitboss_operations_v1_kill_switch_proto,
			operationsv1.File_pitboss_operations_v1_events_proto,
			operationsv1.File_pitboss_operations_v1_errors_proto,
		},
		Start: func(_ context.Context, env *app.Env) (*app.Running, error) {
			var cfg Config
			if err := env.Config(&cfg); err != nil {
				return nil, err
			}
			s := &Server{cfg: cfg, log: env.Log, pool: env.DB, queries: db.New(env.DB), box: env.Box, clock: env.Clock, dial: env.Dial, publicURL: env.PublicURL}
			return &app.Running{Register: func(r grpc.ServiceRegistrar) { operationsv1.RegisterOperationsServiceServer(r, s) }}, nil
		},
	}
}

// Server implements operationsv1.OperationsService.
type Server struct {
	operationsv1.UnimplementedOperationsServiceServer
	cfg       Config
	log       *slog.Logger
	pool      *pgxpool.Pool
	queries   *db.Queries
	box       *secret.Box
	clock     func() time.Time
	dial      func(service string) (*grpc.ClientConn, error)
	publicURL string
}
