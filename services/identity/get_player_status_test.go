package identity

import (
	"testing"

	"github.com/stretchr/testify/require"

	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
)

func TestGetPlayerStatus(t *testing.T) {
	w := newWorld(t)
	p := w.player()
	req := &identityv1.GetPlayerStatusRequest{PlayerId: p.id}
	res, err := w.as(testkit.Peer("gaming")).GetPlayerStatus(w.ctx(), req)
	require.NoError(t, err)
	require.Equal(t, identityv1.PlayerStatus_PLAYER_STATUS_ACTIVE, res.GetStatus())
	require.Equal(t, "MT", res.GetCountry())
	require.False(t, res.GetTest())
	require.Empty(t, res.GetCurrency()+res.GetDisplayName())
	_, err = w.admin().SetPlayerLocked(w.ctx(), &identityv1.SetPlayerLockedRequest{PlayerId: p.id, Locked: true, Reason: "test"})
	require.NoError(t, err)
	res, err = w.as(testkit.Peer("cashier")).GetPlayerStatus(w.ctx(), req)
	require.NoError(t, err)
	require.Equal(t, identityv1.PlayerStatus_PLAYER_STATUS_LOCKED, res.GetStatus())

	_, err = w.as(testkit.Peer("gaming")).GetPlayerStatus(w.ctx(), &identityv1.GetPlayerStatusRequest{PlayerId: "ply_x"})
	requireReason(t, "PLAYER_NOT_FOUND", err)
	for _, who := range []testkit.Caller{testkit.Peer("hub88"), testkit.Operator("admin"), testkit.Player(p.id)} {
		_, err = w.as(who).GetPlayerStatus(w.ctx(), req)
		requireReason(t, "PERMISSION_DENIED", err)
	}
	_, err = w.as(testkit.Peer("gaming")).GetPlayerStatus(w.ctx(), &identityv1.GetPlayerStatusRequest{})
	requireReason(t, "VALIDATION", err)
}
