package operations_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	operationsv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/operations/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
)

// damage changes a row as only a hand in the database can.
func (w world) damage(t *testing.T, set string) {
	t.Helper()
	_, err := w.DB.Exec(t.Context(), "UPDATE integration SET "+set+" WHERE integration_id = 'games-one'")
	require.NoError(t, err)
}

// seen answers the integrations as an operator lists them, and the damaged one among them.
func (w world) seen(t *testing.T) (all []*operationsv1.Integration, one *operationsv1.Integration) {
	t.Helper()
	admin := w.as(testkit.Operator("admin"))
	list, err := admin.ListIntegrations(t.Context(), &operationsv1.ListIntegrationsRequest{})
	require.NoError(t, err)
	got, err := admin.GetIntegration(t.Context(), &operationsv1.GetIntegrationRequest{IntegrationId: "games-one"})
	require.NoError(t, err)
	for _, i := range list.GetIntegrations() {
		if i.GetIntegrationId() == "games-one" {
			require.Equal(t, got.GetIntegration().GetUnreadable(), i.GetUnreadable())
		} else {
			require.Empty(t, i.GetUnreadable())
		}
	}
	return list.GetIntegrations(), got.GetIntegration()
}

// TestUnreadable_HidesNobodyAndCanBeRepaired: an integration that cannot be read whole is listed with what is lost, can be switched, is kept from its adapter, and is repaired
// by naming what is lost.
func TestUnreadable_HidesNobodyAndCanBeRepaired(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		set          string
		lost         []string
		field        string // that an update must name
		repair       *operationsv1.UpdateIntegrationRequest
		settings     map[string]string // afterwards
		secrets      map[string]string
		adapterWorks bool
		routed       bool
	}{
		"one setting": {
			`settings = settings || '{"operator_id": 7}'`, []string{"settings.operator_id"}, "operator_id",
			&operationsv1.UpdateIntegrationRequest{Settings: map[string]string{"operator_id": "8"}},
			map[string]string{"api_base_url": "https://studio.example", "allowed_ips": "192.0.2.0/24", "operator_id": "8"}, map[string]string{"private_key": "generated-key", "shared": "s3cret"}, false, true,
		},
		"who may call": {
			`settings = settings || '{"allowed_ips": null}'`, []string{"settings.allowed_ips"}, "allowed_ips",
			&operationsv1.UpdateIntegrationRequest{Settings: map[string]string{"allowed_ips": ""}},
			map[string]string{"api_base_url": "https://studio.example"}, map[string]string{"private_key": "generated-key", "shared": "s3cret"}, false, false,
		},
		"all settings": {
			`settings = '[]'`, []string{"settings"}, "allowed_ips",
			&operationsv1.UpdateIntegrationRequest{Settings: map[string]string{"allowed_ips": "192.0.2.7", "api_base_url": "https://studio.example"}, Secrets: map[string]string{"shared": "again"}},
			map[string]string{"api_base_url": "https://studio.example", "allowed_ips": "192.0.2.7/32"}, map[string]string{"private_key": "generated-key", "shared": "again"}, false, false,
		},
		"secrets": {
			`secrets = '\x00'`, []string{"secrets"}, "private_key",
			&operationsv1.UpdateIntegrationRequest{Secrets: map[string]string{"private_key": "mine", "shared": ""}},
			map[string]string{"api_base_url": "https://studio.example", "allowed_ips": "192.0.2.0/24"}, map[string]string{"private_key": "mine"}, false, true,
		},
		"former values": {
			`previous = '\x00'`, []string{"previous"}, "",
			&operationsv1.UpdateIntegrationRequest{Name: "Repaired"},
			map[string]string{"api_base_url": "https://studio.example", "allowed_ips": "192.0.2.0/24"}, map[string]string{"private_key": "generated-key", "shared": "s3cret"}, true, true,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, ctx := start(t), t.Context()
			admin := w.as(testkit.Operator("admin"))
			for _, id := range []string{"games-one", "games-two"} {
				q := request()
				q.IntegrationId, q.Settings["allowed_ips"] = id, "192.0.2.0/24"
				_, err := admin.CreateIntegration(ctx, q)
				require.NoError(t, err)
			}
			w.damage(t, c.set)
			all, one := w.seen(t)
			require.Len(t, all, 2)
			require.Equal(t, c.lost, one.GetUnreadable())
			_, err := w.as(testkit.Peer("hub88")).GetIntegrationSecrets(ctx, &operationsv1.GetIntegrationSecretsRequest{IntegrationId: "games-one"})
			require.Equal(t, c.adapterWorks, err == nil, "%v", err)
			_, err = w.as(testkit.Peer("gateway")).LookupIntegration(ctx, &operationsv1.LookupIntegrationRequest{IntegrationId: "games-one"})
			require.Equal(t, c.routed, err == nil, "%v", err)
			off, err := admin.SetIntegrationEnabled(ctx, &operationsv1.SetIntegrationEnabledRequest{IntegrationId: "games-one", Enabled: new(false), Reason: "broken"})
			require.NoError(t, err)
			require.Equal(t, c.lost, off.GetIntegration().GetUnreadable())
			if c.field != "" {
				_, err = admin.UpdateIntegration(ctx, &operationsv1.UpdateIntegrationRequest{IntegrationId: "games-one", Name: "Repaired"})
				require.Equal(t, "INTEGRATION_INVALID", errs.ReasonOf(err), "nothing is replaced or left out unseen")
				require.Equal(t, c.field, errs.Metadata(err)["field"])
			}
			require.Empty(t, w.update(t, c.repair).GetUnreadable())
			_, one = w.seen(t)
			require.Equal(t, c.settings, one.GetSettings())
			require.Equal(t, c.secrets, w.secrets(t).GetSecrets())
		})
	}
}
