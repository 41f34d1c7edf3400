package catalog_test

import (
	"context"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	catalogv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/catalog/v1"
	commonv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
	operationsv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/operations/v1"
	"github.com/pitboss-gaming/pitboss/kit/app"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
	"github.com/pitboss-gaming/pitboss/services/catalog"
)

// outside plays operations and a provider's adapter.
type outside struct {
	operationsv1.UnimplementedOperationsServiceServer
	adapterv1.UnimplementedGameProviderServiceServer
	mu    sync.Mutex
	games []*adapterv1.ProviderGame
	fail  error
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
	o := &outside{}
	h := testkit.Start(t, catalog.Service(), testkit.Options{
		With: []app.Service{{
			Name: "operations", Migrations: fstest.MapFS{"00001_init.sql": {Data: []byte("-- +goose Up\nSELECT 1;\n")}},
			Start: func(context.Context, *app.Env) (*app.Running, error) {
				return &app.Running{Register: func(r grpc.ServiceRegistrar) { operationsv1.RegisterOperationsServiceServer(r, o) }}, nil
			},
		}},
		Remote: map[string]func(grpc.ServiceRegistrar){"hub88": func(r grpc.ServiceRegistrar) { adapterv1.RegisterGameProviderServiceServer(r, o) }},
		Vars:   map[string]string{"PITBOSS_CATALOG_REFRESH": "20ms"},
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
	r, err := s.back.SetGamePublished(s.t.Context(), &catalogv1.SetGamePublishedRequest{GameId: s.ids()[code], Published: published})
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

func TestSyncGames(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.out.offer(game("a", "Alpha", "Video Slots"), game("b", "Beta", "Table"), &adapterv1.ProviderGame{
		Code: "dirty", Name: " \x00Dirty\n", Category: "?!", ThumbnailUrl: "javascript:alert(1)", RtpBps: 99999, Enabled: true, BlockedCountries: []string{"us", "US", "Atlantis"},
	}, &adapterv1.ProviderGame{Code: "", Name: "no code"}, &adapterv1.ProviderGame{Code: "bad\ncode"})
	require.Equal(t, [3]int32{3, 0, 0}, s.sync())
	require.Equal(t, [3]int32{0, 0, 0}, s.sync(), "again: nothing more")
	require.Empty(t, s.shown(&catalogv1.ListGamesRequest{}), "review comes before publishing")
	list, err := s.back.ListOperatorGames(t.Context(), &catalogv1.ListOperatorGamesRequest{IntegrationId: "studio"})
	require.NoError(t, err)
	require.Len(t, list.GetGames(), 3)
	dirty := list.GetGames()[2]
	require.Equal(t, []string{"Dirty", "other", ""}, []string{dirty.GetName(), dirty.GetCategory(), dirty.GetThumbnailUrl()})
	require.Equal(t, []string{"US"}, dirty.GetBlockedCountries())
	require.Zero(t, dirty.GetRtpBps())
	require.Equal(t, "video-slots", list.GetGames()[0].GetCategory())
	require.Len(t, s.Events("game.changed.v1", 3), 3)

	s.publish("a", true)
	s.publish("b", true)
	s.out.offer(game("a", "Alpha II", "Video Slots"), game("c", "Gamma", "Table"))
	require.Equal(t, [3]int32{1, 1, 2}, s.sync())
	require.Equal(t, []string{"Alpha II"}, s.shown(&catalogv1.ListGamesRequest{}), "b is withdrawn, c not yet reviewed")
	s.out.offer(game("b", "Beta", "Table"))
	require.Equal(t, [3]int32{0, 1, 2}, s.sync())
	require.Equal(t, []string{"Beta"}, s.shown(&catalogv1.ListGamesRequest{}))

	s.out.mu.Lock()
	s.out.fail = errs.New(adapterv1.ErrorReason_ERROR_REASON_PROVIDER_UNAVAILABLE, "no")
	s.out.mu.Unlock()
	for id, reason := range map[string]catalogv1.ErrorReason{
		"studio": catalogv1.ErrorReason_ERROR_REASON_PROVIDER_UNAVAILABLE, "bank": catalogv1.ErrorReason_ERROR_REASON_INTEGRATION_NOT_FOUND, "none": catalogv1.ErrorReason_ERROR_REASON_INTEGRATION_NOT_FOUND,
	} {
		_, err := s.back.SyncGames(t.Context(), &catalogv1.SyncGamesRequest{IntegrationId: id})
		require.True(t, errs.Is(err, reason), "%s: %v", id, err)
	}
	require.Equal(t, []string{"Beta"}, s.shown(&catalogv1.ListGamesRequest{}), "nothing was changed")
}

func TestListGetResolve(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.out.offer(game("a", "alpha", "slots"), game("b", "Beta", "slots"), game("c", "Crash", "crash"), game("d", "Delta", "slots"), game("e", "hidden", "slots"))
	s.sync()
	for _, code := range []string{"a", "b", "c", "d"} {
		s.publish(code, true)
	}
	require.Equal(t, []string{"alpha", "Beta", "Crash", "Delta"}, s.shown(&catalogv1.ListGamesRequest{Page: &commonv1.PageRequest{Size: 1}}))
	require.Equal(t, []string{"alpha", "Beta", "Delta"}, s.shown(&catalogv1.ListGamesRequest{Category: "slots", Page: &commonv1.PageRequest{Size: 2}}))
	require.Equal(t, []string{"Beta"}, s.shown(&catalogv1.ListGamesRequest{Search: "ETA", Category: "slots"}))
	first, err := s.public.ListGames(t.Context(), &catalogv1.ListGamesRequest{Page: &commonv1.PageRequest{Size: 1}})
	require.NoError(t, err)
	_, err = s.public.ListGames(t.Context(), &catalogv1.ListGamesRequest{Search: "b", Page: &commonv1.PageRequest{Token: first.GetPage().GetNextToken()}})
	require.True(t, errs.Is(err, catalogv1.ErrorReason_ERROR_REASON_BAD_PAGE_TOKEN), "%v", err)

	ids := s.ids()
	_, err = s.public.GetGame(t.Context(), &catalogv1.GetGameRequest{GameId: ids["e"]})
	require.True(t, errs.Is(err, catalogv1.ErrorReason_ERROR_REASON_GAME_NOT_FOUND), "%v", err)
	one, err := s.public.GetGame(t.Context(), &catalogv1.GetGameRequest{GameId: ids["a"]})
	require.NoError(t, err)
	require.Equal(t, "alpha", one.GetGame().GetName())

	gaming := catalogv1.NewCatalogServiceClient(s.As(testkit.Peer("gaming")))
	byCode, err := gaming.ResolveGame(t.Context(), &catalogv1.ResolveGameRequest{IntegrationId: "studio", Code: "e"})
	require.NoError(t, err, "published or not")
	byID, err := gaming.ResolveGame(t.Context(), &catalogv1.ResolveGameRequest{GameId: ids["e"]})
	require.NoError(t, err)
	require.Equal(t, byCode.GetGame().GetGameId(), byID.GetGame().GetGameId())
	for _, r := range []*catalogv1.ResolveGameRequest{{GameId: "gam_none"}, {IntegrationId: "studio", Code: "z"}, {IntegrationId: "other", Code: "a"}, {}} {
		_, err = gaming.ResolveGame(t.Context(), r)
		require.True(t, errs.Is(err, catalogv1.ErrorReason_ERROR_REASON_GAME_NOT_FOUND), "%v", err)
	}

	t.Run("who may do what", func(t *testing.T) {
		player := catalogv1.NewCatalogServiceClient(s.As(testkit.Player("ply_x")))
		support := catalogv1.NewCatalogServiceClient(s.As(testkit.Operator("support")))
		for name, err := range map[string]error{
			"sync":    second(player.SyncGames(t.Context(), &catalogv1.SyncGamesRequest{IntegrationId: "studio"})),
			"publish": second(player.SetGamePublished(t.Context(), &catalogv1.SetGamePublishedRequest{GameId: ids["e"], Published: true})),
			"lobby":   second(player.PutLobby(t.Context(), &catalogv1.PutLobbyRequest{})),
			"all":     second(player.ListOperatorGames(t.Context(), &catalogv1.ListOperatorGamesRequest{})),
			"resolve": second(player.ResolveGame(t.Context(), &catalogv1.ResolveGameRequest{GameId: ids["a"]})),
			"write":   second(support.SetGamePublished(t.Context(), &catalogv1.SetGamePublishedRequest{GameId: ids["e"], Published: true})),
		} {
			require.Equal(t, codes.PermissionDenied, status.Code(err), name)
		}
		require.NotContains(t, s.shown(&catalogv1.ListGamesRequest{}), "hidden")
	})
}

func second[T any](_ T, err error) error { return err }

func TestLobby(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.out.offer(game("a", "Alpha", "slots"), game("b", "Beta", "slots"), game("c", "Crash", "crash"))
	s.sync()
	for _, code := range []string{"a", "b", "c"} {
		s.publish(code, true)
	}
	lobby := func() (keys []string, revision int64) {
		r, err := s.public.GetLobby(t.Context(), &catalogv1.GetLobbyRequest{})
		require.NoError(t, err)
		for _, row := range r.GetRows() {
			key := row.GetKey()
			for _, g := range row.GetGames() {
				key += " " + g.GetCode()
			}
			keys = append(keys, key)
		}
		return keys, r.GetRevision()
	}
	rows, revision := lobby()
	require.Equal(t, []string{"crash c", "slots a b"}, rows, "a lobby before anybody has made one")
	require.Zero(t, revision)

	ids := s.ids()
	put := func(expected int64, games ...string) (*catalogv1.PutLobbyResponse, error) {
		return s.back.PutLobby(t.Context(), &catalogv1.PutLobbyRequest{ExpectedRevision: expected, Sections: []*catalogv1.LobbySection{
			{Key: "featured", Title: "Featured", GameIds: games}, {Key: "empty", Title: "Nothing yet"},
		}})
	}
	r, err := put(0, ids["c"], ids["a"])
	require.NoError(t, err)
	rows, revision = lobby()
	require.Equal(t, []string{"featured c a"}, rows)
	require.Equal(t, r.GetRevision(), revision)
	_, err = put(revision+5, ids["b"])
	require.True(t, errs.Is(err, catalogv1.ErrorReason_ERROR_REASON_STALE_REVISION), "%v", err)
	_, err = put(revision, "gam_none")
	require.True(t, errs.Is(err, catalogv1.ErrorReason_ERROR_REASON_GAME_NOT_FOUND), "%v", err)
	s.publish("c", false)
	rows, _ = lobby()
	require.Equal(t, []string{"featured a"}, rows)
	_, err = s.back.PutLobby(t.Context(), &catalogv1.PutLobbyRequest{Sections: []*catalogv1.LobbySection{{Key: "Bad Key", Title: "x"}}})
	require.Equal(t, codes.InvalidArgument, status.Code(err))
}

// TestOtherReplica: what another replica writes is taken in without being told.
func TestOtherReplica(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.out.offer(game("a", "Alpha", "slots"))
	s.sync()
	_, err := s.DB.Exec(t.Context(), "UPDATE game SET published = true")
	require.NoError(t, err)
	_, err = s.DB.Exec(t.Context(), "UPDATE catalog_revision SET revision = revision + 1")
	require.NoError(t, err)
	require.Eventually(t, func() bool { return len(s.shown(&catalogv1.ListGamesRequest{})) == 1 }, 10*time.Second, 10*time.Millisecond)
}
