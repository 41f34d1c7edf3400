// Package notification sends messages: it renders templates, keeps every message in a queue that survives crashes, and delivers them over SMTP
// with back-off until the mail server takes them or they expire. What concerns a player is told in the web app's inbox too.
package notification

import (
	"context"
	"embed"
	"io/fs"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/reflect/protoreflect"

	notificationv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/notification/v1"
	"github.com/pitboss-gaming/pitboss/kit/app"
	"github.com/pitboss-gaming/pitboss/kit/bus"
	"github.com/pitboss-gaming/pitboss/kit/secret"
	"github.com/pitboss-gaming/pitboss/services/notification/internal/db"
)

//go:embed migrations/*.sql
var migrations embed.FS

// The consumers that tell players about their payments, and about rounds without a result.
const (
	paymentMails = "notification_payments"
	quietRounds  = "notification_quiet_rounds"
)

// Service describes notification.
func Service() app.Service {
	sub, err := fs.Sub(migrations, "migrations")
	if err != nil {
		panic(err) // the folder is embedded by the lines above
	}
	return app.Service{
		Name:       "notification",
		Migrations: sub,
		Publishes:  []string{"notification.>"},
		Consumes: []app.Subscription{
			{Name: paymentMails, Subjects: []string{"payment.succeeded.v1", "payout.paid.v1", "payout.rejected.v1"}},
			{Name: quietRounds, Subjects: []string{"round.handed_over.v1"}},
		},
		Protos: []protoreflect.FileDescriptor{
			notificationv1.File_pitboss_notification_v1_notification_service_proto,
			notificationv1.File_pitboss_notification_v1_events_proto,
			notificationv1.File_pitboss_notification_v1_errors_proto,
		},
		Config: &Config{},
		Start:  start,
	}
}

func start(_ context.Context, env *app.Env) (*app.Running, error) {
	var cfg Config
	if err := env.Config(&cfg); err != nil {
		return nil, err
	}
	mailer, err := newMailer(cfg)
	if err != nil {
		return nil, err
	}
	s := &Server{cfg: cfg, pool: env.DB, queries: db.New(env.DB), box: env.Box, clock: env.Clock, log: env.Log, wake: make(chan struct{}, 1)}
	out := &sender{Server: s, log: env.Log, mailer: mailer, dial: env.Dial}
	return &app.Running{
		Register:   func(r grpc.ServiceRegistrar) { notificationv1.RegisterNotificationServiceServer(r, s) },
		Consumers:  []bus.Consumer{{Name: paymentMails, Handle: s.onPayment}, {Name: quietRounds, Handle: s.onRoundHandedOver}},
		Background: []app.Task{{Name: "mail", Run: out.run}, {Name: "inbox", Run: s.cleanInbox}},
	}, nil
}

// Server implements notificationv1.NotificationService.
type Server struct {
	notificationv1.UnimplementedNotificationServiceServer
	cfg     Config
	pool    *pgxpool.Pool
	queries *db.Queries
	box     *secret.Box
	clock   func() time.Time
	log     *slog.Logger
	wake    chan struct{}
}

// nudge wakes the sender; a wake that is pending already is enough.
func (s *Server) nudge() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}
