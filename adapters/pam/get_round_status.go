package pam

import (
	"context"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	"github.com/pitboss-gaming/pitboss/kit/adapter"
)

// GetRoundStatus: the protocol has calls of the aggregator only. Errors: NOT_SUPPORTED.
func (p provider) GetRoundStatus(context.Context, *adapterv1.GetRoundStatusRequest) (*adapterv1.GetRoundStatusResponse, error) {
	return nil, adapter.NotSupported("status of a round")
}
