package identity

import (
	"testing"

	"github.com/stretchr/testify/require"

	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
)

func TestEnrolTotp(t *testing.T) {
	w := newWorld(t)
	p := w.player()
	me := w.bearer(p.tokens.GetAccessToken())
	first, err := me.EnrolTotp(w.ctx(), &identityv1.EnrolTotpRequest{})
	require.NoError(t, err)
	again, err := me.EnrolTotp(w.ctx(), &identityv1.EnrolTotpRequest{})
	require.NoError(t, err)
	require.NotEqual(t, first.GetSecret(), again.GetSecret())
	require.Empty(t, w.login(p).GetChallenge(), "a pending secret does not count")
	_, err = me.ConfirmTotp(w.ctx(), &identityv1.ConfirmTotpRequest{Code: w.code(first.GetSecret())})
	requireReason(t, "CODE_INVALID", err) // replaced
	_, err = me.ConfirmTotp(w.ctx(), &identityv1.ConfirmTotpRequest{Code: w.code(again.GetSecret())})
	require.NoError(t, err)

	t.Run("replacing needs a fresh second factor", func(t *testing.T) {
		_, err := me.EnrolTotp(w.ctx(), &identityv1.EnrolTotpRequest{})
		requireReason(t, "STEP_UP_REQUIRED", err) // the token from before has one factor
		w.nextPeriod()
		up, err := me.StepUp(w.ctx(), &identityv1.StepUpRequest{TotpCode: w.code(again.GetSecret())})
		require.NoError(t, err)
		_, err = w.bearer(up.GetTokens().GetAccessToken()).EnrolTotp(w.ctx(), &identityv1.EnrolTotpRequest{})
		require.NoError(t, err)
		require.NotEmpty(t, w.login(p).GetChallenge(), "the old secret counts until the new one is confirmed")
	})
	t.Run("denied", func(t *testing.T) {
		_, err := w.anon().EnrolTotp(w.ctx(), &identityv1.EnrolTotpRequest{})
		requireReason(t, "UNAUTHENTICATED", err)
		_, err = w.admin().EnrolTotp(w.ctx(), &identityv1.EnrolTotpRequest{})
		requireReason(t, "PERMISSION_DENIED", err)
		_, err = w.as(testkit.Player(p.id)).EnrolTotp(w.ctx(), &identityv1.EnrolTotpRequest{})
		requireReason(t, "UNAUTHENTICATED", err) // a token that verifies, of a session that never was
	})
	t.Run("the secret is not readable in the database", func(t *testing.T) {
		var sealed []byte
		require.NoError(t, w.DB.QueryRow(w.ctx(), "SELECT secret_sealed FROM totp WHERE subject_id = $1", p.id).Scan(&sealed))
		require.NotContains(t, string(sealed), again.GetSecret())
		v := &vault{box: w.Box}
		_, err := v.open("totp.secret", "ply_other", sealed)
		require.Error(t, err, "nor moved to another player")
	})
}
