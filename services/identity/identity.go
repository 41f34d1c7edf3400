// Package identity is who people are: it registers and authenticates players, staff and partners, keeps their credentials, sessions and
// devices, and signs the access tokens that every service verifies by itself. It also speaks Telegram's protocols, being the adapter of
// integrations with the protocol "telegram".
package identity

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/go-webauthn/webauthn/webauthn"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"google.golang.org/grpc"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	notificationv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/notification/v1"
	operationsv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/operations/v1"
	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/secret"
	"github.com/pitboss-gaming/pitboss/services/identity/internal/db"
)

// Server implements IdentityService, and AdapterService for Telegram.
type Server struct {
	identityv1.UnimplementedIdentityServiceServer
	adapterv1.UnimplementedAdapterServiceServer

	cfg          Config
	log          *slog.Logger
	pool         *pgxpool.Pool
	q            *db.Queries
	clock        func() time.Time
	vault        *vault
	hasher       *hasher
	notification notificationv1.NotificationServiceClient
	operations   operationsv1.OperationsServiceClient
	wallet       walletv1.WalletServiceClient
	relyingParty *webauthn.WebAuthn // nil when the public address has no domain
	http         *http.Client
	publicURL    string
	wake         chan struct{}
}

// dependencies are what New needs from outside.
type dependencies struct {
	cfg          Config
	log          *slog.Logger
	pool         *pgxpool.Pool
	clock        func() time.Time
	box          *secret.Box
	notification grpc.ClientConnInterface
	operations   grpc.ClientConnInterface
	wallet       grpc.ClientConnInterface
	publicURL    string
}

// newServer wires identity and makes sure that there is a key to sign with.
func newServer(ctx context.Context, d dependencies) (*Server, error) {
	peppers, err := d.cfg.check()
	if err != nil {
		return nil, err
	}
	rp, err := newRelyingParty(d.cfg, d.publicURL)
	if err != nil {
		return nil, err
	}
	q := db.New(d.pool)
	v, err := openVault(ctx, q, d.box, d.clock())
	if err != nil {
		return nil, err
	}
	s := &Server{
		cfg: d.cfg, log: d.log, pool: d.pool, q: q, clock: d.clock, vault: v, hasher: newHasher(peppers, d.cfg.HashConcurrency),
		notification: notificationv1.NewNotificationServiceClient(d.notification),
		operations:   operationsv1.NewOperationsServiceClient(d.operations),
		relyingParty: rp,
		wallet:       walletv1.NewWalletServiceClient(d.wallet),
		http:         outsideClient(), publicURL: d.publicURL, wake: make(chan struct{}, 1),
	}
	return s, s.maintainKeys(ctx)
}

// register adds both gRPC services.
func (s *Server) registerServices(r grpc.ServiceRegistrar) {
	identityv1.RegisterIdentityServiceServer(r, s)
	adapterv1.RegisterAdapterServiceServer(r, s)
}

// notFound replaces "no rows" by the refusal that it means; other errors stay.
func notFound(err, refusal error) error {
	if errors.Is(err, pgx.ErrNoRows) {
		return refusal
	}
	return err
}

func sameTime(a, b *time.Time) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Equal(*b)
}
