package operations

import (
	"context"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	operationsv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/operations/v1"
	"github.com/pitboss-gaming/pitboss/services/operations/internal/db"
)

const (
	// healthWindow is what an integration's health is about.
	healthWindow = 5 * time.Minute
	// healthKept is how long measurements are kept.
	healthKept = 15 * time.Minute
)

// sumHealth makes one picture of many reports, which are in the order of their time.
func sumHealth(rows []db.IntegrationHealth, now time.Time) *operationsv1.IntegrationHealth {
	h := &operationsv1.IntegrationHealth{}
	var latency []int64
	var last, failed, refused time.Time
	for _, r := range rows {
		if r.LastCallbackAt.After(last) {
			last = r.LastCallbackAt
			h.LastCallbackAt = timestamppb.New(last)
		}
		if r.LastErrorAt != nil && r.LastErrorAt.After(failed) {
			failed = *r.LastErrorAt
			h.LastErrorAt, h.LastError = timestamppb.New(failed), r.LastError
		}
		if r.LastRefusalAt != nil && r.LastRefusalAt.After(refused) {
			refused = *r.LastRefusalAt
			h.LastRefusalAt, h.LastRefusal = timestamppb.New(refused), r.LastRefusal
		}
		if r.ReportedAt.Before(now.Add(-healthWindow)) {
			continue
		}
		h.Callbacks += r.Callbacks
		h.Failures += r.Failures
		h.Refusals += r.Refusals
		for i, n := range r.LatencyBuckets {
			if i >= len(latency) {
				latency = append(latency, 0)
			}
			latency[i] += n
		}
	}
	if h.GetCallbacks() > 0 {
		h.FailureRateBps = int32(min(h.GetFailures(), h.GetCallbacks()) * 10_000 / h.GetCallbacks())
	}
	h.P50Ms, h.P99Ms = quantileMs(latency, 50), quantileMs(latency, 99)
	return h
}

// quantileMs is the upper bound of the bucket in which the answer of the percent rank is, in whole milliseconds; bucket i ends at 2^i quarters.
func quantileMs(buckets []int64, percent int64) int32 {
	var all, seen int64
	for _, n := range buckets {
		all += n
	}
	if all == 0 {
		return 0
	}
	for i, n := range buckets {
		if seen += n; seen*100 >= all*percent {
			return int32((int64(1)<<min(i, 32) + 3) / 4)
		}
	}
	return 0 // the last bucket has reached all of them
}

// addHealth completes integrations with how their callbacks went.
func (s *Server) addHealth(ctx context.Context, integrations ...*operationsv1.Integration) error {
	ids := make([]string, len(integrations))
	for i, x := range integrations {
		ids[i] = x.GetIntegrationId()
	}
	rows, err := s.queries.ListHealth(ctx, ids)
	if err != nil {
		return err
	}
	by := map[string][]db.IntegrationHealth{}
	for _, row := range rows {
		by[row.IntegrationID] = append(by[row.IntegrationID], row)
	}
	for _, x := range integrations {
		x.Health = sumHealth(by[x.GetIntegrationId()], s.clock())
	}
	return nil
}
