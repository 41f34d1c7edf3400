package identity

import (
	"testing"

	"github.com/stretchr/testify/require"

	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
)

func TestGetPlayer(t *testing.T) {
	w := newWorld(t)
	p := w.player()
	req := &identityv1.GetPlayerRequest{PlayerId: p.id}
	for _, role := range []string{"support", "finance", "risk", "compliance", "admin"} {
		res, err := w.as(testkit.Operator(role)).GetPlayer(w.ctx(), req)
		require.NoError(t, err)
		require.Equal(t, p.email, res.GetPlayer().GetEmail())
		require.Len(t, res.GetSessions(), 1)
		require.False(t, res.GetSessions()[0].GetCurrent())
	}
	for _, who := range []testkit.Caller{testkit.Operator("analyst"), testkit.Player(p.id), testkit.Peer("gaming"), testkit.Partner("pcl_x", "wallet")} {
		_, err := w.as(who).GetPlayer(w.ctx(), req)
		requireReason(t, "PERMISSION_DENIED", err)
	}
	_, err := w.anon().GetPlayer(w.ctx(), req)
	requireReason(t, "UNAUTHENTICATED", err)
	_, err = w.admin().GetPlayer(w.ctx(), &identityv1.GetPlayerRequest{PlayerId: "ply_x"})
	requireReason(t, "PLAYER_NOT_FOUND", err)
}
