package lookup

import (
	"context"
	"time"
)

// Felt waits until after has passed since a change, so that whoever keeps what was before has asked again: who is answered then relies on the change. The change is made
// already; a caller who leaves leaves it in place.
func Felt(ctx context.Context, now func() time.Time, changedAt time.Time, after time.Duration) {
	wait := min(after, after-now().Sub(changedAt))
	if wait <= 0 {
		return
	}
	t := time.NewTimer(wait)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}
