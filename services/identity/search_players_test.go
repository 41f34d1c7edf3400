package identity

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	commonv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
)

func TestSearchPlayers(t *testing.T) {
	w := newWorld(t)
	a, b, c := w.player(), w.player(), w.player()
	_, err := w.admin().SetPlayerLocked(w.ctx(), &identityv1.SetPlayerLockedRequest{PlayerId: b.id, Locked: true, Reason: "test"})
	require.NoError(t, err)
	search := func(req *identityv1.SearchPlayersRequest) []string {
		t.Helper()
		res, err := w.admin().SearchPlayers(w.ctx(), req)
		require.NoError(t, err)
		var out []string
		for _, p := range res.GetPlayers() {
			out = append(out, p.GetPlayerId())
		}
		return out
	}
	require.Equal(t, []string{c.id, b.id, a.id}, search(&identityv1.SearchPlayersRequest{}))
	require.Equal(t, []string{a.id}, search(&identityv1.SearchPlayersRequest{Email: " " + strings.ToUpper(a.email)}))
	require.Equal(t, []string{a.id}, search(&identityv1.SearchPlayersRequest{PlayerId: a.id}))
	require.Equal(t, []string{b.id}, search(&identityv1.SearchPlayersRequest{Status: identityv1.PlayerStatus_PLAYER_STATUS_LOCKED}))
	require.Empty(t, search(&identityv1.SearchPlayersRequest{Email: newEmail()}))
	require.Empty(t, search(&identityv1.SearchPlayersRequest{PlayerId: "' OR '1'='1"}))

	page, err := w.admin().SearchPlayers(w.ctx(), &identityv1.SearchPlayersRequest{Page: &commonv1.PageRequest{Size: 2}})
	require.NoError(t, err)
	require.Len(t, page.GetPlayers(), 2)
	token := page.GetPage().GetNextToken()
	require.Equal(t, []string{a.id}, search(&identityv1.SearchPlayersRequest{Page: &commonv1.PageRequest{Size: 2, Token: token}}))
	_, err = w.admin().SearchPlayers(w.ctx(), &identityv1.SearchPlayersRequest{PlayerId: a.id, Page: &commonv1.PageRequest{Token: token}})
	requireReason(t, "BAD_PAGE_TOKEN", err) // of another list
	_, err = w.admin().SearchPlayers(w.ctx(), &identityv1.SearchPlayersRequest{Email: "nobody"})
	requireReason(t, "FIELD_INVALID", err)
	_, err = w.as(testkit.Operator("analyst")).SearchPlayers(w.ctx(), &identityv1.SearchPlayersRequest{})
	requireReason(t, "PERMISSION_DENIED", err)
}
