package stripe

import (
	"context"
	"strings"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
)

// GetRefund reads a refund. It works for an integration that is switched off, so that refunds under way can be settled.
func (s *Server) GetRefund(ctx context.Context, req *adapterv1.GetRefundRequest) (*adapterv1.GetRefundResponse, error) {
	account, err := s.integrations.get(ctx, req.GetIntegrationId())
	if err != nil {
		return nil, err
	}
	ref := req.GetProviderRef()
	if !wellFormed(ref) || !strings.HasPrefix(ref, refundPrefix) && !strings.HasPrefix(ref, oldRefundPrefix) {
		return nil, errProviderRefused("resource_missing", "not an id of a refund")
	}
	o, err := s.http.get(ctx, account, "/v1/refunds/"+ref, nil)
	if err != nil {
		return nil, err
	}
	if o.Object != "refund" || o.ID != ref {
		return nil, errProviderProtocol("another object was answered")
	}
	return &adapterv1.GetRefundResponse{Refund: o.payment()}, nil
}
