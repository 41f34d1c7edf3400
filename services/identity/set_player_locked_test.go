package identity

import (
	"testing"

	"github.com/stretchr/testify/require"

	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
)

func TestSetPlayerLocked(t *testing.T) {
	w := newWorld(t)
	p := w.player()
	second := w.login(p).GetTokens()
	ticket, err := w.bearer(p.tokens.GetAccessToken()).CreateLiveTicket(w.ctx(), &identityv1.CreateLiveTicketRequest{})
	require.NoError(t, err)
	set := func(locked bool) identityv1.PlayerStatus {
		t.Helper()
		res, err := w.as(testkit.Operator("support")).SetPlayerLocked(w.ctx(), &identityv1.SetPlayerLockedRequest{PlayerId: p.id, Locked: locked, Reason: "test"})
		require.NoError(t, err)
		return res.GetPlayer().GetStatus()
	}
	require.Equal(t, identityv1.PlayerStatus_PLAYER_STATUS_LOCKED, set(true))
	for _, tokens := range []*identityv1.Tokens{p.tokens, second} {
		require.Equal(t, "LOCKED", w.ended(tokens.GetSessionId()))
		_, err = w.refresh(tokens.GetRefreshToken())
		requireReason(t, "REFRESH_INVALID", err)
		_, err = w.bearer(tokens.GetAccessToken()).GetMe(w.ctx(), &identityv1.GetMeRequest{})
		requireReason(t, "UNAUTHENTICATED", err)
	}
	_, err = w.anon().RedeemLiveTicket(w.ctx(), &identityv1.RedeemLiveTicketRequest{Ticket: ticket.GetTicket()})
	requireReason(t, "TICKET_INVALID", err)
	var e identityv1.PlayerUpdated
	require.NoError(t, w.Events("player.updated.v1", 1)[0].Decode(&e))
	require.Equal(t, identityv1.PlayerStatus_PLAYER_STATUS_LOCKED, e.GetStatus())

	require.Equal(t, identityv1.PlayerStatus_PLAYER_STATUS_LOCKED, set(true)) // replayed
	require.Equal(t, identityv1.PlayerStatus_PLAYER_STATUS_ACTIVE, set(false))
	require.Equal(t, identityv1.PlayerStatus_PLAYER_STATUS_ACTIVE, set(false))
	w.login(p)
	require.Len(t, w.Events("player.updated.v1", 2), 2)

	_, err = w.admin().SetPlayerLocked(w.ctx(), &identityv1.SetPlayerLockedRequest{PlayerId: "ply_x", Locked: true, Reason: "test"})
	requireReason(t, "PLAYER_NOT_FOUND", err)
	_, err = w.admin().SetPlayerLocked(w.ctx(), &identityv1.SetPlayerLockedRequest{PlayerId: p.id, Locked: true})
	requireReason(t, "VALIDATION", err)
	for _, who := range []testkit.Caller{testkit.Operator("finance"), testkit.Operator("analyst"), testkit.Player(p.id)} {
		_, err = w.as(who).SetPlayerLocked(w.ctx(), &identityv1.SetPlayerLockedRequest{PlayerId: p.id, Locked: true, Reason: "test"})
		requireReason(t, "PERMISSION_DENIED", err)
	}
}

// Locking a registration that nobody confirmed leaves it unconfirmed when it is unlocked.
func TestSetPlayerLockedUnconfirmed(t *testing.T) {
	w := newWorld(t)
	email := newEmail()
	_, err := w.anon().Register(w.ctx(), registration(email))
	require.NoError(t, err)
	found, err := w.admin().SearchPlayers(w.ctx(), &identityv1.SearchPlayersRequest{Email: email})
	require.NoError(t, err)
	id := found.GetPlayers()[0].GetPlayerId()
	for _, locked := range []bool{true, false} {
		res, err := w.admin().SetPlayerLocked(w.ctx(), &identityv1.SetPlayerLockedRequest{PlayerId: id, Locked: locked, Reason: "test"})
		require.NoError(t, err)
		want := identityv1.PlayerStatus_PLAYER_STATUS_UNVERIFIED
		if locked {
			want = identityv1.PlayerStatus_PLAYER_STATUS_LOCKED
		}
		require.Equal(t, want, res.GetPlayer().GetStatus())
	}
}
