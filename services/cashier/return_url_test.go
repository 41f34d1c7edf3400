package cashier

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestReturnURL(t *testing.T) {
	const home = "https://casino.example"
	for target, want := range map[string]bool{
		"https://casino.example":                      true,
		"https://casino.example/":                     true,
		"https://casino.example/cashier?x=1#top":      true,
		"https://CASINO.example/cashier":              true,
		"https://casino.example/a//evil.example":      true,
		"http://casino.example/":                      false,
		"https://casino.example:8443/":                false,
		"https://casino.example.evil.example/":        false,
		"https://evil.example/casino.example":         false,
		"https://casino.example@evil.example/":        false,
		"https://user@casino.example/":                false,
		"https://user:pw@casino.example/":             false,
		"https://casino.example\\@evil.example/":      false,
		"https:\\\\evil.example/":                     false,
		"https:/evil.example/":                        false,
		"https:casino.example":                        false,
		"//casino.example/":                           false,
		"//evil.example/":                             false,
		"/cashier":                                    false,
		"/\\evil.example":                             false,
		"javascript:alert(1)":                         false,
		"data:text/html,x":                            false,
		"https://casino.example/\r\nLocation: x":      false,
		" https://casino.example/":                    false,
		"https://casino.example/\x00":                 false,
		"https://casino.example\t.evil.example/":      false,
		"https://evil.example#https://casino.example": false,
		"https://evil.example?https://casino.example": false,
		"ftp://casino.example/":                       false,
		"https://casino.example%2eevil.example/":      false,
		"":                                            false,
	} {
		require.Equal(t, want, returnURLAllowed(home, target), "%q", target)
	}
	const nested = "http://127.0.0.1:8080/demo"
	for target, want := range map[string]bool{
		"http://127.0.0.1:8080/demo": true, "http://127.0.0.1:8080/demo/x": true, "http://127.0.0.1:8080/demos": false,
		"http://127.0.0.1:8080/": false, "http://127.0.0.1:8080/demo/../x": false, "http://127.0.0.1:8080/demo/%2e%2e/x": false, "http://127.0.0.1/demo": false,
	} {
		require.Equal(t, want, returnURLAllowed(nested, target), "%q", target)
	}
	require.Equal(t, "https://casino.example/x?a=1&deposit=dep_1#top", withQuery("https://casino.example/x?a=1#top", "deposit", "dep_1"))
}

func FuzzReturnURL(f *testing.F) {
	f.Add("https://casino.example/x")
	f.Add("https://casino.example@evil.example")
	f.Fuzz(func(t *testing.T, target string) {
		if returnURLAllowed("https://casino.example", target) && (len(target) < 22 || !equalFoldASCII(target[:22], "https://casino.example")) {
			t.Fatalf("allowed %q", target)
		}
	})
}

func equalFoldASCII(a, b string) bool {
	for i := range b {
		if a[i]|0x20 != b[i]|0x20 {
			return false
		}
	}
	return true
}

func TestIBAN(t *testing.T) {
	for iban, want := range map[string]bool{
		"DE89370400440532013000": true, "GB29NWBK60161331926819": true, "MT84MALT011000012345MTLCAST001S": true, "NO9386011117947": true,
		"DE89370400440532013001": false, "GB29NWBK60161331926818": false, "DE8937040044053201300": false, "": false, "DE893704004405320130-0": false,
	} {
		require.Equal(t, want, ibanValid(iban), iban)
	}
	require.Equal(t, "DE89**************3000", ibanMasked("DE89370400440532013000"))
	require.NotContains(t, ibanMasked("NO9386011117947"), "6011117")
}

func TestConfigIsChecked(t *testing.T) {
	good := func() Config {
		return Config{
			DepositLimits: "EUR:5.00-10.00", WithdrawalLimits: "EUR:5.00-10.00", AutoApproveUpTo: "EUR:1.00", FourEyesFrom: " EUR:2.00, ",
			SyncDelays: delays(1), UnknownDelays: delays(1), Poll: 1, ProviderTimeout: 1, WalletTimeout: 1, DepositTTL: 1, ResendWithin: 1, NoCancel: "GB, DE",
		}
	}
	r, err := good().parse()
	require.NoError(t, err)
	require.Equal(t, amountRange{500, 1000}, r.deposits["EUR"])
	require.Equal(t, []string{"GB", "DE"}, r.noCancel)
	for name, spoil := range map[string]func(*Config){
		"limits":    func(c *Config) { c.DepositLimits = "EUR:10.00-5.00" },
		"currency":  func(c *Config) { c.WithdrawalLimits = "XXX:1-2" },
		"precision": func(c *Config) { c.AutoApproveUpTo = "JPY:1.5" },
		"negative":  func(c *Config) { c.FourEyesFrom = "EUR:-1" },
		"delays":    func(c *Config) { c.SyncDelays = nil },
		"poll":      func(c *Config) { c.Poll = 0 },
	} {
		c := good()
		spoil(&c)
		_, err := c.parse()
		require.Error(t, err, name)
	}
}
