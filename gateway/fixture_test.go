package gateway_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/pitboss-gaming/pitboss/gateway"
	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	cashierv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/cashier/v1"
	catalogv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/catalog/v1"
	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	notificationv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/notification/v1"
	operationsv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/operations/v1"
	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/app"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// mesh plays every service behind the gateway. A field that is set answers its RPC; seen keeps the metadata of the last call.
type mesh struct {
	identity
	wallet
	operations
	adapter

	mu   sync.Mutex
	seen metadata.MD
}

func (m *mesh) see(ctx context.Context) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.seen, _ = metadata.FromIncomingContext(ctx)
}

func (m *mesh) last() metadata.MD {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.seen.Copy()
}

type identity struct {
	identityv1.UnimplementedIdentityServiceServer
	m       *mesh
	login   func(*identityv1.LoginRequest) (*identityv1.LoginResponse, error)
	refresh func(*identityv1.RefreshSessionRequest) (*identityv1.RefreshSessionResponse, error)
	client  func(*identityv1.IssueClientTokenRequest) (*identityv1.IssueClientTokenResponse, error)

	mu      sync.Mutex
	tickets map[string]*identityv1.RedeemLiveTicketResponse
}

func (i *identity) Login(ctx context.Context, q *identityv1.LoginRequest) (*identityv1.LoginResponse, error) {
	i.m.see(ctx)
	if i.login == nil {
		return &identityv1.LoginResponse{Challenge: "c"}, nil
	}
	return i.login(q)
}

func (i *identity) RefreshSession(ctx context.Context, q *identityv1.RefreshSessionRequest) (*identityv1.RefreshSessionResponse, error) {
	i.m.see(ctx)
	return i.refresh(q)
}

func (i *identity) Logout(ctx context.Context, _ *identityv1.LogoutRequest) (*identityv1.LogoutResponse, error) {
	i.m.see(ctx)
	return &identityv1.LogoutResponse{}, nil
}

func (i *identity) IssueClientToken(ctx context.Context, q *identityv1.IssueClientTokenRequest) (*identityv1.IssueClientTokenResponse, error) {
	i.m.see(ctx)
	return i.client(q)
}

// ticket makes one for a player, single use as identity's.
func (i *identity) ticket(name, player, session string, until time.Time) string {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.tickets == nil {
		i.tickets = map[string]*identityv1.RedeemLiveTicketResponse{}
	}
	i.tickets[name] = &identityv1.RedeemLiveTicketResponse{PlayerId: player, SessionId: session, SessionExpiresAt: timestamppb.New(until)}
	return name
}

func (i *identity) RedeemLiveTicket(_ context.Context, q *identityv1.RedeemLiveTicketRequest) (*identityv1.RedeemLiveTicketResponse, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	res := i.tickets[q.GetTicket()]
	delete(i.tickets, q.GetTicket())
	if res == nil {
		return nil, errs.New(identityv1.ErrorReason_ERROR_REASON_TICKET_INVALID, "the ticket is not valid")
	}
	return res, nil
}

type wallet struct {
	walletv1.UnimplementedWalletServiceServer
	m       *mesh
	entries func(*walletv1.ListEntriesRequest) (*walletv1.ListEntriesResponse, error)
}

func (w *wallet) ListBalances(ctx context.Context, _ *walletv1.ListBalancesRequest) (*walletv1.ListBalancesResponse, error) {
	w.m.see(ctx)
	return &walletv1.ListBalancesResponse{}, nil
}

func (w *wallet) ListEntries(ctx context.Context, q *walletv1.ListEntriesRequest) (*walletv1.ListEntriesResponse, error) {
	w.m.see(ctx)
	if w.entries == nil {
		return &walletv1.ListEntriesResponse{}, nil
	}
	return w.entries(q)
}

type operations struct {
	operationsv1.UnimplementedOperationsServiceServer
	lookup func(id string) (*operationsv1.LookupIntegrationResponse, error)
	health func(*operationsv1.HealthReport)
	report func(*operationsv1.ReportIntegrationHealthRequest) error
}

func (o *operations) ReportIntegrationHealth(_ context.Context, q *operationsv1.ReportIntegrationHealthRequest) (*operationsv1.ReportIntegrationHealthResponse, error) {
	for _, r := range q.GetReports() {
		if o.health != nil {
			o.health(r)
		}
	}
	if o.report != nil {
		return &operationsv1.ReportIntegrationHealthResponse{}, o.report(q)
	}
	return &operationsv1.ReportIntegrationHealthResponse{}, nil
}

func (o *operations) LookupIntegration(_ context.Context, q *operationsv1.LookupIntegrationRequest) (*operationsv1.LookupIntegrationResponse, error) {
	if o.lookup != nil {
		return o.lookup(q.GetIntegrationId())
	}
	if strings.HasPrefix(q.GetIntegrationId(), "int_unknown") {
		return nil, errs.New(operationsv1.ErrorReason_ERROR_REASON_INTEGRATION_NOT_FOUND, "no such integration")
	}
	return &operationsv1.LookupIntegrationResponse{Protocol: "hub88", Service: "hub88", Enabled: true}, nil
}

// operationsAlone is operations with what the gateway itself asks of it.
func (m *mesh) operationsAlone() app.Service {
	return app.Service{Name: "operations", Start: func(context.Context, *app.Env) (*app.Running, error) {
		return &app.Running{Register: func(s grpc.ServiceRegistrar) {
			testkit.Play(s, operationsv1.OperationsService_ServiceDesc, &m.operations, "LookupIntegration", "ReportIntegrationHealth")
		}}, nil
	}}
}

type adapter struct {
	adapterv1.UnimplementedAdapterServiceServer
	callback func(context.Context, *adapterv1.HandleCallbackRequest) (*adapterv1.HandleCallbackResponse, error)
}

func (a *adapter) HandleCallback(ctx context.Context, q *adapterv1.HandleCallbackRequest) (*adapterv1.HandleCallbackResponse, error) {
	if a.callback == nil {
		return &adapterv1.HandleCallbackResponse{Status: 200, Body: []byte("ok")}, nil
	}
	return a.callback(ctx, q)
}

// world is a running gateway on a real HTTP server.
type world struct {
	*testkit.Harness
	t    testing.TB
	mesh *mesh
	url  string
	addr string
}

type options struct {
	public string
	vars   map[string]string
	server func(*http.Server)
	// outlives keeps operations while the gateway stops, which else is the last to stop.
	outlives bool
}

// newWorld starts the gateway with the mesh played by the test. The rate limit is out of the way unless the test sets it.
func newWorld(t testing.TB, m *mesh, o options) *world {
	t.Helper()
	m.identity.m, m.wallet.m = m, m
	vars := map[string]string{"PITBOSS_GATEWAY_RATE_PER_SECOND": "100000", "PITBOSS_GATEWAY_RATE_BURST": "100000"}
	for k, v := range o.vars {
		vars[k] = v
	}
	kit := testkit.Options{PublicURL: o.public, Vars: vars, Remote: map[string]func(grpc.ServiceRegistrar){
		"identity":   func(s grpc.ServiceRegistrar) { identityv1.RegisterIdentityServiceServer(s, &m.identity) },
		"wallet":     func(s grpc.ServiceRegistrar) { walletv1.RegisterWalletServiceServer(s, &m.wallet) },
		"operations": func(s grpc.ServiceRegistrar) { operationsv1.RegisterOperationsServiceServer(s, &m.operations) },
		"hub88":      func(s grpc.ServiceRegistrar) { adapterv1.RegisterAdapterServiceServer(s, &m.adapter) },
		"catalog": func(s grpc.ServiceRegistrar) {
			catalogv1.RegisterCatalogServiceServer(s, catalogv1.UnimplementedCatalogServiceServer{})
		},
		"gaming": func(s grpc.ServiceRegistrar) {
			gamingv1.RegisterGamingServiceServer(s, gamingv1.UnimplementedGamingServiceServer{})
		},
		"cashier": func(s grpc.ServiceRegistrar) {
			cashierv1.RegisterCashierServiceServer(s, cashierv1.UnimplementedCashierServiceServer{})
		},
		"notification": func(s grpc.ServiceRegistrar) {
			notificationv1.RegisterNotificationServiceServer(s, notificationv1.UnimplementedNotificationServiceServer{})
		},
	}}
	first := gateway.Service()
	if o.outlives {
		kit.With, first = []app.Service{first}, m.operationsAlone()
		delete(kit.Remote, "operations")
	}
	h := testkit.Start(t, first, kit)
	s := httptest.NewUnstartedServer(h.HTTP())
	s.Config.ReadTimeout = 30 * time.Second
	if o.server != nil {
		o.server(s.Config)
	}
	s.Start()
	t.Cleanup(s.Close)
	return &world{Harness: h, t: t, mesh: m, url: s.URL, addr: s.Listener.Addr().String()}
}

// answer is a response that was read whole.
type answer struct {
	*http.Response
	body string
}

// reason is the ErrorInfo's of a google.rpc.Status; the test fails when the body is none.
func (a answer) reason(t testing.TB) string {
	t.Helper()
	var s struct {
		Code    *int
		Message *string
		Details []struct {
			Type   string `json:"@type"`
			Reason string
		}
	}
	require.NoError(t, json.Unmarshal([]byte(a.body), &s), a.body)
	require.Equal(t, "application/json", a.Header.Get("Content-Type"))
	require.NotNil(t, s.Code, a.body)
	require.NotNil(t, s.Message, a.body)
	for _, d := range s.Details {
		if d.Type == "type.googleapis.com/google.rpc.ErrorInfo" {
			return d.Reason
		}
	}
	t.Fatalf("no ErrorInfo in %s", a.body)
	return ""
}

// plainClient follows nothing and keeps no connection.
var plainClient = &http.Client{
	Timeout:       30 * time.Second,
	Transport:     &http.Transport{DisableKeepAlives: true, DisableCompression: true},
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

// do sends a request; headers are pairs.
func (w *world) do(method, path, body string, headers ...string) answer {
	w.t.Helper()
	q, err := http.NewRequestWithContext(w.t.Context(), method, w.url+path, strings.NewReader(body))
	require.NoError(w.t, err)
	if body != "" {
		q.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(headers); i += 2 {
		if headers[i+1] == "" {
			q.Header.Del(headers[i])
			continue
		}
		q.Header.Add(headers[i], headers[i+1])
	}
	if h := q.Header.Values("Content-Type"); len(h) > 1 {
		q.Header["Content-Type"] = h[1:]
	}
	res, err := plainClient.Do(q)
	require.NoError(w.t, err)
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	require.NoError(w.t, err)
	return answer{res, string(b)}
}

// raw writes bytes to a connection of its own and reads one response.
func (w *world) raw(bytesOut string) answer {
	w.t.Helper()
	c, err := net.Dial("tcp", w.addr)
	require.NoError(w.t, err)
	defer c.Close()
	require.NoError(w.t, c.SetDeadline(time.Now().Add(20*time.Second)))
	_, err = io.Copy(c, bytes.NewReader([]byte(bytesOut)))
	require.NoError(w.t, err)
	res, err := http.ReadResponse(bufio.NewReader(c), nil)
	require.NoError(w.t, err)
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	require.NoError(w.t, err)
	return answer{res, string(b)}
}

func eventually(t testing.TB, what string, is func() bool) {
	t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for !is() {
		if time.Now().After(deadline) {
			t.Fatalf("not in time: %s", what)
		}
		time.Sleep(5 * time.Millisecond)
	}
}
