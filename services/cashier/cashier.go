// Package cashier runs money in and money out: deposits, withdrawals, and what payment providers report. Money moves only in the wallet; the
// cashier decides what the wallet is asked for. Every step is a committed state before the call that it announces, and every call has a key
// that follows from the state, so that whatever dies in between is taken up again and nothing happens twice.
package cashier

import (
	"context"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/reflect/protoreflect"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	cashierv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/cashier/v1"
	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	operationsv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/operations/v1"
	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/app"
	"github.com/pitboss-gaming/pitboss/kit/lookup"
	"github.com/pitboss-gaming/pitboss/kit/secret"
	"github.com/pitboss-gaming/pitboss/services/cashier/internal/db"
	"github.com/pitboss-gaming/pitboss/services/cashier/migrations"
)

// Service describes the cashier to whoever runs it.
func Service() app.Service {
	return app.Service{
		Name:       "cashier",
		Migrations: migrations.FS,
		Publishes:  []string{"payment.>", "payout.>", "cashier.>", "chargeback.>"},
		Protos: []protoreflect.FileDescriptor{
			cashierv1.File_pitboss_cashier_v1_cashier_service_proto,
			cashierv1.File_pitboss_cashier_v1_events_proto,
			cashierv1.File_pitboss_cashier_v1_errors_proto,
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
	s, err := New(cfg, env)
	if err != nil {
		return nil, err
	}
	return &app.Running{
		Register: func(r grpc.ServiceRegistrar) { cashierv1.RegisterCashierServiceServer(r, s) },
		Background: []app.Task{
			{Name: "provider events", Run: func(ctx context.Context) error { return s.work(ctx, s.eventsWaiting, s.applyDueEvents) }},
			{Name: "deposits", Run: func(ctx context.Context) error { return s.work(ctx, s.depositsWaiting, s.syncDueDeposits) }},
			{Name: "payouts", Run: func(ctx context.Context) error { return s.work(ctx, s.payoutsWaiting, s.advanceDueWithdrawals) }},
		},
	}, nil
}

// Server implements CashierService.
type Server struct {
	cashierv1.UnimplementedCashierServiceServer
	cfg       Config
	rules     rules
	log       *slog.Logger
	pool      *pgxpool.Pool
	q         *db.Queries
	box       *secret.Box
	now       func() time.Time
	publicURL string
	wallet    walletv1.WalletServiceClient
	ops       operationsv1.OperationsServiceClient
	adapter   func(service string) (adapterv1.PaymentProviderServiceClient, error)

	players      *lookup.Cache[*identityv1.GetPlayerStatusResponse]
	integrations *lookup.Cache[*operationsv1.LookupIntegrationResponse]
	methods      *lookup.Cache[[]*operationsv1.Integration]

	// Hints that there is work; the tasks look by themselves as well.
	eventsWaiting, depositsWaiting, payoutsWaiting chan struct{}
}

// New wires a Server. It calls nobody yet.
func New(cfg Config, env *app.Env) (*Server, error) {
	r, err := cfg.parse()
	if err != nil {
		return nil, err
	}
	s := &Server{
		cfg: cfg, rules: r, log: env.Log, pool: env.DB, q: db.New(env.DB), box: env.Box, publicURL: env.PublicURL,
		// PostgreSQL keeps microseconds; what is answered must be what is stored.
		now: func() time.Time { return env.Clock().UTC().Truncate(time.Microsecond) },
		adapter: func(service string) (adapterv1.PaymentProviderServiceClient, error) {
			c, err := env.Dial(service)
			if err != nil {
				return nil, err
			}
			return adapterv1.NewPaymentProviderServiceClient(c), nil
		},
		eventsWaiting: make(chan struct{}, 1), depositsWaiting: make(chan struct{}, 1), payoutsWaiting: make(chan struct{}, 1),
	}
	conns := map[string]*grpc.ClientConn{}
	for _, name := range []string{"wallet", "identity", "operations"} {
		if conns[name], err = env.Dial(name); err != nil {
			return nil, err
		}
	}
	s.wallet = walletv1.NewWalletServiceClient(conns["wallet"])
	s.ops = operationsv1.NewOperationsServiceClient(conns["operations"])
	s.wireLookups(identityv1.NewIdentityServiceClient(conns["identity"]))
	return s, nil
}
