package pam_test

import (
	"strings"
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
	x := open(t)
	secrets := map[string]string{"api_token": "k"}
	r, err := x.Check(nil, secrets)
	require.NoError(t, err)
	require.Equal(t, map[string]string{"require_api_token": "true"}, r.GetSettings())
	require.Equal(t, secrets, r.GetSecrets())
	_, err = x.Check(map[string]string{
		"require_api_token": "false", "launch_url_template": "https://a.example/{provider}/{game}?token={token}&x=1", "games": "One/slot=Slot", "allowed_ips": "192.0.2.1",
	}, map[string]string{"recon_token": strings.Repeat("r", 16), "recon_token_redtiger": strings.Repeat("s", 16), "recon_token_redtiger_previous": strings.Repeat("t", 16)})
	require.NoError(t, err)

	for name, c := range map[string]struct{ field, value string }{
		"flag": {"require_api_token", "maybe"}, "http": {"launch_url_template", "http://a.example/{game}"}, "relative": {"launch_url_template", "/{game}"},
		"placeholder": {"launch_url_template", "https://a.example/{secret}"}, "open brace": {"launch_url_template", "https://a.example/{game"},
		"password": {"launch_url_template", "https://me:secret@a.example/{game}"}, "host": {"launch_url_template", "https://{game}:x/"},
		"games": {"games", "=Slot"}, "two providers' games of one code": {"games", "One/slot=A, Two/slot=B"}, "typing error": {"game", "slot"},
	} {
		_, err = x.Check(map[string]string{c.field: c.value}, secrets)
		require.True(t, errs.Is(err, adapterv1.ErrorReason_ERROR_REASON_INTEGRATION_INVALID), "%s: %v", name, err)
		require.Equal(t, c.field, errs.Metadata(err)["field"], name)
	}
	for field, set := range map[string]map[string]string{
		"api_token": nil, "recon_token": {"api_token": "k", "recon_token": "short"}, "password": {"api_token": "k", "password": "x"},
		"recon_token_one": {"api_token": "k", "recon_token_one": "short"},
	} {
		_, err = x.Check(nil, set)
		require.Equal(t, field, errs.Metadata(err)["field"])
	}
	_, err = adapterv1.NewAdapterServiceClient(x.As(testkit.Peer("gaming"))).CheckIntegration(t.Context(), &adapterv1.CheckIntegrationRequest{IntegrationId: adaptertest.Licence})
	require.Equal(t, codes.PermissionDenied, status.Code(err))
}

func TestGamesAndLaunch(t *testing.T) {
	t.Parallel()
	x := open(t)
	catalog := adapterv1.NewGameProviderServiceClient(x.As(testkit.Peer("catalog")))
	launch := &adapterv1.CreateLaunchUrlRequest{
		IntegrationId: adaptertest.Licence, SessionToken: "token-token", PlayerId: x.Player, GameCode: "slot", Currency: "EUR", Country: "DE", Language: "de",
		Mobile: true, LobbyUrl: "https://casino.example/?a=b c&d",
	}
	_, err := x.Provider.CreateLaunchUrl(t.Context(), launch)
	require.True(t, errs.Is(err, adapterv1.ErrorReason_ERROR_REASON_INTEGRATION_INVALID), "%v", err)
	_, err = catalog.ListGames(t.Context(), &adapterv1.ListGamesRequest{IntegrationId: adaptertest.Licence})
	require.True(t, errs.Is(err, adapterv1.ErrorReason_ERROR_REASON_NOT_SUPPORTED), "%v", err)

	x.Configure(map[string]string{
		"launch_url_template": "https://games.example/{provider}/{game}?token={token}&p={player}&c={currency}&co={country}&l={language}&m={mobile}&lobby={lobby_url}&d={deposit_url}",
		"games":               "Red Tiger/slot=Slot, One/other, plain=Plain",
	}, map[string]string{"api_token": apiToken})
	x.Clock.Advance(time.Second)
	page, err := x.Provider.CreateLaunchUrl(t.Context(), launch)
	require.NoError(t, err)
	require.Equal(t, "https://games.example/Red%20Tiger/slot?token=token-token&p="+x.Player+"&c=EUR&co=DE&l=de&m=true&lobby=https%3A%2F%2Fcasino.example%2F%3Fa%3Db%20c%26d&d=", page.GetUrl())
	list, err := catalog.ListGames(t.Context(), &adapterv1.ListGamesRequest{IntegrationId: adaptertest.Licence})
	require.NoError(t, err)
	var lines []string
	for _, g := range list.GetGames() {
		lines = append(lines, g.GetStudio()+"|"+g.GetCode()+"|"+g.GetName())
	}
	require.Equal(t, []string{"Red Tiger|slot|Slot", "One|other|other", "|plain|Plain"}, lines)

	in := adaptertest.Licence
	for name, call := range map[string]func() error{
		"page": func() error {
			_, err := x.Provider.GetRoundUrl(t.Context(), &adapterv1.GetRoundUrlRequest{IntegrationId: in, PlayerId: x.Player, RoundRef: "r"})
			return err
		},
		"status": func() error {
			_, err := x.Provider.GetRoundStatus(t.Context(), &adapterv1.GetRoundStatusRequest{IntegrationId: in, PlayerId: x.Player, RoundRef: "r"})
			return err
		},
		"list": func() error {
			_, err := x.Provider.ListRounds(t.Context(), &adapterv1.ListRoundsRequest{IntegrationId: in, From: timestamppb.Now(), Until: timestamppb.Now()})
			return err
		},
		"grant": func() error {
			_, err := x.Provider.GrantFreeRounds(t.Context(), &adapterv1.GrantFreeRoundsRequest{
				IntegrationId: in, GrantId: "g", PlayerId: x.Player, GameCodes: []string{"slot"}, Rounds: 1, BetValue: &commonv1.Money{Amount: "1.00", Currency: "EUR"},
				StartsAt: timestamppb.Now(), ExpiresAt: timestamppb.Now(),
			})
			return err
		},
		"cancel": func() error {
			_, err := x.Provider.CancelFreeRounds(t.Context(), &adapterv1.CancelFreeRoundsRequest{IntegrationId: in, GrantId: "g", ProviderRef: "g"})
			return err
		},
	} {
		err := call()
		require.True(t, errs.Is(err, adapterv1.ErrorReason_ERROR_REASON_NOT_SUPPORTED), "%s: %v", name, err)
	}
	x.Enable(false)
	x.Clock.Advance(time.Second)
	_, err = x.Provider.CreateLaunchUrl(t.Context(), launch)
	require.True(t, errs.Is(err, adapterv1.ErrorReason_ERROR_REASON_INTEGRATION_DISABLED), "%v", err)
}
