package identity

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/timestamppb"

	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
)

func TestListStoppedPlayers(t *testing.T) {
	w := newWorld(t)
	start := w.Clock.Now()
	plays, first, second, back := w.player(), w.player(), w.player(), w.player()
	lock := func(id string, locked bool) {
		t.Helper()
		_, err := w.admin().SetPlayerLocked(w.ctx(), &identityv1.SetPlayerLockedRequest{PlayerId: id, Locked: locked, Reason: "test"})
		require.NoError(t, err)
	}
	gaming := w.as(testkit.Peer("gaming"))
	list := func(req *identityv1.ListStoppedPlayersRequest) []*identityv1.StoppedPlayer {
		t.Helper()
		res, err := gaming.ListStoppedPlayers(w.ctx(), req)
		require.NoError(t, err)
		return res.GetPlayers()
	}
	lock(back.id, true)
	lock(first.id, true)
	w.Clock.Advance(time.Minute)
	lock(second.id, true)
	lock(back.id, false)

	all := list(&identityv1.ListStoppedPlayersRequest{Since: timestamppb.New(start)})
	require.Len(t, all, 2, "neither who plays (%s) nor who was admitted again", plays.id)
	require.Equal(t, first.id, all[0].GetPlayerId())
	require.Equal(t, second.id, all[1].GetPlayerId())
	require.Equal(t, identityv1.PlayerStatus_PLAYER_STATUS_LOCKED, all[0].GetStatus())
	require.WithinDuration(t, start, all[0].GetChangedAt().AsTime(), 30*time.Second)
	var version int64
	require.NoError(t, w.DB.QueryRow(w.ctx(), "SELECT version FROM player WHERE player_id = $1", first.id).Scan(&version))
	require.Equal(t, version, all[0].GetVersion(), "that of the events")

	page := list(&identityv1.ListStoppedPlayersRequest{Since: timestamppb.New(start), Limit: 1})
	require.Len(t, page, 1)
	page = list(&identityv1.ListStoppedPlayersRequest{Since: page[0].GetChangedAt(), AfterPlayerId: page[0].GetPlayerId(), Limit: 1})
	require.Len(t, page, 1)
	require.Equal(t, second.id, page[0].GetPlayerId())
	require.Empty(t, list(&identityv1.ListStoppedPlayersRequest{Since: page[0].GetChangedAt(), AfterPlayerId: page[0].GetPlayerId()}))

	for _, who := range []testkit.Caller{testkit.Peer("cashier"), testkit.Operator("admin"), testkit.Player(first.id)} {
		_, err := w.as(who).ListStoppedPlayers(w.ctx(), &identityv1.ListStoppedPlayersRequest{Since: timestamppb.New(start)})
		requireReason(t, "PERMISSION_DENIED", err)
	}
	for _, bad := range []*identityv1.ListStoppedPlayersRequest{{}, {Since: timestamppb.New(start), Limit: -1}, {Since: timestamppb.New(start), Limit: 1001}} {
		_, err := gaming.ListStoppedPlayers(w.ctx(), bad)
		requireReason(t, "VALIDATION", err)
	}
}
