package identity

import (
	"testing"

	"github.com/stretchr/testify/require"

	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
)

func TestGetContact(t *testing.T) {
	w := newWorld(t)
	p := w.player()
	req := &identityv1.GetContactRequest{PlayerId: p.id}
	for _, peer := range []string{"notification", "cashier"} {
		res, err := w.as(testkit.Peer(peer)).GetContact(w.ctx(), req)
		require.NoError(t, err)
		require.Equal(t, p.email, res.GetEmail())
		require.Equal(t, "en", res.GetLanguage())
		require.Empty(t, res.GetTelegramChatId())
	}
	_, err := w.as(testkit.Peer("cashier")).GetContact(w.ctx(), &identityv1.GetContactRequest{PlayerId: "ply_x"})
	requireReason(t, "PLAYER_NOT_FOUND", err)
	for _, who := range []testkit.Caller{testkit.Peer("gaming"), testkit.Peer("hub88"), testkit.Operator("admin"), testkit.Player(p.id)} {
		_, err = w.as(who).GetContact(w.ctx(), req)
		requireReason(t, "PERMISSION_DENIED", err)
	}

	email := newEmail()
	_, err = w.anon().Register(w.ctx(), registration(email))
	require.NoError(t, err)
	found, err := w.admin().SearchPlayers(w.ctx(), &identityv1.SearchPlayersRequest{Email: email})
	require.NoError(t, err)
	res, err := w.as(testkit.Peer("cashier")).GetContact(w.ctx(), &identityv1.GetContactRequest{PlayerId: found.GetPlayers()[0].GetPlayerId()})
	require.NoError(t, err)
	require.Empty(t, res.GetEmail(), "an address that nobody confirmed is nobody's")

	var sealed []byte
	require.NoError(t, w.DB.QueryRow(w.ctx(), "SELECT email_sealed FROM player WHERE player_id = $1", p.id).Scan(&sealed))
	require.NotContains(t, string(sealed), "example.com")
}
