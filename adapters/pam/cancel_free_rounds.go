package pam

import (
	"context"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	"github.com/pitboss-gaming/pitboss/kit/adapter"
)

// CancelFreeRounds: the protocol has calls of the aggregator only. Errors: NOT_SUPPORTED.
func (p provider) CancelFreeRounds(context.Context, *adapterv1.CancelFreeRoundsRequest) (*adapterv1.CancelFreeRoundsResponse, error) {
	return nil, adapter.NotSupported("free rounds")
}
