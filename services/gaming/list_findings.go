package gaming

import (
	"context"

	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	"github.com/pitboss-gaming/pitboss/kit/page"
	"github.com/pitboss-gaming/pitboss/services/gaming/internal/db"
)

// ListFindings answers how providers' books differ from ours, newest first. Errors: BAD_PAGE_TOKEN.
func (s *Server) ListFindings(ctx context.Context, req *gamingv1.ListFindingsRequest) (*gamingv1.ListFindingsResponse, error) {
	list, size := page.Of("findings", req), page.Size(req.GetPage())
	at, id, err := newestBefore(list, req.GetPage())
	if err != nil {
		return nil, err
	}
	rows, err := s.q.ListFindings(ctx, db.ListFindingsParams{
		IntegrationID: req.GetIntegrationId(), Kind: int32(req.GetKind()), ResolvedToo: req.GetResolvedToo(), BeforeAt: at, BeforeID: id, MaxRows: size + 1,
	})
	if err != nil {
		return nil, err
	}
	resp := &gamingv1.ListFindingsResponse{}
	rows, resp.Page = page.Next(list, size, rows, func(f db.Finding) []string { return newestPosition(f.FirstSeenAt, f.FindingID) })
	for _, f := range rows {
		resp.Findings = append(resp.Findings, findingProto(f))
	}
	return resp, nil
}
