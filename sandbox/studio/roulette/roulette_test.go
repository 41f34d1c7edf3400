package roulette

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pitboss-gaming/pitboss/sandbox/studio/simulate"
)

func TestEverySpotReturnsTheSame(t *testing.T) {
	all := Spots()
	require.Len(t, all, 157, "37 straights, 60 splits, 12 streets, 2 trios, 22 corners, 1 basket, 11 lines and the 12 outside")
	for _, s := range all {
		returned := int64(0)
		for n := range Pockets {
			returned += s.Payout(1, n)
		}
		require.EqualValues(t, 36, returned, s.Name)
		require.True(t, slices.IsSorted(s.Numbers), s.Name)
		require.Len(t, slices.Compact(slices.Clone(s.Numbers)), len(s.Numbers), s.Name)
	}
}

func TestSpots(t *testing.T) {
	counts := map[string]int{}
	for _, s := range Spots() {
		for _, k := range Kinds {
			if s.Name == k.Name || len(s.Name) > len(k.Name) && s.Name[:len(k.Name)+1] == k.Name+":" {
				counts[k.Name]++
				require.Len(t, s.Numbers, k.Numbers, s.Name)
			}
		}
	}
	require.Equal(t, map[string]int{
		"straight": 37, "split": 60, "street": 12, "trio": 2, "corner": 22, "basket": 1, "line": 11, "dozen": 3, "column": 3,
		"red": 1, "black": 1, "odd": 1, "even": 1, "low": 1, "high": 1,
	}, counts)
	for name, numbers := range map[string][]int{
		"split:0-2": {0, 2}, "split:35-36": {35, 36}, "split:33-36": {33, 36}, "corner:32": {32, 33, 35, 36}, "street:34": {34, 35, 36},
		"line:31": {31, 32, 33, 34, 35, 36}, "column:3": {3, 6, 9, 12, 15, 18, 21, 24, 27, 30, 33, 36}, "dozen:2": {13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24},
	} {
		s, ok := Find(name)
		require.True(t, ok, name)
		require.Equal(t, numbers, s.Numbers)
	}
	for _, bad := range []string{"", "straight:37", "split:3-4", "corner:3", "split:1-3", "green"} {
		_, ok := Find(bad)
		require.False(t, ok, bad)
	}
	wheel := Wheel
	slices.Sort(wheel[:])
	for n := range Pockets {
		require.Equal(t, n, wheel[n])
	}
	require.False(t, Red(0))
	require.True(t, Red(32))
}

func TestSimulatedReturn(t *testing.T) {
	bets := []string{"straight:17", "split:8-11", "corner:25", "line:1", "dozen:2", "red"}
	var on []Spot
	for _, name := range bets {
		s, ok := Find(name)
		require.True(t, ok)
		on = append(on, s)
	}
	r, err := simulate.Run(simulate.Rounds(testing.Short()), 1, func(random simulate.Source) (float64, error) {
		n, err := Draw(random)
		sum := int64(0)
		for _, s := range on {
			sum += s.Payout(1, n)
		}
		return float64(sum) / float64(len(on)), err
	})
	require.NoError(t, err)
	t.Logf("%d rounds returned %.5f ± %.5f, published %.5f", r.Rounds, r.Mean, r.Sigma, RTP)
	require.InDelta(t, 0, r.Deviation(RTP), 3)
}
