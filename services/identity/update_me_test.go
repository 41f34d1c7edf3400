package identity

import (
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
)

func TestUpdateMe(t *testing.T) {
	w := newWorld(t)
	p := w.player()
	me := w.bearer(p.tokens.GetAccessToken())
	change := &identityv1.UpdateMeRequest{Language: proto.String("de"), TimeZone: proto.String("Europe/Berlin")}
	for range 2 { // the second changes nothing and publishes nothing
		res, err := me.UpdateMe(w.ctx(), change)
		require.NoError(t, err)
		require.Equal(t, "de", res.GetPlayer().GetLanguage())
		require.Equal(t, "Europe/Berlin", res.GetPlayer().GetTimeZone())
		require.Equal(t, "MT", res.GetPlayer().GetCountry())
	}
	var e identityv1.PlayerUpdated
	require.NoError(t, w.Events("player.updated.v1", 1)[0].Decode(&e))
	require.Equal(t, "de", e.GetLanguage())
	require.Equal(t, identityv1.PlayerStatus_PLAYER_STATUS_ACTIVE, e.GetStatus())

	_, err := me.UpdateMe(w.ctx(), &identityv1.UpdateMeRequest{Country: proto.String("MT")})
	require.NoError(t, err)
	for reason, bad := range map[string]*identityv1.UpdateMeRequest{
		"FIELD_INVALID": {Country: proto.String("DE")}, // once set it stays
		"VALIDATION":    {Country: proto.String("de")},
	} {
		_, err = me.UpdateMe(w.ctx(), bad)
		requireReason(t, reason, err)
	}
	_, err = me.UpdateMe(w.ctx(), &identityv1.UpdateMeRequest{TimeZone: proto.String("../etc/passwd")})
	requireReason(t, "FIELD_INVALID", err)
	_, err = w.anon().UpdateMe(w.ctx(), change)
	requireReason(t, "UNAUTHENTICATED", err)
	require.Len(t, w.Events("player.updated.v1", 1), 1)
}

// TestUpdateMe_NoSuchCountry: whose country is not known may tell it, and it has to be one.
func TestUpdateMe_NoSuchCountry(t *testing.T) {
	w := newWorld(t)
	p := w.player()
	_, err := w.DB.Exec(w.ctx(), "UPDATE player SET country = 'XX'")
	require.NoError(t, err)
	me := w.bearer(p.tokens.GetAccessToken())
	for _, country := range []string{"ZZ", "UK"} {
		_, err = me.UpdateMe(w.ctx(), &identityv1.UpdateMeRequest{Country: proto.String(country)})
		requireReason(t, "FIELD_INVALID", err)
	}
	res, err := me.UpdateMe(w.ctx(), &identityv1.UpdateMeRequest{Country: proto.String("GB")})
	require.NoError(t, err)
	require.Equal(t, "GB", res.GetPlayer().GetCountry())
}
