package cashier

import (
	"context"
	"math"
	"strconv"

	"google.golang.org/protobuf/types/known/timestamppb"

	cashierv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/cashier/v1"
	"github.com/pitboss-gaming/pitboss/services/cashier/internal/db"
)

// ListProviderEvents answers stored webhooks, newest first, without their bodies.
func (s *Server) ListProviderEvents(ctx context.Context, req *cashierv1.ListProviderEventsRequest) (*cashierv1.ListProviderEventsResponse, error) {
	l := listOf("provider events", req.GetPaymentId(), req.GetIntegrationId(), req.GetState())
	from, size, err := l.position(req.GetPage(), strconv.FormatInt(math.MaxInt64, 10))
	if err != nil {
		return nil, err
	}
	before, err := strconv.ParseInt(from, 10, 64)
	if err != nil {
		return nil, errBadPageToken()
	}
	rows, err := s.q.ListEvents(ctx, db.ListEventsParams{
		Before: before, PaymentID: req.GetPaymentId(), IntegrationID: req.GetIntegrationId(), State: req.GetState(), MaxRows: size + 1,
	})
	if err != nil {
		return nil, err
	}
	rows, next := page(l, rows, size, func(e db.ListEventsRow) string { return strconv.FormatInt(e.Number, 10) })
	out := &cashierv1.ListProviderEventsResponse{Page: next}
	for _, e := range rows {
		shown := &cashierv1.ProviderEvent{
			IntegrationId: e.IntegrationID, EventId: e.EventID, Type: e.Type, PaymentId: e.PaymentID, State: e.State, Detail: e.Detail,
			Deliveries: e.Deliveries, ReceivedAt: timestamppb.New(e.ReceivedAt),
		}
		if e.AppliedAt != nil {
			shown.AppliedAt = timestamppb.New(*e.AppliedAt)
		}
		out.Events = append(out.Events, shown)
	}
	return out, nil
}
