package operations_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	catalogv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/catalog/v1"
	operationsv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/operations/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
	"github.com/pitboss-gaming/pitboss/services/operations"
)

// adapter plays an adapter by its contract: it demands a base URL and makes a key when none is given.
type adapter struct {
	adapterv1.UnimplementedAdapterServiceServer
	asked int
}

func (a *adapter) CheckIntegration(_ context.Context, q *adapterv1.CheckIntegrationRequest) (*adapterv1.CheckIntegrationResponse, error) {
	a.asked++
	if q.GetSettings()["api_base_url"] == "" {
		return nil, errs.New(adapterv1.ErrorReason_ERROR_REASON_INTEGRATION_INVALID, "missing", "field", "api_base_url", "problem", "missing")
	}
	res := &adapterv1.CheckIntegrationResponse{Settings: q.GetSettings(), Secrets: map[string]string{"private_key": "generated-key"}}
	for k, v := range q.GetSecrets() {
		res.Secrets[k] = v
	}
	return res, nil
}

// catalogue plays the catalogue: it has two games, a category and a studio, until it is down.
type catalogue struct {
	catalogv1.UnimplementedCatalogServiceServer
	down atomic.Pointer[func(context.Context) error]
}

func (c *catalogue) CheckSubject(ctx context.Context, q *catalogv1.CheckSubjectRequest) (*catalogv1.CheckSubjectResponse, error) {
	if down := c.down.Load(); down != nil {
		return nil, (*down)(ctx)
	}
	return &catalogv1.CheckSubjectResponse{
		Known: q.GetGameId() == "gam_1" || q.GetGameId() == "gam_2" || q.GetCategory() == "slots" || q.GetProviderId() == "prv_1",
	}, nil
}

type world struct {
	*testkit.Harness
	adapter *adapter
	catalog *catalogue
}

func start(t *testing.T) world { return startFelt(t, "0s") }

// startFelt is start with changes that are answered so long after they were made.
func startFelt(t *testing.T, after string) world {
	t.Helper()
	a, c := &adapter{}, &catalogue{}
	register := func(s grpc.ServiceRegistrar) { adapterv1.RegisterAdapterServiceServer(s, a) }
	return world{testkit.Start(t, operations.Service(), testkit.Options{Vars: map[string]string{"PITBOSS_OPERATIONS_FELT_AFTER": after}, Remote: map[string]func(grpc.ServiceRegistrar){
		"hub88": register, "transfer": register, "catalog": func(s grpc.ServiceRegistrar) {
			testkit.Play(s, catalogv1.CatalogService_ServiceDesc, c, "CheckSubject")
		},
	}}), a, c}
}

func (w world) as(c testkit.Caller) operationsv1.OperationsServiceClient {
	return operationsv1.NewOperationsServiceClient(w.As(c))
}

func request() *operationsv1.CreateIntegrationRequest {
	return &operationsv1.CreateIntegrationRequest{
		IntegrationId: "games-one", Protocol: "hub88", Name: "Games",
		Settings: map[string]string{"api_base_url": "https://studio.example"}, Secrets: map[string]string{"shared": "s3cret"},
	}
}

func TestIntegrations_LifeOfOne(t *testing.T) {
	t.Parallel()
	w, ctx := start(t), t.Context()
	admin := w.as(testkit.Operator("admin"))
	made, err := admin.CreateIntegration(ctx, request())
	require.NoError(t, err)
	require.Equal(t, []string{"private_key", "shared"}, made.GetIntegration().GetSecretNames())
	require.Equal(t, "http://127.0.0.1:8080/callbacks/games-one", made.GetIntegration().GetCallbackUrl())
	require.True(t, made.GetIntegration().GetEnabled())

	again, err := admin.CreateIntegration(ctx, request())
	require.NoError(t, err, "the same again answers the stored one")
	require.Equal(t, made.GetIntegration().GetRevision(), again.GetIntegration().GetRevision())
	other := request()
	other.Secrets["shared"] = "another"
	_, err = admin.CreateIntegration(ctx, other)
	require.Equal(t, "INTEGRATION_EXISTS", errs.ReasonOf(err))

	changed, err := admin.UpdateIntegration(ctx, &operationsv1.UpdateIntegrationRequest{
		IntegrationId: "games-one", Settings: map[string]string{"operator_id": "7"}, Secrets: map[string]string{"shared": ""}, ExpectedRevision: 1})
	require.NoError(t, err)
	require.Equal(t, map[string]string{"api_base_url": "https://studio.example", "operator_id": "7"}, changed.GetIntegration().GetSettings())
	require.Equal(t, []string{"private_key"}, changed.GetIntegration().GetSecretNames())
	_, err = admin.UpdateIntegration(ctx, &operationsv1.UpdateIntegrationRequest{IntegrationId: "games-one", Name: "X", ExpectedRevision: 1})
	require.Equal(t, "STALE_REVISION", errs.ReasonOf(err))
	_, err = admin.UpdateIntegration(ctx, &operationsv1.UpdateIntegrationRequest{IntegrationId: "games-one", Settings: map[string]string{"api_base_url": ""}})
	require.Equal(t, "INTEGRATION_INVALID", errs.ReasonOf(err))
	require.Equal(t, "api_base_url", errs.Metadata(err)["field"])

	_, err = admin.UpdateIntegration(ctx, &operationsv1.UpdateIntegrationRequest{IntegrationId: "games-one", Secrets: map[string]string{"shared": "s3cret"}})
	require.NoError(t, err)
	moved, err := admin.UpdateIntegration(ctx, &operationsv1.UpdateIntegrationRequest{IntegrationId: "games-one", Settings: map[string]string{"api_base_url": "https://elsewhere.example"}})
	require.NoError(t, err)
	require.Equal(t, []string{"private_key"}, moved.GetIntegration().GetSecretNames(), "a new address is not told the old one's secrets")

	off, err := admin.SetIntegrationEnabled(ctx, &operationsv1.SetIntegrationEnabledRequest{IntegrationId: "games-one", Enabled: new(false), Reason: "outage"})
	require.NoError(t, err)
	require.False(t, off.GetIntegration().GetEnabled())
	revision := off.GetIntegration().GetRevision()
	off, err = admin.SetIntegrationEnabled(ctx, &operationsv1.SetIntegrationEnabledRequest{IntegrationId: "games-one", Enabled: new(false), Reason: "again"})
	require.NoError(t, err)
	require.Equal(t, revision, off.GetIntegration().GetRevision(), "switching off twice changes nothing")
	_, err = admin.SetIntegrationEnabled(ctx, &operationsv1.SetIntegrationEnabledRequest{IntegrationId: "games-one", Reason: "which?"})
	require.Equal(t, "VALIDATION", errs.ReasonOf(err))

	got, err := admin.GetIntegration(ctx, &operationsv1.GetIntegrationRequest{IntegrationId: "games-one"})
	require.NoError(t, err)
	require.Equal(t, revision, got.GetIntegration().GetRevision())
	require.Len(t, w.Events("integration.changed.v1", 5), 5)
	require.NotEmpty(t, w.Events("operations.audited.v1", 1))
}

func TestSecrets_OnlyForTheirAdapterAndNeverInTheOpen(t *testing.T) {
	t.Parallel()
	w, ctx := start(t), t.Context()
	_, err := w.as(testkit.Operator("admin")).CreateIntegration(ctx, request())
	require.NoError(t, err)
	ask := &operationsv1.GetIntegrationSecretsRequest{IntegrationId: "games-one"}
	own, err := w.as(testkit.Peer("hub88")).GetIntegrationSecrets(ctx, ask)
	require.NoError(t, err)
	require.Equal(t, map[string]string{"private_key": "generated-key", "shared": "s3cret"}, own.GetSecrets())
	only, err := w.as(testkit.Peer("hub88")).GetIntegrationSecrets(ctx, &operationsv1.GetIntegrationSecretsRequest{})
	require.NoError(t, err)
	require.Equal(t, "games-one", only.GetIntegration().GetIntegrationId())
	_, err = w.as(testkit.Peer("stripe")).GetIntegrationSecrets(ctx, ask)
	require.Equal(t, "INTEGRATION_NOT_FOUND", errs.ReasonOf(err), "another protocol's adapter")
	for _, c := range []testkit.Caller{testkit.Peer("gateway"), testkit.Operator("admin"), testkit.Player("ply_1"), testkit.Anonymous()} {
		_, err = w.as(c).GetIntegrationSecrets(ctx, ask)
		require.Contains(t, []string{"PERMISSION_DENIED", "UNAUTHENTICATED"}, errs.ReasonOf(err))
	}
	var stored string
	require.NoError(t, w.DB.QueryRow(ctx, "SELECT encode(secrets, 'escape') || settings::text FROM integration").Scan(&stored))
	require.NotContains(t, stored, "s3cret")
	require.NotContains(t, stored, "generated-key")
	var audited string
	require.NoError(t, w.DB.QueryRow(ctx, "SELECT string_agg(a::text, ' ') FROM audit_log a").Scan(&audited))
	require.Contains(t, audited, "CreateIntegration")
	require.NotContains(t, audited, "s3cret", "secrets are not in the audit trail")
}

func TestIntegrations_WhoMay(t *testing.T) {
	t.Parallel()
	w, ctx := start(t), t.Context()
	_, err := w.as(testkit.Operator("admin").Stale()).CreateIntegration(ctx, request())
	require.Equal(t, "STEP_UP_REQUIRED", errs.ReasonOf(err))
	for _, c := range []testkit.Caller{testkit.Operator("support"), testkit.Player("ply_1"), testkit.Anonymous(), testkit.Peer("gaming")} {
		_, err := w.as(c).CreateIntegration(ctx, request())
		require.Contains(t, []string{"PERMISSION_DENIED", "UNAUTHENTICATED"}, errs.ReasonOf(err))
		_, err = w.as(c).SetIntegrationEnabled(ctx, &operationsv1.SetIntegrationEnabledRequest{IntegrationId: "games-one", Reason: "r", Enabled: new(false)})
		require.Contains(t, []string{"PERMISSION_DENIED", "UNAUTHENTICATED"}, errs.ReasonOf(err))
	}
	_, err = w.as(testkit.Peer("gateway")).LookupIntegration(ctx, &operationsv1.LookupIntegrationRequest{IntegrationId: "games-one"})
	require.Equal(t, "INTEGRATION_NOT_FOUND", errs.ReasonOf(err))
	_, err = w.as(testkit.Operator("admin")).LookupIntegration(ctx, &operationsv1.LookupIntegrationRequest{IntegrationId: "games-one"})
	require.Equal(t, "PERMISSION_DENIED", errs.ReasonOf(err))
	require.Zero(t, w.adapter.asked, "nobody who was refused reached the adapter")
}

func TestIntegrations_BadInput(t *testing.T) {
	t.Parallel()
	w, ctx := start(t), t.Context()
	admin := w.as(testkit.Operator("admin"))
	for want, change := range map[string]func(*operationsv1.CreateIntegrationRequest){
		"PROTOCOL_UNKNOWN":    func(q *operationsv1.CreateIntegrationRequest) { q.Protocol = "telepathy" },
		"INTEGRATION_INVALID": func(q *operationsv1.CreateIntegrationRequest) { q.Settings = nil },
		"VALIDATION":          func(q *operationsv1.CreateIntegrationRequest) { q.IntegrationId = "../x" },
		"ADAPTER_UNAVAILABLE": func(q *operationsv1.CreateIntegrationRequest) { q.Protocol = "stripe" },
	} {
		q := request()
		change(q)
		_, err := admin.CreateIntegration(ctx, q)
		require.Equal(t, want, errs.ReasonOf(err))
	}
	list, err := admin.ListIntegrations(ctx, &operationsv1.ListIntegrationsRequest{})
	require.NoError(t, err)
	require.Empty(t, list.GetIntegrations(), "nothing was left behind")
}

// TestTransferWallets: gaming learns from the route whether a provider keeps players' money.
func TestTransferWallets(t *testing.T) {
	t.Parallel()
	w, ctx := start(t), t.Context()
	bank := request()
	bank.IntegrationId, bank.Protocol = "bank-one", "transfer"
	for _, r := range []*operationsv1.CreateIntegrationRequest{request(), bank} {
		_, err := w.as(testkit.Operator("admin")).CreateIntegration(ctx, r)
		require.NoError(t, err)
	}
	for id, want := range map[string]bool{"games-one": false, "bank-one": true} {
		route, err := w.as(testkit.Peer("gaming")).LookupIntegration(ctx, &operationsv1.LookupIntegrationRequest{IntegrationId: id})
		require.NoError(t, err)
		require.Equal(t, want, route.GetTransferWallet(), id)
		require.Equal(t, operationsv1.IntegrationKind_INTEGRATION_KIND_GAME, route.GetKind())
	}
}

// A change is answered when every replica that remembers what was before has asked again: who has the answer relies on it. A caller who leaves meanwhile has made the change all the same.
func TestChanges_AnsweredWhenFelt(t *testing.T) {
	t.Parallel()
	const after = 400 * time.Millisecond
	w := startFelt(t, after.String())
	admin := w.as(testkit.Operator("admin"))
	_, err := admin.CreateIntegration(t.Context(), request())
	require.NoError(t, err)
	for name, change := range map[string]func(ctx context.Context) (changedAt time.Time, err error){
		"switched off": func(ctx context.Context) (time.Time, error) {
			r, err := admin.SetIntegrationEnabled(ctx, &operationsv1.SetIntegrationEnabledRequest{IntegrationId: "games-one", Enabled: proto.Bool(false), Reason: "test"})
			return r.GetIntegration().GetUpdatedAt().AsTime(), err
		},
		"changed": func(ctx context.Context) (time.Time, error) {
			r, err := admin.UpdateIntegration(ctx, &operationsv1.UpdateIntegrationRequest{IntegrationId: "games-one", Name: "Other"})
			return r.GetIntegration().GetUpdatedAt().AsTime(), err
		},
		"stopped": func(ctx context.Context) (time.Time, error) {
			r, err := admin.SetKillSwitch(ctx, &operationsv1.SetKillSwitchRequest{
				Scope: operationsv1.KillSwitchScope_KILL_SWITCH_SCOPE_JURISDICTION, Value: "DE", Off: proto.Bool(true), Reason: "test",
			})
			return r.GetKillSwitch().GetChangedAt().AsTime(), err
		},
	} {
		changed, err := change(t.Context())
		require.NoError(t, err, name)
		require.GreaterOrEqual(t, time.Since(changed), after, name)
	}
	ctx, leave := context.WithCancel(t.Context())
	left := make(chan struct{})
	go func() {
		defer close(left)
		_, _ = admin.SetIntegrationEnabled(ctx, &operationsv1.SetIntegrationEnabledRequest{IntegrationId: "games-one", Enabled: proto.Bool(true), Reason: "test"})
	}()
	on := func() bool {
		got, err := admin.GetIntegration(t.Context(), &operationsv1.GetIntegrationRequest{IntegrationId: "games-one"})
		return err == nil && got.GetIntegration().GetEnabled()
	}
	require.Eventually(t, on, 10*time.Second, 5*time.Millisecond)
	leave()
	<-left
	require.True(t, on())
}
