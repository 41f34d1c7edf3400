package redtiger

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pitboss-gaming/pitboss/kit/adapter"
)

// FuzzAuthentic: no header but the key, bare or as Basic, is taken.
func FuzzAuthentic(f *testing.F) {
	for _, s := range []string{"", "Basic ", "Basic k e y", "basic k e y", "k e y", "BASIC k e y ", "Basic  k e y", "Basic Basic k e y"} {
		f.Add(s)
	}
	in := &integration{apiKey: adapter.SecretOf(map[string]string{secretAPIKey: "k e y"}, secretAPIKey)}
	f.Fuzz(func(t *testing.T, header string) {
		bare := header
		if len(header) > 6 && (header[0]|0x20) == 'b' {
			bare = header[6:]
		}
		if in.authentic(header) {
			require.True(t, header == "k e y" || bare == "k e y", header)
		}
		require.False(t, (&integration{}).authentic(header), "no key opens nothing")
	})
}

// FuzzTransaction: any body is read without a panic, and what is taken is an amount of the currency.
func FuzzTransaction(f *testing.F) {
	f.Add([]byte(`{"token":"t","userId":"u","currency":"EUR","transaction":{"id":"1","stake":"10.00","stakePromo":0,"details":{"game":"1","jackpot":"0.000000"}},"round":{"id":"r"},"game":{"key":"g"}}`))
	f.Add([]byte(`{"token":"t","userId":"u","currency":"EUR","transaction":{"id":"1","stake":1e400}}`))
	f.Add([]byte(`{"transaction":[],"game":1,"promo":{"type":{}}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		doc, err := adapter.Parse(body)
		if err != nil {
			return
		}
		c := call{in: &integration{}, fields: adapter.Read(doc)}
		tx, failed := c.read("stake", true, true)
		if failed != nil {
			require.False(t, failed.Success)
			return
		}
		require.GreaterOrEqual(t, tx.amount.Minor, int64(0))
		require.LessOrEqual(t, tx.jackpot.Minor, tx.amount.Minor)
		require.NotEmpty(t, tx.id)
		require.LessOrEqual(t, len(tx.key(c)), len(plainMark)+maxTransaction)
	})
}
