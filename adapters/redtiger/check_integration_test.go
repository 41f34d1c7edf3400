package redtiger_test

import (
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
	"github.com/pitboss-gaming/pitboss/kit/testkit"
)

func TestCheckIntegration(t *testing.T) {
	t.Parallel()
	x := open(t, nil)
	secrets := map[string]string{"api_key": "k"}
	r, err := x.Check(nil, secrets)
	require.NoError(t, err, "callbacks need nothing but the key")
	require.Equal(t, map[string]string{"error_status": "400", "has_history": "true"}, r.GetSettings())
	require.Equal(t, secrets, r.GetSecrets(), "given secrets are kept as they are")
	r, err = x.Check(map[string]string{
		"api_base_url": "https://games.example/", "casino_id": "c1", "games": "fish=Fish, laundry", "error_status": "200", "allowed_ips": "192.0.2.1",
	}, map[string]string{"api_key": "new", "api_key_previous": "old", "recon_token": reconToken})
	require.NoError(t, err)
	require.Equal(t, "https://games.example", r.GetSettings()["api_base_url"])
	again, err := x.Check(r.GetSettings(), r.GetSecrets())
	require.NoError(t, err)
	require.Equal(t, r.GetSettings(), again.GetSettings())

	for name, c := range map[string]struct{ field, value string }{
		"relative":     {"api_base_url", "/api"},
		"plain http":   {"api_base_url", "http://games.example"},
		"odd status":   {"error_status", "500"},
		"not a bool":   {"has_history", "yes"},
		"no code":      {"games", "=Fish"},
		"odd casino":   {"casino_id", " c1"},
		"typing error": {"casino", "1"},
	} {
		_, err = x.Check(map[string]string{c.field: c.value}, secrets)
		require.True(t, errs.Is(err, adapterv1.ErrorReason_ERROR_REASON_INTEGRATION_INVALID), "%s: %v", name, err)
		require.Equal(t, c.field, errs.Metadata(err)["field"], name)
	}
	_, err = x.Check(nil, nil)
	require.Equal(t, "api_key", errs.Metadata(err)["field"], "it is agreed with the provider, so it is not made up")
	_, err = x.Check(nil, map[string]string{"api_key": "k", "recon_token": "short"})
	require.Equal(t, "recon_token", errs.Metadata(err)["field"], "it opens every player's results")
	_, err = x.Check(nil, map[string]string{"api_key": "k", "other": "o"})
	require.Equal(t, "other", errs.Metadata(err)["field"])
	_, err = adapterv1.NewAdapterServiceClient(x.As(testkit.Peer("gaming"))).CheckIntegration(t.Context(), &adapterv1.CheckIntegrationRequest{IntegrationId: adaptertest.Licence})
	require.Equal(t, codes.PermissionDenied, status.Code(err))
}

// TestGamesAndLaunch: what is built without the provider, and what the protocol has no word for.
func TestGamesAndLaunch(t *testing.T) {
	t.Parallel()
	x := open(t, nil)
	ctx := t.Context()
	launch := &adapterv1.CreateLaunchUrlRequest{
		IntegrationId: adaptertest.Licence, SessionToken: "token-1234", PlayerId: x.user, GameCode: "fish/1", Currency: "EUR", Country: "DE", Language: "de",
		Mobile: true, LobbyUrl: "https://casino.example/", DepositUrl: "https://casino.example/cashier",
	}
	unsupported := func(err error) {
		t.Helper()
		require.True(t, errs.Is(err, adapterv1.ErrorReason_ERROR_REASON_NOT_SUPPORTED), "%v", err)
	}
	_, err := x.Provider.CreateLaunchUrl(ctx, launch)
	require.Equal(t, "api_base_url", errs.Metadata(err)["field"])
	_, err = x.catalog().ListGames(ctx, &adapterv1.ListGamesRequest{IntegrationId: adaptertest.Licence})
	unsupported(err)
	_, err = x.Provider.GetRoundUrl(ctx, &adapterv1.GetRoundUrlRequest{IntegrationId: adaptertest.Licence, PlayerId: x.user, RoundRef: "r"})
	unsupported(err)
	_, err = x.Provider.GetRoundStatus(ctx, &adapterv1.GetRoundStatusRequest{IntegrationId: adaptertest.Licence, PlayerId: x.user, RoundRef: "r"})
	unsupported(err)
	now := time.Now()
	_, err = x.Provider.ListRounds(ctx, &adapterv1.ListRoundsRequest{IntegrationId: adaptertest.Licence, From: timestamppb.New(now.Add(-time.Hour)), Until: timestamppb.New(now)})
	unsupported(err)
	_, err = x.Provider.GrantFreeRounds(ctx, &adapterv1.GrantFreeRoundsRequest{
		IntegrationId: adaptertest.Licence, GrantId: "g", PlayerId: x.user, GameCodes: []string{"fish"}, Rounds: 1,
		BetValue: &commonv1.Money{Amount: "1.00", Currency: "EUR"}, StartsAt: timestamppb.New(now), ExpiresAt: timestamppb.New(now.Add(time.Hour)),
	})
	unsupported(err)
	_, err = x.Provider.CancelFreeRounds(ctx, &adapterv1.CancelFreeRoundsRequest{IntegrationId: adaptertest.Licence, GrantId: "g", ProviderRef: "g"})
	unsupported(err)

	x.Configure(map[string]string{"api_base_url": "https://games.example/v3", "casino_id": "c1", "games": "fish=Fish, laundry", "affiliate": "a1"}, map[string]string{"api_key": apiKey})
	require.Eventually(t, func() bool {
		list, err := x.catalog().ListGames(ctx, &adapterv1.ListGamesRequest{IntegrationId: adaptertest.Licence})
		return err == nil && len(list.GetGames()) == 2 && list.GetGames()[0].GetName() == "Fish" && list.GetGames()[1].GetCode() == "laundry"
	}, 5*time.Second, 5*time.Millisecond)
	r, err := x.Provider.CreateLaunchUrl(ctx, launch)
	require.NoError(t, err)
	require.Equal(t, "https://games.example/v3/fish%2F1?affiliate=a1&casino=c1&channel=M&currency=EUR&depositUrl=https%3A%2F%2Fcasino.example%2Fcashier&hasHistory=true"+
		"&lobbyUrl=https%3A%2F%2Fcasino.example%2F&playMode=real&token=token-1234&userId="+x.user, r.GetUrl())
	launch.IntegrationId = "nobody"
	_, err = x.Provider.CreateLaunchUrl(ctx, launch)
	require.True(t, errs.Is(err, adapterv1.ErrorReason_ERROR_REASON_INTEGRATION_NOT_FOUND))
}
