package gaming_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	commonv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
	operationsv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/operations/v1"
)

// ListIntegrations answers one integration a page: the second one is off.
func (o *outside) ListIntegrations(_ context.Context, r *operationsv1.ListIntegrationsRequest) (*operationsv1.ListIntegrationsResponse, error) {
	next := map[string]string{"": "second", "second": integration, integration: ""}
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
	require.ElementsMatch(t, []string{"first", integration}, ids)
}

// A run of the schedule that failed is started again an hour later, until it has told something; then never again.
func TestReconciliation_FailedIsRepeated(t *testing.T) {
	t.Parallel()
	c := open(t, "PITBOSS_GAMING_RECONCILE_DAILY", "true")
	away := func(err error) {
		c.out.books.mu.Lock()
		defer c.out.books.mu.Unlock()
		c.out.books.err = err
	}
	var day time.Time // the end of the first day that failed
	runs := func() (failed, done, going int) {
		require.NoError(t, c.DB.QueryRow(t.Context(), `SELECT count(*) FILTER (WHERE state = 3), count(*) FILTER (WHERE state = 2), count(*) FILTER (WHERE state = 1)
			FROM reconciliation WHERE integration_id = $1 AND until_at = $2`, integration, day).Scan(&failed, &done, &going))
		return failed, done, going
	}
	ended := func(wantFailed, wantDone int, what string) {
		t.Helper()
		eventually(t, what, func() bool {
			failed, done, going := runs()
			return failed == wantFailed && done == wantDone && going == 0
		})
	}
	away(status.Error(codes.Unavailable, "away"))
	c.Clock.Advance(24 * time.Hour) // to a day without any run yet
	var problem string
	eventually(t, "the day's run has failed", func() bool {
		return c.DB.QueryRow(t.Context(), `SELECT until_at, problem FROM reconciliation WHERE integration_id = $1 AND state = 3 AND until_at = $2`,
			integration, c.Clock.Now().UTC().Truncate(24*time.Hour)).Scan(&day, &problem) == nil
	})
	require.Equal(t, "UNAVAILABLE", problem)
	c.Clock.Advance(61 * time.Minute)
	ended(2, 0, "it is tried again an hour later")
	c.Clock.Advance(61 * time.Minute)
	away(nil)
	c.Clock.Advance(61 * time.Minute)
	ended(2, 1, "and two hours after that it tells something")
	c.Clock.Advance(12 * time.Hour)
	ended(2, 1, "which is enough")
}
