package identity

import (
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
)

func TestRegister(t *testing.T) {
	w := newWorld(t)
	email := newEmail()
	first, err := w.anon().Register(w.ctx(), registration("  "+email+" "))
	require.NoError(t, err)
	require.EqualValues(t, 600, first.GetCodeTtlS())
	code := w.mail.last(t, "verify_email", email)
	require.Regexp(t, "^[0-9]{6}$", code["code"])
	require.Equal(t, "10", code["ttl_minutes"])

	t.Run("cannot log in before the address is confirmed", func(t *testing.T) {
		_, err := w.anon().Login(w.ctx(), &identityv1.LoginRequest{Email: email, Password: goodPassword})
		requireReason(t, "CREDENTIALS_INVALID", err)
	})
	t.Run("replayed it mails another code and both work for their own attempt", func(t *testing.T) {
		again, err := w.anon().Register(w.ctx(), registration(email))
		require.NoError(t, err)
		require.True(t, proto.Equal(first, again))
		w.mail.nth(t, "verify_email", email, 2)
		_, err = w.anon().VerifyEmail(w.ctx(), &identityv1.VerifyEmailRequest{Email: email, Code: code["code"]})
		require.NoError(t, err)
	})
	t.Run("a taken address answers the same and tells its owner", func(t *testing.T) {
		taken, err := w.anon().Register(w.ctx(), registration(email))
		require.NoError(t, err)
		require.True(t, proto.Equal(first, taken))
		require.Equal(t, "https://casino.test/login", w.mail.last(t, "email_taken", email)["login_url"])
		require.Len(t, w.mail.all("verify_email", email), 2)
	})
}

func TestRegisterBadInput(t *testing.T) {
	w := newWorld(t)
	for name, c := range map[string]struct {
		change func(*identityv1.RegisterRequest)
		reason string
	}{
		"not an address":    {func(r *identityv1.RegisterRequest) { r.Email = "nobody" }, "FIELD_INVALID"},
		"display name":      {func(r *identityv1.RegisterRequest) { r.Email = "A <a@example.com>" }, "FIELD_INVALID"},
		"two addresses":     {func(r *identityv1.RegisterRequest) { r.Email = "a@example.com,b@example.com" }, "FIELD_INVALID"},
		"header injection":  {func(r *identityv1.RegisterRequest) { r.Email = "a@example.com\r\nBcc: b@example.com" }, "FIELD_INVALID"},
		"short password":    {func(r *identityv1.RegisterRequest) { r.Password = "x7!kP2m" }, "PASSWORD_WEAK"},
		"common password":   {func(r *identityv1.RegisterRequest) { r.Password = "Password123!" }, "PASSWORD_WEAK"},
		"unknown time zone": {func(r *identityv1.RegisterRequest) { r.TimeZone = "Mars/Olympus" }, "FIELD_INVALID"},
		"local time zone":   {func(r *identityv1.RegisterRequest) { r.TimeZone = "Local" }, "FIELD_INVALID"},
		"unknown language":  {func(r *identityv1.RegisterRequest) { r.Language = "english" }, "FIELD_INVALID"},
		"no such language":  {func(r *identityv1.RegisterRequest) { r.Language = "qq" }, "FIELD_INVALID"},
		"no such dialect":   {func(r *identityv1.RegisterRequest) { r.Language = "en-UK" }, "FIELD_INVALID"},
		"country":           {func(r *identityv1.RegisterRequest) { r.Country = "mt" }, "VALIDATION"},
		"no such country":   {func(r *identityv1.RegisterRequest) { r.Country = "ZZ" }, "FIELD_INVALID"},
		"a minor":           {func(r *identityv1.RegisterRequest) { r.AdultConfirmed = false }, "VALIDATION"},
		"no password":       {func(r *identityv1.RegisterRequest) { r.Password = "" }, "VALIDATION"},
	} {
		t.Run(name, func(t *testing.T) {
			req := registration(newEmail())
			c.change(req)
			_, err := w.anon().Register(w.ctx(), req)
			requireReason(t, c.reason, err)
		})
	}
}

// A stranger who registers the address first, or last, must not end with a password to the account that its owner confirms.
func TestRegisterCannotPlantAPassword(t *testing.T) {
	w := newWorld(t)
	email := newEmail()
	planted := registration(email)
	planted.Password = "planted by a stranger 1"
	for range 2 {
		_, err := w.anon().Register(w.ctx(), planted)
		require.NoError(t, err)
	}
	w.mail.nth(t, "verify_email", email, 2)
	_, err := w.anon().Register(w.ctx(), registration(email))
	require.NoError(t, err)
	mine := w.mail.nth(t, "verify_email", email, 3)["code"]
	_, err = w.anon().Register(w.ctx(), planted) // and once more, after
	require.NoError(t, err)
	w.mail.nth(t, "verify_email", email, 4)

	_, err = w.anon().VerifyEmail(w.ctx(), &identityv1.VerifyEmailRequest{Email: email, Code: mine})
	require.NoError(t, err)
	_, err = w.anon().Login(w.ctx(), &identityv1.LoginRequest{Email: email, Password: planted.GetPassword()})
	requireReason(t, "CREDENTIALS_INVALID", err)
	_, err = w.anon().Login(w.ctx(), &identityv1.LoginRequest{Email: email, Password: goodPassword})
	require.NoError(t, err)
}

func TestRegisterIsThrottledByAddressee(t *testing.T) {
	w := newWorld(t)
	email := newEmail()
	for range 5 {
		_, err := w.anon().Register(w.ctx(), registration(email))
		require.NoError(t, err)
	}
	_, err := w.anon().Register(w.ctx(), registration(email))
	requireReason(t, "THROTTLED", err)
	_, err = w.anon().Register(w.ctx(), registration(newEmail()))
	require.NoError(t, err)
}

func TestRegistrationOutlivesNotification(t *testing.T) {
	w := newWorld(t)
	w.mail.setDown(true)
	email := newEmail()
	_, err := w.anon().Register(w.ctx(), registration(email))
	require.NoError(t, err)
	var attempts int
	eventually(t, func() bool {
		require.NoError(t, w.DB.QueryRow(w.ctx(), "SELECT coalesce(max(attempts), 0) FROM dispatch").Scan(&attempts))
		return attempts > 0
	})
	w.mail.setDown(false)
	w.mail.last(t, "verify_email", email)
	eventually(t, func() bool {
		var left int
		require.NoError(t, w.DB.QueryRow(w.ctx(), "SELECT count(*) FROM dispatch").Scan(&left))
		return left == 0
	})
	require.Len(t, w.mail.all("verify_email", email), 1)
}
