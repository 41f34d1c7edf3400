package groupcommit

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"
)

// TestMetrics_CountBatches: each batch is counted with its size, and how it ended with its time.
func TestMetrics_CountBatches(t *testing.T) {
	t.Parallel()
	m := NewMetrics("kit")
	fails := false
	b := New(Options[int, int]{Observe: m.Observe("write"), Commit: func(_ context.Context, ops []int) ([]Outcome[int], error) {
		if fails {
			return nil, errors.New("no database")
		}
		return make([]Outcome[int], len(ops)), nil
	}})
	_, err := b.Do(t.Context(), 1)
	require.NoError(t, err)
	for _, o := range b.DoAll(t.Context(), []int{1, 2, 3}, 0) {
		require.NoError(t, o.Err)
	}
	fails = true
	_, err = b.Do(t.Context(), 1)
	require.Error(t, err)
	b.Close()
	require.NoError(t, testutil.CollectAndCompare(m, strings.NewReader(`
# HELP pitboss_batch_operations Operations of a batch that was committed or read together, by what it does.
# TYPE pitboss_batch_operations histogram
pitboss_batch_operations_bucket{batch="write",service="kit",le="1"} 2
pitboss_batch_operations_bucket{batch="write",service="kit",le="2"} 2
pitboss_batch_operations_bucket{batch="write",service="kit",le="4"} 3
pitboss_batch_operations_bucket{batch="write",service="kit",le="8"} 3
pitboss_batch_operations_bucket{batch="write",service="kit",le="16"} 3
pitboss_batch_operations_bucket{batch="write",service="kit",le="32"} 3
pitboss_batch_operations_bucket{batch="write",service="kit",le="64"} 3
pitboss_batch_operations_bucket{batch="write",service="kit",le="128"} 3
pitboss_batch_operations_bucket{batch="write",service="kit",le="256"} 3
pitboss_batch_operations_bucket{batch="write",service="kit",le="512"} 3
pitboss_batch_operations_bucket{batch="write",service="kit",le="+Inf"} 3
pitboss_batch_operations_sum{batch="write",service="kit"} 5
pitboss_batch_operations_count{batch="write",service="kit"} 3
`), "pitboss_batch_operations"))
	require.Equal(t, 3, testutil.CollectAndCount(m), "one of sizes, two of times: done and failed")
}
