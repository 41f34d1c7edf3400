package identity

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/structpb"

	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
)

func TestCompletePasskeyRegistration(t *testing.T) {
	w := newWorld(t)
	p := w.player()
	me := w.bearer(p.tokens.GetAccessToken())
	begin := func() *identityv1.StartPasskeyRegistrationResponse {
		t.Helper()
		res, err := me.StartPasskeyRegistration(w.ctx(), &identityv1.StartPasskeyRegistrationRequest{})
		require.NoError(t, err)
		return res
	}
	complete := func(c identityv1.IdentityServiceClient, flow string, credential *structpb.Struct) (*identityv1.CompletePasskeyRegistrationResponse, error) {
		return c.CompletePasskeyRegistration(w.ctx(), &identityv1.CompletePasskeyRegistrationRequest{Flow: flow, Credential: credential})
	}
	for name, d := range newDevice(t).deviations() {
		start := begin()
		_, err := complete(me, start.GetFlow(), d.create(start.GetOptions()))
		requireReason(t, "PASSKEY_INVALID", err)
		// The flow is spent by the attempt.
		_, err = complete(me, start.GetFlow(), newDevice(t).create(start.GetOptions()))
		requireReason(t, "PASSKEY_INVALID", err)
		require.Empty(t, w.mail.all("passkey_added", p.email), name)
	}
	// What another flow asked for, what is no credential, a flow of another session, and one that is over.
	old, start := begin(), begin()
	_, err := complete(me, start.GetFlow(), newDevice(t).create(old.GetOptions()))
	requireReason(t, "PASSKEY_INVALID", err)
	start = begin()
	_, err = complete(me, start.GetFlow(), &structpb.Struct{Fields: map[string]*structpb.Value{"id": structpb.NewStringValue("x")}})
	requireReason(t, "PASSKEY_INVALID", err)
	start = begin()
	_, err = complete(w.bearer(w.login(p).GetTokens().GetAccessToken()), start.GetFlow(), newDevice(t).create(start.GetOptions()))
	requireReason(t, "PASSKEY_INVALID", err)
	start = begin()
	w.Clock.Advance(passkeyFlowTTL + time.Second)
	p.tokens = w.login(p).GetTokens()
	me = w.bearer(p.tokens.GetAccessToken())
	_, err = complete(me, start.GetFlow(), newDevice(t).create(start.GetOptions()))
	requireReason(t, "PASSKEY_INVALID", err)

	d := newDevice(t)
	k := w.addPasskey(p, d)
	require.Equal(t, "Phone", k.GetName())
	require.False(t, k.GetSynced() || k.GetSuspended())
	require.Nil(t, k.GetLastUsedAt())
	require.Equal(t, "Phone", w.mail.last(t, "passkey_added", p.email)["name"])
	got, err := me.GetMe(w.ctx(), &identityv1.GetMeRequest{})
	require.NoError(t, err)
	require.Equal(t, int32(1), got.GetPlayer().GetPasskeys())

	// A passkey that somebody has already is nobody else's.
	other := w.player()
	stolen := *d
	theirs := w.bearer(other.tokens.GetAccessToken())
	begun, err := theirs.StartPasskeyRegistration(w.ctx(), &identityv1.StartPasskeyRegistrationRequest{})
	require.NoError(t, err)
	_, err = complete(theirs, begun.GetFlow(), stolen.create(begun.GetOptions()))
	requireReason(t, "PASSKEY_INVALID", err)

	_, err = me.CompletePasskeyRegistration(w.ctx(), &identityv1.CompletePasskeyRegistrationRequest{Flow: "x"})
	requireReason(t, "VALIDATION", err)
	_, err = complete(w.as(testkit.Operator("admin")), "x", &structpb.Struct{})
	requireReason(t, "PERMISSION_DENIED", err)
}
