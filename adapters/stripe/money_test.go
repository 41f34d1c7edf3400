package stripe

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pitboss-gaming/pitboss/kit/money"
)

func TestMoney(t *testing.T) {
	for _, c := range []struct {
		amount, currency string
		stripe           int64
		ok               bool
	}{
		{"10.00", "EUR", 1000, true}, {"0.01", "USD", 1, true}, {"500", "JPY", 500, true}, {"1.230", "KWD", 1230, true},
		{"5.00", "MGA", 5, true}, {"5.50", "MGA", 0, false}, // Stripe counts no iraimbilanja
		{"10", "ISK", 0, false}, {"10", "UGX", 0, false}, {"0.1", "BTC", 0, false}, {"1", "USDC", 0, false},
		{"0.00", "EUR", 0, false}, {"-1.00", "EUR", 0, false},
	} {
		a, err := money.Parse(c.amount, c.currency)
		require.NoError(t, err)
		got, ok := toStripe(a)
		require.Equal(t, c.ok, ok, c.currency+c.amount)
		require.Equal(t, c.stripe, got, c.currency+c.amount)
		if ok {
			back, ok := fromStripe(got, c.currency)
			require.True(t, ok)
			require.Equal(t, a, back)
		}
	}
	for _, currency := range []string{"", "xxx", "btc", "isk"} {
		_, ok := fromStripe(1, currency)
		require.False(t, ok, currency)
	}
	_, ok := fromStripe(math.MaxInt64, "mga")
	require.False(t, ok, "overflow")
	_, ok = fromStripe(-1, "eur")
	require.False(t, ok)
}
