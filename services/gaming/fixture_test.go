package gaming_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"

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

const (
	integration = "studio-one"
	publicURL   = "https://casino.example"
)

// outside is what gaming talks to that is not played by the real service: identity, operations and an adapter.
type outside struct {
	books books
	bank  bank
	identityv1.UnimplementedIdentityServiceServer
	operationsv1.UnimplementedOperationsServiceServer
	adapterv1.UnimplementedGameProviderServiceServer
	mu       sync.Mutex
	stopped  []*identityv1.StoppedPlayer
	statuses map[string]identityv1.PlayerStatus // of players that are not active; UNSPECIFIED: there is no such player
	disabled bool
	off      []*operationsv1.KillSwitch
	refuse   error
	launches []*adapterv1.CreateLaunchUrlRequest
}

func (o *outside) GetPlayerStatus(_ context.Context, r *identityv1.GetPlayerStatusRequest) (*identityv1.GetPlayerStatusResponse, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	status, ok := o.statuses[r.GetPlayerId()]
	switch {
	case !ok:
		status = identityv1.PlayerStatus_PLAYER_STATUS_ACTIVE
	case status == identityv1.PlayerStatus_PLAYER_STATUS_UNSPECIFIED:
		return nil, errs.New(identityv1.ErrorReason_ERROR_REASON_PLAYER_NOT_FOUND, "no")
	}
	return &identityv1.GetPlayerStatusResponse{Status: status, Country: "DE", Language: "de", Currency: "EUR", Test: ids.Valid("tpl", r.GetPlayerId())}, nil
}

// ListStoppedPlayers answers whom the test stopped, as identity does.
func (o *outside) ListStoppedPlayers(_ context.Context, r *identityv1.ListStoppedPlayersRequest) (*identityv1.ListStoppedPlayersResponse, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	res := &identityv1.ListStoppedPlayersResponse{}
	for _, p := range o.stopped {
		if c := p.GetChangedAt().AsTime().Compare(r.GetSince().AsTime()); c > 0 || c == 0 && p.GetPlayerId() > r.GetAfterPlayerId() {
			res.Players = append(res.Players, p)
		}
	}
	res.Players = res.Players[:min(len(res.Players), int(r.GetLimit()))]
	return res, nil
}

// GetPlaySwitches answers a new revision each time, so that what the test switches is felt with the next question.
func (o *outside) GetPlaySwitches(_ context.Context, r *operationsv1.GetPlaySwitchesRequest) (*operationsv1.GetPlaySwitchesResponse, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return &operationsv1.GetPlaySwitchesResponse{Revision: r.GetKnownRevision() + 1, KillSwitches: o.off}, nil
}

func (o *outside) LookupIntegration(_ context.Context, r *operationsv1.LookupIntegrationRequest) (*operationsv1.LookupIntegrationResponse, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if r.GetIntegrationId() == purse {
		return &operationsv1.LookupIntegrationResponse{
			Protocol: "transfer", Service: "transfer", Kind: operationsv1.IntegrationKind_INTEGRATION_KIND_GAME, Enabled: !o.disabled, TransferWallet: true,
		}, nil
	}
	if r.GetIntegrationId() != integration {
		return nil, errs.New(operationsv1.ErrorReason_ERROR_REASON_INTEGRATION_NOT_FOUND, "no")
	}
	return &operationsv1.LookupIntegrationResponse{
		Protocol: "hub88", Service: "hub88", Kind: operationsv1.IntegrationKind_INTEGRATION_KIND_GAME, Enabled: !o.disabled,
	}, nil
}

func (o *outside) ListGames(context.Context, *adapterv1.ListGamesRequest) (*adapterv1.ListGamesResponse, error) {
	game := func(code string, blocked ...string) *adapterv1.ProviderGame {
		return &adapterv1.ProviderGame{Code: code, Name: code, Studio: "One", Category: "slots", Enabled: true, BlockedCountries: blocked}
	}
	return &adapterv1.ListGamesResponse{Games: []*adapterv1.ProviderGame{game("slot"), game("other"), game("hidden"), game("not-here", "DE")}}, nil
}

func (o *outside) CreateLaunchUrl(_ context.Context, r *adapterv1.CreateLaunchUrlRequest) (*adapterv1.CreateLaunchUrlResponse, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.refuse != nil {
		return nil, o.refuse
	}
	o.launches = append(o.launches, r)
	return &adapterv1.CreateLaunchUrlResponse{Url: "https://studio.example/play/1"}, nil
}

// casino is gaming with the real wallet and catalogue, and one studio.
type casino struct {
	*testkit.Harness
	t       testing.TB
	out     *outside
	env     *app.Env // gaming's
	adapter gamingv1.GamingServiceClient
	wallet  walletv1.WalletServiceClient
	games   map[string]string // code -> id
}

func open(t testing.TB, vars ...string) *casino {
	t.Helper()
	return opened(t, false, vars...)
}

// opened is open, with or without the log.
func opened(t testing.TB, quiet bool, vars ...string) *casino {
	t.Helper()
	return openedOn(t, quiet, wallet.Service(), vars...)
}

// openedOn is opened with a wallet that something may stand before.
func openedOn(t testing.TB, quiet bool, money app.Service, vars ...string) *casino {
	t.Helper()
	o := &outside{statuses: map[string]identityv1.PlayerStatus{}, books: books{free: map[string]string{}}}
	config := map[string]string{"PITBOSS_GAMING_RECONCILE_EVERY": "150ms", "PITBOSS_GAMING_LOOKUP_TTL": "1ms", "PITBOSS_GAMING_RECONCILE_DAILY": "false",
		"PITBOSS_CATALOG_CERTIFICATES_REQUIRED": "false", "PITBOSS_GAMING_HOLDS_EVERY": "150ms", "PITBOSS_GAMING_HOLDS_CONFIRM": "300ms"}
	for i := 0; i < len(vars); i += 2 {
		config[vars[i]] = vars[i+1]
	}
	service := gaming.Service()
	start, env := service.Start, (*app.Env)(nil)
	service.Start = func(ctx context.Context, e *app.Env) (*app.Running, error) {
		env = e
		return start(ctx, e)
	}
	h := testkit.Start(t, service, testkit.Options{
		With: []app.Service{money, catalog.Service()},
		Remote: map[string]func(grpc.ServiceRegistrar){
			"identity": func(r grpc.ServiceRegistrar) {
				testkit.Play(r, identityv1.IdentityService_ServiceDesc, o, "GetPlayerStatus", "ListStoppedPlayers")
			},
			"operations": func(r grpc.ServiceRegistrar) {
				testkit.Play(r, operationsv1.OperationsService_ServiceDesc, o, "GetPlaySwitches", "LookupIntegration", "ListIntegrations")
			},
			"hub88": func(r grpc.ServiceRegistrar) { adapterv1.RegisterGameProviderServiceServer(r, o) },
			"transfer": func(r grpc.ServiceRegistrar) {
				adapterv1.RegisterGameProviderServiceServer(r, o)
				adapterv1.RegisterTransferWalletServiceServer(r, &o.bank)
			},
		},
		PublicURL: publicURL, Vars: config, Quiet: quiet,
	})
	c := &casino{
		Harness: h, t: t, out: o, env: env, games: map[string]string{},
		adapter: gamingv1.NewGamingServiceClient(h.As(testkit.Peer("hub88"))),
		wallet:  walletv1.NewWalletServiceClient(h.To("wallet", testkit.Peer("gaming"))),
	}
	back := catalogv1.NewCatalogServiceClient(h.To("catalog", testkit.Operator("admin")))
	_, err := back.SyncGames(t.Context(), &catalogv1.SyncGamesRequest{IntegrationId: integration})
	require.NoError(t, err)
	list, err := back.ListOperatorGames(t.Context(), &catalogv1.ListOperatorGamesRequest{})
	require.NoError(t, err)
	for _, g := range list.GetGames() {
		c.games[g.GetCode()] = g.GetGameId()
		if g.GetCode() != "hidden" {
			_, err = back.SetGamePublished(t.Context(), &catalogv1.SetGamePublishedRequest{GameId: g.GetGameId(), Published: new(true)})
			require.NoError(t, err)
		}
	}
	return c
}

// in is the casino in a subtest.
func (c *casino) in(t testing.TB) *casino {
	x := *c
	x.t = t
	return &x
}

// as is gaming as a player sees it.
func (c *casino) as(playerID string) gamingv1.GamingServiceClient {
	return gamingv1.NewGamingServiceClient(c.As(testkit.Player(playerID)))
}

// guest is a player with money and an open game.
type guest struct {
	*casino
	id, token, session string
	prefix             string // of the provider's names, so that guests may use the same
}

// apart gives the guest's rounds and transactions names of its own.
func (g *guest) apart() *guest {
	g.prefix = g.id + "-"
	return g
}

func (g *guest) name(s string) string {
	if s == "" {
		return ""
	}
	return g.prefix + s
}

func (c *casino) seat(euros string) *guest {
	c.t.Helper()
	g := &guest{casino: c, id: c.deposited(euros)}
	g.launch()
	return g
}

// deposited is a player with money and without a session.
func (c *casino) deposited(euros string) string {
	c.t.Helper()
	id := ids.New("ply")
	_, err := walletv1.NewWalletServiceClient(c.To("wallet", testkit.Peer("cashier"))).Deposit(c.t.Context(), &walletv1.DepositRequest{
		RequestId: ids.New("dep"), PlayerId: id, Amount: eur(euros), Psp: "stripe",
		Reference: &walletv1.Reference{SourceKind: walletv1.SourceKind_SOURCE_KIND_DEPOSIT, SourceId: ids.New("dep")},
	})
	require.NoError(c.t, err)
	return id
}

func (g *guest) launch() {
	g.t.Helper()
	r, err := g.as(g.id).LaunchGame(g.t.Context(), &gamingv1.LaunchGameRequest{GameId: g.games["slot"], Currency: "EUR"})
	require.NoError(g.t, err)
	g.session = r.GetGameSessionId()
	g.out.mu.Lock()
	defer g.out.mu.Unlock()
	g.token = g.out.launches[len(g.out.launches)-1].GetSessionToken()
}

func eur(amount string) *commonv1.Money { return &commonv1.Money{Amount: amount, Currency: "EUR"} }

func (g *guest) betRequest(round, tx, amount string) *gamingv1.PlaceBetRequest {
	return &gamingv1.PlaceBetRequest{
		Caller: &gamingv1.Caller{IntegrationId: integration, SessionToken: g.token, PlayerId: g.id}, GameCode: "slot", ProviderRoundId: g.name(round), ProviderTxId: g.name(tx), Amount: eur(amount),
	}
}

func (g *guest) winRequest(round, tx, bet, amount string) *gamingv1.SettleBetRequest {
	return &gamingv1.SettleBetRequest{
		Caller: &gamingv1.Caller{IntegrationId: integration, SessionToken: g.token, PlayerId: g.id}, GameCode: "slot", ProviderRoundId: g.name(round), ProviderTxId: g.name(tx),
		BetProviderTxId: g.name(bet), Amount: eur(amount),
	}
}

func (g *guest) cancelRequest(round, tx, ref string) *gamingv1.CancelTransactionRequest {
	return &gamingv1.CancelTransactionRequest{
		Caller: &gamingv1.Caller{IntegrationId: integration, SessionToken: g.token, PlayerId: g.id}, ProviderRoundId: g.name(round), ProviderTxId: g.name(tx), ReferenceProviderTxId: g.name(ref),
	}
}

func (g *guest) bet(round, tx, amount string) (*gamingv1.PlaceBetResponse, error) {
	return g.adapter.PlaceBet(g.t.Context(), g.betRequest(round, tx, amount))
}

func (g *guest) win(round, tx, bet, amount string) (*gamingv1.SettleBetResponse, error) {
	return g.adapter.SettleBet(g.t.Context(), g.winRequest(round, tx, bet, amount))
}

func (g *guest) lastWin(round, tx, bet, amount string) (*gamingv1.SettleBetResponse, error) {
	r := g.winRequest(round, tx, bet, amount)
	r.RoundClosed = true
	return g.adapter.SettleBet(g.t.Context(), r)
}

func (g *guest) cancel(round, tx, ref string) (*gamingv1.CancelTransactionResponse, error) {
	return g.adapter.CancelTransaction(g.t.Context(), g.cancelRequest(round, tx, ref))
}

// cash asserts what the wallet says the player has, available and held.
func (g *guest) cash(available, held string) {
	g.t.Helper()
	b, err := g.wallet.GetBalance(g.t.Context(), &walletv1.GetBalanceRequest{PlayerId: g.id, Currency: "EUR"})
	require.NoError(g.t, err)
	require.Equal(g.t, [2]string{available, held}, [2]string{b.GetBalance().GetAvailable().GetAmount(), b.GetBalance().GetHeld().GetAmount()}, "available and held")
}

// available asserts what the player could stake or withdraw.
func (g *guest) available(want string) {
	g.t.Helper()
	b, err := g.wallet.GetBalance(g.t.Context(), &walletv1.GetBalanceRequest{PlayerId: g.id, Currency: "EUR"})
	require.NoError(g.t, err)
	require.Equal(g.t, want, b.GetBalance().GetAvailable().GetAmount())
}

// caller is the guest as a provider names it, by token and id.
func (g *guest) caller() *gamingv1.Caller {
	return &gamingv1.Caller{IntegrationId: integration, SessionToken: g.token, PlayerId: g.id}
}

// round reads a round by the provider's id.
func (g *guest) round(providerRound string) *gamingv1.Round {
	g.t.Helper()
	r, err := gamingv1.NewGamingServiceClient(g.As(testkit.Operator("support"))).SearchRounds(g.t.Context(), &gamingv1.SearchRoundsRequest{PlayerId: g.id, ProviderRoundId: g.name(providerRound)})
	require.NoError(g.t, err)
	require.Len(g.t, r.GetRounds(), 1)
	return r.GetRounds()[0]
}

// rounds counts the player's rounds.
func (g *guest) rounds() int {
	g.t.Helper()
	r, err := gamingv1.NewGamingServiceClient(g.As(testkit.Operator("support"))).SearchRounds(g.t.Context(), &gamingv1.SearchRoundsRequest{PlayerId: g.id})
	require.NoError(g.t, err)
	return len(r.GetRounds())
}

func refused(t testing.TB, err error, reason gamingv1.ErrorReason) {
	t.Helper()
	require.Error(t, err)
	require.True(t, errs.Is(err, reason), "want %s, got %v", reason, err)
}

// ended reports whether the guest's session is over.
func (g *guest) ended() bool {
	var over bool
	require.NoError(g.t, g.DB.QueryRow(g.t.Context(), "SELECT ended_at IS NOT NULL FROM game_session WHERE game_session_id = $1", g.session).Scan(&over))
	return over
}

// verify proves the wallet's books, and that every hold fits its bet.
func (c *casino) verify() {
	c.t.Helper()
	c.compared()
	for _, f := range c.allFindings() {
		require.Empty(c.t, f.GetHoldId(), "a hold and its bet differ: %v", f)
	}
	r, err := walletv1.NewWalletServiceClient(c.To("wallet", testkit.Operator("finance"))).VerifyLedger(c.t.Context(), &walletv1.VerifyLedgerRequest{})
	require.NoError(c.t, err)
	require.True(c.t, r.GetOk(), "%v", r.GetViolations())
}

// exec changes gaming's rows behind its back, to make what a crash would have left.
func (c *casino) exec(sql string, args ...any) {
	c.t.Helper()
	tag, err := c.DB.Exec(c.t.Context(), sql, args...)
	require.NoError(c.t, err)
	require.NotZero(c.t, tag.RowsAffected())
}

// eventually polls until a condition holds.
func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	require.Eventually(t, ok, 15*time.Second, 20*time.Millisecond, what)
}

func tx(n int) string { return fmt.Sprintf("tx-%d", n) }
