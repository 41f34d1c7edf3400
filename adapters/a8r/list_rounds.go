package a8r

import (
	"context"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	"github.com/pitboss-gaming/pitboss/kit/adapter"
)

// ListRounds says that A8R v2 has no list of finished rounds. Errors: NOT_SUPPORTED.
func (p provider) ListRounds(context.Context, *adapterv1.ListRoundsRequest) (*adapterv1.ListRoundsResponse, error) {
	return nil, adapter.NotSupported("list of finished rounds")
}
