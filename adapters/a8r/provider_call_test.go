package a8r_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/timestamppb"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	catalogv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/catalog/v1"
	commonv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	"github.com/pitboss-gaming/pitboss/internal/adaptertest"
	"github.com/pitboss-gaming/pitboss/kit/adapter"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
)

// aggregator is the provider's own API: it takes only what is signed.
type aggregator struct {
	mu     sync.Mutex
	got    map[string]any
	path   string
	status int
	answer string
}

func (a *aggregator) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	a.mu.Lock()
	defer a.mu.Unlock()
	if r.Header.Get("X-REQUEST-SIGN") != adapter.SignHMAC(authToken, body) {
		http.Error(w, `{"code":"permission_denied","msg":"Forbidden"}`, http.StatusForbidden)
		return
	}
	a.got, a.path = map[string]any{}, r.URL.Path
	_ = json.Unmarshal(body, &a.got)
	w.WriteHeader(max(a.status, 200))
	_, _ = io.WriteString(w, a.answer)
}

func (a *aggregator) says(status int, answer string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.status, a.answer = status, answer
}

func TestCallsOfTheProvider(t *testing.T) {
	t.Parallel()
	a := &aggregator{}
	server := httptest.NewServer(a)
	t.Cleanup(server.Close)
	x := open(t, map[string]string{"api_base_url": server.URL + "/api/v2/", "casino_id": "casino-1", "jurisdiction": "MT"})
	require.Equal(t, server.URL+"/api", x.Settings()["api_base_url"])
	launch := &adapterv1.CreateLaunchUrlRequest{
		IntegrationId: adaptertest.Licence, SessionToken: strings.Repeat("t", 40), PlayerId: x.Player, GameCode: "one:slot", Currency: "EUR", Country: "DE", Language: "de",
		Ip: "192.0.2.1", Mobile: true, LobbyUrl: "https://casino.example/",
	}

	a.says(200, `{"launch_url":"https://play.example/1"}`)
	page, err := x.Provider.CreateLaunchUrl(t.Context(), launch)
	require.NoError(t, err)
	require.Equal(t, "https://play.example/1", page.GetUrl())
	require.Equal(t, "/api/v2/casino_a8r.Launcher/Real", a.path)
	require.Equal(t, map[string]any{
		"casino_id": "casino-1", "client_type": "mobile", "game": "one:slot", "ip": "192.0.2.1", "jurisdiction": "MT", "locale": "de",
		"player": map[string]any{"id": x.Player, "currency": "EUR", "country": "DE"}, "urls": map[string]any{"return_url": "https://casino.example/"},
	}, a.got)

	a.says(200, `{"providers":[{"id":"one","title":"One","games":[{"id":"one:slot","title":"Slot","category":"slots"},{"identifier":"one:dice"}]}]}`)
	list, err := adapterv1.NewGameProviderServiceClient(x.As(testkit.Peer("catalog"))).ListGames(t.Context(), &adapterv1.ListGamesRequest{IntegrationId: adaptertest.Licence})
	require.NoError(t, err)
	require.Len(t, list.GetGames(), 2)
	require.Equal(t, []string{"one:slot", "Slot", "One", "slots"}, []string{list.GetGames()[0].GetCode(), list.GetGames()[0].GetName(), list.GetGames()[0].GetStudio(), list.GetGames()[0].GetCategory()})
	for _, none := range []string{`null`, `{}`, `{"providers":null}`, `{"providers":[{"id":"one","games":null}]}`, `{"providers":[null]}`} { // each would withdraw games
		a.says(200, none)
		_, err = adapterv1.NewGameProviderServiceClient(x.As(testkit.Peer("catalog"))).ListGames(t.Context(), &adapterv1.ListGamesRequest{IntegrationId: adaptertest.Licence})
		require.True(t, errs.Is(err, adapterv1.ErrorReason_ERROR_REASON_PROVIDER_PROTOCOL), "%s: %v", none, err)
	}

	for name, c := range map[string]struct {
		status int
		answer string
		reason adapterv1.ErrorReason
	}{
		"refused":  {400, `{"code":"invalid_argument","msg":"no","meta":{"api_message":"game: unknown"}}`, adapterv1.ErrorReason_ERROR_REASON_PROVIDER_REFUSED},
		"broken":   {500, "oops", adapterv1.ErrorReason_ERROR_REASON_PROVIDER_UNAVAILABLE},
		"no JSON":  {200, "<html>", adapterv1.ErrorReason_ERROR_REASON_PROVIDER_PROTOCOL},
		"no page":  {200, `{}`, adapterv1.ErrorReason_ERROR_REASON_PROVIDER_PROTOCOL},
		"a script": {200, `{"launch_url":"javascript:alert(1)"}`, adapterv1.ErrorReason_ERROR_REASON_PROVIDER_PROTOCOL},
	} {
		a.says(c.status, c.answer)
		_, err := x.Provider.CreateLaunchUrl(t.Context(), launch)
		require.True(t, errs.Is(err, c.reason), "%s: %v", name, err)
		if name == "refused" {
			require.Equal(t, "invalid_argument: game: unknown", errs.Metadata(err)["provider_message"])
		}
	}

	_, err = x.Provider.GetRoundUrl(t.Context(), &adapterv1.GetRoundUrlRequest{IntegrationId: adaptertest.Licence, PlayerId: x.Player, RoundRef: "r"})
	require.True(t, errs.Is(err, adapterv1.ErrorReason_ERROR_REASON_NOT_SUPPORTED), "%v", err)
	_, err = x.Provider.GetRoundStatus(t.Context(), &adapterv1.GetRoundStatusRequest{IntegrationId: adaptertest.Licence, PlayerId: x.Player, RoundRef: "r"})
	require.True(t, errs.Is(err, adapterv1.ErrorReason_ERROR_REASON_NOT_SUPPORTED), "%v", err)
	_, err = x.Provider.ListRounds(t.Context(), &adapterv1.ListRoundsRequest{IntegrationId: adaptertest.Licence, From: timestamppb.Now(), Until: timestamppb.Now()})
	require.True(t, errs.Is(err, adapterv1.ErrorReason_ERROR_REASON_NOT_SUPPORTED), "%v", err)
}

func TestFreeRounds(t *testing.T) {
	t.Parallel()
	a := &aggregator{}
	server := httptest.NewServer(a)
	t.Cleanup(server.Close)
	x := open(t, map[string]string{"api_base_url": server.URL, "casino_id": "casino-1"})
	grant := &adapterv1.GrantFreeRoundsRequest{
		IntegrationId: adaptertest.Licence, GrantId: "frg_1", PlayerId: x.Player, GameCodes: []string{"one:slot"}, Rounds: 10,
		BetValue: &commonv1.Money{Amount: "0.20", Currency: "EUR"}, StartsAt: timestamppb.New(x.Clock.Now()), ExpiresAt: timestamppb.New(time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)), Country: "DE",
	}
	name := "frg_1." + x.Player + ".EUR.one"
	for _, c := range []struct {
		status int
		answer string
	}{{200, `{}`}, {400, `{"code":"already_exists","msg":"issue exists"}`}} { // the second is a repetition of one whose answer was lost
		a.says(c.status, c.answer)
		r, err := x.Provider.GrantFreeRounds(t.Context(), grant)
		require.NoError(t, err)
		require.Equal(t, name, r.GetProviderRef())
	}
	require.Equal(t, "/v2/casino_a8r.Freespins/Issue", a.path)
	require.Equal(t, map[string]any{
		"casino_id": "casino-1", "issue_id": name, "freespins_quantity": 10.0, "bet_amount": "0.20", "games": []any{"one:slot"},
		"valid_until": "2030-01-02T03:04:05Z", "player": map[string]any{"id": x.Player, "currency": "EUR", "country": "DE"},
	}, a.got)

	a.says(200, `{}`)
	for name, cancel := range map[string]*adapterv1.CancelFreeRoundsRequest{
		name:                             {GrantId: "frg_1", ProviderRef: name},
		"frg_2." + x.Player + ".EUR.two": {GrantId: "frg_2", PlayerId: x.Player, GameCodes: []string{"two:slot", "one:slot"}, Currency: "EUR"}, // its answer was lost
	} {
		cancel.IntegrationId = adaptertest.Licence
		_, err := x.Provider.CancelFreeRounds(t.Context(), cancel)
		require.NoError(t, err)
		require.Equal(t, map[string]any{"casino_id": "casino-1", "issue_id": name, "provider": strings.Split(name, ".")[3]}, a.got)
	}

	grant.StartsAt = timestamppb.New(x.Clock.Now().Add(time.Hour))
	_, err := x.Provider.GrantFreeRounds(t.Context(), grant)
	require.True(t, errs.Is(err, adapterv1.ErrorReason_ERROR_REASON_NOT_SUPPORTED), "%v", err)

	for _, issue := range []string{"never-issued", "frg_2." + x.Player + ".EUR.one", "frg_2." + x.Player + ".XYZ.", "..EUR."} {
		x.is(400, invalid("issue_id: the issue is unknown"), "Freespins/Finish", `{"issue_id":"`+issue+`","amount":"5.00"}`)
	}
	x.Cash("100.00", "0.00")
}

// TestFreeRounds_AnswerLost: the sum of an issue that gaming knows by the grant's id alone, because the answer to it was lost, is paid, once.
func TestFreeRounds_AnswerLost(t *testing.T) {
	t.Parallel()
	x := open(t, nil)
	staff := gamingv1.NewGamingServiceClient(x.To("gaming", testkit.Operator("admin")))
	games, err := catalogv1.NewCatalogServiceClient(x.To("catalog", testkit.Operator("admin"))).ListOperatorGames(t.Context(), &catalogv1.ListOperatorGamesRequest{})
	require.NoError(t, err)
	grant, err := staff.GrantFreeRounds(t.Context(), &gamingv1.GrantFreeRoundsRequest{
		RequestId: "r", PlayerId: x.Player, GameIds: []string{games.GetGames()[0].GetGameId()}, Rounds: 10, BetValue: &commonv1.Money{Amount: "0.20", Currency: "EUR"},
		ExpiresAt: timestamppb.New(x.Clock.Now().Add(time.Hour)),
	})
	require.NoError(t, err)
	require.Equal(t, gamingv1.FreeRoundsState_FREE_ROUNDS_STATE_PENDING, grant.GetFreeRounds().GetState(), "nobody answers here")
	name := grant.GetFreeRounds().GetFreeRoundsId() + "." + x.Player + ".EUR.one"
	for range 2 {
		x.is(200, `{"balance":"105.00"}`, "Freespins/Finish", `{"issue_id":"`+name+`","amount":"5.00"}`)
	}
	x.Cash("105.00", "0.00")
}

// TestEnteredGames: where the aggregator's API is not reached, the operator enters the games; their studio is in the code.
func TestEnteredGames(t *testing.T) {
	t.Parallel()
	x := open(t, map[string]string{"games": "one:slot=Slot"})
	list, err := adapterv1.NewGameProviderServiceClient(x.As(testkit.Peer("catalog"))).ListGames(t.Context(), &adapterv1.ListGamesRequest{IntegrationId: adaptertest.Licence})
	require.NoError(t, err)
	require.Len(t, list.GetGames(), 1)
	require.Equal(t, []string{"one:slot", "Slot", "one"}, []string{list.GetGames()[0].GetCode(), list.GetGames()[0].GetName(), list.GetGames()[0].GetStudio()})
}
