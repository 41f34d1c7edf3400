package transfer_test

import (
	"maps"
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
	good := map[string]string{"api_base_url": "https://studio.example/v1/", "operator_id": "c", "allowed_ips": "192.0.2.0/24"}
	secrets := map[string]string{"signing_secret": secret}
	r, err := x.Check(good, secrets)
	require.NoError(t, err)
	require.Equal(t, "https://studio.example/v1", r.GetSettings()["api_base_url"])
	for field, value := range map[string]string{"api_base_url": "http://studio.example", "operator_id": "", "other": "x"} {
		settings := maps.Clone(good)
		settings[field] = value
		_, err = x.Check(settings, secrets)
		require.True(t, errs.Is(err, adapterv1.ErrorReason_ERROR_REASON_INTEGRATION_INVALID), "%s: %v", field, err)
		require.Equal(t, field, errs.Metadata(err)["field"])
	}
	for field, secrets := range map[string]map[string]string{"signing_secret": {"signing_secret": "short"}, "password": {"signing_secret": secret, "password": "x"}} {
		_, err = x.Check(good, secrets)
		require.Equal(t, field, errs.Metadata(err)["field"])
	}
	_, err = x.Check(nil, secrets)
	require.Equal(t, "operator_id", errs.Metadata(err)["field"])
	_, err = adapterv1.NewAdapterServiceClient(x.As(testkit.Peer("gaming"))).CheckIntegration(t.Context(), &adapterv1.CheckIntegrationRequest{IntegrationId: "x", Secrets: secrets})
	require.Equal(t, codes.PermissionDenied, status.Code(err))
}
