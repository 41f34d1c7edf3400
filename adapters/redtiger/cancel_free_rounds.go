package redtiger

import (
	"context"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	"github.com/pitboss-gaming/pitboss/kit/adapter"
)

// CancelFreeRounds is NOT_SUPPORTED, as granting them is.
func (p provider) CancelFreeRounds(context.Context, *adapterv1.CancelFreeRoundsRequest) (*adapterv1.CancelFreeRoundsResponse, error) {
	return nil, adapter.NotSupported("grant of free rounds")
}
