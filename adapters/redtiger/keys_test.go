package redtiger

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// The provider's own ids never look like those of promotions.
func TestKeys(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, id := range []string{"x", "promo:x", "plain:x", "plain:promo:x", "promo:promo:x"} {
		for _, promo := range []bool{false, true} {
			key := transaction{id: id}.key(call{promo: promo})
			require.False(t, seen[key], key)
			seen[key] = true
		}
	}
	require.True(t, seen["x"], "as it is")
	require.Equal(t, "r", plain("r"))
	require.NotEqual(t, transaction{id: "y"}.key(call{promo: true}), plain("promo:y"))
}
