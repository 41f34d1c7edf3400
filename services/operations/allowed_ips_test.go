package operations

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// FuzzAllowedIPs: what is accepted reads the same again, and every prefix in it can be read.
func FuzzAllowedIPs(f *testing.F) {
	for _, s := range []string{"", "192.0.2.1", " 10.0.0.0/8 , 2001:db8::/32", "1.2.3.4/33", "::ffff:1.2.3.4", "fe80::1%eth0", "0.0.0.0/0", ","} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		list, err := allowedIPs(map[string]string{settingAllowedIPs: text})
		if err != nil {
			return
		}
		for _, p := range list {
			prefix, err := netip.ParsePrefix(p)
			require.NoError(t, err)
			require.True(t, prefix.Contains(prefix.Addr()))
		}
		again, err := allowedIPs(map[string]string{settingAllowedIPs: strings.Join(list, ", ")})
		require.NoError(t, err)
		require.Equal(t, list, again)
	})
}
