package bookmaker_test

import (
	"maps"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/timestamppb"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	commonv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
	"github.com/pitboss-gaming/pitboss/internal/adaptertest"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
)

func TestCheckIntegration(t *testing.T) {
	t.Parallel()
	x := open(t, nil)
	secrets := map[string]string{"signing_secret": secret}
	first, err := x.Check(nil, secrets)
	require.NoError(t, err)
	require.Equal(t, map[string]string{"game_code": "sportsbook", "game_name": "Sportsbook", "currency": "EUR", "timestamp_window_seconds": "300", "accept_within_seconds": "0"}, first.GetSettings())
	require.Equal(t, secrets, first.GetSecrets(), "as given")
	good := map[string]string{"allowed_ips": "192.0.2.1", "api_base_url": "https://book.example/", "launch_url": "https://book.example/play"}
	_, err = x.Check(good, secrets)
	require.NoError(t, err)
	for field, value := range map[string]string{
		"api_base_url": "ftp://x", "launch_url": "https://book.example/?a=b", "currency": "QQQ", "timestamp_window_seconds": "0", "accept_within_seconds": "86401", "game_code": strings.Repeat("x", 129), "other": "x",
	} {
		settings := maps.Clone(good)
		settings[field] = value
		_, err = x.Check(settings, secrets)
		require.True(t, errs.Is(err, adapterv1.ErrorReason_ERROR_REASON_INTEGRATION_INVALID), "%s: %v", field, err)
		require.Equal(t, field, errs.Metadata(err)["field"])
	}
	_, err = x.Check(good, map[string]string{"signing_secret": "short"})
	require.Equal(t, "signing_secret", errs.Metadata(err)["field"])
	_, err = adapterv1.NewAdapterServiceClient(x.As(testkit.Peer("gaming"))).CheckIntegration(t.Context(), &adapterv1.CheckIntegrationRequest{IntegrationId: "x", Secrets: secrets})
	require.Equal(t, codes.PermissionDenied, status.Code(err))
	_, err = adapterv1.NewAdapterServiceClient(x.As(testkit.Peer("gaming"))).HandleCallback(t.Context(), &adapterv1.HandleCallbackRequest{IntegrationId: "x"})
	require.Equal(t, codes.PermissionDenied, status.Code(err), "only the gateway hands callbacks on")
}

func TestGameProvider(t *testing.T) {
	t.Parallel()
	x := open(t, map[string]string{"game_code": "sport", "game_name": "Best Odds", "launch_url": "https://book.example/play", "partner_id": "12345"})
	list, err := adapterv1.NewGameProviderServiceClient(x.As(testkit.Peer("catalog"))).ListGames(t.Context(), &adapterv1.ListGamesRequest{IntegrationId: adaptertest.Licence})
	require.NoError(t, err)
	require.Len(t, list.GetGames(), 1)
	require.Equal(t, []string{"sport", "Best Odds", "sportsbook"}, []string{list.GetGames()[0].GetCode(), list.GetGames()[0].GetName(), list.GetGames()[0].GetCategory()})

	r, err := x.Provider.CreateLaunchUrl(t.Context(), &adapterv1.CreateLaunchUrlRequest{
		IntegrationId: adaptertest.Licence, SessionToken: strings.Repeat("t", 40), PlayerId: x.Player, GameCode: "sport", Currency: "EUR", Country: "DE", Language: "de", LobbyUrl: "https://casino.example/",
	})
	require.NoError(t, err)
	page, err := url.Parse(r.GetUrl())
	require.NoError(t, err)
	require.Equal(t, "https://book.example/play", page.Scheme+"://"+page.Host+page.Path)
	require.Equal(t, []string{"12345", x.Player, "EUR", "desktop"}, []string{page.Query().Get("partner_id"), page.Query().Get("partner_player_id"), page.Query().Get("currency"), page.Query().Get("device")})

	none := adapterv1.ErrorReason_ERROR_REASON_NOT_SUPPORTED
	_, err = x.Provider.GetRoundUrl(t.Context(), &adapterv1.GetRoundUrlRequest{IntegrationId: adaptertest.Licence, PlayerId: "p", RoundRef: "r"})
	require.True(t, errs.Is(err, none), "%v", err)
	_, err = x.Provider.GetRoundStatus(t.Context(), &adapterv1.GetRoundStatusRequest{IntegrationId: adaptertest.Licence, PlayerId: "p", RoundRef: "r"})
	require.True(t, errs.Is(err, none), "%v", err)
	_, err = x.Provider.ListRounds(t.Context(), &adapterv1.ListRoundsRequest{IntegrationId: adaptertest.Licence, From: timestamppb.Now(), Until: timestamppb.Now()})
	require.True(t, errs.Is(err, none), "%v", err)
	_, err = x.Provider.GrantFreeRounds(t.Context(), &adapterv1.GrantFreeRoundsRequest{
		IntegrationId: adaptertest.Licence, GrantId: "g", PlayerId: "p", GameCodes: []string{"sport"}, Rounds: 1, BetValue: &commonv1.Money{Amount: "1.00", Currency: "EUR"},
		StartsAt: timestamppb.Now(), ExpiresAt: timestamppb.Now(),
	})
	require.True(t, errs.Is(err, none), "%v", err)
	_, err = x.Provider.CancelFreeRounds(t.Context(), &adapterv1.CancelFreeRoundsRequest{IntegrationId: adaptertest.Licence, GrantId: "g", ProviderRef: "g"})
	require.True(t, errs.Is(err, none), "%v", err)
}
