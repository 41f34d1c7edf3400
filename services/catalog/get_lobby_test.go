package catalog_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	catalogv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/catalog/v1"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
)

// TestGetLobby: anybody sees it, with published games alone.
func TestGetLobby(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.stock()
	for _, who := range []testkit.Caller{testkit.Anonymous(), testkit.Player("ply_x")} {
		r, err := s.as(who).GetLobby(t.Context(), &catalogv1.GetLobbyRequest{})
		require.NoError(t, err)
		require.Len(t, r.GetRows(), 2)
		require.Equal(t, []string{"crash", "Slots"}, []string{r.GetRows()[0].GetKey(), r.GetRows()[1].GetTitle()})
		require.Len(t, r.GetRows()[1].GetGames(), 3)
	}
}
