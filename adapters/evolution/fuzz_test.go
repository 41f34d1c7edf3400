package evolution

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/pitboss-gaming/pitboss/kit/adapter"
)

// FuzzAuthToken: no query but one with exactly the token, once, is taken.
func FuzzAuthToken(f *testing.F) {
	for _, q := range []string{"", "authToken=a+b", "authToken=a%20b", "x=1&authToken=a+b", "authToken=a+b&authToken=a+b", "authToken=a", "authToken=%zz", ";authToken=a+b", "authToken="} {
		f.Add(q)
	}
	secret := adapter.SecretOf(map[string]string{secretAuthToken: "a b"}, secretAuthToken)
	f.Fuzz(func(t *testing.T, query string) {
		var values []string
		for part := range strings.SplitSeq(query, "&") {
			name, value, _ := strings.Cut(part, "=")
			if name, err := url.QueryUnescape(name); err == nil && name == "authToken" {
				values = append(values, value)
			}
		}
		if secret.Equal(authToken(query)) {
			require.Len(t, values, 1, query)
			value, err := url.QueryUnescape(values[0])
			require.NoError(t, err)
			require.Equal(t, "a b", value)
		}
		require.False(t, adapter.SecretOf(nil, secretAuthToken).Equal(authToken(query)), "no token opens nothing")
	})
}

// FuzzBet: any body is read without a panic, and an amount that is taken is the one that was written.
func FuzzBet(f *testing.F) {
	f.Add([]byte(`{"sid":"s","userId":"u","uuid":"1","currency":"EUR","game":{"id":"g","details":{"table":{"id":"t"}}},"transaction":{"id":"t","refId":"r","amount":10.110000}}`))
	f.Add([]byte(`{"transaction":{"amount":1e400}}`))
	f.Add([]byte(`{"promoTransaction":[],"game":1}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		doc, err := adapter.Parse(body)
		_ = echo(doc)
		if err != nil {
			return
		}
		c := call{in: &integration{}, fields: adapter.Read(doc)}
		b := c.readBet(true)
		if !c.fields.OK() {
			return
		}
		require.LessOrEqual(t, utf8.RuneCountInString(b.resultID()), adapter.MaxText)
		var theirs, transaction map[string]json.RawMessage
		require.NoError(t, json.Unmarshal(body, &theirs))
		require.NoError(t, json.Unmarshal(theirs["transaction"], &transaction))
		a, err := adapter.Decimal(string(transaction["amount"]), b.amount.GetCurrency())
		require.NoError(t, err)
		require.Equal(t, b.amount.GetAmount(), a.Proto().GetAmount())
	})
}
