package operations

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestWithoutFormer: what an earlier release has stored as a former value goes with the change of its secret, and stays with that of another.
func TestWithoutFormer(t *testing.T) {
	t.Parallel()
	stored := map[string]string{"shared": "new", "shared_previous": "of long ago", "other_previous": "x"}
	require.Equal(t, map[string]string{"shared": "new", "other_previous": "x"}, withoutFormer(stored, map[string]string{"shared": "new"}))
}
