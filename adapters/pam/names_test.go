package pam

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// The provider's own ids never look like those of promotions, and are told as they came.
func TestNames(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, id := range []string{"x", "promo:x", "plain:x", "plain:promo:x", "promo:promo:x", "plain:plain:x"} {
		for _, promo := range []bool{false, true} {
			name := txName("One", id, promo)
			require.False(t, seen[name], name)
			seen[name] = true
			told, marked := idOf("One", name)
			require.Equal(t, id, told)
			require.Equal(t, promo, marked)
		}
	}
	require.True(t, seen["one/x"], "as it is")
}
