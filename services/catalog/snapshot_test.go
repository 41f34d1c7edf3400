package catalog_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	catalogv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/catalog/v1"
)

// TestOtherReplica: what another replica writes is taken in without being told.
func TestOtherReplica(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.out.offer(game("a", "Alpha", "slots"))
	s.sync()
	_, err := s.DB.Exec(t.Context(), "UPDATE game SET published = true")
	require.NoError(t, err)
	_, err = s.DB.Exec(t.Context(), "UPDATE catalog_revision SET revision = revision + 1")
	require.NoError(t, err)
	require.Eventually(t, func() bool { return len(s.shown(&catalogv1.ListGamesRequest{})) == 1 }, 10*time.Second, 10*time.Millisecond)
}
