package transfer

import (
	"context"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	"github.com/pitboss-gaming/pitboss/kit/adapter"
)

// GrantFreeRounds says that the protocol has no free rounds. Errors: NOT_SUPPORTED.
func (p provider) GrantFreeRounds(context.Context, *adapterv1.GrantFreeRoundsRequest) (*adapterv1.GrantFreeRoundsResponse, error) {
	return nil, adapter.NotSupported("free rounds")
}
