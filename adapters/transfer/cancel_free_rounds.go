package transfer

import (
	"context"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	"github.com/pitboss-gaming/pitboss/kit/adapter"
)

// CancelFreeRounds says that the protocol has no free rounds. Errors: NOT_SUPPORTED.
func (p provider) CancelFreeRounds(context.Context, *adapterv1.CancelFreeRoundsRequest) (*adapterv1.CancelFreeRoundsResponse, error) {
	return nil, adapter.NotSupported("free rounds")
}
