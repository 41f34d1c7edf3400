// Package sim_test plays random players against the wallet while the connection to its database breaks at the worst moments, and compares every
// answer with a model. A seed decides about everything that happens, so a failure can be seen again. See docs/testing.md.
package sim_test

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// seeds are the runs of every day, and one that nobody has seen yet.
func seeds(t *testing.T) []uint64 {
	if v := os.Getenv("PITBOSS_SIM_SEED"); v != "" {
		seed, err := strconv.ParseUint(v, 10, 64)
		require.NoError(t, err, "PITBOSS_SIM_SEED")
		return []uint64{seed}
	}
	return []uint64{1, 2, 3, 4, 5, 6, 7, 8, uint64(time.Now().UnixNano())}
}

func TestSim_EverySeed(t *testing.T) {
	t.Parallel()
	for _, seed := range seeds(t) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, newSchedule(seed))
			w.run()
			var line []string
			for _, name := range slices.Sorted(maps.Keys(w.stats)) {
				line = append(line, fmt.Sprintf("%s %d", name, w.stats[name]))
			}
			t.Logf("PITBOSS_SIM_SEED=%d: %d steps; %s", seed, len(w.s.steps), strings.Join(line, ", "))
		})
	}
}

// TestSchedule_SameSeed: a seed that is printed at a failure is worth something only when it is the same run again.
func TestSchedule_SameSeed(t *testing.T) {
	t.Parallel()
	text := func(seed uint64) string {
		s := newSchedule(seed)
		var b strings.Builder
		for n := range s.steps {
			b.WriteString(s.describe(n) + "\n")
		}
		return fmt.Sprint(s.guards) + b.String()
	}
	require.Equal(t, text(7), text(7))
	require.NotEqual(t, text(7), text(8))
}
