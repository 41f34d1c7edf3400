package studio

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pitboss-gaming/pitboss/sandbox/studio/crash"
	"github.com/pitboss-gaming/pitboss/sandbox/studio/slot"
)

func TestAmounts(t *testing.T) {
	eur, jpy, kwd, btc := currencies["EUR"], currencies["JPY"], currencies["KWD"], currencies["BTC"]
	for _, c := range []struct {
		currency currency
		text     string
		minor    int64
		wire     int64
	}{
		{eur, "3.56", 356, 356_000}, {eur, "0.01", 1, 1000}, {eur, "0.00", 0, 0}, {jpy, "150", 150, 15_000_000},
		{kwd, "0.050", 50, 5000}, {btc, "0.00010", 10, 10},
	} {
		got, err := c.currency.parse(c.text)
		require.NoError(t, err)
		require.Equal(t, c.minor, got)
		require.Equal(t, c.text, c.currency.format(c.minor))
		wire, err := c.currency.amount(c.minor).In(5)
		require.NoError(t, err)
		require.Equal(t, c.wire, wire)
	}
	require.Equal(t, "12.34567", eur.balance("12.34567"))
	require.Equal(t, "12.30", eur.balance("12.3"))
	require.Equal(t, "12.3", currencies["JPY"].balance("12.3"))
	require.Equal(t, "-0.05", eur.format(-5))
	require.Equal(t, "-92233720368547758.08", eur.format(math.MinInt64))
	for _, bad := range []string{"", ".", "1.", ".5", "-1", "+1", "1.001", "1,5", "0x1", "1 ", "٣", "99999999999999999.99", "9999999999999999999999999"} {
		_, err := eur.parse(bad)
		require.ErrorIs(t, err, errAmount, bad)
	}
	_, err := jpy.parse("1.0")
	require.ErrorIs(t, err, errAmount)
}

func TestStakesGiveWholeLineBets(t *testing.T) {
	for code, c := range currencies {
		stakes := c.stakes()
		require.NotEmpty(t, stakes, code)
		require.Equal(t, c.minMinor, stakes[0], code)
		for i, s := range stakes {
			require.Zero(t, s%slot.Lines, code)
			require.True(t, c.allows(s))
			require.False(t, c.allows(s+1))
			require.True(t, i == 0 || s > stakes[i-1])
		}
	}
}

func TestLargestWinFits(t *testing.T) {
	most := max(slot.Published.Figures().MaxWin, crash.MaxTarget/100)
	for code, c := range currencies {
		highest, err := c.amount(c.maxMinor).In(6) // the finest protocol
		require.NoError(t, err)
		require.Less(t, most*float64(highest), float64(math.MaxInt64)/1000, code)
	}
}
