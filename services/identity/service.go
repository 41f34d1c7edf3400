package identity

import (
	"context"

	"google.golang.org/protobuf/reflect/protoreflect"

	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	"github.com/pitboss-gaming/pitboss/kit/app"
	"github.com/pitboss-gaming/pitboss/services/identity/migrations"
)

// Service describes identity to whoever runs it.
func Service() app.Service {
	return app.Service{
		Name:       "identity",
		Migrations: migrations.FS,
		Publishes:  []string{"player.>", "session.>", "identity.>"},
		Protos: []protoreflect.FileDescriptor{
			identityv1.File_pitboss_identity_v1_identity_service_proto, identityv1.File_pitboss_identity_v1_events_proto,
			identityv1.File_pitboss_identity_v1_errors_proto,
		},
		Config: &Config{},
		Start:  start,
	}
}

func start(ctx context.Context, env *app.Env) (*app.Running, error) {
	var cfg Config
	if err := env.Config(&cfg); err != nil {
		return nil, err
	}
	notification, err := env.Dial("notification")
	if err != nil {
		return nil, err
	}
	operations, err := env.Dial("operations")
	if err != nil {
		return nil, err
	}
	wallet, err := env.Dial("wallet")
	if err != nil {
		return nil, err
	}
	s, err := newServer(ctx, dependencies{
		cfg: cfg, log: env.Log, pool: env.DB, clock: env.Clock, box: env.Box, notification: notification, operations: operations, wallet: wallet,
		publicURL: env.PublicURL,
	})
	if err != nil {
		return nil, err
	}
	return &app.Running{
		Register: s.registerServices,
		Background: []app.Task{
			{Name: "dispatch", Run: s.runDispatcher},
			{Name: "housekeeping", Run: s.runHousekeeping},
		},
	}, nil
}
