package identity

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
)

func TestStepUp(t *testing.T) {
	w := newWorld(t)
	bare := w.player()
	_, err := w.bearer(bare.tokens.GetAccessToken()).StepUp(w.ctx(), &identityv1.StepUpRequest{TotpCode: "123456"})
	requireReason(t, "TOTP_NOT_ENROLLED", err)

	for _, who := range []func() *newcomer{
		func() *newcomer { return w.enrol(w.player()) }, func() *newcomer { return w.staff(identityv1.Role_ROLE_FINANCE) },
	} {
		p := who()
		w.Clock.Advance(10 * time.Minute)
		r, err := w.refresh(p.tokens.GetRefreshToken())
		require.NoError(t, err)
		me := w.bearer(r.GetAccessToken())
		_, err = me.StepUp(w.ctx(), &identityv1.StepUpRequest{TotpCode: w.wrongCode(p.secret)})
		requireReason(t, "CODE_INVALID", err)
		code := w.code(p.secret)
		up, err := me.StepUp(w.ctx(), &identityv1.StepUpRequest{TotpCode: code})
		require.NoError(t, err)
		require.Empty(t, up.GetTokens().GetRefreshToken())
		require.Equal(t, "aal2", up.GetTokens().GetAcr())
		require.InDelta(t, w.Clock.Now().Unix(), claims(t, up.GetTokens().GetAccessToken())["auth_time"], 30)
		_, err = me.StepUp(w.ctx(), &identityv1.StepUpRequest{TotpCode: code})
		requireReason(t, "CODE_INVALID", err) // replayed
	}

	_, err = w.anon().StepUp(w.ctx(), &identityv1.StepUpRequest{TotpCode: "123456"})
	requireReason(t, "UNAUTHENTICATED", err)
	_, err = w.as(testkit.Operator("admin")).StepUp(w.ctx(), &identityv1.StepUpRequest{TotpCode: "123456"})
	requireReason(t, "UNAUTHENTICATED", err) // no such operator
}

func TestStepUpIsThrottled(t *testing.T) {
	w := newWorld(t)
	p := w.enrol(w.player())
	me := w.bearer(p.tokens.GetAccessToken())
	for range 5 {
		_, err := me.StepUp(w.ctx(), &identityv1.StepUpRequest{TotpCode: w.wrongCode(p.secret)})
		requireReason(t, "CODE_INVALID", err)
	}
	_, err := me.StepUp(w.ctx(), &identityv1.StepUpRequest{TotpCode: w.code(p.secret)})
	requireReason(t, "THROTTLED", err)
}
