package identity

import (
	"testing"

	"github.com/stretchr/testify/require"

	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
)

func TestCreateLiveTicket(t *testing.T) {
	w := newWorld(t)
	me := w.bearer(w.player().tokens.GetAccessToken())
	a, err := me.CreateLiveTicket(w.ctx(), &identityv1.CreateLiveTicketRequest{})
	require.NoError(t, err)
	b, err := me.CreateLiveTicket(w.ctx(), &identityv1.CreateLiveTicketRequest{})
	require.NoError(t, err)
	require.NotEqual(t, a.GetTicket(), b.GetTicket())
	require.Len(t, a.GetTicket(), 43)
	require.EqualValues(t, 30, a.GetExpiresIn())
	_, err = w.anon().CreateLiveTicket(w.ctx(), &identityv1.CreateLiveTicketRequest{})
	requireReason(t, "UNAUTHENTICATED", err)
	_, err = w.admin().CreateLiveTicket(w.ctx(), &identityv1.CreateLiveTicketRequest{})
	requireReason(t, "PERMISSION_DENIED", err)
}
