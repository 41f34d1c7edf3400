package operations

import (
	"context"
	"time"

	"github.com/pitboss-gaming/pitboss/kit/lookup"
)

// Config is operations' configuration.
type Config struct {
	// FeltAfter is how long after a change it is in force everywhere.
	FeltAfter time.Duration `env:"PITBOSS_OPERATIONS_FELT_AFTER" envDefault:"1s" doc:"How long after a change of an integration or of a kill switch it is answered, so that it is in force on every replica by then: at least PITBOSS_CATALOG_SWITCHES and PITBOSS_GAMING_LOOKUP_TTL together, and the adapters' INTEGRATION_TTL. 0 answers at once."`
}

// felt waits until a change is in force on every replica: whoever changes a key or stops play acts on the answer.
func (s *Server) felt(ctx context.Context, changedAt time.Time) {
	lookup.Felt(ctx, s.clock, changedAt, s.cfg.FeltAfter)
}
