package catalog_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	catalogv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/catalog/v1"
)

func TestGetGame(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.stock()
	one, err := s.public.GetGame(t.Context(), &catalogv1.GetGameRequest{GameId: s.ids()["a"]})
	require.NoError(t, err)
	require.Equal(t, "alpha", one.GetGame().GetName())
	for _, id := range []string{s.ids()["e"], "gam_none"} {
		_, err = s.public.GetGame(t.Context(), &catalogv1.GetGameRequest{GameId: id})
		refused(t, err, catalogv1.ErrorReason_ERROR_REASON_GAME_NOT_FOUND)
	}
}
