package bus

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// replayPoll is how often a service looks whether somebody asked for replays.
const replayPoll = 2 * time.Second

// RequestReplay asks the service whose database this is to replay a dead letter; the service does it within seconds. A request for one that is
// resolved does nothing. Errors: ErrNoDeadLetter.
func RequestReplay(ctx context.Context, pool *pgxpool.Pool, id int64) error {
	tag, err := pool.Exec(ctx, "UPDATE dead_letter SET replay_requested_at = now() WHERE id = $1", id)
	if err == nil && tag.RowsAffected() == 0 {
		return fmt.Errorf("%w: %d", ErrNoDeadLetter, id)
	}
	return err
}

// RunReplays does the replays that were asked for, until ctx ends. One that fails again stays a dead letter with the new reason and must be asked
// for again. The consumers must have been registered.
func (b *Bus) RunReplays(ctx context.Context) error {
	tick := time.NewTicker(replayPoll)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		if err := b.replayRequested(ctx); err != nil && ctx.Err() == nil {
			b.log.Warn("replays of dead letters", "error", err)
		}
	}
}

func (b *Bus) replayRequested(ctx context.Context) error {
	for {
		var id int64
		// Taking the request away first means that a crash in between loses the request and never the dead letter.
		err := b.o.Pool.QueryRow(ctx, `UPDATE dead_letter SET replay_requested_at = NULL WHERE id = (
			SELECT id FROM dead_letter WHERE replay_requested_at IS NOT NULL ORDER BY replay_requested_at LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING id`).Scan(&id)
		if errors.Is(err, pgx.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		err = b.Replay(ctx, id)
		b.log.Info("dead letter replayed", "dead_letter", id, "error", err)
	}
}
