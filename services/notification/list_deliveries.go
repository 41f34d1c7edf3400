package notification

import (
	"context"
	"time"

	notificationv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/notification/v1"
	"github.com/pitboss-gaming/pitboss/kit/page"
	"github.com/pitboss-gaming/pitboss/services/notification/internal/db"
)

// endOfTime is later than every delivery.
var endOfTime = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)

// ListDeliveries answers deliveries, newest first, without the rendered text.
func (s *Server) ListDeliveries(ctx context.Context, q *notificationv1.ListDeliveriesRequest) (*notificationv1.ListDeliveriesResponse, error) {
	list, size := page.Of("deliveries", q), page.Size(q.GetPage())
	p := db.ListDeliveriesParams{BeforeAt: endOfTime, State: int16(q.GetState()), SubjectID: q.GetSubjectId(), PageSize: size + 1}
	position, err := list.Position(q.GetPage())
	if err != nil || position != nil && len(position) != 2 {
		return nil, badPageToken()
	}
	if position != nil {
		if p.BeforeAt, err = time.Parse(time.RFC3339Nano, position[0]); err != nil {
			return nil, badPageToken()
		}
		p.BeforeID = position[1]
	}
	rows, err := s.queries.ListDeliveries(ctx, p)
	if err != nil {
		return nil, err
	}
	res := &notificationv1.ListDeliveriesResponse{}
	rows, res.Page = page.Next(list, size, rows, func(d db.Delivery) []string {
		return []string{d.CreatedAt.UTC().Format(time.RFC3339Nano), d.DeliveryID}
	})
	for _, d := range rows {
		res.Deliveries = append(res.Deliveries, toProto(d))
	}
	return res, nil
}
