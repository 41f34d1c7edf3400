package hub88_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"

	"github.com/pitboss-gaming/pitboss/adapters/hub88"
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

const licence = "studio-one"

// Keys are made once: each costs a quarter of a second.
var providerKey, strangerKey = sync.OnceValue(newKey), sync.OnceValue(newKey)

func newKey() *rsa.PrivateKey {
	k, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return k
}

func spki(t *testing.T, k *rsa.PrivateKey) string {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(&k.PublicKey)
	require.NoError(t, err)
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
}

func signed(t *testing.T, k *rsa.PrivateKey, body []byte) string {
	t.Helper()
	sum := sha256.Sum256(body)
	s, err := rsa.SignPKCS1v15(rand.Reader, k, crypto.SHA256, sum[:])
	require.NoError(t, err)
	return base64.StdEncoding.EncodeToString(s)
}

// outside plays identity and operations, and the provider's own HTTP API.
type outside struct {
	identityv1.UnimplementedIdentityServiceServer
	operationsv1.UnimplementedOperationsServiceServer
	mu       sync.Mutex
	settings map[string]string
	secrets  map[string]string
	enabled  bool
	launched map[string]any
	calls    []string
	status   int
	answer   string // instead of the provider's own
}

func (o *outside) GetPlayerStatus(context.Context, *identityv1.GetPlayerStatusRequest) (*identityv1.GetPlayerStatusResponse, error) {
	return &identityv1.GetPlayerStatusResponse{Status: identityv1.PlayerStatus_PLAYER_STATUS_ACTIVE, Country: "DE", Language: "de"}, nil
}

func (o *outside) LookupIntegration(_ context.Context, r *operationsv1.LookupIntegrationRequest) (*operationsv1.LookupIntegrationResponse, error) {
	if r.GetIntegrationId() != licence {
		return nil, errs.New(operationsv1.ErrorReason_ERROR_REASON_INTEGRATION_NOT_FOUND, "no")
	}
	return &operationsv1.LookupIntegrationResponse{Protocol: "hub88", Service: "hub88", Kind: operationsv1.IntegrationKind_INTEGRATION_KIND_GAME, Enabled: true}, nil
}

func (o *outside) GetIntegrationSecrets(_ context.Context, r *operationsv1.GetIntegrationSecretsRequest) (*operationsv1.GetIntegrationSecretsResponse, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if r.GetIntegrationId() != licence {
		return nil, errs.New(operationsv1.ErrorReason_ERROR_REASON_INTEGRATION_NOT_FOUND, "no")
	}
	return &operationsv1.GetIntegrationSecretsResponse{
		Integration: &operationsv1.Integration{IntegrationId: licence, Protocol: "hub88", Enabled: o.enabled, Settings: o.settings}, Secrets: o.secrets,
	}, nil
}

// GetPlaySwitches has none.
func (o *outside) GetPlaySwitches(context.Context, *operationsv1.GetPlaySwitchesRequest) (*operationsv1.GetPlaySwitchesResponse, error) {
	return &operationsv1.GetPlaySwitchesResponse{Revision: 1}, nil
}

// ServeHTTP is the provider: it takes only what is signed with the operator's key.
func (o *outside) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	o.mu.Lock()
	defer o.mu.Unlock()
	body, _ := io.ReadAll(r.Body)
	o.calls = append(o.calls, r.URL.Path)
	block, _ := pem.Decode([]byte(o.settings["operator_public_key_pem"]))
	key, err := x509.ParsePKIXPublicKey(block.Bytes)
	sum := sha256.Sum256(body)
	given, _ := base64.StdEncoding.DecodeString(r.Header.Get("X-Hub88-Signature"))
	if err != nil || rsa.VerifyPKCS1v15(key.(*rsa.PublicKey), crypto.SHA256, sum[:], given) != nil {
		http.Error(w, `{"error":"invalid signature"}`, http.StatusUnauthorized)
		return
	}
	if o.answer != "" || o.status != 0 {
		if o.status/100 == 3 {
			w.Header().Set("Location", "/elsewhere")
		}
		w.WriteHeader(max(o.status, 200))
		_, _ = io.WriteString(w, o.answer)
		return
	}
	switch r.URL.Path {
	case "/api/operator/generic/v2/game/list":
		_, _ = io.WriteString(w, `[{"game_code":"slot","name":"Slot","product":"One","category":"Video Slots","url_thumb":"https://one.example/t.png","enabled":true,"blocked_countries":["us"],"platforms":["GPL_DESKTOP"],"game_id":7}]`)
	case "/api/operator/generic/v2/game/url":
		o.launched = map[string]any{}
		_ = json.Unmarshal(body, &o.launched)
		_, _ = io.WriteString(w, `{"url":"https://one.example/play"}`)
	case "/api/operator/generic/v2/game/round":
		_, _ = io.WriteString(w, `{"url":"https://one.example/round"}`)
	default:
		http.NotFound(w, r)
	}
}

func played(name string, register func(grpc.ServiceRegistrar)) app.Service {
	return app.Service{
		Name: name, Migrations: fstest.MapFS{"00001_init.sql": {Data: []byte("-- +goose Up\nSELECT 1;\n")}},
		Start: func(context.Context, *app.Env) (*app.Running, error) { return &app.Running{Register: register}, nil },
	}
}

// table is the adapter with the real gaming, wallet and catalogue, and a player at a game.
type table struct {
	*testkit.Harness
	t           *testing.T
	out         *outside
	callbacks   adapterv1.AdapterServiceClient
	user, token string
}

func open(t *testing.T, vars ...string) *table {
	t.Helper()
	o := &outside{enabled: true}
	server := httptest.NewServer(o)
	t.Cleanup(server.Close)
	config := map[string]string{"PITBOSS_HUB88_INTEGRATION_TTL": "1ms", "PITBOSS_HUB88_PROVIDER_TIMEOUT": "2s", "PITBOSS_GAMING_LOOKUP_TTL": "1ms",
		"PITBOSS_CATALOG_CERTIFICATES_REQUIRED": "false"}
	for i := 0; i < len(vars); i += 2 {
		config[vars[i]] = vars[i+1]
	}
	h := testkit.Start(t, hub88.Service(), testkit.Options{
		With: []app.Service{
			gaming.Service(), wallet.Service(), catalog.Service(),
			played("identity", func(r grpc.ServiceRegistrar) { identityv1.RegisterIdentityServiceServer(r, o) }),
			played("operations", func(r grpc.ServiceRegistrar) { operationsv1.RegisterOperationsServiceServer(r, o) }),
		},
		PublicURL: "https://casino.example", Vars: config,
	})
	x := &table{Harness: h, t: t, out: o, callbacks: adapterv1.NewAdapterServiceClient(h.As(testkit.Peer("gateway"))), user: ids.New("ply")}
	checked, err := adapterv1.NewAdapterServiceClient(h.As(testkit.Peer("operations"))).CheckIntegration(t.Context(), &adapterv1.CheckIntegrationRequest{
		IntegrationId: licence, Settings: goodSettings(t, server.URL+"/api/"),
	})
	require.NoError(t, err)
	o.settings, o.secrets = checked.GetSettings(), checked.GetSecrets()
	x.publishGames()
	x.deposit("EUR", "100.00")
	x.token = x.launch("EUR")
	return x
}

func goodSettings(t *testing.T, base string) map[string]string {
	return map[string]string{"api_base_url": base, "operator_id": "42", "provider_public_key_pem": spki(t, providerKey()), "sub_partner_id": "brand"}
}

func (x *table) publishGames() {
	x.t.Helper()
	back := catalogv1.NewCatalogServiceClient(x.To("catalog", testkit.Operator("admin")))
	n, err := back.SyncGames(x.t.Context(), &catalogv1.SyncGamesRequest{IntegrationId: licence})
	require.NoError(x.t, err)
	require.EqualValues(x.t, 1, n.GetAdded())
	list, err := back.ListOperatorGames(x.t.Context(), &catalogv1.ListOperatorGamesRequest{})
	require.NoError(x.t, err)
	_, err = back.SetGamePublished(x.t.Context(), &catalogv1.SetGamePublishedRequest{GameId: list.GetGames()[0].GetGameId(), Published: new(true)})
	require.NoError(x.t, err)
}

func (x *table) deposit(currency, amount string) {
	x.t.Helper()
	_, err := walletv1.NewWalletServiceClient(x.To("wallet", testkit.Peer("cashier"))).Deposit(x.t.Context(), &walletv1.DepositRequest{
		RequestId: ids.New("dep"), PlayerId: x.user, Amount: &commonv1.Money{Amount: amount, Currency: currency}, Psp: "stripe",
		Reference: &walletv1.Reference{SourceKind: walletv1.SourceKind_SOURCE_KIND_DEPOSIT, SourceId: ids.New("dep")},
	})
	require.NoError(x.t, err)
}

// launch opens the game as a player does and answers the token that the provider got.
func (x *table) launch(currency string) string {
	x.t.Helper()
	games, err := catalogv1.NewCatalogServiceClient(x.To("catalog", testkit.Anonymous())).ListGames(x.t.Context(), &catalogv1.ListGamesRequest{})
	require.NoError(x.t, err)
	r, err := gamingv1.NewGamingServiceClient(x.To("gaming", testkit.Player(x.user))).LaunchGame(x.t.Context(), &gamingv1.LaunchGameRequest{
		GameId: games.GetGames()[0].GetGameId(), Currency: currency,
	})
	require.NoError(x.t, err)
	require.Equal(x.t, "https://one.example/play", r.GetUrl())
	x.out.mu.Lock()
	defer x.out.mu.Unlock()
	return x.out.launched["token"].(string)
}

// send delivers a raw request and answers status and body as they would go over the wire.
func (x *table) send(r *adapterv1.HandleCallbackRequest) (int32, string) {
	x.t.Helper()
	resp, err := x.callbacks.HandleCallback(x.t.Context(), r)
	require.NoError(x.t, err)
	require.Equal(x.t, "application/json", resp.GetHeaders()[0].GetValue())
	require.Equal(x.t, resp.GetStatus() >= 400 || bytes.Contains(resp.GetBody(), []byte(`"RS_ERROR_`)), resp.GetRefusal() != "", "what the gateway is told: %s", resp.GetBody())
	return resp.GetStatus(), string(resp.GetBody())
}

// post delivers a signed body.
func (x *table) post(path, body string) string {
	x.t.Helper()
	code, answer := x.send(x.request(path, body))
	require.EqualValues(x.t, 200, code)
	return answer
}

func (x *table) request(path, body string) *adapterv1.HandleCallbackRequest {
	return &adapterv1.HandleCallbackRequest{
		IntegrationId: licence, Method: "POST", Path: path, Body: []byte(body), RemoteIp: "192.0.2.1",
		Headers: []*adapterv1.Header{{Name: "content-type", Value: "application/json"}, {Name: "x-hub88-signature", Value: signed(x.t, providerKey(), []byte(body))}},
	}
}

// cash asserts what the wallet says.
func (x *table) cash(currency, available, held string) {
	x.t.Helper()
	b, err := walletv1.NewWalletServiceClient(x.To("wallet", testkit.Peer("gaming"))).GetBalance(x.t.Context(), &walletv1.GetBalanceRequest{PlayerId: x.user, Currency: currency})
	require.NoError(x.t, err)
	require.Equal(x.t, [2]string{available, held}, [2]string{b.GetBalance().GetAvailable().GetAmount(), b.GetBalance().GetHeld().GetAmount()})
}
