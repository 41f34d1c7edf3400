package pragmatic

import (
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pitboss-gaming/pitboss/kit/adapter"
)

// TestHashVector is the vector of providers.md 4.1.
func TestHashVector(t *testing.T) {
	t.Parallel()
	v := signed("testKey", url.Values{"providerId": {"pragmaticplay"}, "token": {"5v93mto7jr"}, "empty": {""}})
	require.Equal(t, "b9cc8c142ec574f56b01e950cab4e5fe", v.Get("hash"))
	require.NotContains(t, v, "empty")
	f, err := parseForm([]byte(v.Encode()))
	require.NoError(t, err)
	require.True(t, verify(adapter.SecretOf(map[string]string{"k": "testKey"}, "k"), f))
}

// FuzzForm: any body is answered without a panic, and what is taken is what the standard library reads, as far as that takes it.
func FuzzForm(f *testing.F) {
	for _, s := range []string{"a=1&b=2", "a=%41+b&&a", "=&==", "a=%zz", "%ff=1", "a;b=1", "hash=1&hash=2"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		got, err := parseForm(body)
		if err != nil {
			return
		}
		theirs, err := url.ParseQuery(string(body))
		if err != nil { // semicolons, which are ordinary here
			return
		}
		n := 0
		for name, values := range theirs {
			n += len(values)
			value, there, twice := got.get(name)
			require.True(t, there)
			require.Equal(t, len(values) > 1, twice)
			if !twice {
				require.Equal(t, values[0], value)
			}
		}
		require.Len(t, got, n)
	})
}

// FuzzHash: no form opens anything without the secret, and none makes the check panic.
func FuzzHash(f *testing.F) {
	for _, s := range []string{"a=1&hash=b9cc8c142ec574f56b01e950cab4e5fe", "hash=", "hash=d41d8cd98f00b204e9800998ecf8427e"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		got, err := parseForm(body)
		if err != nil {
			return
		}
		require.False(t, verify(adapter.SecretOf(map[string]string{"k": "4dbbf1b7a3c24c4f9c6e"}, "k"), got))
		require.False(t, verify(adapter.SecretOf(nil, "k"), got))
	})
}

// FuzzFeed: any text is answered without a panic.
func FuzzFeed(f *testing.F) {
	f.Add("timepoint=1\nplayerID,extPlayerID,gameID,playSessionID,endDate,status,bet,win,currency\n1,p,g,7,2026-01-02 03:04:05,C,1.00,2.00,EUR\n")
	f.Add("timepoint=1\n")
	f.Add("timepoint=1\na,b\n\"")
	f.Fuzz(func(t *testing.T, text string) {
		rounds, next, err := parseFeed(text)
		if err == nil {
			require.GreaterOrEqual(t, next, int64(0))
			for _, r := range rounds {
				require.NotEmpty(t, r.GetStake().GetCurrency())
			}
		}
	})
}
