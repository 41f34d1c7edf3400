package pragmatic

import (
	"context"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	"github.com/pitboss-gaming/pitboss/kit/adapter"
)

// GetRoundUrl is not part of the provider's integration: a round is looked at in its own back office. Errors: NOT_SUPPORTED.
func (p provider) GetRoundUrl(context.Context, *adapterv1.GetRoundUrlRequest) (*adapterv1.GetRoundUrlResponse, error) {
	return nil, adapter.NotSupported("page of a round")
}
