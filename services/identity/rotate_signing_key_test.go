package identity

import (
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/stretchr/testify/require"

	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
	"github.com/pitboss-gaming/pitboss/services/identity/internal/db"
)

func (w *world) published() []string {
	w.t.Helper()
	res, err := w.anon().GetJwks(w.ctx(), &identityv1.GetJwksRequest{})
	require.NoError(w.t, err)
	var kids []string
	for _, k := range res.GetKeys() {
		kids = append(kids, k.GetKid())
	}
	return kids
}

func kidOf(t *testing.T, token string) string {
	t.Helper()
	parsed, _, err := jwt.NewParser().ParseUnverified(token, jwt.MapClaims{})
	require.NoError(t, err)
	return parsed.Header["kid"].(string)
}

func TestRotateSigningKey(t *testing.T) {
	w := newWorld(t)
	p := w.player()
	first := kidOf(t, p.tokens.GetAccessToken())
	req := &identityv1.RotateSigningKeyRequest{Reason: "yearly"}
	next, err := w.admin().RotateSigningKey(w.ctx(), req)
	require.NoError(t, err)
	require.InDelta(t, 15*60, next.GetSignsFrom().AsTime().Sub(w.Clock.Now()).Seconds(), 5)
	again, err := w.admin().RotateSigningKey(w.ctx(), req)
	require.NoError(t, err)
	require.Equal(t, next.GetKid(), again.GetKid(), "one waits already")
	require.ElementsMatch(t, []string{first, next.GetKid()}, w.published(), "published before it signs")
	r, err := w.refresh(p.tokens.GetRefreshToken())
	require.NoError(t, err)
	require.Equal(t, first, kidOf(t, r.GetAccessToken()))

	w.Clock.Advance(15 * time.Minute)
	r2, err := w.refresh(r.GetRefreshToken())
	require.NoError(t, err)
	require.Equal(t, next.GetKid(), kidOf(t, r2.GetAccessToken()))
	require.ElementsMatch(t, []string{first, next.GetKid()}, w.published(), "the old one verifies what it signed")
	w.Clock.Advance(6 * time.Minute)
	require.Equal(t, []string{next.GetKid()}, w.published())

	_, err = w.as(testkit.Operator("support")).RotateSigningKey(w.ctx(), req)
	requireReason(t, "PERMISSION_DENIED", err)
	_, err = w.as(testkit.Operator("admin").Stale()).RotateSigningKey(w.ctx(), req)
	requireReason(t, "STEP_UP_REQUIRED", err)
	_, err = w.admin().RotateSigningKey(w.ctx(), &identityv1.RotateSigningKeyRequest{})
	requireReason(t, "VALIDATION", err)
}

func TestRotateCompromisedSigningKey(t *testing.T) {
	w := newWorld(t)
	p := w.player()
	stolen := kidOf(t, p.tokens.GetAccessToken())
	waiting, err := w.admin().RotateSigningKey(w.ctx(), &identityv1.RotateSigningKeyRequest{Reason: "yearly"})
	require.NoError(t, err)
	fresh, err := w.admin().RotateSigningKey(w.ctx(), &identityv1.RotateSigningKeyRequest{Compromised: true, Reason: "leak"})
	require.NoError(t, err)
	require.Equal(t, []string{fresh.GetKid()}, w.published())
	require.NotContains(t, []string{stolen, waiting.GetKid()}, fresh.GetKid())
	r, err := w.refresh(p.tokens.GetRefreshToken())
	require.NoError(t, err, "sessions go on, with tokens of the new key")
	require.Equal(t, fresh.GetKid(), kidOf(t, r.GetAccessToken()))
	w.Clock.Advance(3 * time.Second) // longer than services wait between two questions for unknown keys
	_, err = w.bearer(r.GetAccessToken()).GetMe(w.ctx(), &identityv1.GetMeRequest{})
	require.NoError(t, err)
}

func TestSigningKeyRotatesByAge(t *testing.T) {
	w := newWorld(t)
	first := kidOf(t, w.player().tokens.GetAccessToken())
	w.Clock.Advance(91 * 24 * time.Hour)
	eventually(t, func() bool { return len(w.published()) == 2 })
	require.Equal(t, first, kidOf(t, w.player().tokens.GetAccessToken()))
	w.Clock.Advance(15 * time.Minute)
	require.NotEqual(t, first, kidOf(t, w.player().tokens.GetAccessToken()))
}

func TestKeyStates(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	at := func(d time.Duration) db.SigningKey { return db.SigningKey{SignsFrom: now.Add(d)} }
	disabled := at(-time.Hour)
	disabled.DisabledAt = &now
	for name, c := range map[string]struct {
		keys []db.SigningKey
		want []keyState
	}{
		"none":                     {nil, []keyState{}},
		"one":                      {[]db.SigningKey{at(-time.Hour)}, []keyState{keyActive}},
		"from this very moment":    {[]db.SigningKey{at(0), at(-time.Hour)}, []keyState{keyActive, keyPassive}},
		"waiting":                  {[]db.SigningKey{at(time.Minute), at(-time.Hour)}, []keyState{keyNext, keyActive}},
		"tokens may still live":    {[]db.SigningKey{at(-5 * time.Minute), at(-time.Hour)}, []keyState{keyActive, keyPassive}},
		"no token lives":           {[]db.SigningKey{at(-6 * time.Minute), at(-time.Hour)}, []keyState{keyActive, keyDisabled}},
		"disabled is never active": {[]db.SigningKey{disabled, at(-2 * time.Hour)}, []keyState{keyDisabled, keyActive}},
	} {
		t.Run(name, func(t *testing.T) { require.Equal(t, c.want, keyStates(c.keys, now)) })
	}
}
