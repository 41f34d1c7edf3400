package transfer

import (
	"context"
	"net/http"
	"net/url"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	"github.com/pitboss-gaming/pitboss/kit/adapter"
)

// GetFundsTransfer asks the provider what came of a transfer. Errors: INTEGRATION_NOT_FOUND, INTEGRATION_DISABLED, those of call.
func (b bank) GetFundsTransfer(ctx context.Context, req *adapterv1.GetFundsTransferRequest) (*adapterv1.GetFundsTransferResponse, error) {
	in, err := b.integrations.Live(ctx, req.GetIntegrationId())
	if err != nil {
		return nil, err
	}
	var e entry
	if err = b.call(ctx, in, http.MethodGet, "/transfers/"+url.PathEscape(req.GetTransferId()), adapter.MaxPage, nil, &e); err != nil {
		return nil, err
	}
	t, err := e.proto()
	return &adapterv1.GetFundsTransferResponse{Transfer: t}, err
}
