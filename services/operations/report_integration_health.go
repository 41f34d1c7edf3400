package operations

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/types/known/timestamppb"

	operationsv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/operations/v1"
	"github.com/pitboss-gaming/pitboss/kit/pg"
	"github.com/pitboss-gaming/pitboss/services/operations/internal/db"
)

// ReportIntegrationHealth adds a gateway's measurements, once however often they come, and deletes those that nobody asks for any more.
func (s *Server) ReportIntegrationHealth(ctx context.Context, q *operationsv1.ReportIntegrationHealthRequest) (*operationsv1.ReportIntegrationHealthResponse, error) {
	err := pg.InTx(ctx, s.pool, func(tx pgx.Tx) error {
		queries, now := db.New(tx), s.clock()
		measured := now.Add(-time.Duration(q.GetAgeMs()) * time.Millisecond)
		for _, r := range q.GetReports() {
			row := db.InsertHealthParams{
				IntegrationID: r.GetIntegrationId(), ReportID: q.GetReportId(), ReportedAt: measured, Callbacks: r.GetCallbacks(), Failures: r.GetFailures(), Refusals: r.GetRefusals(),
				LatencyBuckets: append([]int64{}, r.GetLatencyBuckets()...), LastCallbackAt: notLater(r.GetLastCallbackAt().AsTime(), now), LastError: r.GetLastError(),
				LastErrorAt: reportedAt(r.GetLastErrorAt(), now), LastRefusalAt: reportedAt(r.GetLastRefusalAt(), now), LastRefusal: r.GetLastRefusal(),
			}
			if err := queries.InsertHealth(ctx, row); err != nil {
				return err
			}
			if err := queries.PruneHealth(ctx, db.PruneHealthParams{IntegrationID: r.GetIntegrationId(), Before: now.Add(-healthKept)}); err != nil {
				return err
			}
		}
		return nil
	})
	return &operationsv1.ReportIntegrationHealthResponse{}, err
}

// reportedAt is a time that need not be told.
func reportedAt(t *timestamppb.Timestamp, now time.Time) *time.Time {
	if t == nil {
		return nil
	}
	return new(notLater(t.AsTime(), now))
}

// notLater is a reported time by a clock that may be ahead of ours.
func notLater(t, now time.Time) time.Time {
	if t.After(now) {
		return now
	}
	return t
}
