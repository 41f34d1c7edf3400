package pam

import (
	"context"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	"github.com/pitboss-gaming/pitboss/kit/adapter"
)

// GetRoundUrl: the protocol has calls of the aggregator only. Errors: NOT_SUPPORTED.
func (p provider) GetRoundUrl(context.Context, *adapterv1.GetRoundUrlRequest) (*adapterv1.GetRoundUrlResponse, error) {
	return nil, adapter.NotSupported("page of a round")
}
