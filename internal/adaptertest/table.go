// Package adaptertest puts a protocol's adapter before the real gaming, wallet and catalogue, with a player at a game, so that its tests are
// raw HTTP in and raw HTTP out. Identity and operations are played, and so is the way a game is opened: a test needs the token only.
package adaptertest

import (
	"context"
	"maps"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	catalogv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/catalog/v1"
	commonv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	operationsv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/operations/v1"
	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/app"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/ids"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
	"github.com/pitboss-gaming/pitboss/services/catalog"
	"github.com/pitboss-gaming/pitboss/services/gaming"
	"github.com/pitboss-gaming/pitboss/services/wallet"
)

// Licence is the integration under test; Other is a second one of the same protocol and settings.
const (
	Licence = "studio-one"
	Other   = "studio-two"
)

// launcher is the service that opens games instead of the adapter under test.
const launcher = "launcher"

// Options are what a protocol's tests choose.
type Options struct {
	// Settings and Secrets as an operator would enter them; the adapter's CheckIntegration must accept and completes them.
	Settings, Secrets map[string]string
	// Vars are configuration variables.
	Vars map[string]string
	// Games are the codes to publish; "slot" when empty.
	Games []string
}

// Table is an adapter, what is behind it, and a player with 100.00 EUR at a game.
type Table struct {
	*testkit.Harness
	// Callbacks is the adapter as the gateway calls it.
	Callbacks adapterv1.AdapterServiceClient
	// Provider is the adapter as gaming and catalog call it.
	Provider adapterv1.GameProviderServiceClient
	// Player is the player's id, Token the session's.
	Player, Token string

	t   *testing.T
	out *outside
}

// Open starts everything.
func Open(t *testing.T, svc app.Service, o Options) *Table {
	t.Helper()
	if len(o.Games) == 0 {
		o.Games = []string{"slot"}
	}
	x := &outside{service: svc.Name, enabled: true, games: o.Games, locked: map[string]bool{}}
	vars := map[string]string{"PITBOSS_" + strings.ToUpper(svc.Name) + "_INTEGRATION_TTL": "1ms", "PITBOSS_GAMING_LOOKUP_TTL": "1ms", "PITBOSS_GAMING_RECONCILE_DAILY": "false",
		"PITBOSS_CATALOG_CERTIFICATES_REQUIRED": "false"}
	maps.Copy(vars, o.Vars)
	h := testkit.Start(t, svc, testkit.Options{
		With: []app.Service{gaming.Service(), wallet.Service(), catalog.Service()},
		Remote: map[string]func(grpc.ServiceRegistrar){
			"identity":   func(r grpc.ServiceRegistrar) { identityv1.RegisterIdentityServiceServer(r, identities{outside: x}) },
			"operations": func(r grpc.ServiceRegistrar) { operationsv1.RegisterOperationsServiceServer(r, operations{outside: x}) },
			launcher:     func(r grpc.ServiceRegistrar) { adapterv1.RegisterGameProviderServiceServer(r, opening{outside: x}) },
		},
		PublicURL: "https://casino.example", Vars: vars,
	})
	table := &Table{
		Harness: h, t: t, out: x, Player: ids.New("ply"),
		Callbacks: adapterv1.NewAdapterServiceClient(h.As(testkit.Peer("gateway"))),
		Provider:  adapterv1.NewGameProviderServiceClient(h.As(testkit.Peer("gaming"))),
	}
	table.Configure(o.Settings, o.Secrets)
	table.publish()
	table.Deposit(table.Player, "100.00", "EUR")
	table.Token = table.Launch(table.Player, "EUR")
	return table
}

// Check asks the adapter whether settings and secrets are good.
func (x *Table) Check(settings, secrets map[string]string) (*adapterv1.CheckIntegrationResponse, error) {
	return adapterv1.NewAdapterServiceClient(x.As(testkit.Peer("operations"))).CheckIntegration(x.t.Context(), &adapterv1.CheckIntegrationRequest{
		IntegrationId: Licence, Settings: settings, Secrets: secrets,
	})
}

// Configure replaces settings and secrets, checked and completed by the adapter.
func (x *Table) Configure(settings, secrets map[string]string) {
	x.t.Helper()
	checked, err := x.Check(settings, secrets)
	require.NoError(x.t, err)
	x.out.mu.Lock()
	defer x.out.mu.Unlock()
	x.out.settings, x.out.secrets = checked.GetSettings(), checked.GetSecrets()
}

// Settings are the completed ones.
func (x *Table) Settings() map[string]string {
	x.out.mu.Lock()
	defer x.out.mu.Unlock()
	return maps.Clone(x.out.settings)
}

// Enable switches the integration on or off.
func (x *Table) Enable(on bool) {
	x.out.mu.Lock()
	defer x.out.mu.Unlock()
	x.out.enabled = on
}

// OperationsAway makes operations answer nothing, as during its restart, or come back.
func (x *Table) OperationsAway(away bool) {
	x.out.mu.Lock()
	defer x.out.mu.Unlock()
	x.out.away = away
}

// Lock locks a player, as identity tells, or unlocks.
func (x *Table) Lock(player string, locked bool) {
	x.out.mu.Lock()
	defer x.out.mu.Unlock()
	x.out.locked[player] = locked
}

// publish makes the games of both integrations visible.
func (x *Table) publish() {
	x.t.Helper()
	back := catalogv1.NewCatalogServiceClient(x.To("catalog", testkit.Operator("admin")))
	for _, id := range []string{Licence, Other} {
		_, err := back.SyncGames(x.t.Context(), &catalogv1.SyncGamesRequest{IntegrationId: id})
		require.NoError(x.t, err)
	}
	list, err := back.ListOperatorGames(x.t.Context(), &catalogv1.ListOperatorGamesRequest{Page: &commonv1.PageRequest{Size: 100}})
	require.NoError(x.t, err)
	for _, g := range list.GetGames() {
		_, err = back.SetGamePublished(x.t.Context(), &catalogv1.SetGamePublishedRequest{GameId: g.GetGameId(), Published: new(true)})
		require.NoError(x.t, err)
	}
}

// Deposit gives a player cash.
func (x *Table) Deposit(player, amount, currency string) {
	x.t.Helper()
	_, err := walletv1.NewWalletServiceClient(x.To("wallet", testkit.Peer("cashier"))).Deposit(x.t.Context(), &walletv1.DepositRequest{
		RequestId: ids.New("dep"), PlayerId: player, Amount: &commonv1.Money{Amount: amount, Currency: currency}, Psp: "stripe",
		Reference: &walletv1.Reference{SourceKind: walletv1.SourceKind_SOURCE_KIND_DEPOSIT, SourceId: ids.New("dep")},
	})
	require.NoError(x.t, err)
}

// NewPlayer is another player with cash and a session.
func (x *Table) NewPlayer(amount, currency string) (player, token string) {
	x.t.Helper()
	player = ids.New("ply")
	x.Deposit(player, amount, currency)
	return player, x.Launch(player, currency)
}

// Launch opens the first game as a player does and answers the token that a provider gets.
func (x *Table) Launch(player, currency string) string { return x.LaunchAt(Licence, player, currency) }

// LaunchAt is Launch in one of the two integrations.
func (x *Table) LaunchAt(integration, player, currency string) string {
	x.t.Helper()
	games, err := catalogv1.NewCatalogServiceClient(x.To("catalog", testkit.Operator("admin"))).ListOperatorGames(x.t.Context(), &catalogv1.ListOperatorGamesRequest{
		IntegrationId: integration, Page: &commonv1.PageRequest{Size: 100},
	})
	require.NoError(x.t, err)
	r, err := gamingv1.NewGamingServiceClient(x.To("gaming", testkit.Player(player))).LaunchGame(x.t.Context(), &gamingv1.LaunchGameRequest{
		GameId: games.GetGames()[0].GetGameId(), Currency: currency,
	})
	require.NoError(x.t, err)
	page, err := url.Parse(r.GetUrl())
	require.NoError(x.t, err)
	return page.Query().Get("token")
}

// EndSessions ends the player's sessions: tokens stay known and take no stakes.
func (x *Table) EndSessions(player string) {
	x.t.Helper()
	_, err := x.Databases["gaming"].Pool.Exec(x.t.Context(), "UPDATE game_session SET ended_at = now(), end_reason = 'PLAYER' WHERE player_id = $1", player)
	require.NoError(x.t, err)
}

// Send delivers a raw request and answers status and body as they would go over the wire.
func (x *Table) Send(r *adapterv1.HandleCallbackRequest) (status int, body string) {
	x.t.Helper()
	if r.GetIntegrationId() == "" {
		r.IntegrationId = Licence
	}
	if r.GetMethod() == "" {
		r.Method = "POST"
	}
	if r.GetRemoteIp() == "" {
		r.RemoteIp = "192.0.2.1"
	}
	resp, err := x.Callbacks.HandleCallback(x.t.Context(), r)
	require.NoError(x.t, err)
	status, body = int(resp.GetStatus()), string(resp.GetBody())
	require.Equal(x.t, status >= 400 || saysNo.MatchString(body), resp.GetRefusal() != "", "what the gateway is told (%q) of HTTP %d %s", resp.GetRefusal(), status, body)
	return status, body
}

// saysNo finds what the protocols write into an answer that is no success: Red Tiger, Pragmatic, PAM and bookmaker, Evolution, Hub88.
var saysNo = regexp.MustCompile(`"success":false|"error":[1-9]|"status":"(ERROR|error|rejected|[A-Z]{3,}_[A-Z_]+|RS_ERROR_[A-Z_]+)"`)

// Cash asserts the player's available and held cash in EUR, as the wallet says.
func (x *Table) Cash(available, held string) {
	x.t.Helper()
	x.CashOf(x.Player, "EUR", available, held)
}

// CashOf asserts a player's available and held cash.
func (x *Table) CashOf(player, currency, available, held string) {
	x.t.Helper()
	b, err := walletv1.NewWalletServiceClient(x.To("wallet", testkit.Peer("gaming"))).GetBalance(x.t.Context(), &walletv1.GetBalanceRequest{PlayerId: player, Currency: currency})
	require.NoError(x.t, err)
	require.Equal(x.t, [2]string{available, held}, [2]string{b.GetBalance().GetAvailable().GetAmount(), b.GetBalance().GetHeld().GetAmount()})
}

// outside is what the played services know.
type outside struct {
	service string
	games   []string

	mu                sync.Mutex
	settings, secrets map[string]string
	enabled, away     bool
	locked            map[string]bool
}

// known says why operations does not answer an integration; the lock is held.
func (o *outside) known(id string) error {
	if o.away {
		return status.Error(codes.Unavailable, "restarting")
	}
	if id != Licence && id != Other {
		return errs.New(operationsv1.ErrorReason_ERROR_REASON_INTEGRATION_NOT_FOUND, "there is no such integration")
	}
	return nil
}

type identities struct {
	identityv1.UnimplementedIdentityServiceServer
	*outside
}

// GetPlayerStatus knows every player whose id has the form of one. Test players play in euro.
func (o identities) GetPlayerStatus(_ context.Context, r *identityv1.GetPlayerStatusRequest) (*identityv1.GetPlayerStatusResponse, error) {
	if ids.Valid("tpl", r.GetPlayerId()) {
		return &identityv1.GetPlayerStatusResponse{
			Status: identityv1.PlayerStatus_PLAYER_STATUS_ACTIVE, Country: "DE", Language: "de", Test: true, Currency: "EUR",
		}, nil
	}
	if !ids.Valid("ply", r.GetPlayerId()) {
		return nil, errs.New(identityv1.ErrorReason_ERROR_REASON_PLAYER_NOT_FOUND, "there is no such player")
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	status := identityv1.PlayerStatus_PLAYER_STATUS_ACTIVE
	if o.locked[r.GetPlayerId()] {
		status = identityv1.PlayerStatus_PLAYER_STATUS_LOCKED
	}
	return &identityv1.GetPlayerStatusResponse{Status: status, Country: "DE", Language: "de"}, nil
}

type operations struct {
	operationsv1.UnimplementedOperationsServiceServer
	*outside
}

func (o operations) LookupIntegration(_ context.Context, r *operationsv1.LookupIntegrationRequest) (*operationsv1.LookupIntegrationResponse, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return &operationsv1.LookupIntegrationResponse{
		Protocol: o.service, Service: launcher, Kind: operationsv1.IntegrationKind_INTEGRATION_KIND_GAME, Enabled: o.enabled,
	}, o.known(r.GetIntegrationId())
}

// GetPlaySwitches has none.
func (o operations) GetPlaySwitches(context.Context, *operationsv1.GetPlaySwitchesRequest) (*operationsv1.GetPlaySwitchesResponse, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return &operationsv1.GetPlaySwitchesResponse{Revision: 1}, o.known(Licence)
}

func (o operations) GetIntegrationSecrets(_ context.Context, r *operationsv1.GetIntegrationSecretsRequest) (*operationsv1.GetIntegrationSecretsResponse, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return &operationsv1.GetIntegrationSecretsResponse{
		Integration: &operationsv1.Integration{IntegrationId: r.GetIntegrationId(), Protocol: o.service, Enabled: o.enabled, Settings: o.settings}, Secrets: o.secrets,
	}, o.known(r.GetIntegrationId())
}

type opening struct {
	adapterv1.UnimplementedGameProviderServiceServer
	*outside
}

func (o opening) ListGames(context.Context, *adapterv1.ListGamesRequest) (*adapterv1.ListGamesResponse, error) {
	r := &adapterv1.ListGamesResponse{}
	for _, code := range o.games {
		r.Games = append(r.Games, &adapterv1.ProviderGame{Code: code, Name: code, Studio: "One", Category: "slots", Enabled: true})
	}
	return r, nil
}

func (o opening) CreateLaunchUrl(_ context.Context, r *adapterv1.CreateLaunchUrlRequest) (*adapterv1.CreateLaunchUrlResponse, error) {
	return &adapterv1.CreateLaunchUrlResponse{Url: "https://one.example/play?token=" + url.QueryEscape(r.GetSessionToken())}, nil
}
