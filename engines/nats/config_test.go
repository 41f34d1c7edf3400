package nats

import (
	"crypto/tls"
	"testing"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/stretchr/testify/require"
)

// TestAccountsConfig: a server that reads the file lets in whom the embedded one lets in, and no further.
func TestAccountsConfig(t *testing.T) {
	users := []User{
		{Name: wallet, Publish: []string{"wallet.>", "$JS.ACK.PLAYER.wallet_players.>"}, Subscribe: []string{"_INBOX_wallet.>"}},
		{Name: admin, Publish: []string{}, Subscribe: []string{"*.settled.v1"}},
		{Name: "spiffe://pitboss.local/svc/all", Subscribe: []string{}},
		{Name: monitor, System: true},
	}
	type rights struct {
		account            string
		publish, subscribe *server.SubjectPermission
	}
	read := func(o *server.Options) map[string]rights {
		out := map[string]rights{}
		for _, u := range o.Users {
			r := rights{account: u.Account.Name}
			if u.Permissions != nil {
				r.publish, r.subscribe = u.Permissions.Publish, u.Permissions.Subscribe
			}
			out[u.Username] = r
		}
		return out
	}
	fromFile := &server.Options{}
	require.NoError(t, fromFile.ProcessConfigString(AccountsConfig(users)), AccountsConfig(users))
	require.Equal(t, SystemAccount, fromFile.SystemAccount)
	embedded := serverOptions(Options{StoreDir: t.TempDir(), TLS: &tls.Config{}, Users: users})
	require.Equal(t, read(embedded), read(fromFile))
	require.Len(t, read(fromFile), len(users))
}
