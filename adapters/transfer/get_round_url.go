package transfer

import (
	"context"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	"github.com/pitboss-gaming/pitboss/kit/adapter"
)

// GetRoundUrl says that the protocol has no page that shows a round. Errors: NOT_SUPPORTED.
func (p provider) GetRoundUrl(context.Context, *adapterv1.GetRoundUrlRequest) (*adapterv1.GetRoundUrlResponse, error) {
	return nil, adapter.NotSupported("page that shows a round")
}
