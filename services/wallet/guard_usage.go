package wallet

import (
	"context"
	"time"

	"github.com/pitboss-gaming/pitboss/services/wallet/internal/db"
)

const (
	// usageEvery is how often usage that no window reaches any more is deleted.
	usageEvery = time.Hour
	// usageBatch is how many rows one statement deletes, so that none holds locks for long.
	usageBatch = 5000
)

// keepUsageShort deletes old usage until ctx ends.
func (s *Server) keepUsageShort(ctx context.Context) error {
	tick := time.NewTicker(usageEvery)
	defer tick.Stop()
	for {
		if err := s.pruneUsage(ctx); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

func (s *Server) pruneUsage(ctx context.Context) error {
	for {
		n, err := s.queries.PruneUsage(ctx, db.PruneUsageParams{Before: slotOf(s.clock()) - keptSlots, Most: usageBatch})
		if err != nil || n < usageBatch {
			return err
		}
	}
}
