package catalog_test

import (
	"context"
	"maps"
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
	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	operationsv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/operations/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
	"github.com/pitboss-gaming/pitboss/services/catalog"
)

// outside plays operations and a provider's adapter.
type outside struct {
	operationsv1.UnimplementedOperationsServiceServer
	adapterv1.UnimplementedGameProviderServiceServer
	identityv1.UnimplementedIdentityServiceServer
	mu       sync.Mutex
	games    []*adapterv1.ProviderGame
	fail     error
	revision int64
	off      []*operationsv1.KillSwitch
	disabled []string
	down     error
}

func (o *outside) GetPlaySwitches(_ context.Context, q *operationsv1.GetPlaySwitchesRequest) (*operationsv1.GetPlaySwitchesResponse, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if q.GetKnownRevision() == o.revision {
		return &operationsv1.GetPlaySwitchesResponse{Revision: o.revision}, o.down
	}
	return &operationsv1.GetPlaySwitchesResponse{Revision: o.revision, KillSwitches: o.off, DisabledIntegrationIds: o.disabled}, o.down
}

// GetPlayerStatus answers players from the country in their id, "ply_DE_1".
func (o *outside) GetPlayerStatus(_ context.Context, q *identityv1.GetPlayerStatusRequest) (*identityv1.GetPlayerStatusResponse, error) {
	_, rest, _ := strings.Cut(q.GetPlayerId(), "_")
	country, _, known := strings.Cut(rest, "_")
	if !known {
		return nil, status.Error(codes.Unavailable, "no")
	}
	return &identityv1.GetPlayerStatusResponse{Country: country, Language: "ka"}, nil
}

// switchOff makes operations say what is switched off.
func (o *outside) switchOff(disabled []string, off ...*operationsv1.KillSwitch) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.revision++
	o.off, o.disabled = off, disabled
}

func (o *outside) LookupIntegration(_ context.Context, r *operationsv1.LookupIntegrationRequest) (*operationsv1.LookupIntegrationResponse, error) {
	kind := map[string]operationsv1.IntegrationKind{
		"studio": operationsv1.IntegrationKind_INTEGRATION_KIND_GAME, "bank": operationsv1.IntegrationKind_INTEGRATION_KIND_PAYMENT,
	}[r.GetIntegrationId()]
	if kind == 0 {
		return nil, errs.New(operationsv1.ErrorReason_ERROR_REASON_INTEGRATION_NOT_FOUND, "no")
	}
	return &operationsv1.LookupIntegrationResponse{Service: "hub88", Kind: kind, Enabled: true}, nil
}

func (o *outside) ListGames(context.Context, *adapterv1.ListGamesRequest) (*adapterv1.ListGamesResponse, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return &adapterv1.ListGamesResponse{Games: o.games}, o.fail
}

func (o *outside) offer(games ...*adapterv1.ProviderGame) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.games = games
}

func game(code, name, category string) *adapterv1.ProviderGame {
	return &adapterv1.ProviderGame{Code: code, Name: name, Studio: "One", Category: category, Enabled: true, RtpBps: 9600, ThumbnailUrl: "https://one.example/" + code + ".png"}
}

type shop struct {
	*testkit.Harness
	t      *testing.T
	out    *outside
	back   catalogv1.CatalogServiceClient
	public catalogv1.CatalogServiceClient
}

func open(t *testing.T) *shop {
	t.Helper()
	return openWith(t, &outside{revision: 1}, nil)
}

// openWith opens a catalogue with an outside world and configuration of its own.
func openWith(t *testing.T, o *outside, vars map[string]string) *shop {
	t.Helper()
	all := map[string]string{"PITBOSS_CATALOG_REFRESH": "20ms", "PITBOSS_CATALOG_SWITCHES": "20ms", "PITBOSS_CATALOG_CERTIFICATES_REQUIRED": "false", "PITBOSS_CATALOG_FELT_AFTER": "0s"}
	maps.Copy(all, vars)
	h := testkit.Start(t, catalog.Service(), testkit.Options{
		Remote: map[string]func(grpc.ServiceRegistrar){
			"hub88": func(r grpc.ServiceRegistrar) { adapterv1.RegisterGameProviderServiceServer(r, o) },
			"identity": func(r grpc.ServiceRegistrar) {
				testkit.Play(r, identityv1.IdentityService_ServiceDesc, o, "GetPlayerStatus")
			},
			"operations": func(r grpc.ServiceRegistrar) {
				testkit.Play(r, operationsv1.OperationsService_ServiceDesc, o, "GetPlaySwitches", "LookupIntegration")
			},
		},
		Vars: all,
	})
	return &shop{
		Harness: h, t: t, out: o,
		back:   catalogv1.NewCatalogServiceClient(h.As(testkit.Operator("admin"))),
		public: catalogv1.NewCatalogServiceClient(h.As(testkit.Anonymous())),
	}
}

func (s *shop) sync() [3]int32 {
	s.t.Helper()
	r, err := s.back.SyncGames(s.t.Context(), &catalogv1.SyncGamesRequest{IntegrationId: "studio"})
	require.NoError(s.t, err)
	return [3]int32{r.GetAdded(), r.GetChanged(), r.GetWithdrawn()}
}

func (s *shop) ids() map[string]string {
	s.t.Helper()
	r, err := s.back.ListOperatorGames(s.t.Context(), &catalogv1.ListOperatorGamesRequest{})
	require.NoError(s.t, err)
	out := map[string]string{}
	for _, g := range r.GetGames() {
		out[g.GetCode()] = g.GetGameId()
	}
	return out
}

func (s *shop) publish(code string, published bool) {
	s.t.Helper()
	r, err := s.back.SetGamePublished(s.t.Context(), &catalogv1.SetGamePublishedRequest{GameId: s.ids()[code], Published: new(published)})
	require.NoError(s.t, err)
	require.Equal(s.t, published, r.GetGame().GetPublished())
}

func (s *shop) shown(req *catalogv1.ListGamesRequest) []string {
	s.t.Helper()
	var names []string
	for {
		r, err := s.public.ListGames(s.t.Context(), req)
		require.NoError(s.t, err)
		for _, g := range r.GetGames() {
			names = append(names, g.GetName())
		}
		if r.GetPage().GetNextToken() == "" {
			return names
		}
		req.Page = &commonv1.PageRequest{Size: req.GetPage().GetSize(), Token: r.GetPage().GetNextToken()}
	}
}

// five games, of which the last is hidden.
func (s *shop) stock() {
	s.t.Helper()
	s.out.offer(game("a", "alpha", "slots"), game("b", "Beta", "slots"), game("c", "Crash", "crash"), game("d", "Delta", "slots"), game("e", "hidden", "slots"))
	s.sync()
	for _, code := range []string{"a", "b", "c", "d"} {
		s.publish(code, true)
	}
}

// as calls as somebody.
func (s *shop) as(c testkit.Caller) catalogv1.CatalogServiceClient {
	return catalogv1.NewCatalogServiceClient(s.As(c))
}

func refused(t *testing.T, err error, reason catalogv1.ErrorReason) {
	t.Helper()
	require.True(t, errs.Is(err, reason), "want %s, got %v", reason, err)
}

func denied(t *testing.T, err error) {
	t.Helper()
	require.Equal(t, codes.PermissionDenied, status.Code(err))
}

// refuse has the adapter fail from now on.
func (o *outside) refuse(err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.fail = err
}
