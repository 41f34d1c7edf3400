package redtiger

import (
	"context"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	"github.com/pitboss-gaming/pitboss/kit/adapter"
)

// GrantFreeRounds is NOT_SUPPORTED: promotions are made in the provider's back office.
func (p provider) GrantFreeRounds(context.Context, *adapterv1.GrantFreeRoundsRequest) (*adapterv1.GrantFreeRoundsResponse, error) {
	return nil, adapter.NotSupported("grant of free rounds")
}
