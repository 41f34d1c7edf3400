package pragmatic_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/timestamppb"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	commonv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
	"github.com/pitboss-gaming/pitboss/internal/adaptertest"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/ids"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
)

// provider plays Pragmatic Play's own API: it takes only what is hashed with the secret key.
type provider struct {
	mu      sync.Mutex
	status  int
	answers map[string]string // by the last part of the path
	calls   []string
	last    url.Values
	body    string
}

func (p *provider) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.calls = append(p.calls, r.URL.Path)
	body, _ := io.ReadAll(r.Body)
	p.last, p.body = r.URL.Query(), string(body)
	if strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded") {
		p.last, _ = url.ParseQuery(p.body)
	}
	var sent params
	for name, v := range p.last {
		if name != "hash" {
			sent = append(sent, name, v[0])
		}
	}
	if !strings.Contains(r.URL.Path, "/DataFeeds/") && p.last.Get("hash") != sent.hash(key, plain) {
		_, _ = io.WriteString(w, `{"error":"2","description":"Authentication failed"}`)
		return
	}
	parts := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	w.WriteHeader(max(p.status, 200))
	_, _ = io.WriteString(w, p.answers[parts[len(parts)-1]])
}

func (p *provider) set(status int, path, answer string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.status, p.answers[path], p.calls = status, answer, nil
}

const feedHead = "playerID,extPlayerID,gameID,playSessionID,parentSessionID,startDate,endDate,status,type,bet,win,currency,jackpot\n"

func open2(t *testing.T) (*table, *provider) {
	t.Helper()
	p := &provider{answers: map[string]string{}}
	server := httptest.NewServer(p)
	t.Cleanup(server.Close)
	x := open(t)
	x.Configure(map[string]string{"api_base_url": server.URL + "/", "secure_login": "pit_boss", "stylename": "dark"}, map[string]string{"secret_key": key, "feed_password": "feed"})
	x.Clock.Advance(time.Second)
	return x, p
}

func TestCallsOfTheProvider(t *testing.T) {
	t.Parallel()
	x, p := open2(t)
	catalog := adapterv1.NewGameProviderServiceClient(x.As(testkit.Peer("catalog")))

	p.set(0, "getCasinoGames", `{"error":"0","description":"OK","gameList":[{"gameID":"vs20doghouse","gameName":"The Dog House","gameTypeID":"vs","typeDescription":"Video Slots","platform":"MOBILE,WEB"}]}`)
	list, err := catalog.ListGames(t.Context(), &adapterv1.ListGamesRequest{IntegrationId: adaptertest.Licence})
	require.NoError(t, err)
	require.Len(t, list.GetGames(), 1)
	require.Equal(t, "vs20doghouse The Dog House Video Slots", list.GetGames()[0].GetCode()+" "+list.GetGames()[0].GetName()+" "+list.GetGames()[0].GetCategory())
	for _, none := range []string{`{"error":"0"}`, `{"error":"0","gameList":null}`, `{"error":"0","gameList":[null]}`} { // each would withdraw games
		p.set(0, "getCasinoGames", none)
		_, err = catalog.ListGames(t.Context(), &adapterv1.ListGamesRequest{IntegrationId: adaptertest.Licence})
		require.True(t, errs.Is(err, adapterv1.ErrorReason_ERROR_REASON_PROVIDER_PROTOCOL), "%s: %v", none, err)
	}

	p.set(0, "url", `{"error":"0","description":"OK","gameURL":"https://play.example/g?x=1"}`)
	launch := &adapterv1.CreateLaunchUrlRequest{
		IntegrationId: adaptertest.Licence, SessionToken: "token-token", PlayerId: x.Player, GameCode: "vs20doghouse", Currency: "EUR", Country: "DE", Language: "de",
		Mobile: true, LobbyUrl: "https://casino.example/",
	}
	page, err := x.Provider.CreateLaunchUrl(t.Context(), launch)
	require.NoError(t, err)
	require.Equal(t, "https://play.example/g?x=1", page.GetUrl())
	require.Equal(t, []string{"/IntegrationService/v3/http/CasinoGameAPI/game/url/"}, p.calls)
	delete(p.last, "hash")
	require.Equal(t, url.Values{
		"secureLogin": {"pit_boss"}, "symbol": {"vs20doghouse"}, "language": {"de"}, "token": {"token-token"}, "externalPlayerId": {x.Player}, "country": {"DE"},
		"currency": {"EUR"}, "platform": {"MOBILE"}, "technology": {"H5"}, "playMode": {"REAL"}, "lobbyUrl": {"https://casino.example/"}, "stylename": {"dark"},
	}, p.last)

	for name, c := range map[string]struct {
		status int
		answer string
		reason adapterv1.ErrorReason
	}{
		"refused":      {200, `{"error":"7","description":"Bad symbol"}`, adapterv1.ErrorReason_ERROR_REASON_PROVIDER_REFUSED},
		"number":       {200, `{"error":14,"description":"Empty"}`, adapterv1.ErrorReason_ERROR_REASON_PROVIDER_REFUSED},
		"internal":     {200, `{"error":"1","description":"Internal"}`, adapterv1.ErrorReason_ERROR_REASON_PROVIDER_UNAVAILABLE},
		"broken":       {500, "oops", adapterv1.ErrorReason_ERROR_REASON_PROVIDER_UNAVAILABLE},
		"redirect":     {302, "", adapterv1.ErrorReason_ERROR_REASON_PROVIDER_PROTOCOL},
		"no JSON":      {200, "<html>", adapterv1.ErrorReason_ERROR_REASON_PROVIDER_PROTOCOL},
		"no code":      {200, `{}`, adapterv1.ErrorReason_ERROR_REASON_PROVIDER_PROTOCOL},
		"no address":   {200, `{"error":"0"}`, adapterv1.ErrorReason_ERROR_REASON_PROVIDER_PROTOCOL},
		"script":       {200, `{"error":"0","gameURL":"javascript:alert(1)"}`, adapterv1.ErrorReason_ERROR_REASON_PROVIDER_PROTOCOL},
		"far too long": {200, `{"error":"0","gameURL":"https://a.example/` + strings.Repeat("x", 100_000) + `"}`, adapterv1.ErrorReason_ERROR_REASON_PROVIDER_PROTOCOL},
	} {
		p.set(c.status, "url", c.answer)
		_, err = x.Provider.CreateLaunchUrl(t.Context(), launch)
		require.True(t, errs.Is(err, c.reason), "%s: %v", name, err)
		if name == "refused" {
			require.Equal(t, "Bad symbol", errs.Metadata(err)["provider_message"])
		}
	}

	_, err = x.Provider.GetRoundUrl(t.Context(), &adapterv1.GetRoundUrlRequest{IntegrationId: adaptertest.Licence, PlayerId: x.Player, RoundRef: "r"})
	require.True(t, errs.Is(err, adapterv1.ErrorReason_ERROR_REASON_NOT_SUPPORTED), "%v", err)
	_, err = catalog.CreateLaunchUrl(t.Context(), launch)
	require.Equal(t, codes.PermissionDenied, status.Code(err))
	x.Enable(false)
	x.Clock.Advance(time.Second)
	_, err = x.Provider.CreateLaunchUrl(t.Context(), launch)
	require.True(t, errs.Is(err, adapterv1.ErrorReason_ERROR_REASON_INTEGRATION_DISABLED), "%v", err)
}

func TestFreeRoundsAtTheProvider(t *testing.T) {
	t.Parallel()
	x, p := open2(t)
	grant := &adapterv1.GrantFreeRoundsRequest{
		IntegrationId: adaptertest.Licence, GrantId: "frg_1", PlayerId: x.Player, GameCodes: []string{"a", "b"}, Rounds: 10,
		BetValue: &commonv1.Money{Amount: "0.50", Currency: "EUR"}, StartsAt: timestamppb.New(time.Unix(1_800_000_000, 0)), ExpiresAt: timestamppb.New(time.Unix(1_900_000_000, 0)),
	}
	cancel := &adapterv1.CancelFreeRoundsRequest{IntegrationId: adaptertest.Licence, GrantId: "frg_1", ProviderRef: "frg_1", PlayerId: x.Player}

	p.set(0, "create", `{"error":"0","description":"OK"}`)
	r, err := x.Provider.GrantFreeRounds(t.Context(), grant)
	require.NoError(t, err)
	require.Equal(t, "frg_1", r.GetProviderRef())
	require.Equal(t, []string{"/IntegrationService/v3/http/FreeRoundsBonusAPI/v2/bonus/player/create"}, p.calls)
	delete(p.last, "hash")
	require.Equal(t, url.Values{
		"secureLogin": {"pit_boss"}, "bonusCode": {"frg_1"}, "playerId": {x.Player}, "currency": {"EUR"}, "rounds": {"10"}, "startDate": {"1800000000"}, "expirationDate": {"1900000000"},
	}, p.last)
	require.JSONEq(t, `{"gameList":[{"gameId":"a","betValues":[{"currency":"EUR","totalBet":0.50}]},{"gameId":"b","betValues":[{"currency":"EUR","totalBet":0.50}]}]}`, p.body)

	p.set(0, "getPlayersFRB", `{"error":"0","description":"OK","bonuses":[{"bonusCode":"frg_1"}]}`)
	p.set(0, "create", `{"error":"7","description":"Bonus code exists"}`)
	_, err = x.Provider.GrantFreeRounds(t.Context(), grant)
	require.NoError(t, err, "granted before")
	p.set(0, "getPlayersFRB", `{"error":"0","description":"OK","bonuses":[]}`)
	_, err = x.Provider.GrantFreeRounds(t.Context(), grant)
	require.True(t, errs.Is(err, adapterv1.ErrorReason_ERROR_REASON_PROVIDER_REFUSED), "%v", err)

	p.set(0, "cancel", `{"error":"0","description":"OK"}`)
	_, err = x.Provider.CancelFreeRounds(t.Context(), cancel)
	require.NoError(t, err)
	require.Equal(t, "frg_1", p.last.Get("bonusCode"))
	lost := &adapterv1.CancelFreeRoundsRequest{IntegrationId: adaptertest.Licence, GrantId: "frg_2", PlayerId: x.Player}
	_, err = x.Provider.CancelFreeRounds(t.Context(), lost)
	require.NoError(t, err)
	require.Equal(t, "frg_2", p.last.Get("bonusCode"), "the grant's id is the code")
	p.set(0, "cancel", `{"error":"7","description":"No such bonus"}`)
	_, err = x.Provider.CancelFreeRounds(t.Context(), cancel)
	require.NoError(t, err, "cancelled before")
	p.set(0, "getPlayersFRB", `{"error":"0","description":"OK","bonuses":[{"bonusCode":"frg_1"}]}`)
	_, err = x.Provider.CancelFreeRounds(t.Context(), cancel)
	require.True(t, errs.Is(err, adapterv1.ErrorReason_ERROR_REASON_PROVIDER_REFUSED), "%v", err)
}

func TestFeeds(t *testing.T) {
	t.Parallel()
	x, p := open2(t)
	day := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	list := &adapterv1.ListRoundsRequest{IntegrationId: adaptertest.Licence, From: timestamppb.New(day), Until: timestamppb.New(day.Add(24 * time.Hour))}
	p.set(0, "finished", "timepoint=1772326800000\n"+feedHead+
		"1,"+x.Player+",vs20doghouse,71,,2026-03-01 00:59:00,2026-03-01 01:00:00,C,R,1.00,2.50,EUR,0\n"+
		"1,"+x.Player+",vs20doghouse,72,,2026-02-28 23:59:00,2026-02-28 23:59:59,C,R,1.00,0,EUR,0\n")
	r, err := x.Provider.ListRounds(t.Context(), list)
	require.NoError(t, err)
	require.Equal(t, "1772326800000", r.GetNextCursor())
	require.Len(t, r.GetRounds(), 1, "the other one ended before")
	round := r.GetRounds()[0]
	require.Equal(t, []string{"vs20doghouse:71", "71", x.Player, "vs20doghouse", "1.00", "2.50", "EUR"},
		[]string{round.GetRoundRef(), round.GetFormerRoundRef(), round.GetPlayerId(), round.GetGameCode(), round.GetStake().GetAmount(), round.GetPayout().GetAmount(), round.GetStake().GetCurrency()})
	require.Equal(t, adapterv1.ProviderRoundState_PROVIDER_ROUND_STATE_FINISHED, round.GetState())
	require.True(t, round.GetFinishedAt().AsTime().Equal(day.Add(time.Hour)))
	require.Equal(t, url.Values{"login": {"pit_boss"}, "password": {"feed"}, "timepoint": {"1772323200000"}}, p.last)

	p.set(0, "finished", "timepoint=1772409600000\n")
	list.Cursor = r.GetNextCursor()
	r, err = x.Provider.ListRounds(t.Context(), list)
	require.NoError(t, err)
	require.Empty(t, r.GetRounds())
	require.Empty(t, r.GetNextCursor())
	require.Equal(t, "1772326800000", p.last.Get("timepoint"))

	line := "1," + x.Player + ",vs20doghouse,73,,2026-03-01 01:59:00,2026-03-01 02:00:00,C,R,1.00,2.50,EUR,0\n"
	for name, feed := range map[string]string{
		"does not go on": "timepoint=1772326800000\n" + feedHead + line, "goes back": "timepoint=1772326799999\n" + feedHead + line,
		"no CSV": "<html>", "no moment": feedHead, "no columns": "timepoint=1\na,b\n", "bad amount": "timepoint=1\n" + feedHead + "1,p,g,7,,a,2026-03-01 01:00:00,C,R,x,0,EUR,0\n",
		"bad time": "timepoint=1\n" + feedHead + "1,p,g,7,,a,noon,C,R,1,0,EUR,0\n", "short line": "timepoint=1\n" + feedHead + "1,p\n",
	} {
		p.set(0, "finished", feed)
		_, err = x.Provider.ListRounds(t.Context(), list)
		require.True(t, errs.Is(err, adapterv1.ErrorReason_ERROR_REASON_PROVIDER_PROTOCOL), "%s: %v", name, err)
	}

	x.Configure(nil, map[string]string{"secret_key": key})
	x.Clock.Advance(time.Second)
	_, err = x.Provider.ListRounds(t.Context(), list)
	require.True(t, errs.Is(err, adapterv1.ErrorReason_ERROR_REASON_NOT_SUPPORTED), "%v", err)
	_, err = x.Provider.GetRoundStatus(t.Context(), &adapterv1.GetRoundStatusRequest{IntegrationId: adaptertest.Licence, PlayerId: x.Player, RoundRef: "vs20doghouse:71"})
	require.True(t, errs.Is(err, adapterv1.ErrorReason_ERROR_REASON_NOT_SUPPORTED), "%v", err)
	_, err = x.Provider.GrantFreeRounds(t.Context(), &adapterv1.GrantFreeRoundsRequest{
		IntegrationId: adaptertest.Licence, GrantId: "g", PlayerId: x.Player, GameCodes: []string{"a"}, Rounds: 1, BetValue: &commonv1.Money{Amount: "1.00", Currency: "EUR"},
		StartsAt: timestamppb.Now(), ExpiresAt: timestamppb.Now(),
	})
	require.True(t, errs.Is(err, adapterv1.ErrorReason_ERROR_REASON_INTEGRATION_INVALID), "%v", err)
}

// TestRoundStatus: a round is found by the name under which gaming knows it, that of now or the one before, and the answer has that name.
func TestRoundStatus(t *testing.T) {
	t.Parallel()
	x, p := open2(t)
	ask := &adapterv1.GetRoundStatusRequest{IntegrationId: adaptertest.Licence, PlayerId: x.Player, Currency: "EUR"}
	p.set(0, "finished", "timepoint=99999999999999\n"+feedHead+
		"1,"+ids.New("ply")+",vs20doghouse,71,,2026-03-01 00:59:00,2026-03-01 01:00:00,C,R,1.00,1.50,EUR,0\n"+
		"1,"+x.Player+",vs20doghouse,71,,2026-03-01 00:59:00,2026-03-01 01:00:00,C,R,1.00,2.50,EUR,0\n"+
		"1,"+x.Player+",vs25wolfgold,71,,2026-03-01 00:59:00,2026-03-01 01:00:00,C,R,1.00,3.50,EUR,0\n")
	for _, c := range []struct{ ref, game, payout string }{
		{"vs20doghouse:71", "vs20doghouse", "2.50"}, {"vs25wolfgold:71", "vs25wolfgold", "3.50"}, // by its name
		{"71", "vs20doghouse", "2.50"}, {"71", "vs25wolfgold", "3.50"}, {"71", "", "2.50"}, // by the one it had before
		{"71", "vs10other", ""}, {"vs10other:71", "vs10other", ""}, {"vs20doghouse:79", "vs20doghouse", ""}, {"79", "vs20doghouse", ""}, // under way or lost: an operator decides in the end
	} {
		ask.RoundRef, ask.GameCode = c.ref, c.game
		s, err := x.Provider.GetRoundStatus(t.Context(), ask)
		require.NoError(t, err)
		state := adapterv1.ProviderRoundState_PROVIDER_ROUND_STATE_FINISHED
		if c.payout == "" {
			state = adapterv1.ProviderRoundState_PROVIDER_ROUND_STATE_UNSPECIFIED
		}
		require.Equal(t, state, s.GetRound().GetState(), c)
		require.Equal(t, []string{c.ref, "", c.payout}, []string{s.GetRound().GetRoundRef(), s.GetRound().GetFormerRoundRef(), s.GetRound().GetPayout().GetAmount()}, c)
	}
}

// TestEnteredGames: where the provider's API is not reached, the operator enters the games.
func TestEnteredGames(t *testing.T) {
	t.Parallel()
	x := open(t, "games", "vs20doghouse=The Dog House"+", vs25wolfgold=Wolf Gold"+strings.Repeat("!", 200)+", vs10"+strings.Repeat("x", 60))
	list, err := adapterv1.NewGameProviderServiceClient(x.As(testkit.Peer("catalog"))).ListGames(t.Context(), &adapterv1.ListGamesRequest{IntegrationId: adaptertest.Licence})
	require.NoError(t, err)
	require.Len(t, list.GetGames(), 3, "a list may be longer than any other setting")
	require.Equal(t, []string{"vs20doghouse", "The Dog House", "Pragmatic Play"}, []string{list.GetGames()[0].GetCode(), list.GetGames()[0].GetName(), list.GetGames()[0].GetStudio()})
}
