package evolution_test

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
	secrets := map[string]string{"auth_token": "short"}
	r, err := x.Check(nil, secrets)
	require.NoError(t, err, "callbacks need nothing but the token")
	require.Equal(t, map[string]string{"unlisted_tables": "refuse", "test_environment": "false", "rotate_sid": "false", "auth_failure_status": "401", "credit_closes_round": "false"}, r.GetSettings())
	require.Equal(t, secrets, r.GetSecrets(), "given secrets are kept as they are")
	again, err := x.Check(r.GetSettings(), r.GetSecrets())
	require.NoError(t, err)
	require.Equal(t, r.GetSettings(), again.GetSettings())
	r, err = x.Check(map[string]string{
		"api_base_url": "https://evo.example/", "casino_key": "c", "tables": "a=A,b=B", "test_environment": "true", "rotate_sid": "true", "allowed_ips": "192.0.2.0/24",
	}, map[string]string{"auth_token": "new", "auth_token_previous": "old", "api_token": "t"})
	require.NoError(t, err)
	require.Equal(t, "https://evo.example", r.GetSettings()["api_base_url"])

	for name, c := range map[string]struct{ field, value string }{
		"relative":       {"api_base_url", "/api"},
		"plain http":     {"api_base_url", "http://evo.example"},
		"password in it": {"api_base_url", "https://me:secret@evo.example"},
		"not a bool":     {"test_environment", "yes"},
		"not a bool 2":   {"rotate_sid", "1"},
		"not a bool 3":   {"credit_closes_round", "TRUE"},
		"odd status":     {"auth_failure_status", "403"},
		"odd tables":     {"unlisted_tables", "allow"},
		"table twice":    {"tables", "a=A, a=B"},
		"table lobby":    {"tables", "lobby=A"},
		"no id":          {"tables", "=A"},
		"odd key":        {"casino_key", "a\nb"},
		"typing error":   {"casinokey", "1"},
	} {
		_, err = x.Check(map[string]string{c.field: c.value}, secrets)
		require.True(t, errs.Is(err, adapterv1.ErrorReason_ERROR_REASON_INTEGRATION_INVALID), "%s: %v", name, err)
		require.Equal(t, c.field, errs.Metadata(err)["field"], name)
	}
	_, err = x.Check(nil, nil)
	require.Equal(t, "auth_token", errs.Metadata(err)["field"], "it is agreed with the provider, so it is not made up")
	_, err = x.Check(nil, map[string]string{"auth_token": "a", "other": "b"})
	require.Equal(t, "other", errs.Metadata(err)["field"])
	_, err = adapterv1.NewAdapterServiceClient(x.As(testkit.Peer("gaming"))).CheckIntegration(t.Context(), &adapterv1.CheckIntegrationRequest{IntegrationId: adaptertest.Licence})
	require.Equal(t, codes.PermissionDenied, status.Code(err))
}

func listRounds() *adapterv1.ListRoundsRequest {
	now := time.Now()
	return &adapterv1.ListRoundsRequest{IntegrationId: adaptertest.Licence, From: timestamppb.New(now.Add(-time.Hour)), Until: timestamppb.New(now)}
}

func grant(player string) *adapterv1.GrantFreeRoundsRequest {
	now := time.Now()
	return &adapterv1.GrantFreeRoundsRequest{
		IntegrationId: adaptertest.Licence, GrantId: "g", PlayerId: player, GameCodes: []string{"lobby"}, Rounds: 1,
		BetValue: &commonv1.Money{Amount: "1.00", Currency: "EUR"}, StartsAt: timestamppb.New(now), ExpiresAt: timestamppb.New(now.Add(time.Hour)),
	}
}
