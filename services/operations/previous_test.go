package operations_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	operationsv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/operations/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
)

// secrets is what the adapter gets.
func (w world) secrets(t *testing.T) *operationsv1.GetIntegrationSecretsResponse {
	t.Helper()
	r, err := w.as(testkit.Peer("hub88")).GetIntegrationSecrets(t.Context(), &operationsv1.GetIntegrationSecretsRequest{IntegrationId: "games-one"})
	require.NoError(t, err)
	return r
}

func (w world) update(t *testing.T, q *operationsv1.UpdateIntegrationRequest) *operationsv1.Integration {
	t.Helper()
	q.IntegrationId = "games-one"
	r, err := w.as(testkit.Operator("admin")).UpdateIntegration(t.Context(), q)
	require.NoError(t, err)
	return r.GetIntegration()
}

func TestUpdateIntegration_OldAndNewKeysAreValidTogether(t *testing.T) {
	t.Parallel()
	w, ctx := start(t), t.Context()
	made := request()
	made.Settings["provider_key"] = "key-1"
	_, err := w.as(testkit.Operator("admin")).CreateIntegration(ctx, made)
	require.NoError(t, err)
	require.Empty(t, w.secrets(t).GetPrevious())

	now := w.update(t, &operationsv1.UpdateIntegrationRequest{
		Settings: map[string]string{"provider_key": "key-2"}, Secrets: map[string]string{"shared": "s2"}, KeepPreviousSeconds: 3600,
	})
	require.Len(t, now.GetPrevious(), 2)
	require.Equal(t, "provider_key", now.GetPrevious()[0].GetName())
	require.Equal(t, "shared", now.GetPrevious()[1].GetName())
	got := w.secrets(t)
	require.Equal(t, map[string]string{"private_key": "generated-key", "shared": "s2", "shared_previous": "s3cret"}, got.GetSecrets())
	require.Equal(t, map[string]string{"shared": "s3cret", "provider_key": "key-1"}, got.GetPrevious())

	w.update(t, &operationsv1.UpdateIntegrationRequest{Name: "Other", KeepPreviousSeconds: 0})
	require.Len(t, w.secrets(t).GetPrevious(), 2, "a change of something else ends no grace")
	w.update(t, &operationsv1.UpdateIntegrationRequest{Secrets: map[string]string{"shared": "s3"}})
	require.Equal(t, map[string]string{"provider_key": "key-1"}, w.secrets(t).GetPrevious(), "without a grace the old ones end at once")

	w.update(t, &operationsv1.UpdateIntegrationRequest{Secrets: map[string]string{"shared": "s4"}, KeepPreviousSeconds: 3600})
	w.update(t, &operationsv1.UpdateIntegrationRequest{Secrets: map[string]string{"shared": "s4"}, KeepPreviousSeconds: 60})
	require.Equal(t, map[string]string{"provider_key": "key-1", "shared": "s3"}, w.secrets(t).GetPrevious(), "the present value again, with a grace: nothing changes")
	w.update(t, &operationsv1.UpdateIntegrationRequest{Secrets: map[string]string{"shared": "s4"}})
	require.Equal(t, map[string]string{"provider_key": "key-1"}, w.secrets(t).GetPrevious(), "and without one: the former value ends at once")
	require.Equal(t, "s4", w.secrets(t).GetSecrets()["shared"])

	w.Clock.Advance(time.Hour)
	require.Empty(t, w.secrets(t).GetPrevious(), "and at the end of it")
	i, err := w.as(testkit.Operator("admin")).GetIntegration(ctx, &operationsv1.GetIntegrationRequest{IntegrationId: "games-one"})
	require.NoError(t, err)
	require.Empty(t, i.GetIntegration().GetPrevious())
	_, err = w.as(testkit.Operator("admin")).UpdateIntegration(ctx, &operationsv1.UpdateIntegrationRequest{IntegrationId: "games-one", KeepPreviousSeconds: -1})
	require.Equal(t, "VALIDATION", errs.ReasonOf(err))
}

func TestUpdateIntegration_AMoveKeepsNothing(t *testing.T) {
	t.Parallel()
	w := start(t)
	_, err := w.as(testkit.Operator("admin")).CreateIntegration(t.Context(), request())
	require.NoError(t, err)
	w.update(t, &operationsv1.UpdateIntegrationRequest{Secrets: map[string]string{"shared": "s2"}, KeepPreviousSeconds: 3600})
	require.Len(t, w.secrets(t).GetPrevious(), 1)
	var stored string
	require.NoError(t, w.DB.QueryRow(t.Context(), "SELECT encode(previous, 'escape') FROM integration").Scan(&stored))
	require.NotEmpty(t, stored)
	require.NotContains(t, stored, "s3cret")
	w.update(t, &operationsv1.UpdateIntegrationRequest{Settings: map[string]string{"api_base_url": "https://elsewhere.example"}, KeepPreviousSeconds: 3600})
	require.Empty(t, w.secrets(t).GetPrevious())
}

func TestIntegrations_AllowedIPs(t *testing.T) {
	t.Parallel()
	w, ctx := start(t), t.Context()
	admin := w.as(testkit.Operator("admin"))
	for _, bad := range []string{"here", "1.2.3.4/33", "1.2.3", "::ffff:1.2.3.4", "1.2.3.4,x", ",", " , "} {
		q := request()
		q.Settings["allowed_ips"] = bad
		_, err := admin.CreateIntegration(ctx, q)
		require.Equal(t, "INTEGRATION_INVALID", errs.ReasonOf(err), bad)
		require.Equal(t, "allowed_ips", errs.Metadata(err)["field"])
	}
	q := request()
	q.Settings["allowed_ips"] = " 192.0.2.7, 198.51.100.9/24 ,2001:db8::1/32"
	made, err := admin.CreateIntegration(ctx, q)
	require.NoError(t, err)
	require.Equal(t, "192.0.2.7/32, 198.51.100.0/24, 2001:db8::/32", made.GetIntegration().GetSettings()["allowed_ips"])
	require.NotContains(t, w.secrets(t).GetIntegration().GetSettings(), "allowed_ips", "adapters do not know it")
	route, err := w.as(testkit.Peer("gateway")).LookupIntegration(ctx, &operationsv1.LookupIntegrationRequest{IntegrationId: "games-one"})
	require.NoError(t, err)
	require.Equal(t, []string{"192.0.2.7/32", "198.51.100.0/24", "2001:db8::/32"}, route.GetAllowedIps())
	now := w.update(t, &operationsv1.UpdateIntegrationRequest{Settings: map[string]string{"allowed_ips": ""}, KeepPreviousSeconds: 60})
	require.NotContains(t, now.GetSettings(), "allowed_ips")
	require.Empty(t, now.GetPrevious(), "an address that is refused is refused at once")
}

// TestFormerSecretsByName: what is stored as a former value would never run out.
func TestFormerSecretsByName(t *testing.T) {
	t.Parallel()
	w, ctx := start(t), t.Context()
	made := request()
	made.Secrets["shared_previous"] = "of long ago"
	_, err := w.as(testkit.Operator("admin")).CreateIntegration(ctx, made)
	require.Equal(t, "shared_previous", errs.Metadata(err)["field"], err)
	require.True(t, errs.Is(err, operationsv1.ErrorReason_ERROR_REASON_INTEGRATION_INVALID))
	delete(made.Secrets, "shared_previous")
	_, err = w.as(testkit.Operator("admin")).CreateIntegration(ctx, made)
	require.NoError(t, err)
	_, err = w.as(testkit.Operator("admin")).UpdateIntegration(ctx, &operationsv1.UpdateIntegrationRequest{IntegrationId: made.GetIntegrationId(), Secrets: map[string]string{"shared_previous": "of long ago"}})
	require.Equal(t, "shared_previous", errs.Metadata(err)["field"], err)
	w.update(t, &operationsv1.UpdateIntegrationRequest{Secrets: map[string]string{"shared_previous": ""}}) // nothing to take away
	require.Equal(t, map[string]string{"private_key": "generated-key", "shared": "s3cret"}, w.secrets(t).GetSecrets())
}
