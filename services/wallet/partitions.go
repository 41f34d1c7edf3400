package wallet

import (
	"context"
	"time"
)

const (
	// partitionsAhead is how far the ledger's monthly partitions exist in advance.
	partitionsAhead = 62 * 24 * time.Hour
	// partitionsEvery is how often that is looked after.
	partitionsEvery = 24 * time.Hour
)

// keepPartitions makes partitions ahead of time until ctx ends.
func (s *Server) keepPartitions(ctx context.Context) error {
	tick := time.NewTicker(partitionsEvery)
	defer tick.Stop()
	for {
		if err := s.ensurePartitions(ctx); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

func (s *Server) ensurePartitions(ctx context.Context) error {
	_, err := s.queries.EnsurePartitions(ctx, s.clock().Add(partitionsAhead))
	return err
}
