package gaming_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	commonv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
	operationsv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/operations/v1"
)

// ListIntegrations answers one integration a page: the second one is off.
func (o *outside) ListIntegrations(_ context.Context, r *operationsv1.ListIntegrationsRequest) (*operationsv1.ListIntegrationsResponse, error) {
	next := map[string]string{"": "second", "second": "third", "third": ""}
	at := r.GetPage().GetToken()
	id := map[string]string{"": "first"}[at]
	if id == "" {
		id = at
	}
	return &operationsv1.ListIntegrationsResponse{
		Integrations: []*operationsv1.Integration{{IntegrationId: id, Enabled: id != "second"}}, Page: &commonv1.PageResponse{NextToken: next[at]},
	}, nil
}

// Every integration that is on is reconciled each day, on whichever page of the list it stands.
func TestReconciliation_ScheduledForAll(t *testing.T) {
	t.Parallel()
	c := open(t, "PITBOSS_GAMING_RECONCILE_DAILY", "true")
	var ids []string
	require.Eventually(t, func() bool {
		err := c.DB.QueryRow(t.Context(), "SELECT array_agg(integration_id ORDER BY integration_id) FROM reconciliation WHERE started_by = 'schedule'").Scan(&ids)
		return err == nil && len(ids) == 2
	}, 20*time.Second, 20*time.Millisecond)
	require.Equal(t, []string{"first", "third"}, ids)
}
