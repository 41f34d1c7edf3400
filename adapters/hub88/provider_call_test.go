package hub88_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
)

func TestCallsOfTheProvider(t *testing.T) {
	t.Parallel()
	x := open(t)
	games := adapterv1.NewGameProviderServiceClient(x.As(testkit.Peer("gaming")))
	launch := &adapterv1.CreateLaunchUrlRequest{
		IntegrationId: licence, SessionToken: strings.Repeat("t", 43), PlayerId: x.user, GameCode: "slot", Currency: "EUR", Country: "DE", Language: "de",
		Ip: "192.0.2.1", Mobile: true, LobbyUrl: "https://casino.example/",
	}
	round := &adapterv1.GetRoundUrlRequest{IntegrationId: licence, PlayerId: x.user, RoundRef: "r", TransactionId: "b"}

	t.Run("signed, as the protocol writes them", func(t *testing.T) {
		list, err := adapterv1.NewGameProviderServiceClient(x.As(testkit.Peer("catalog"))).ListGames(t.Context(), &adapterv1.ListGamesRequest{IntegrationId: licence})
		require.NoError(t, err)
		require.Equal(t, "slot", list.GetGames()[0].GetCode())
		require.Equal(t, "One", list.GetGames()[0].GetStudio())
		r, err := games.CreateLaunchUrl(t.Context(), launch)
		require.NoError(t, err)
		require.Equal(t, "https://one.example/play", r.GetUrl())
		require.Equal(t, map[string]any{
			"user": x.user, "token": launch.SessionToken, "operator_id": 42.0, "game_code": "slot", "currency": "EUR", "country": "DE", "lang": "de",
			"platform": "GPL_MOBILE", "ip": "192.0.2.1", "lobby_url": "https://casino.example/", "sub_partner_id": "brand", "meta": map[string]any{},
		}, x.out.launched)
		v, err := games.GetRoundUrl(t.Context(), round)
		require.NoError(t, err)
		require.Equal(t, "https://one.example/round", v.GetUrl())
	})

	t.Run("lists of games that are none", func(t *testing.T) { // each would withdraw games
		for _, list := range []string{`null`, `[null]`, `[{"name":"Slot"}]`, `{}`} {
			x.out.mu.Lock()
			x.out.answer = list
			x.out.mu.Unlock()
			_, err := adapterv1.NewGameProviderServiceClient(x.As(testkit.Peer("catalog"))).ListGames(t.Context(), &adapterv1.ListGamesRequest{IntegrationId: licence})
			require.True(t, errs.Is(err, adapterv1.ErrorReason_ERROR_REASON_PROVIDER_PROTOCOL), "%s: %v", list, err)
		}
		x.out.mu.Lock()
		x.out.answer = ""
		x.out.mu.Unlock()
	})

	t.Run("answers that are none", func(t *testing.T) {
		for name, c := range map[string]struct {
			status int
			answer string
			reason adapterv1.ErrorReason
		}{
			"refused":      {404, `{"error":"unknown operator"}`, adapterv1.ErrorReason_ERROR_REASON_PROVIDER_REFUSED},
			"broken":       {500, "oops", adapterv1.ErrorReason_ERROR_REASON_PROVIDER_UNAVAILABLE},
			"too many":     {429, "", adapterv1.ErrorReason_ERROR_REASON_PROVIDER_UNAVAILABLE},
			"redirect":     {302, "", adapterv1.ErrorReason_ERROR_REASON_PROVIDER_PROTOCOL},
			"no JSON":      {200, "<html>", adapterv1.ErrorReason_ERROR_REASON_PROVIDER_PROTOCOL},
			"no address":   {200, `{"url":""}`, adapterv1.ErrorReason_ERROR_REASON_PROVIDER_PROTOCOL},
			"script":       {200, `{"url":"javascript:alert(1)"}`, adapterv1.ErrorReason_ERROR_REASON_PROVIDER_PROTOCOL},
			"far too long": {200, `{"url":"https://a.example/` + strings.Repeat("x", 100_000) + `"}`, adapterv1.ErrorReason_ERROR_REASON_PROVIDER_PROTOCOL},
		} {
			x.out.mu.Lock()
			x.out.status, x.out.answer, x.out.calls = c.status, c.answer, nil
			x.out.mu.Unlock()
			_, err := games.CreateLaunchUrl(t.Context(), launch)
			require.True(t, errs.Is(err, c.reason), "%s: %v", name, err)
			if name == "refused" {
				require.Equal(t, "unknown operator", errs.Metadata(err)["provider_message"])
			}
			require.NotContains(t, x.out.calls, "/elsewhere")
		}
		x.out.mu.Lock()
		x.out.status, x.out.answer = 0, ""
		x.out.mu.Unlock()
	})

	t.Run("not for others, not when switched off", func(t *testing.T) {
		_, err := adapterv1.NewGameProviderServiceClient(x.As(testkit.Peer("catalog"))).CreateLaunchUrl(t.Context(), launch)
		require.Equal(t, codes.PermissionDenied, status.Code(err))
		_, err = games.GetRoundUrl(t.Context(), &adapterv1.GetRoundUrlRequest{IntegrationId: "nobody", PlayerId: x.user, RoundRef: "r"})
		require.True(t, errs.Is(err, adapterv1.ErrorReason_ERROR_REASON_INTEGRATION_NOT_FOUND), "%v", err)
		x.out.mu.Lock()
		x.out.enabled = false
		x.out.mu.Unlock()
		x.Clock.Advance(1e9)
		_, err = games.GetRoundUrl(t.Context(), round)
		require.True(t, errs.Is(err, adapterv1.ErrorReason_ERROR_REASON_INTEGRATION_DISABLED), "%v", err)
	})
}
