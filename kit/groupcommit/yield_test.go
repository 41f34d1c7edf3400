package groupcommit_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pitboss-gaming/pitboss/kit/groupcommit"
)

// TestWhatArrivesTogetherIsTogether: of operations that come at the same moment the first does not become a batch of its own.
func TestWhatArrivesTogetherIsTogether(t *testing.T) {
	const times, together = 500, 16
	var batches atomic.Int64
	b := groupcommit.New(groupcommit.Options[int, int]{Commit: func(_ context.Context, ops []int) ([]groupcommit.Outcome[int], error) {
		batches.Add(1)
		return make([]groupcommit.Outcome[int], len(ops)), nil
	}})
	defer b.Close()
	for range times {
		var all sync.WaitGroup
		start := make(chan struct{})
		for i := range together {
			all.Go(func() {
				<-start
				_, err := b.Do(t.Context(), i)
				if err != nil {
					t.Error(err)
				}
			})
		}
		close(start)
		all.Wait()
	}
	require.Less(t, batches.Load(), int64(times*together/3), "2.2 each time where it was measured, and 15 without giving way")
}
