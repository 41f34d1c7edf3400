package catalog_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	catalogv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/catalog/v1"
	commonv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
)

// provider is the id of the only studio.
func (s *shop) provider() string {
	s.t.Helper()
	r, err := s.public.ListProviders(s.t.Context(), &catalogv1.ListProvidersRequest{})
	require.NoError(s.t, err)
	require.Len(s.t, r.GetProviders(), 1)
	return r.GetProviders()[0].GetProviderId()
}

func (s *shop) get(code, language string) *catalogv1.Game {
	s.t.Helper()
	r, err := s.public.GetGame(s.t.Context(), &catalogv1.GetGameRequest{GameId: s.ids()[code], Language: language})
	require.NoError(s.t, err)
	require.True(s.t, r.GetPlayable())
	return r.GetGame()
}

func TestUpdateGame(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.stock()
	q := &catalogv1.UpdateGameRequest{
		GameId: s.ids()["a"], Category: "live", Volatility: catalogv1.Volatility_VOLATILITY_HIGH, Tags: []string{"new", "buy-feature"}, ExcludedCountries: []string{"DE"},
		Translations: map[string]*catalogv1.Translation{"en": {Name: "Alpha!", Description: "The first."}, "ka": {Name: "ალფა"}, "ru": {}},
	}
	made, err := s.back.UpdateGame(t.Context(), q)
	require.NoError(t, err)
	again, err := s.back.UpdateGame(t.Context(), q)
	require.NoError(t, err)
	require.True(t, proto.Equal(made, again), "repeating it changes nothing")
	q.ExpectedVersion = made.GetGame().GetAdmin().GetVersion() - 1
	_, err = s.back.UpdateGame(t.Context(), q)
	refused(t, err, catalogv1.ErrorReason_ERROR_REASON_STALE_REVISION)
	g := s.get("a", "ka")
	require.Equal(t, []string{"ალფა", "The first.", "live"}, []string{g.GetName(), g.GetDescription(), g.GetCategory()})
	require.Equal(t, "Alpha!", s.get("a", "de").GetName())
	require.Equal(t, []string{"buy-feature", "new"}, g.GetTags())
	require.Equal(t, catalogv1.Volatility_VOLATILITY_HIGH, g.GetVolatility())
	require.NotContains(t, s.shown(&catalogv1.ListGamesRequest{Country: "DE"}), "Alpha!")
	s.out.offer(game("a", "alpha", "slots"), game("b", "Beta", "slots"), game("c", "Crash", "crash"), game("d", "Delta", "slots"), game("e", "hidden", "slots"))
	require.Equal(t, [3]int32{}, s.sync(), "the provider's list does not touch the operator's part")
	require.Equal(t, "live", s.get("a", "").GetCategory())

	_, err = s.back.UpdateGame(t.Context(), &catalogv1.UpdateGameRequest{GameId: "gam_none"})
	refused(t, err, catalogv1.ErrorReason_ERROR_REASON_GAME_NOT_FOUND)
	for _, bad := range []*catalogv1.UpdateGameRequest{
		{GameId: "g", Tags: []string{"Not Good"}}, {GameId: "g", Tags: []string{"a", "a"}}, {GameId: "g", ExcludedCountries: []string{"Germany"}}, {GameId: "g", Volatility: 9},
		{GameId: "g", Translations: map[string]*catalogv1.Translation{"english": {}}},
	} {
		_, err = s.back.UpdateGame(t.Context(), bad)
		require.Equal(t, codes.InvalidArgument, status.Code(err), "%v", bad)
	}
	_, err = s.back.UpdateGame(t.Context(), &catalogv1.UpdateGameRequest{GameId: s.ids()["a"], ExcludedCountries: []string{"GB", "UK"}})
	refused(t, err, catalogv1.ErrorReason_ERROR_REASON_COUNTRY_UNKNOWN)
	require.Equal(t, "UK", errs.Metadata(err)["country"])
	_, err = s.back.UpdateGame(t.Context(), &catalogv1.UpdateGameRequest{GameId: s.ids()["a"], Translations: map[string]*catalogv1.Translation{"ka": {Name: "ალფა"}, "ge": {Name: "ალფა"}}})
	refused(t, err, catalogv1.ErrorReason_ERROR_REASON_LANGUAGE_UNKNOWN)
	require.Equal(t, "ge", errs.Metadata(err)["language"])
	for _, who := range []testkit.Caller{testkit.Player("ply_x"), testkit.Operator("support"), testkit.Peer("gaming")} {
		_, err = s.as(who).UpdateGame(t.Context(), q)
		denied(t, err)
		_, err = s.as(who).PutGameBuilds(t.Context(), &catalogv1.PutGameBuildsRequest{GameId: q.GetGameId()})
		denied(t, err)
		_, err = s.as(who).PutCategory(t.Context(), &catalogv1.PutCategoryRequest{Category: "x"})
		denied(t, err)
		_, err = s.as(who).UpdateProvider(t.Context(), &catalogv1.UpdateProviderRequest{ProviderId: "x", Name: "x"})
		denied(t, err)
		_, err = s.as(who).PutJackpot(t.Context(), &catalogv1.PutJackpotRequest{Jackpot: "x", IntegrationId: "x", Amount: &commonv1.Money{Amount: "1.00", Currency: "EUR"}})
		denied(t, err)
		_, err = s.as(who).ReportJackpots(t.Context(), &catalogv1.ReportJackpotsRequest{IntegrationId: "x", At: timestamppb.Now()})
		denied(t, err)
	}
}

// TestChangesAnswerTheGame: whatever changes a game answers it as reading it does: with its jackpots, and with its studio, also one that the provider does not name.
func TestChangesAnswerTheGame(t *testing.T) {
	t.Parallel()
	s := open(t)
	nameless := game("a", "alpha", "slots")
	nameless.Studio = ""
	s.out.offer(nameless)
	s.sync()
	id := s.ids()["a"]
	for _, pot := range []string{"mega", "daily"} {
		_, err := s.back.PutJackpot(t.Context(), &catalogv1.PutJackpotRequest{Jackpot: pot, IntegrationId: "studio", Amount: &commonv1.Money{Amount: "5.00", Currency: "EUR"}, GameIds: []string{id}})
		require.NoError(t, err)
	}
	studio := func(answered *catalogv1.Game) string {
		r, err := s.back.ListOperatorGames(t.Context(), &catalogv1.ListOperatorGamesRequest{})
		require.NoError(t, err)
		require.True(t, proto.Equal(r.GetGames()[0], answered), "read %v, answered %v", r.GetGames()[0], answered)
		require.Len(t, answered.GetJackpots(), 2)
		return answered.GetStudio()
	}
	studios := func() (out []string) {
		for _, published := range []bool{false, true, true} { // the last one changes nothing
			r, err := s.back.SetGamePublished(t.Context(), &catalogv1.SetGamePublishedRequest{GameId: id, Published: new(published)})
			require.NoError(t, err)
			out = append(out, studio(r.GetGame()))
		}
		for _, tag := range []string{"old", "new", "new"} {
			r, err := s.back.UpdateGame(t.Context(), &catalogv1.UpdateGameRequest{GameId: id, Tags: []string{tag}})
			require.NoError(t, err)
			out = append(out, studio(r.GetGame()))
		}
		for _, build := range []string{"94", "96", "96"} {
			r, err := s.back.PutGameBuilds(t.Context(), &catalogv1.PutGameBuildsRequest{GameId: id, Builds: []*catalogv1.GameBuild{{Build: build, RtpBps: 9400, Active: true}}})
			require.NoError(t, err)
			out = append(out, studio(r.GetGame()))
		}
		return append(out, s.get("a", "").GetStudio())
	}
	require.Equal(t, slices.Repeat([]string{"Other"}, 10), studios())
	_, err := s.back.UpdateProvider(t.Context(), &catalogv1.UpdateProviderRequest{ProviderId: s.provider(), Name: "House"})
	require.NoError(t, err)
	require.Equal(t, slices.Repeat([]string{"House"}, 10), studios())
	s.out.offer(game("a", "Alpha II", "slots"))
	s.sync()
	require.Len(t, s.decide(s.waiting()[kindChanged]["a"], true).GetNow().GetJackpots(), 2)
}

func TestPutGameBuilds(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.stock()
	put := func(builds ...*catalogv1.GameBuild) (*catalogv1.PutGameBuildsResponse, error) {
		return s.back.PutGameBuilds(t.Context(), &catalogv1.PutGameBuildsRequest{GameId: s.ids()["a"], Builds: builds})
	}
	made, err := put(&catalogv1.GameBuild{Build: "96", RtpBps: 9600}, &catalogv1.GameBuild{Build: "94", RtpBps: 9400, Active: true})
	require.NoError(t, err)
	again, err := put(&catalogv1.GameBuild{Build: "94", RtpBps: 9400, Active: true}, &catalogv1.GameBuild{Build: "96", RtpBps: 9600})
	require.NoError(t, err)
	require.True(t, proto.Equal(made, again), "the order does not matter")
	require.EqualValues(t, 9400, s.get("a", "").GetRtpBps())
	require.Len(t, made.GetGame().GetAdmin().GetBuilds(), 2)
	for _, bad := range [][]*catalogv1.GameBuild{
		{{Build: "94", RtpBps: 9400}}, {{Build: "94", Active: true}, {Build: "96", Active: true}}, {{Build: "94", Active: true}, {Build: "94"}},
	} {
		_, err := put(bad...)
		refused(t, err, catalogv1.ErrorReason_ERROR_REASON_BUILDS_INVALID)
	}
	_, err = put(&catalogv1.GameBuild{Build: "94", RtpBps: 10_001, Active: true})
	require.Equal(t, codes.InvalidArgument, status.Code(err))
	_, err = put()
	require.NoError(t, err)
	require.EqualValues(t, 9600, s.get("a", "").GetRtpBps(), "the provider's word")
	_, err = s.back.PutGameBuilds(t.Context(), &catalogv1.PutGameBuildsRequest{GameId: "gam_none"})
	refused(t, err, catalogv1.ErrorReason_ERROR_REASON_GAME_NOT_FOUND)
}

func TestPutCategory(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.stock()
	for range 2 {
		r, err := s.back.PutCategory(t.Context(), &catalogv1.PutCategoryRequest{Category: "slots", Titles: map[string]string{"en": "Slot machines", "ka": "სლოტები"}, Position: 1})
		require.NoError(t, err)
		require.EqualValues(t, 3, r.GetCategory().GetGames())
	}
	for _, query := range []string{"სლოტები", "machines", "slots"} {
		require.Equal(t, []string{"alpha", "Beta", "Delta"}, s.shown(&catalogv1.ListGamesRequest{Search: query}), query)
	}
	titles := func(c catalogv1.CatalogServiceClient, language string) (out []string) {
		r, err := c.ListCategories(t.Context(), &catalogv1.ListCategoriesRequest{Language: language})
		require.NoError(t, err)
		for _, x := range r.GetCategories() {
			out = append(out, x.GetTitle())
		}
		return out
	}
	require.Equal(t, []string{"Slot machines", "Crash"}, titles(s.public, ""))
	require.Equal(t, []string{"სლოტები", "Crash"}, titles(s.public, "ka"))
	lobby, err := s.public.GetLobby(t.Context(), &catalogv1.GetLobbyRequest{})
	require.NoError(t, err)
	require.Equal(t, "Slot machines", lobby.GetRows()[0].GetTitle())
	_, err = s.back.PutCategory(t.Context(), &catalogv1.PutCategoryRequest{Category: "crash", Hidden: true})
	require.NoError(t, err)
	_, err = s.back.PutCategory(t.Context(), &catalogv1.PutCategoryRequest{Category: "bingo", Position: 9})
	require.NoError(t, err)
	require.Equal(t, []string{"Slot machines"}, titles(s.public, ""))
	require.Equal(t, []string{"Crash", "Slot machines", "Bingo"}, titles(s.back, ""), "operators see all")
	_, err = s.back.PutCategory(t.Context(), &catalogv1.PutCategoryRequest{Category: "No Good"})
	require.Equal(t, codes.InvalidArgument, status.Code(err))
	_, err = s.back.PutCategory(t.Context(), &catalogv1.PutCategoryRequest{Category: "bingo", Titles: map[string]string{"xx": "Bingo"}})
	refused(t, err, catalogv1.ErrorReason_ERROR_REASON_LANGUAGE_UNKNOWN)
}

func TestUpdateProvider(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.stock()
	id := s.provider()
	for range 2 {
		r, err := s.back.UpdateProvider(t.Context(), &catalogv1.UpdateProviderRequest{ProviderId: id, Name: "Studio One", Translations: map[string]*catalogv1.Translation{"ka": {Name: "ერთი", Description: "სტუდია"}}})
		require.NoError(t, err)
		require.EqualValues(t, 4, r.GetProvider().GetGames())
	}
	r, err := s.public.ListProviders(t.Context(), &catalogv1.ListProvidersRequest{Language: "ka"})
	require.NoError(t, err)
	require.Equal(t, "ერთი", r.GetProviders()[0].GetName())
	require.EqualValues(t, 4, r.GetProviders()[0].GetGames())
	require.Empty(t, r.GetProviders()[0].GetTranslations())
	require.Equal(t, "Studio One", s.get("a", "").GetStudio())
	require.Equal(t, "Studio One", s.get("a", "de").GetStudio())
	require.Equal(t, "ერთი", s.get("a", "ka").GetStudio(), "also of a game that has no text in the language")
	_, err = s.back.UpdateGame(t.Context(), &catalogv1.UpdateGameRequest{GameId: s.ids()["b"], Translations: map[string]*catalogv1.Translation{"de": {Name: "Zwei"}, "ka": {Name: "ორი"}}})
	require.NoError(t, err)
	require.Equal(t, []string{"ორი", "ერთი"}, []string{s.get("b", "ka").GetName(), s.get("b", "ka").GetStudio()})
	require.Equal(t, []string{"Zwei", "Studio One"}, []string{s.get("b", "de").GetName(), s.get("b", "de").GetStudio()})
	require.Len(t, s.shown(&catalogv1.ListGamesRequest{Search: "ერთი"}), 4, "found by the studio's translated name")
	require.Len(t, s.shown(&catalogv1.ListGamesRequest{Search: "studio one"}), 4)
	s.sync()
	all, err := s.back.ListProviders(t.Context(), &catalogv1.ListProvidersRequest{})
	require.NoError(t, err)
	require.Len(t, all.GetProviders(), 1, "a renamed studio is found again")
	require.NotEmpty(t, all.GetProviders()[0].GetTranslations())
	_, err = s.back.UpdateProvider(t.Context(), &catalogv1.UpdateProviderRequest{ProviderId: id, Name: "x", Translations: map[string]*catalogv1.Translation{"xx": {}}})
	refused(t, err, catalogv1.ErrorReason_ERROR_REASON_LANGUAGE_UNKNOWN)
	_, err = s.back.UpdateProvider(t.Context(), &catalogv1.UpdateProviderRequest{ProviderId: "prv_none", Name: "x"})
	refused(t, err, catalogv1.ErrorReason_ERROR_REASON_PROVIDER_NOT_FOUND)
}

func TestPutJackpot(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.stock()
	q := &catalogv1.PutJackpotRequest{Jackpot: "mega", IntegrationId: "studio", Name: "Mega", Amount: &commonv1.Money{Amount: "1234.50", Currency: "EUR"}, GameIds: []string{s.ids()["a"]}}
	for range 2 {
		_, err := s.back.PutJackpot(t.Context(), q)
		require.NoError(t, err)
	}
	require.Len(t, s.get("a", "").GetJackpots(), 1)
	require.Equal(t, "1234.50", s.get("a", "").GetJackpots()[0].GetAmount().GetAmount())
	for _, bad := range []string{"-1.00", "1.001", "x"} {
		q.Amount.Amount = bad
		_, err := s.back.PutJackpot(t.Context(), q)
		require.Equal(t, codes.InvalidArgument, status.Code(err), bad)
	}
	q.Amount.Amount, q.IntegrationId = "1.00", "other"
	_, err := s.back.PutJackpot(t.Context(), q)
	refused(t, err, catalogv1.ErrorReason_ERROR_REASON_INTEGRATION_NOT_FOUND)
	require.Equal(t, "other", errs.Metadata(err)["integration_id"])
	_, err = s.back.PutJackpot(t.Context(), &catalogv1.PutJackpotRequest{Jackpot: "mega", IntegrationId: "studio", Amount: q.GetAmount(), GameIds: []string{"gam_none"}})
	refused(t, err, catalogv1.ErrorReason_ERROR_REASON_GAME_NOT_FOUND)
	unnamed, err := s.back.PutJackpot(t.Context(), &catalogv1.PutJackpotRequest{Jackpot: "mega2", IntegrationId: "studio", Amount: q.GetAmount(), GameIds: []string{s.ids()["c"]}})
	require.NoError(t, err)
	require.Equal(t, "mega2", unnamed.GetJackpot().GetName(), "as a report without a name")
	require.Equal(t, "mega2", s.get("c", "").GetJackpots()[0].GetName())

	report := func(amount string, minutes int64) {
		at := timestamppb.New(s.Clock.Now())
		at.Seconds += minutes * 60
		_, err := s.as(testkit.Peer("hub88")).ReportJackpots(t.Context(), &catalogv1.ReportJackpotsRequest{IntegrationId: "studio", At: at, Jackpots: []*catalogv1.JackpotReport{
			{Jackpot: "mini", Amount: &commonv1.Money{Amount: amount, Currency: "EUR"}, GameCodes: []string{"b", "nothing"}}}})
		require.NoError(t, err)
	}
	report("5.00", -10)
	report("4.00", -20)
	require.Equal(t, "5.00", s.get("b", "").GetJackpots()[0].GetAmount().GetAmount(), "a late report changes nothing")
	report("6.00", 0)
	require.Equal(t, "6.00", s.get("b", "").GetJackpots()[0].GetAmount().GetAmount())
	q.IntegrationId, q.GameIds = "studio", nil
	for range 2 {
		_, err = s.back.PutJackpot(t.Context(), q)
		require.NoError(t, err)
	}
	require.Empty(t, s.get("a", "").GetJackpots())
}
