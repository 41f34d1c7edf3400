// Package money holds amounts: a whole number of minor units and a currency, and the only way in and out of text.
// There is no floating point and no rounding anywhere: text that cannot be represented exactly is refused.
package money

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// The reasons why text is not an amount; compare with errors.Is.
var (
	// ErrSyntax: not -?(0|[1-9][0-9]*)(\.[0-9]+)?.
	ErrSyntax = errors.New("money: not a decimal amount")
	// ErrUnknownCurrency: the currency is not in the registry (codes are upper case).
	ErrUnknownCurrency = errors.New("money: unknown currency")
	// ErrPrecision: more decimals than the currency has, even when they are zeros.
	ErrPrecision = errors.New("money: more decimals than the currency has")
	// ErrOverflow: the amount does not fit into 64 bits of minor units.
	ErrOverflow = errors.New("money: amount out of range")
	// ErrCurrencyMismatch: arithmetic between two currencies.
	ErrCurrencyMismatch = errors.New("money: amounts of different currencies")
)

// Amount is a number of minor units (cents, satoshi) of one currency. It may be negative. The zero value is no currency's
// zero and is refused by every service.
type Amount struct {
	Minor    int64
	Currency string
}

// Parse reads "10.00" with its currency, exactly. Fewer decimals than the currency has are fine ("10", "10.5"); more are
// ErrPrecision. No exponent, no plus sign, no spaces, no grouping, no leading zeros, no bare point. "-0" is 0. Negative amounts are
// allowed here; callers that want none check Sign.
func Parse(amount, currency string) (Amount, error) {
	exp, ok := Exponent(currency)
	if !ok {
		return Amount{}, fmt.Errorf("%w: %.16q", ErrUnknownCurrency, currency)
	}
	digits, negative := strings.CutPrefix(amount, "-")
	whole, fraction, point := strings.Cut(digits, ".")
	if !allDigits(whole) || point && !allDigits(fraction) || len(whole) > 1 && whole[0] == '0' {
		return Amount{}, fmt.Errorf("%w: %.40q", ErrSyntax, amount)
	}
	if len(fraction) > exp {
		return Amount{}, fmt.Errorf("%w: %.40q has %d, %s has %d", ErrPrecision, amount, len(fraction), currency, exp)
	}
	// The magnitude is read as unsigned, because the smallest int64 has no positive counterpart.
	magnitude, err := strconv.ParseUint(whole+fraction+strings.Repeat("0", exp-len(fraction)), 10, 64)
	limit := uint64(math.MaxInt64)
	if negative {
		limit++
	}
	if err != nil || magnitude > limit {
		return Amount{}, fmt.Errorf("%w: %.40q", ErrOverflow, amount)
	}
	minor := int64(magnitude)
	if negative {
		minor = -minor
	}
	return Amount{Minor: minor, Currency: currency}, nil
}

// String is the amount as it goes over the wire, with all of the currency's decimals: "10.00", "-0.05", "5" (JPY). Parse reads
// it back to the same Amount. For a currency that is not in the registry it is "?" and the minor units, which Parse refuses.
func (a Amount) String() string {
	exp, ok := Exponent(a.Currency)
	if !ok {
		return "?" + strconv.FormatInt(a.Minor, 10)
	}
	sign, magnitude := "", uint64(a.Minor)
	if a.Minor < 0 {
		sign, magnitude = "-", -magnitude
	}
	digits := strconv.FormatUint(magnitude, 10)
	if exp == 0 {
		return sign + digits
	}
	if pad := exp + 1 - len(digits); pad > 0 {
		digits = strings.Repeat("0", pad) + digits
	}
	return sign + digits[:len(digits)-exp] + "." + digits[len(digits)-exp:]
}

// Sign is -1, 0 or 1.
func (a Amount) Sign() int {
	switch {
	case a.Minor < 0:
		return -1
	case a.Minor > 0:
		return 1
	}
	return 0
}

// Add is a+b. Errors: ErrCurrencyMismatch, ErrOverflow.
func (a Amount) Add(b Amount) (Amount, error) {
	if a.Currency != b.Currency {
		return Amount{}, fmt.Errorf("%w: %.16q and %.16q", ErrCurrencyMismatch, a.Currency, b.Currency)
	}
	sum := a.Minor + b.Minor
	if (sum > a.Minor) != (b.Minor > 0) {
		return Amount{}, ErrOverflow
	}
	return Amount{Minor: sum, Currency: a.Currency}, nil
}

// Sub is a-b. Errors: ErrCurrencyMismatch, ErrOverflow.
func (a Amount) Sub(b Amount) (Amount, error) {
	if a.Currency != b.Currency {
		return Amount{}, fmt.Errorf("%w: %.16q and %.16q", ErrCurrencyMismatch, a.Currency, b.Currency)
	}
	diff := a.Minor - b.Minor
	if (diff < a.Minor) != (b.Minor > 0) {
		return Amount{}, ErrOverflow
	}
	return Amount{Minor: diff, Currency: a.Currency}, nil
}

func allDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}
