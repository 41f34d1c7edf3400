package transfer

import (
	"context"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	"github.com/pitboss-gaming/pitboss/kit/adapter"
)

// ListRounds says that the protocol has no list of rounds; bets are read by ListPlay. Errors: NOT_SUPPORTED.
func (p provider) ListRounds(context.Context, *adapterv1.ListRoundsRequest) (*adapterv1.ListRoundsResponse, error) {
	return nil, adapter.NotSupported("list of rounds; bets are read by ListPlay")
}
