package identity

import (
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
)

func TestResendVerification(t *testing.T) {
	w := newWorld(t)
	email := newEmail()
	_, err := w.anon().Register(w.ctx(), registration(email))
	require.NoError(t, err)
	old := w.mail.last(t, "verify_email", email)["code"]
	waiting, err := w.anon().ResendVerification(w.ctx(), &identityv1.ResendVerificationRequest{Email: email})
	require.NoError(t, err)
	fresh := w.mail.nth(t, "verify_email", email, 2)["code"]
	if old != fresh {
		_, err = w.anon().VerifyEmail(w.ctx(), &identityv1.VerifyEmailRequest{Email: email, Code: old})
		requireReason(t, "CODE_INVALID", err)
	}
	_, err = w.anon().VerifyEmail(w.ctx(), &identityv1.VerifyEmailRequest{Email: email, Code: fresh})
	require.NoError(t, err)

	t.Run("the same answer for an address that waits for nothing", func(t *testing.T) {
		for _, address := range []string{email, newEmail()} {
			res, err := w.anon().ResendVerification(w.ctx(), &identityv1.ResendVerificationRequest{Email: address})
			require.NoError(t, err)
			require.True(t, proto.Equal(waiting, res))
		}
		require.Len(t, w.mail.all("verify_email", email), 2)
	})
	t.Run("throttled", func(t *testing.T) {
		address := newEmail()
		for range 5 {
			_, err := w.anon().ResendVerification(w.ctx(), &identityv1.ResendVerificationRequest{Email: address})
			require.NoError(t, err)
		}
		_, err := w.anon().ResendVerification(w.ctx(), &identityv1.ResendVerificationRequest{Email: address})
		requireReason(t, "THROTTLED", err)
	})
	t.Run("bad input", func(t *testing.T) {
		_, err := w.anon().ResendVerification(w.ctx(), &identityv1.ResendVerificationRequest{Email: "nobody"})
		requireReason(t, "FIELD_INVALID", err)
	})
}
