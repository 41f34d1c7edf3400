package transfer

import (
	"context"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	"github.com/pitboss-gaming/pitboss/kit/adapter"
)

// GetRoundStatus says that the protocol has no question how a round stands. Errors: NOT_SUPPORTED.
func (p provider) GetRoundStatus(context.Context, *adapterv1.GetRoundStatusRequest) (*adapterv1.GetRoundStatusResponse, error) {
	return nil, adapter.NotSupported("question how a round stands")
}
