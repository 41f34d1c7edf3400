package catalog_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	catalogv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/catalog/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
)

func TestSetGamePublished(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.stock()
	s.Events("game.changed.v1", 9) // five added, four published
	for range 2 {                  // the second time changes nothing and tells nobody
		s.publish("e", true)
	}
	require.Contains(t, s.shown(&catalogv1.ListGamesRequest{}), "hidden")
	s.publish("a", false)
	events := s.Events("game.changed.v1", 11)
	require.Len(t, events, 11)
	var last catalogv1.GameChanged
	require.NoError(t, events[10].Decode(&last))
	require.Equal(t, "alpha", last.GetGame().GetName())
	require.False(t, last.GetGame().GetPublished())
	_, err := s.back.SetGamePublished(t.Context(), &catalogv1.SetGamePublishedRequest{GameId: "gam_none", Published: new(true)})
	refused(t, err, catalogv1.ErrorReason_ERROR_REASON_GAME_NOT_FOUND)
	for _, who := range []testkit.Caller{testkit.Player("ply_x"), testkit.Operator("support"), testkit.Peer("gaming")} {
		_, err = s.as(who).SetGamePublished(t.Context(), &catalogv1.SetGamePublishedRequest{GameId: s.ids()["a"], Published: new(true)})
		denied(t, err)
	}
	_, err = s.back.SetGamePublished(t.Context(), &catalogv1.SetGamePublishedRequest{GameId: s.ids()["a"]})
	require.Equal(t, "VALIDATION", errs.ReasonOf(err))
	require.NotContains(t, s.shown(&catalogv1.ListGamesRequest{}), "alpha")
}
