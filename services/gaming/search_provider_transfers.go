package gaming

import (
	"context"

	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	"github.com/pitboss-gaming/pitboss/services/gaming/internal/db"
)

// SearchProviderTransfers finds transfers for the back office, newest first. Errors: BAD_PAGE_TOKEN.
func (s *Server) SearchProviderTransfers(ctx context.Context, req *gamingv1.SearchProviderTransfersRequest) (*gamingv1.SearchProviderTransfersResponse, error) {
	list, next, err := s.listTransfers(ctx, "all transfers", req.GetPage(), db.ListTransfersParams{
		PlayerID: textArg(req.GetPlayerId()), IntegrationID: textArg(req.GetIntegrationId()), State: stateArg(req.GetState()), HandedOver: req.GetHandedOver(),
	})
	if err != nil {
		return nil, err
	}
	return &gamingv1.SearchProviderTransfersResponse{Transfers: list, Page: next}, nil
}
