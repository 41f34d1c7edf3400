package a8r_test

import (
	"maps"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
)

func TestCheckIntegration(t *testing.T) {
	t.Parallel()
	x := open(t, nil)
	secrets := map[string]string{"auth_token": authToken}

	first, err := x.Check(nil, secrets)
	require.NoError(t, err)
	require.Equal(t, map[string]string{"duplicate_status": "400"}, first.GetSettings(), "callbacks alone need no setting")
	require.Equal(t, secrets, first.GetSecrets(), "as given")

	good := map[string]string{"api_base_url": "https://a8r.example/", "casino_id": "c", "allowed_ips": "192.0.2.0/24"}
	for field, value := range map[string]string{
		"api_base_url": "http://a8r.example", "casino_id": "", "jurisdiction": strings.Repeat("x", 256), "duplicate_status": "418", "other": "x",
	} {
		settings := maps.Clone(good)
		settings[field] = value
		_, err = x.Check(settings, secrets)
		require.True(t, errs.Is(err, adapterv1.ErrorReason_ERROR_REASON_INTEGRATION_INVALID), "%s: %v", field, err)
		require.Equal(t, field, errs.Metadata(err)["field"])
	}
	for field, secrets := range map[string]map[string]string{"auth_token": {"auth_token": "short"}, "password": {"auth_token": authToken, "password": "x"}} {
		_, err = x.Check(good, secrets)
		require.True(t, errs.Is(err, adapterv1.ErrorReason_ERROR_REASON_INTEGRATION_INVALID), "%s: %v", field, err)
		require.Equal(t, field, errs.Metadata(err)["field"])
	}
	_, err = adapterv1.NewAdapterServiceClient(x.As(testkit.Peer("gaming"))).CheckIntegration(t.Context(), &adapterv1.CheckIntegrationRequest{IntegrationId: "x", Secrets: secrets})
	require.Equal(t, codes.PermissionDenied, status.Code(err))
	_, err = adapterv1.NewAdapterServiceClient(x.As(testkit.Peer("gaming"))).HandleCallback(t.Context(), &adapterv1.HandleCallbackRequest{IntegrationId: "x"})
	require.Equal(t, codes.PermissionDenied, status.Code(err), "only the gateway hands callbacks on")
}
