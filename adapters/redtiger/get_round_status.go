package redtiger

import (
	"context"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	"github.com/pitboss-gaming/pitboss/kit/adapter"
)

// GetRoundStatus is NOT_SUPPORTED: the provider answers no questions.
func (p provider) GetRoundStatus(context.Context, *adapterv1.GetRoundStatusRequest) (*adapterv1.GetRoundStatusResponse, error) {
	return nil, adapter.NotSupported("question about a round")
}
