package identity

import (
	"testing"

	"github.com/stretchr/testify/require"

	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
)

func TestSetTestPlayerStatus(t *testing.T) {
	w := newWorld(t)
	id := w.testPlayer()
	const active, locked, excluded = identityv1.PlayerStatus_PLAYER_STATUS_ACTIVE, identityv1.PlayerStatus_PLAYER_STATUS_LOCKED, identityv1.PlayerStatus_PLAYER_STATUS_EXCLUDED
	request := func(id string, st identityv1.PlayerStatus) *identityv1.SetTestPlayerStatusRequest {
		return &identityv1.SetTestPlayerStatusRequest{PlayerId: id, Status: st, Reason: "test"}
	}
	set := func(st identityv1.PlayerStatus) {
		t.Helper()
		res, err := w.admin().SetTestPlayerStatus(w.ctx(), request(id, st))
		require.NoError(t, err)
		require.Equal(t, st, res.GetPlayer().GetStatus())
		got, err := w.as(testkit.Peer("gaming")).GetPlayerStatus(w.ctx(), &identityv1.GetPlayerStatusRequest{PlayerId: id})
		require.NoError(t, err)
		require.Equal(t, st, got.GetStatus())
	}
	for _, st := range []identityv1.PlayerStatus{locked, locked, excluded, active, excluded} {
		set(st)
	}
	// One event for each change, none for a repetition.
	events := w.Events("player.updated.v1", 4)
	require.Len(t, events, 4)
	for i, want := range []identityv1.PlayerStatus{locked, excluded, active, excluded} {
		var e identityv1.PlayerUpdated
		require.NoError(t, events[i].Decode(&e))
		require.Equal(t, want, e.GetStatus())
		require.True(t, e.GetTest())
	}
	// Unlocking does not lift an exclusion.
	for _, lock := range []bool{true, false} {
		res, err := w.admin().SetPlayerLocked(w.ctx(), &identityv1.SetPlayerLockedRequest{PlayerId: id, Locked: lock, Reason: "test"})
		require.NoError(t, err)
		require.Equal(t, excluded, res.GetPlayer().GetStatus())
	}

	// Real players are not its business.
	p := w.player()
	_, err := w.admin().SetTestPlayerStatus(w.ctx(), request(p.id, locked))
	requireReason(t, "NOT_A_TEST_PLAYER", err)
	w.login(p)
	_, err = w.admin().SetTestPlayerStatus(w.ctx(), request("ply_x", locked))
	requireReason(t, "PLAYER_NOT_FOUND", err)
	_, err = w.admin().SetTestPlayerStatus(w.ctx(), request(id, identityv1.PlayerStatus_PLAYER_STATUS_UNVERIFIED))
	requireReason(t, "VALIDATION", err)
	for _, who := range []testkit.Caller{testkit.Operator("support"), testkit.Player(id), testkit.Peer("gaming")} {
		_, err = w.as(who).SetTestPlayerStatus(w.ctx(), request(id, active))
		requireReason(t, "PERMISSION_DENIED", err)
	}
}
