package catalog

import (
	"cmp"
	"context"

	catalogv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/catalog/v1"
	"github.com/pitboss-gaming/pitboss/kit/page"
	"github.com/pitboss-gaming/pitboss/services/catalog/internal/db"
)

// ListGameChanges answers what providers' lists said, the oldest first. Errors: BAD_PAGE_TOKEN.
func (s *Server) ListGameChanges(ctx context.Context, req *catalogv1.ListGameChangesRequest) (*catalogv1.ListGameChangesResponse, error) {
	list, size := page.Of("game_changes", req), page.Size(req.GetPage())
	after, err := list.Position(req.GetPage())
	if err != nil {
		return nil, errBadPageToken()
	}
	p := db.ListChangesParams{
		Status:        int16(cmp.Or(req.GetStatus(), catalogv1.GameChangeStatus_GAME_CHANGE_STATUS_PENDING)),
		IntegrationID: req.GetIntegrationId(), Kind: int16(req.GetKind()), PageSize: size + 1,
	}
	if after != nil {
		p.AfterID = after[0]
	}
	rows, err := s.q.ListChanges(ctx, p)
	if err != nil {
		return nil, err
	}
	res := &catalogv1.ListGameChangesResponse{}
	rows, res.Page = page.Next(list, size, rows, func(c db.GameChange) []string { return []string{c.ChangeID} })
	c, err := s.latest(ctx)
	if err != nil {
		return nil, err
	}
	for _, row := range rows {
		out, err := changeProto(row)
		if err != nil {
			return nil, err
		}
		if e := c.byID[row.GameID]; e != nil {
			out.Now, out.Proposed.Code = e.full, e.full.GetCode()
		}
		res.Changes = append(res.Changes, out)
	}
	return res, nil
}
