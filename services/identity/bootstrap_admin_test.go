package identity

import (
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	"github.com/pitboss-gaming/pitboss/kit/config"
)

func TestBootstrapAdmin(t *testing.T) {
	w := newWorld(t)
	var cfg Config
	require.NoError(t, config.LoadFrom(&cfg, map[string]string{"PITBOSS_IDENTITY_PEPPER": testPepper}))
	o := BootstrapOptions{Pool: w.DB, Box: w.Box, Clock: w.Clock.Now, Config: cfg}
	creds, err := NewAdminCredentials(" Admin@Pitboss.local ")
	require.NoError(t, err)
	require.Equal(t, "admin@pitboss.local", creds.Email)
	others, err := NewAdminCredentials("admin@pitboss.local")
	require.NoError(t, err)
	_, err = NewAdminCredentials("nobody")
	require.Error(t, err)
	require.NotEqual(t, creds.Password, others.Password)
	require.Empty(t, checkPassword(creds.Password, creds.Email, minStaffPassword))

	var created atomic.Int64
	var wg sync.WaitGroup
	for range 5 {
		wg.Go(func() {
			done, err := BootstrapAdmin(w.ctx(), o, creds)
			if err != nil {
				t.Error(err)
			}
			if done {
				created.Add(1)
			}
		})
	}
	wg.Wait()
	require.EqualValues(t, 1, created.Load())
	done, err := BootstrapAdmin(w.ctx(), o, others)
	require.NoError(t, err)
	require.False(t, done, "there is staff already")

	res, err := w.anon().LoginOperator(w.ctx(), &identityv1.LoginOperatorRequest{Email: creds.Email, Password: creds.Password, TotpCode: w.code(creds.TotpSecret)})
	require.NoError(t, err)
	_, err = w.bearer(res.GetTokens().GetAccessToken()).CreatePartnerClient(w.ctx(), &identityv1.CreatePartnerClientRequest{Name: "P", Scopes: []string{"bets"}})
	require.NoError(t, err)
	_, err = w.anon().LoginOperator(w.ctx(), &identityv1.LoginOperatorRequest{Email: others.Email, Password: others.Password, TotpCode: w.code(others.TotpSecret)})
	requireReason(t, "CREDENTIALS_INVALID", err)
}
