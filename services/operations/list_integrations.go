package operations

import (
	"context"

	operationsv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/operations/v1"
	"github.com/pitboss-gaming/pitboss/kit/authn"
	"github.com/pitboss-gaming/pitboss/kit/page"
	"github.com/pitboss-gaming/pitboss/services/operations/internal/db"
)

// ListIntegrations answers integrations without their secrets, ordered by id. One that cannot be read whole says so and hides none of the others.
func (s *Server) ListIntegrations(ctx context.Context, q *operationsv1.ListIntegrationsRequest) (*operationsv1.ListIntegrationsResponse, error) {
	list, size, after := page.Of("integrations", q), page.Size(q.GetPage()), ""
	position, err := list.Position(q.GetPage())
	if err != nil {
		return nil, badPageToken()
	}
	if position != nil {
		after = position[0]
	}
	rows, err := s.queries.ListIntegrations(ctx, db.ListIntegrationsParams{AfterID: after, Kind: int16(q.GetKind()), PageSize: size + 1})
	if err != nil {
		return nil, err
	}
	res := &operationsv1.ListIntegrationsResponse{}
	rows, res.Page = page.Next(list, size, rows, func(r db.Integration) []string { return []string{r.IntegrationID} })
	for _, row := range rows {
		res.Integrations = append(res.Integrations, s.toProto(row))
	}
	if authn.From(ctx).Kind == authn.KindOperator {
		err = s.addHealth(ctx, res.GetIntegrations()...)
	}
	return res, err
}
