package identity

import (
	"testing"

	"github.com/stretchr/testify/require"

	commonv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
)

func TestListTestPlayers(t *testing.T) {
	w := newWorld(t)
	a, b := w.testPlayer(), w.testPlayer() // by two operators, so that their keys differ
	w.player()
	res, err := w.admin().ListTestPlayers(w.ctx(), &identityv1.ListTestPlayersRequest{Page: &commonv1.PageRequest{Size: 1}})
	require.NoError(t, err)
	require.Len(t, res.GetPlayers(), 1)
	require.Equal(t, b, res.GetPlayers()[0].GetPlayerId())
	res, err = w.as(testkit.Operator("finance")).ListTestPlayers(w.ctx(), &identityv1.ListTestPlayersRequest{Page: &commonv1.PageRequest{Token: res.GetPage().GetNextToken()}})
	require.NoError(t, err)
	require.Len(t, res.GetPlayers(), 1)
	require.Equal(t, a, res.GetPlayers()[0].GetPlayerId())
	require.Equal(t, "EUR", res.GetPlayers()[0].GetCurrency())
	require.Empty(t, res.GetPage().GetNextToken())
	_, err = w.admin().ListTestPlayers(w.ctx(), &identityv1.ListTestPlayersRequest{Page: &commonv1.PageRequest{Token: "bm90IGEgdG9rZW4"}})
	requireReason(t, "BAD_PAGE_TOKEN", err)
	for _, who := range []testkit.Caller{testkit.Operator("support"), testkit.Player(a), testkit.Peer("gaming")} {
		_, err = w.as(who).ListTestPlayers(w.ctx(), &identityv1.ListTestPlayersRequest{})
		requireReason(t, "PERMISSION_DENIED", err)
	}
}
