package pragmatic_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	"github.com/pitboss-gaming/pitboss/internal/adaptertest"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
)

func TestCheckIntegration(t *testing.T) {
	t.Parallel()
	x := open(t)
	secrets := map[string]string{"secret_key": "k"}

	t.Run("a secret key is enough; a second check changes nothing", func(t *testing.T) {
		r, err := x.Check(nil, secrets)
		require.NoError(t, err)
		require.Equal(t, map[string]string{"free_rounds_pay": "result"}, r.GetSettings())
		require.Equal(t, secrets, r.GetSecrets())
		again, err := x.Check(r.GetSettings(), r.GetSecrets())
		require.NoError(t, err)
		require.Equal(t, r.GetSettings(), again.GetSettings())
	})

	t.Run("everything", func(t *testing.T) {
		r, err := x.Check(map[string]string{
			"api_base_url": "https://api.example/", "secure_login": "me", "provider_id": "p", "free_rounds_pay": "bonus_win", "stylename": "s", "feed_login": "f",
			"allowed_ips": "192.0.2.1",
		}, map[string]string{"secret_key": "k", "secret_key_previous": "j", "feed_password": "p"})
		require.NoError(t, err)
		require.Equal(t, "https://api.example", r.GetSettings()["api_base_url"])
	})

	t.Run("names the field that is wrong", func(t *testing.T) {
		for field, set := range map[string]map[string]string{
			"free_rounds_pay": {"free_rounds_pay": "both"},
			"api_base_url":    {"api_base_url": "http://api.example", "secure_login": "me"},
			"secure_login":    {"api_base_url": "https://api.example"},
			"stylename":       {"stylename": "a\nb"},
			"freerounds":      {"freerounds": "result"},
		} {
			_, err := x.Check(set, secrets)
			require.True(t, errs.Is(err, adapterv1.ErrorReason_ERROR_REASON_INTEGRATION_INVALID), "%s: %v", field, err)
			require.Equal(t, field, errs.Metadata(err)["field"])
		}
		for field, set := range map[string]map[string]string{"secret_key": nil, "password": {"secret_key": "k", "password": "x"}} {
			_, err := x.Check(nil, set)
			require.Equal(t, field, errs.Metadata(err)["field"])
		}
	})

	t.Run("not for others", func(t *testing.T) {
		_, err := adapterv1.NewAdapterServiceClient(x.As(testkit.Peer("gaming"))).CheckIntegration(t.Context(), &adapterv1.CheckIntegrationRequest{IntegrationId: adaptertest.Licence})
		require.Equal(t, codes.PermissionDenied, status.Code(err))
	})
}
