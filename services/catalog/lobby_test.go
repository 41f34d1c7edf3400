package catalog

import (
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestChooseLayout(t *testing.T) {
	count := func(layouts ...layout) map[string]int {
		out := map[string]int{}
		for _, id := range visitors {
			out[chooseLayout(layouts, id).variant]++
		}
		return out
	}
	a, b, c := layout{variant: mainVariant, weight: 100}, layout{variant: "b", weight: 100}, layout{variant: "c", weight: 200}
	require.Equal(t, mainVariant, chooseLayout([]layout{{variant: mainVariant}, b}, "").variant, "nothing tells these visitors apart")
	require.Equal(t, map[string]int{"b": len(visitors)}, count(layout{variant: mainVariant}, b), "a weight of 0 shows a layout to nobody")
	shares := count(a, b, c)
	require.InDelta(t, len(visitors)/4, shares[mainVariant], 150)
	require.InDelta(t, len(visitors)/4, shares["b"], 150)
	require.InDelta(t, len(visitors)/2, shares["c"], 150)
	for _, id := range visitors {
		before, after := chooseLayout([]layout{a, b}, id).variant, chooseLayout([]layout{a, b, c}, id).variant
		require.Equal(t, after, chooseLayout([]layout{a, b, c}, id).variant, "always the same")
		require.True(t, after == before || after == "c", "a new layout takes visitors and moves no others")
	}
}

var visitors = func() (out []string) {
	for i := range 5000 {
		out = append(out, "ply_"+strconv.Itoa(i))
	}
	return out
}()
