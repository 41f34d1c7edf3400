package gaming

import (
	"context"

	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	"github.com/pitboss-gaming/pitboss/kit/page"
	"github.com/pitboss-gaming/pitboss/services/gaming/internal/db"
)

// ListReconciliations answers runs, newest first. Errors: BAD_PAGE_TOKEN.
func (s *Server) ListReconciliations(ctx context.Context, req *gamingv1.ListReconciliationsRequest) (*gamingv1.ListReconciliationsResponse, error) {
	list, size := page.Of("reconciliations", req), page.Size(req.GetPage())
	at, id, err := newestBefore(list, req.GetPage())
	if err != nil {
		return nil, err
	}
	rows, err := s.q.ListReconciliations(ctx, db.ListReconciliationsParams{IntegrationID: req.GetIntegrationId(), BeforeAt: at, BeforeID: id, MaxRows: size + 1})
	if err != nil {
		return nil, err
	}
	resp := &gamingv1.ListReconciliationsResponse{}
	rows, resp.Page = page.Next(list, size, rows, func(r db.Reconciliation) []string { return newestPosition(r.StartedAt, r.RunID) })
	for _, r := range rows {
		resp.Runs = append(resp.Runs, runProto(r))
	}
	return resp, nil
}
