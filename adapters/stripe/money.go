package stripe

import (
	"math"
	"strings"

	"github.com/pitboss-gaming/pitboss/kit/money"
)

// Currencies whose amounts Stripe does not count in hundredths (docs.stripe.com/currencies). ISK and UGX are left out on purpose: Stripe
// counts them in hundredths that do not exist, and a mistake there is a factor of a hundred.
var stripeExponents = exponents(map[int]string{
	0: "BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF",
	3: "BHD JOD KWD OMR TND",
})

const unsupported = "ISK UGX"

// maxExponent is the most decimals that a currency of Stripe's has; coins have more.
const maxExponent = 3

func exponents(lists map[int]string) map[string]int {
	out := map[string]int{}
	for e, codes := range lists {
		for c := range strings.FieldsSeq(codes) {
			out[c] = e
		}
	}
	return out
}

// exponent is the number of decimals in which Stripe counts a currency; false when we do not take it there.
func exponent(currency string) (int, bool) {
	ours, ok := money.Exponent(currency)
	if !ok || ours > maxExponent || len(currency) != 3 || strings.Contains(unsupported, currency) {
		return 0, false
	}
	if e, ok := stripeExponents[currency]; ok {
		return e, true
	}
	return 2, true
}

// toStripe is an amount in Stripe's minor units. False when Stripe cannot count it exactly.
func toStripe(a money.Amount) (int64, bool) {
	theirs, ok := exponent(a.Currency)
	ours, known := money.Exponent(a.Currency)
	if !ok || !known || a.Minor <= 0 {
		return 0, false
	}
	return rescale(a.Minor, ours, theirs)
}

// fromStripe is Stripe's amount as ours; the currency comes in lower case. False when we do not know the currency or cannot count it exactly.
func fromStripe(minor int64, currency string) (money.Amount, bool) {
	code := strings.ToUpper(currency)
	theirs, ok := exponent(code)
	ours, known := money.Exponent(code)
	if !ok || !known || minor < 0 {
		return money.Amount{}, false
	}
	n, ok := rescale(minor, theirs, ours)
	return money.Amount{Minor: n, Currency: code}, ok
}

func rescale(n int64, from, to int) (int64, bool) {
	for ; from < to; from++ {
		if n > math.MaxInt64/10 {
			return 0, false
		}
		n *= 10
	}
	for ; from > to; from-- {
		if n%10 != 0 {
			return 0, false
		}
		n /= 10
	}
	return n, true
}
