package money_test

import (
	"math"
	"math/big"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/pitboss-gaming/pitboss/kit/money"
)

func TestParse(t *testing.T) {
	for _, tc := range []struct {
		in, currency string
		minor        int64
		text         string
		err          error
	}{
		{"10.00", "EUR", 1000, "10.00", nil},
		{"10", "EUR", 1000, "10.00", nil},
		{"10.5", "EUR", 1050, "10.50", nil},
		{"0", "EUR", 0, "0.00", nil},
		{"-0", "EUR", 0, "0.00", nil},
		{"-0.00", "EUR", 0, "0.00", nil},
		{"-0.05", "EUR", -5, "-0.05", nil},
		{"0.01", "EUR", 1, "0.01", nil},
		{"500", "JPY", 500, "500", nil},
		{"-500", "JPY", -500, "-500", nil},
		{"1.234", "KWD", 1234, "1.234", nil},
		{"0.00000001", "BTC", 1, "0.00000001", nil},
		{"1.000000001", "ETH", 1_000_000_001, "1.000000001", nil},
		{"92233720368547758.07", "EUR", math.MaxInt64, "92233720368547758.07", nil},
		{"-92233720368547758.08", "EUR", math.MinInt64, "-92233720368547758.08", nil},
		{"92233720368547758.08", "EUR", 0, "", money.ErrOverflow},
		{"-92233720368547758.09", "EUR", 0, "", money.ErrOverflow},
		{"18446744073709551616", "JPY", 0, "", money.ErrOverflow},
		{strings.Repeat("9", 400), "EUR", 0, "", money.ErrOverflow},
		{"1.001", "EUR", 0, "", money.ErrPrecision},
		{"1.000", "EUR", 0, "", money.ErrPrecision},
		{"1.0", "JPY", 0, "", money.ErrPrecision},
		{"1.0000000001", "ETH", 0, "", money.ErrPrecision},
		{"", "EUR", 0, "", money.ErrSyntax},
		{"-", "EUR", 0, "", money.ErrSyntax},
		{".", "EUR", 0, "", money.ErrSyntax},
		{".5", "EUR", 0, "", money.ErrSyntax},
		{"5.", "EUR", 0, "", money.ErrSyntax},
		{"+5", "EUR", 0, "", money.ErrSyntax},
		{"--5", "EUR", 0, "", money.ErrSyntax},
		{"1e3", "EUR", 0, "", money.ErrSyntax},
		{"1E3", "EUR", 0, "", money.ErrSyntax},
		{"0x10", "EUR", 0, "", money.ErrSyntax},
		{"1_000", "EUR", 0, "", money.ErrSyntax},
		{"1,000.00", "EUR", 0, "", money.ErrSyntax},
		{"1.2.3", "EUR", 0, "", money.ErrSyntax},
		{"1.-2", "EUR", 0, "", money.ErrSyntax},
		{" 1", "EUR", 0, "", money.ErrSyntax},
		{"1 ", "EUR", 0, "", money.ErrSyntax},
		{"1\n", "EUR", 0, "", money.ErrSyntax},
		{"01", "EUR", 0, "", money.ErrSyntax},
		{"00.10", "EUR", 0, "", money.ErrSyntax},
		{"NaN", "EUR", 0, "", money.ErrSyntax},
		{"Inf", "EUR", 0, "", money.ErrSyntax},
		{"١", "EUR", 0, "", money.ErrSyntax},
		{"10", "eur", 0, "", money.ErrUnknownCurrency},
		{"10", "", 0, "", money.ErrUnknownCurrency},
		{"10", "XXX", 0, "", money.ErrUnknownCurrency},
	} {
		t.Run(tc.in+" "+tc.currency, func(t *testing.T) {
			a, err := money.Parse(tc.in, tc.currency)
			if tc.err != nil {
				require.ErrorIs(t, err, tc.err)
				require.Zero(t, a)
				return
			}
			require.NoError(t, err)
			require.Equal(t, money.Amount{Minor: tc.minor, Currency: tc.currency}, a)
			require.Equal(t, tc.text, a.String())
		})
	}
}

func TestExponents(t *testing.T) {
	for code, want := range map[string]int{
		"EUR": 2, "USD": 2, "JPY": 0, "KWD": 3, "CLF": 4, "CLP": 0, "HUF": 2, "ISK": 0, "XCG": 2, "UYW": 4, "MGA": 2, "VND": 0,
		"BTC": 8, "LTC": 8, "ETH": 9, "USDT": 6, "USDC": 6, "TRX": 6, "XRP": 6, "SOL": 9, "DOGE": 8,
	} {
		got, ok := money.Exponent(code)
		require.True(t, ok, code)
		require.Equal(t, want, got, code)
	}
	for _, code := range []string{"HRK", "BGN", "XAU", "XDR", "XTS", "ZWL", "ANG"} {
		_, ok := money.Exponent(code)
		require.False(t, ok, "%s is withdrawn or has no minor unit", code)
	}
	shape := regexp.MustCompile(`^[A-Z]{3,4}$`)
	for _, code := range money.Currencies() {
		exp, _ := money.Exponent(code)
		require.Regexp(t, shape, code)
		require.LessOrEqual(t, exp, money.MaxExponent)
	}
}

func TestString_UnknownCurrencyCannotBeReadBack(t *testing.T) {
	a := money.Amount{Minor: 5, Currency: "ZZZ"}
	require.Equal(t, "?5", a.String())
	_, err := money.Parse(a.String(), "EUR")
	require.ErrorIs(t, err, money.ErrSyntax)
}

func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := money.Amount{Minor: rapid.Int64().Draw(t, "minor"), Currency: rapid.SampledFrom(money.Currencies()).Draw(t, "currency")}
		back, err := money.Parse(a.String(), a.Currency)
		require.NoError(t, err)
		require.Equal(t, a, back)
		require.Equal(t, a.String(), back.String())
	})
}

func TestArithmetic_AgreesWithBigIntegers(t *testing.T) {
	edge := rapid.OneOf(rapid.Int64(), rapid.SampledFrom([]int64{math.MinInt64, math.MinInt64 + 1, -1, 0, 1, math.MaxInt64}))
	rapid.Check(t, func(t *rapid.T) {
		x, y := edge.Draw(t, "x"), edge.Draw(t, "y")
		a, b := money.Amount{Minor: x, Currency: "EUR"}, money.Amount{Minor: y, Currency: "EUR"}
		for _, op := range []struct {
			got func(money.Amount) (money.Amount, error)
			big *big.Int
		}{
			{a.Add, new(big.Int).Add(big.NewInt(x), big.NewInt(y))},
			{a.Sub, new(big.Int).Sub(big.NewInt(x), big.NewInt(y))},
		} {
			got, err := op.got(b)
			if !op.big.IsInt64() {
				require.ErrorIs(t, err, money.ErrOverflow)
				continue
			}
			require.NoError(t, err)
			require.Equal(t, op.big.Int64(), got.Minor)
		}
	})
	_, err := money.Amount{Minor: 1, Currency: "EUR"}.Add(money.Amount{Minor: 1, Currency: "USD"})
	require.ErrorIs(t, err, money.ErrCurrencyMismatch)
	_, err = money.Amount{Minor: 1, Currency: "EUR"}.Sub(money.Amount{Minor: 1, Currency: "USD"})
	require.ErrorIs(t, err, money.ErrCurrencyMismatch)
}

// FuzzParse compares the parser with an independent one: a regular expression and big.Rat.
func FuzzParse(f *testing.F) {
	for _, s := range []string{"10.00", "-0", "1e3", "92233720368547758.08", " 1", "+1", "0x1", "1/2", "00", "."} {
		f.Add(s, "EUR")
	}
	f.Add("0.000000001", "ETH")
	shape := regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?$`)
	f.Fuzz(func(t *testing.T, s, currency string) {
		a, err := money.Parse(s, currency)
		exp, known := money.Exponent(currency)
		if !known {
			require.ErrorIs(t, err, money.ErrUnknownCurrency)
			return
		}
		if !shape.MatchString(s) || strings.HasSuffix(s, "\n") {
			require.ErrorIs(t, err, money.ErrSyntax)
			return
		}
		if _, frac, _ := strings.Cut(s, "."); len(frac) > exp {
			require.ErrorIs(t, err, money.ErrPrecision)
			return
		}
		r, ok := new(big.Rat).SetString(s)
		require.True(t, ok)
		r.Mul(r, new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(exp)), nil)))
		require.True(t, r.IsInt())
		if !r.Num().IsInt64() {
			require.ErrorIs(t, err, money.ErrOverflow)
			return
		}
		require.NoError(t, err)
		require.Equal(t, r.Num().Int64(), a.Minor)
	})
}
