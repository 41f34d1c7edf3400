package crash

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pitboss-gaming/pitboss/sandbox/studio/simulate"
)

func TestChanceOfEveryTargetIsExact(t *testing.T) {
	const all = uint64(1) << 52
	for _, target := range []int64{101, 102, 150, 200, 333, 1000, 9999, MaxTarget} {
		c := Chance(target)
		// u >= all-c reach the target and no smaller ones do.
		require.GreaterOrEqual(t, PointOf(all-c), target)
		require.Less(t, PointOf(all-c-1), target)
		require.InDelta(t, RTP/100.0, float64(target)/100*float64(c)/float64(all), 1e-9)
	}
	require.EqualValues(t, 100, PointOf(0))
	require.EqualValues(t, MaxTarget, PointOf(all-1))
}

func TestPayoutIsExactAndRoundsDown(t *testing.T) {
	for _, c := range []struct{ stake, target, want int64 }{
		{100, 101, 101}, {10, 101, 10}, {10, 110, 11}, {999, 333, 3326}, {5_000_000, MaxTarget, 50_000_000_000}, {1, 199, 1},
	} {
		require.Equal(t, c.want, Payout(c.stake, c.target), c)
	}
}

func TestFlight(t *testing.T) {
	require.EqualValues(t, 100, At(-time.Second))
	require.EqualValues(t, 100, At(0))
	require.EqualValues(t, 211, At(5*time.Second))
	require.EqualValues(t, MaxTarget, At(time.Hour))
	for _, target := range []int64{101, 150, 1000, MaxTarget} {
		at := TimeTo(target)
		require.InDelta(t, target, At(at), 1)
		require.Less(t, At(at-10*time.Millisecond), target)
	}
	require.Zero(t, TimeTo(100))
}

func TestSimulatedReturn(t *testing.T) {
	for _, target := range []int64{150, 200, 1000} {
		t.Run(fmt.Sprint(target), func(t *testing.T) {
			r, err := simulate.Run(simulate.Rounds(testing.Short()), 1, func(random simulate.Source) (float64, error) {
				point, err := Draw(random)
				if point < target {
					return 0, err
				}
				return float64(Payout(100, target)) / 100, err
			})
			require.NoError(t, err)
			t.Logf("%d rounds returned %.5f ± %.5f", r.Rounds, r.Mean, r.Sigma)
			require.InDelta(t, 0, r.Deviation(RTP/100.0), 3)
		})
	}
}
