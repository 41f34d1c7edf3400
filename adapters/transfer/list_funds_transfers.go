package transfer

import (
	"context"
	"net/http"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	"github.com/pitboss-gaming/pitboss/kit/adapter"
)

// ListFundsTransfers reads a page of the provider's book of transfers. Errors: INTEGRATION_NOT_FOUND, INTEGRATION_DISABLED, those of call.
func (b bank) ListFundsTransfers(ctx context.Context, req *adapterv1.ListFundsTransfersRequest) (*adapterv1.ListFundsTransfersResponse, error) {
	in, err := b.integrations.Live(ctx, req.GetIntegrationId())
	if err != nil {
		return nil, err
	}
	var page struct {
		Transfers  []entry `json:"transfers"`
		NextCursor string  `json:"next_cursor"`
	}
	path := "/transfers" + pageQuery(req.GetFrom().AsTime(), req.GetUntil().AsTime(), req.GetCursor())
	if err = b.call(ctx, in, http.MethodGet, path, adapter.MaxList, nil, &page); err != nil {
		return nil, err
	}
	out := &adapterv1.ListFundsTransfersResponse{NextCursor: page.NextCursor}
	for _, e := range page.Transfers {
		t, err := e.proto()
		if err != nil {
			return nil, err
		}
		if t.GetState() == adapterv1.FundsTransferState_FUNDS_TRANSFER_STATE_APPLIED {
			out.Transfers = append(out.Transfers, t)
		}
	}
	return out, nil
}
