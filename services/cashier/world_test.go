package cashier_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"github.com/pitboss-gaming/pitboss/adapters/stripe"
	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	cashierv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/cashier/v1"
	commonv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	operationsv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/operations/v1"
	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/app"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/ids"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
	"github.com/pitboss-gaming/pitboss/sandbox/fault"
	"github.com/pitboss-gaming/pitboss/sandbox/psp"
	"github.com/pitboss-gaming/pitboss/services/cashier"
	"github.com/pitboss-gaming/pitboss/services/wallet"
)

const (
	card     = "card" // the integration
	goodCard = "4242424242424242"
)

// world is the cashier between the real wallet, the real adapter and a payment provider over HTTP. Identity and operations are played.
type world struct {
	t        testing.TB
	h        *testkit.Harness
	psp      *psp.PSP
	web      *httptest.Server
	gateway  adapterv1.AdapterServiceClient
	identity *playedIdentity
	ops      *playedOperations

	mu       sync.Mutex
	down     bool // callbacks are refused, as if the platform were not reachable
	statuses []int
}

// options change a world.
type options struct {
	vars map[string]string
	// wallet stands between the cashier and the real wallet.
	failing *failingWallet
}

func newWorld(t *testing.T, o options) *world {
	t.Helper()
	w := &world{t: t, identity: &playedIdentity{}, ops: &playedOperations{}}
	vars := map[string]string{
		"PITBOSS_CASHIER_POLL": "20ms", "PITBOSS_CASHIER_LOOKUP_TTL": "1ms", "PITBOSS_STRIPE_INTEGRATION_TTL": "1ms",
		"PITBOSS_CASHIER_PROVIDER_TIMEOUT": "4s", "PITBOSS_STRIPE_TRY_TIMEOUT": "1s", "PITBOSS_STRIPE_CALL_TIMEOUT": "3s", "PITBOSS_STRIPE_TRIES": "1",
	}
	for k, v := range o.vars {
		vars[k] = v
	}
	with := []app.Service{stripe.Service()}
	remote := map[string]func(grpc.ServiceRegistrar){
		"identity": func(r grpc.ServiceRegistrar) {
			testkit.Play(r, identityv1.IdentityService_ServiceDesc, w.identity, "GetPlayerStatus")
		},
		"operations": func(r grpc.ServiceRegistrar) {
			testkit.Play(r, operationsv1.OperationsService_ServiceDesc, w.ops, "GetIntegrationSecrets", "LookupIntegration", "ListIntegrations")
		},
	}
	if o.failing == nil {
		with = append(with, wallet.Service())
	} else {
		o.failing.held = map[string]int64{}
		remote["wallet"] = func(r grpc.ServiceRegistrar) { walletv1.RegisterWalletServiceServer(r, o.failing) }
	}
	w.h = testkit.Start(t, cashier.Service(), testkit.Options{With: with, Remote: remote, Vars: vars, PublicURL: "https://casino.example"})
	w.gateway = adapterv1.NewAdapterServiceClient(w.h.To("stripe", testkit.Peer("gateway")))
	mux := http.NewServeMux()
	w.web = httptest.NewServer(mux)
	t.Cleanup(w.web.Close)
	var err error
	w.psp, err = psp.New(psp.Config{
		StateDir: t.TempDir(), PublicURL: w.web.URL + "/psp", Clock: w.h.Clock.Now, RetryBase: 30 * time.Millisecond, AsyncDelay: time.Hour,
	})
	require.NoError(t, err)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		_ = w.psp.Close(ctx)
	})
	mux.Handle("/psp/", http.StripPrefix("/psp", w.psp.Handler()))
	mux.HandleFunc("/callbacks/"+card+"/", w.callback)
	require.NoError(t, w.psp.EnsureWebhook(w.web.URL+"/callbacks/"+card+"/webhook", "*"))
	w.ops.set(w.web.URL+"/psp", w.psp.APIKey(), w.psp.WebhookSecret())
	return w
}

// callback passes a webhook on as the gateway does.
func (w *world) callback(rw http.ResponseWriter, r *http.Request) {
	w.mu.Lock()
	down := w.down
	w.mu.Unlock()
	body, err := io.ReadAll(r.Body)
	if err != nil || down {
		rw.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	req := &adapterv1.HandleCallbackRequest{IntegrationId: card, Method: r.Method, Path: strings.TrimPrefix(r.URL.Path, "/callbacks/"+card), Body: body}
	for name, values := range r.Header {
		for _, v := range values {
			req.Headers = append(req.Headers, &adapterv1.Header{Name: name, Value: v})
		}
	}
	ctx, cancel := context.WithTimeout(r.Context(), 10*time.Second)
	defer cancel()
	res, err := w.gateway.HandleCallback(ctx, req)
	if err != nil {
		rw.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	w.mu.Lock()
	w.statuses = append(w.statuses, int(res.GetStatus()))
	w.mu.Unlock()
	rw.WriteHeader(int(res.GetStatus()))
	_, _ = rw.Write(res.GetBody())
}

// reachable says whether webhooks arrive.
func (w *world) reachable(yes bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.down = !yes
}

func (w *world) as(c testkit.Caller) cashierv1.CashierServiceClient {
	return cashierv1.NewCashierServiceClient(w.h.As(c))
}

func (w *world) player(id string) cashierv1.CashierServiceClient {
	return w.as(testkit.Player(id).Fresh())
}

func (w *world) operator(id string) cashierv1.CashierServiceClient {
	return w.as(testkit.OperatorNamed(id, "finance"))
}

func newPlayer() string { return ids.New("ply") }

func eur(amount string) *commonv1.Money { return &commonv1.Money{Amount: amount, Currency: "EUR"} }

// open opens a deposit.
func (w *world) open(player, amount string) *cashierv1.Deposit {
	w.t.Helper()
	res, err := w.player(player).CreateDeposit(w.t.Context(), &cashierv1.CreateDepositRequest{RequestId: ids.New("key"), MethodId: card, Amount: eur(amount)})
	require.NoError(w.t, err)
	return res.GetDeposit()
}

// pay fills in the provider's page and answers its HTTP status.
func (w *world) pay(page, number string) int {
	w.t.Helper()
	c := &http.Client{Timeout: 10 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := c.PostForm(page, url.Values{"card_number": {number}, "exp": {"12/39"}, "cvc": {"123"}, "name": {"A. Player"}})
	require.NoError(w.t, err)
	defer func() { _ = res.Body.Close() }()
	_, _ = io.Copy(io.Discard, res.Body)
	return res.StatusCode
}

// paid is a deposit that is credited.
func (w *world) paid(player, amount string) *cashierv1.Deposit {
	w.t.Helper()
	d := w.open(player, amount)
	require.Equal(w.t, http.StatusSeeOther, w.pay(d.GetRedirectUrl(), goodCard))
	return w.deposit(player, d.GetDepositId(), cashierv1.DepositState_DEPOSIT_STATE_CAPTURED)
}

// deposit waits until a deposit is in a state.
func (w *world) deposit(player, id string, state cashierv1.DepositState) *cashierv1.Deposit {
	w.t.Helper()
	var d *cashierv1.Deposit
	w.until(func() bool {
		res, err := w.player(player).GetDeposit(w.t.Context(), &cashierv1.GetDepositRequest{DepositId: id})
		require.NoError(w.t, err)
		d = res.GetDeposit()
		return d.GetState() == state
	}, func() string { return d.String() })
	return d
}

// withdrawal waits until a withdrawal is in a state.
func (w *world) withdrawal(player, id string, state cashierv1.WithdrawalState) *cashierv1.Withdrawal {
	w.t.Helper()
	var x *cashierv1.Withdrawal
	w.until(func() bool {
		res, err := w.player(player).GetWithdrawal(w.t.Context(), &cashierv1.GetWithdrawalRequest{WithdrawalId: id})
		require.NoError(w.t, err)
		x = res.GetWithdrawal()
		return x.GetState() == state
	}, func() string { return x.String() })
	return x
}

// unknown waits until nobody knows what became of a withdrawal, and its next look is scheduled, which comes a moment after the state is told: time that passes in
// between would be missing from the wait. A look that is scheduled is later than any lease of the one before for five seconds.
func (w *world) unknown(player, id string) {
	w.t.Helper()
	w.withdrawal(player, id, cashierv1.WithdrawalState_WITHDRAWAL_STATE_UNKNOWN)
	began := time.Now()
	w.until(func() bool {
		var next time.Time
		require.NoError(w.t, w.h.DB.QueryRow(w.t.Context(), "SELECT next_step_at FROM withdrawal WHERE withdrawal_id = $1", id).Scan(&next))
		return next.After(w.h.Clock.Now().Add(25*time.Second)) || time.Since(began) > 5*time.Second
	}, func() string { return "its next look is not scheduled" })
}

// withdraw asks for money.
func (w *world) withdraw(player, amount string) *cashierv1.Withdrawal {
	w.t.Helper()
	res, err := w.player(player).CreateWithdrawal(w.t.Context(), &cashierv1.CreateWithdrawalRequest{
		RequestId: ids.New("key"), Amount: eur(amount), Destination: cashierv1.DestinationKind_DESTINATION_KIND_SOURCE,
	})
	require.NoError(w.t, err)
	return res.GetWithdrawal()
}

// balance is the player's EUR, free and held.
func (w *world) balance(player string) (available, held string) {
	w.t.Helper()
	res, err := walletv1.NewWalletServiceClient(w.h.To("wallet", testkit.Peer("cashier"))).
		GetBalance(w.t.Context(), &walletv1.GetBalanceRequest{PlayerId: player, Currency: "EUR"})
	require.NoError(w.t, err)
	return res.GetBalance().GetAvailable().GetAmount(), res.GetBalance().GetHeld().GetAmount()
}

// verify proves the ledger.
func (w *world) verify() {
	w.t.Helper()
	res, err := walletv1.NewWalletServiceClient(w.h.To("wallet", testkit.Operator("finance"))).VerifyLedger(w.t.Context(), &walletv1.VerifyLedgerRequest{})
	require.NoError(w.t, err)
	require.True(w.t, res.GetOk(), res.GetViolations())
}

func (w *world) until(ok func() bool, describe func() string) {
	w.t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for !ok() {
		if time.Now().After(deadline) {
			w.t.Fatalf("it did not happen in time: %s", describe())
		}
		<-time.After(10 * time.Millisecond)
	}
}

// fault has the provider misbehave.
func (w *world) fault(rules ...fault.Rule) {
	w.t.Helper()
	require.NoError(w.t, w.psp.Faults().Set(1, rules...))
}

// admin calls the provider's administration.
func (w *world) admin(method, path, body string) {
	w.t.Helper()
	req, err := http.NewRequestWithContext(w.t.Context(), method, w.web.URL+"/psp/admin/"+path, strings.NewReader(body))
	require.NoError(w.t, err)
	req.Header.Set("Authorization", "Bearer "+w.psp.AdminToken())
	req.Header.Set("Content-Type", "application/json")
	res, err := w.web.Client().Do(req)
	require.NoError(w.t, err)
	defer func() { _ = res.Body.Close() }()
	b, _ := io.ReadAll(res.Body)
	require.Less(w.t, res.StatusCode, 300, string(b))
}

// stripeAPI calls the provider's API as its merchant would by hand.
func (w *world) stripeAPI(method, path string, form url.Values) string {
	w.t.Helper()
	req, err := http.NewRequestWithContext(w.t.Context(), method, w.web.URL+"/psp/v1/"+path, bytes.NewReader([]byte(form.Encode())))
	require.NoError(w.t, err)
	req.Header.Set("Authorization", "Bearer "+w.psp.APIKey())
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	res, err := w.web.Client().Do(req)
	require.NoError(w.t, err)
	defer func() { _ = res.Body.Close() }()
	b, err := io.ReadAll(res.Body)
	require.NoError(w.t, err)
	require.Equal(w.t, http.StatusOK, res.StatusCode, string(b))
	return string(b)
}

// findings are the kinds of disagreement that were published.
func (w *world) findings(n int) []string {
	w.t.Helper()
	var kinds []string
	for _, m := range w.h.Events("payment.reconciliation.v1", n) {
		var e cashierv1.ReconciliationNeeded
		require.NoError(w.t, m.Decode(&e))
		kinds = append(kinds, e.GetKind())
	}
	return kinds
}

func reason(t testing.TB, want string, err error) {
	t.Helper()
	require.Error(t, err)
	require.Equal(t, want, errs.ReasonOf(err), err.Error())
}

// playedIdentity knows every player as active in Malta unless told otherwise.
type playedIdentity struct {
	identityv1.UnimplementedIdentityServiceServer
	mu      sync.Mutex
	locked  map[string]bool
	country map[string]string
	broken  bool
}

func (p *playedIdentity) GetPlayerStatus(_ context.Context, req *identityv1.GetPlayerStatusRequest) (*identityv1.GetPlayerStatusResponse, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.broken {
		return nil, status.Error(codes.Internal, "down")
	}
	res := &identityv1.GetPlayerStatusResponse{Status: identityv1.PlayerStatus_PLAYER_STATUS_ACTIVE, Country: "MT"}
	if p.locked[req.GetPlayerId()] {
		res.Status = identityv1.PlayerStatus_PLAYER_STATUS_LOCKED
	}
	if c := p.country[req.GetPlayerId()]; c != "" {
		res.Country = c
	}
	return res, nil
}

// playedOperations has one payment integration, one that is off and one game integration.
type playedOperations struct {
	operationsv1.UnimplementedOperationsServiceServer
	mu       sync.Mutex
	base     string
	key      string
	secret   string
	disabled bool
}

func (p *playedOperations) set(base, key, secret string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.base, p.key, p.secret = base, key, secret
}

func (p *playedOperations) disable(yes bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.disabled = yes
}

func (p *playedOperations) integration() *operationsv1.Integration {
	return &operationsv1.Integration{
		IntegrationId: card, Protocol: "stripe", Kind: operationsv1.IntegrationKind_INTEGRATION_KIND_PAYMENT, Name: "Card", Enabled: !p.disabled,
		Settings: map[string]string{"api_base_url": p.base},
	}
}

func (p *playedOperations) GetIntegrationSecrets(_ context.Context, req *operationsv1.GetIntegrationSecretsRequest) (*operationsv1.GetIntegrationSecretsResponse, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if req.GetIntegrationId() != card {
		return nil, errs.New(operationsv1.ErrorReason_ERROR_REASON_INTEGRATION_NOT_FOUND, "no")
	}
	return &operationsv1.GetIntegrationSecretsResponse{Integration: p.integration(), Secrets: map[string]string{"api_key": p.key, "webhook_secret": p.secret}}, nil
}

func (p *playedOperations) LookupIntegration(_ context.Context, req *operationsv1.LookupIntegrationRequest) (*operationsv1.LookupIntegrationResponse, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	res := &operationsv1.LookupIntegrationResponse{Protocol: "stripe", Service: "stripe", Kind: operationsv1.IntegrationKind_INTEGRATION_KIND_PAYMENT}
	switch req.GetIntegrationId() {
	case card:
		res.Enabled = !p.disabled
	case "off":
	case "games":
		res.Kind, res.Enabled = operationsv1.IntegrationKind_INTEGRATION_KIND_GAME, true
	default:
		return nil, errs.New(operationsv1.ErrorReason_ERROR_REASON_INTEGRATION_NOT_FOUND, "no")
	}
	return res, nil
}

func (p *playedOperations) ListIntegrations(context.Context, *operationsv1.ListIntegrationsRequest) (*operationsv1.ListIntegrationsResponse, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return &operationsv1.ListIntegrationsResponse{Integrations: []*operationsv1.Integration{p.integration(), {IntegrationId: "off", Name: "Off"}}}, nil
}

// failingWallet keeps the wallet's network contract for one player's money and can fail once after it has committed.
type failingWallet struct {
	walletv1.UnimplementedWalletServiceServer
	mu    sync.Mutex
	done  map[string]string // request id -> operation id
	calls map[string]int
	held  map[string]int64
	// fail has the next call of an RPC lose its answer after it took effect.
	fail map[string]int
	// refuse has an RPC decide against.
	refuse map[string]error
}

// take does what a call does: once per request id, and the answer may be lost.
func (f *failingWallet) take(_ context.Context, rpc, requestID string) (string, bool, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.done == nil {
		f.done, f.calls = map[string]string{}, map[string]int{}
	}
	if err := f.refuse[rpc]; err != nil {
		return "", false, err
	}
	op, replayed := f.done[requestID]
	if !replayed {
		op = ids.New("wop")
		f.done[requestID] = op
		f.calls[rpc]++
	}
	if f.fail[rpc] > 0 {
		f.fail[rpc]--
		return "", false, status.Error(codes.Internal, "the answer was lost")
	}
	return op, replayed, nil
}

func (f *failingWallet) failNext(rpc string, n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.fail == nil {
		f.fail = map[string]int{}
	}
	f.fail[rpc] = n
}

// effects is how often an RPC took effect.
func (f *failingWallet) effects(rpc string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.calls[rpc]
}

func (f *failingWallet) Deposit(ctx context.Context, r *walletv1.DepositRequest) (*walletv1.DepositResponse, error) {
	op, replayed, err := f.take(ctx, "Deposit", r.GetRequestId())
	return &walletv1.DepositResponse{OperationId: op, Replayed: replayed}, err
}

func (f *failingWallet) ReserveWithdrawal(ctx context.Context, r *walletv1.ReserveWithdrawalRequest) (*walletv1.ReserveWithdrawalResponse, error) {
	op, replayed, err := f.take(ctx, "ReserveWithdrawal", r.GetRequestId())
	return &walletv1.ReserveWithdrawalResponse{OperationId: op, HoldId: "hld_of_" + r.GetReference().GetSourceId(), Replayed: replayed}, err
}

func (f *failingWallet) CompleteWithdrawal(ctx context.Context, r *walletv1.CompleteWithdrawalRequest) (*walletv1.CompleteWithdrawalResponse, error) {
	op, replayed, err := f.take(ctx, "CompleteWithdrawal", r.GetRequestId())
	return &walletv1.CompleteWithdrawalResponse{OperationId: op, Replayed: replayed}, err
}

func (f *failingWallet) CancelWithdrawal(ctx context.Context, r *walletv1.CancelWithdrawalRequest) (*walletv1.CancelWithdrawalResponse, error) {
	op, replayed, err := f.take(ctx, "CancelWithdrawal", r.GetRequestId())
	return &walletv1.CancelWithdrawalResponse{OperationId: op, Replayed: replayed}, err
}

func (f *failingWallet) FindOperation(_ context.Context, r *walletv1.FindOperationRequest) (*walletv1.FindOperationResponse, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.done[r.GetRequestId()] == "" {
		return nil, errs.New(walletv1.ErrorReason_ERROR_REASON_OPERATION_NOT_FOUND, "no")
	}
	return &walletv1.FindOperationResponse{HoldId: "hld_late"}, nil
}

// withKey is a context with the Idempotency-Key header.
func withKey(ctx context.Context, key string) context.Context {
	return metadata.AppendToOutgoingContext(ctx, "idempotency-key", key)
}
