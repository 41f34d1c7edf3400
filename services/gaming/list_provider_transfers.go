package gaming

import (
	"context"

	commonv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	"github.com/pitboss-gaming/pitboss/kit/authz"
	"github.com/pitboss-gaming/pitboss/services/gaming/internal/db"
)

// ListProviderTransfers answers the caller's transfers, newest first. Errors: BAD_PAGE_TOKEN.
func (s *Server) ListProviderTransfers(ctx context.Context, req *gamingv1.ListProviderTransfersRequest) (*gamingv1.ListProviderTransfersResponse, error) {
	list, next, err := s.listTransfers(ctx, "transfers", req.GetPage(), db.ListTransfersParams{
		PlayerID: textArg(authz.Own(ctx)), IntegrationID: textArg(req.GetIntegrationId()), State: stateArg(req.GetState()),
	})
	if err != nil {
		return nil, err
	}
	return &gamingv1.ListProviderTransfersResponse{Transfers: list, Page: next}, nil
}

// listTransfers is a page of transfers, newest first. Errors: BAD_PAGE_TOKEN.
func (s *Server) listTransfers(
	ctx context.Context, list string, page *commonv1.PageRequest, p db.ListTransfersParams,
) ([]*gamingv1.ProviderTransfer, *commonv1.PageResponse, error) {
	after, err := readCursor(page, list)
	if err != nil {
		return nil, nil, err
	}
	size := pageSize(page)
	p.AfterAt, p.AfterID = after.args()
	p.MaxRows = int32(size) + 1
	rows, err := s.q.ListTransfers(ctx, p)
	if err != nil {
		return nil, nil, err
	}
	next := &commonv1.PageResponse{}
	if len(rows) > size {
		rows = rows[:size]
		last := rows[size-1]
		next.NextToken = cursor{List: list, At: last.CreatedAt, ID: last.TransferID}.token()
	}
	out := make([]*gamingv1.ProviderTransfer, 0, len(rows))
	for _, t := range rows {
		out = append(out, transferProto(t))
	}
	return out, next, nil
}
