package evolution_test

import (
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	"github.com/pitboss-gaming/pitboss/internal/adaptertest"
	"github.com/pitboss-gaming/pitboss/kit/errs"
)

// studio is the provider as we call it.
type studio struct {
	mu       sync.Mutex
	status   int
	answer   string
	requests []string
	bodies   []string
	user     string
}

func (s *studio) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = append(s.requests, r.Method+" "+r.URL.RequestURI())
	s.bodies = append(s.bodies, string(body))
	name, password, _ := r.BasicAuth()
	s.user = name + ":" + password
	w.WriteHeader(s.status)
	_, _ = w.Write([]byte(s.answer))
}

func (s *studio) says(status int, answer string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.status, s.answer = status, answer
}

func calls(t *testing.T) (*wallet, *studio, string) {
	t.Helper()
	s := &studio{status: 200}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	x := open(t, nil)
	x.Configure(map[string]string{
		"api_base_url": server.URL + "/", "casino_key": "casino1", "tables": "table-1=Roulette, table-2", "brand_id": "b1", "brand_skin": "dark",
	}, map[string]string{"auth_token": authToken, "api_token": "api/token"})
	require.Eventually(t, func() bool {
		r, err := x.catalog().ListGames(t.Context(), &adapterv1.ListGamesRequest{IntegrationId: adaptertest.Licence})
		return err == nil && len(r.GetGames()) == 3
	}, 5*time.Second, 5*time.Millisecond)
	return x, s, server.URL
}

func TestLaunch(t *testing.T) {
	t.Parallel()
	x, s, host := calls(t)
	req := &adapterv1.CreateLaunchUrlRequest{
		IntegrationId: adaptertest.Licence, SessionToken: x.sid, PlayerId: x.user, GameCode: "table-1", Currency: "EUR", Country: "DE", Language: "de",
		Ip: "192.0.2.9", Mobile: true, LobbyUrl: "https://casino.example/", DepositUrl: "https://casino.example/cashier",
	}
	s.says(200, `{"entry":"/entry?params=abc&JSESSIONID=1","entryEmbedded":"/entry?embedded"}`)
	r, err := x.Provider.CreateLaunchUrl(t.Context(), req)
	require.NoError(t, err)
	require.Equal(t, host+"/entry?params=abc&JSESSIONID=1", r.GetUrl())
	require.Equal(t, []string{"POST /ua/v1/casino1/api%2Ftoken"}, s.requests)
	var body map[string]any
	require.NoError(t, json.Unmarshal([]byte(s.bodies[0]), &body))
	require.NotEmpty(t, body["uuid"])
	require.Equal(t, map[string]any{
		"id": x.user, "update": true, "firstName": "Player", "lastName": x.user, "country": "DE", "language": "de", "currency": "EUR",
		"session": map[string]any{"id": x.sid, "ip": "192.0.2.9"},
	}, body["player"])
	require.Equal(t, map[string]any{
		"brand": map[string]any{"id": "b1", "skin": "dark"}, "game": map[string]any{"table": map[string]any{"id": "table-1"}},
		"channel": map[string]any{"wrapped": false, "mobile": true}, "urls": map[string]any{"lobby": "https://casino.example/", "cashier": "https://casino.example/cashier"},
	}, body["config"])

	req.GameCode, req.Mobile = "lobby", false
	_, err = x.Provider.CreateLaunchUrl(t.Context(), req)
	require.NoError(t, err)
	require.NotContains(t, s.bodies[1], `"game"`)

	for name, c := range map[string]struct {
		status       int
		answer, code string
		reason       adapterv1.ErrorReason
	}{
		"unknown casino": {400, `{"errors":[{"code":"G.1","message":"Unknown casino"}]}`, "G.1", adapterv1.ErrorReason_ERROR_REASON_PROVIDER_REFUSED},
		"said with 200":  {200, `{"errors":[{"code":"G.9","message":"IP"}]}`, "G.9", adapterv1.ErrorReason_ERROR_REASON_PROVIDER_REFUSED},
		"generic":        {400, `{"errors":[{"code":"G.0","message":"Try again"}]}`, "", adapterv1.ErrorReason_ERROR_REASON_PROVIDER_UNAVAILABLE},
		"system":         {400, `{"errors":[{"code":"G.5","message":"x"}]}`, "", adapterv1.ErrorReason_ERROR_REASON_PROVIDER_UNAVAILABLE},
		"no words":       {403, `Forbidden`, "403", adapterv1.ErrorReason_ERROR_REASON_PROVIDER_REFUSED},
		"down":           {503, ``, "", adapterv1.ErrorReason_ERROR_REASON_PROVIDER_UNAVAILABLE},
		"elsewhere":      {302, ``, "", adapterv1.ErrorReason_ERROR_REASON_PROVIDER_PROTOCOL},
		"no JSON":        {200, `<html>`, "", adapterv1.ErrorReason_ERROR_REASON_PROVIDER_PROTOCOL},
		"no entry":       {200, `{}`, "", adapterv1.ErrorReason_ERROR_REASON_PROVIDER_PROTOCOL},
		"foreign entry":  {200, `{"entry":"https://evil.example/x"}`, "", adapterv1.ErrorReason_ERROR_REASON_PROVIDER_PROTOCOL},
		"foreign host":   {200, `{"entry":"//evil.example/x"}`, "", adapterv1.ErrorReason_ERROR_REASON_PROVIDER_PROTOCOL},
		"script":         {200, `{"entry":"javascript:alert(1)"}`, "", adapterv1.ErrorReason_ERROR_REASON_PROVIDER_PROTOCOL},
		"too long":       {200, `{"entry":"/` + strings.Repeat("x", 70<<10) + `"}`, "", adapterv1.ErrorReason_ERROR_REASON_PROVIDER_PROTOCOL},
	} {
		s.says(c.status, c.answer)
		_, err = x.Provider.CreateLaunchUrl(t.Context(), req)
		require.True(t, errs.Is(err, c.reason), "%s: %v", name, err)
		require.Equal(t, c.code, errs.Metadata(err)["provider_code"], name)
		require.NotContains(t, err.Error(), "api/token", name)
	}
	req.IntegrationId = "nobody"
	_, err = x.Provider.CreateLaunchUrl(t.Context(), req)
	require.True(t, errs.Is(err, adapterv1.ErrorReason_ERROR_REASON_INTEGRATION_NOT_FOUND))
}

func TestRoundPage(t *testing.T) {
	t.Parallel()
	x, s, _ := calls(t)
	s.says(200, "<html>17, black</html>")
	req := &adapterv1.GetRoundUrlRequest{IntegrationId: adaptertest.Licence, PlayerId: x.user, RoundRef: "g 1&x"}
	r, err := x.Provider.GetRoundUrl(t.Context(), req)
	require.NoError(t, err)
	require.Equal(t, "data:text/html;charset=utf-8;base64,"+base64.StdEncoding.EncodeToString([]byte("<html>17, black</html>")), r.GetUrl())
	require.Equal(t, []string{"GET /api/render/v1/details?gameId=g+1%26x"}, s.requests)
	require.Equal(t, "casino1:api/token", s.user)
	s.says(404, "")
	_, err = x.Provider.GetRoundUrl(t.Context(), req)
	require.True(t, errs.Is(err, adapterv1.ErrorReason_ERROR_REASON_PROVIDER_REFUSED))
	s.says(500, "")
	_, err = x.Provider.GetRoundUrl(t.Context(), req)
	require.True(t, errs.Is(err, adapterv1.ErrorReason_ERROR_REASON_PROVIDER_UNAVAILABLE))
}

func TestGames(t *testing.T) {
	t.Parallel()
	x, s, _ := calls(t)
	list, err := x.catalog().ListGames(t.Context(), &adapterv1.ListGamesRequest{IntegrationId: adaptertest.Licence})
	require.NoError(t, err)
	names := map[string]string{}
	for _, g := range list.GetGames() {
		require.True(t, g.GetEnabled())
		names[g.GetCode()] = g.GetName()
	}
	require.Equal(t, map[string]string{"lobby": "Live casino lobby", "table-1": "Roulette", "table-2": "table-2"}, names)
	require.Empty(t, s.requests)
}

// TestNotInTheProtocol: what the One Wallet has no word for, and what an integration without a provider's address cannot do.
func TestNotInTheProtocol(t *testing.T) {
	t.Parallel()
	x := open(t, nil)
	ctx := t.Context()
	unsupported := func(err error) {
		t.Helper()
		require.True(t, errs.Is(err, adapterv1.ErrorReason_ERROR_REASON_NOT_SUPPORTED), "%v", err)
	}
	_, err := x.Provider.GetRoundStatus(ctx, &adapterv1.GetRoundStatusRequest{IntegrationId: adaptertest.Licence, PlayerId: x.user, RoundRef: "g"})
	unsupported(err)
	_, err = x.Provider.ListRounds(ctx, listRounds())
	unsupported(err)
	_, err = x.Provider.GrantFreeRounds(ctx, grant(x.user))
	unsupported(err)
	_, err = x.Provider.CancelFreeRounds(ctx, &adapterv1.CancelFreeRoundsRequest{IntegrationId: adaptertest.Licence, GrantId: "g", ProviderRef: "g"})
	unsupported(err)
	_, err = x.Provider.GetRoundUrl(ctx, &adapterv1.GetRoundUrlRequest{IntegrationId: adaptertest.Licence, PlayerId: x.user, RoundRef: "g"})
	require.Equal(t, "api_base_url", errs.Metadata(err)["field"])
	x.Enable(false)
	require.Eventually(t, func() bool {
		_, err = x.Provider.GetRoundUrl(ctx, &adapterv1.GetRoundUrlRequest{IntegrationId: adaptertest.Licence, PlayerId: x.user, RoundRef: "g"})
		return errs.Is(err, adapterv1.ErrorReason_ERROR_REASON_INTEGRATION_DISABLED)
	}, 5*time.Second, 5*time.Millisecond)
}
