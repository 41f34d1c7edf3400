package identity

import (
	"net/url"
	"testing"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/totp"
	"github.com/stretchr/testify/require"
)

// RFC 6238 appendix B, SHA-1, cut to six digits.
func TestMatchTotpVectors(t *testing.T) {
	const secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
	for at, code := range map[int64]string{
		59: "287082", 1111111109: "081804", 1111111111: "050471", 1234567890: "005924", 2000000000: "279037", 20000000000: "353130",
	} {
		now := time.Unix(at, 0)
		require.Equal(t, at/30, matchTotp(secret, code, now))
		require.Equal(t, at/30, matchTotp(secret, code, now.Add(30*time.Second)), "the step before counts")
		require.Zero(t, matchTotp(secret, code, now.Add(60*time.Second)))
		require.Zero(t, matchTotp(secret, code, now.Add(-30*time.Second)), "a step ahead does not")
	}
}

func TestOtpauthURI(t *testing.T) {
	secret := newTotpSecret()
	key, err := otp.NewKeyFromURL(otpauthURI("a+b@example.com", secret))
	require.NoError(t, err)
	require.Equal(t, secret, key.Secret())
	require.Equal(t, "Pitboss", key.Issuer())
	require.Equal(t, "a+b@example.com", key.AccountName())
	_, err = url.Parse(key.String())
	require.NoError(t, err)
	_, err = totp.GenerateCode(secret, time.Now())
	require.NoError(t, err)
}
