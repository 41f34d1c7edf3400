package identity

import (
	"testing"

	"github.com/stretchr/testify/require"

	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
)

func TestRedeemLiveTicket(t *testing.T) {
	w := newWorld(t)
	p := w.player()
	ticket := func() *identityv1.RedeemLiveTicketRequest {
		res, err := w.bearer(p.tokens.GetAccessToken()).CreateLiveTicket(w.ctx(), &identityv1.CreateLiveTicketRequest{})
		require.NoError(t, err)
		return &identityv1.RedeemLiveTicketRequest{Ticket: res.GetTicket()}
	}
	req := ticket()
	res, err := w.anon().RedeemLiveTicket(w.ctx(), req)
	require.NoError(t, err)
	require.Equal(t, p.id, res.GetPlayerId())
	require.Equal(t, p.tokens.GetSessionId(), res.GetSessionId())
	require.True(t, res.GetSessionExpiresAt().AsTime().After(w.Clock.Now()))
	_, err = w.anon().RedeemLiveTicket(w.ctx(), req)
	requireReason(t, "TICKET_INVALID", err) // replayed
	_, err = w.anon().RedeemLiveTicket(w.ctx(), &identityv1.RedeemLiveTicketRequest{Ticket: "unknown"})
	requireReason(t, "TICKET_INVALID", err)

	late := ticket()
	w.Clock.Advance(liveTicketTTL)
	_, err = w.anon().RedeemLiveTicket(w.ctx(), late)
	requireReason(t, "TICKET_INVALID", err)

	over := ticket()
	_, err = w.bearer(p.tokens.GetAccessToken()).Logout(w.ctx(), &identityv1.LogoutRequest{})
	require.NoError(t, err)
	_, err = w.anon().RedeemLiveTicket(w.ctx(), over)
	requireReason(t, "TICKET_INVALID", err)

	for _, c := range []testkit.Caller{testkit.Player(p.id), testkit.Operator("admin"), testkit.Peer("gaming")} {
		_, err = w.as(c).RedeemLiveTicket(w.ctx(), req)
		requireReason(t, "PERMISSION_DENIED", err)
	}
}
