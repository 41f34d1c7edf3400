package adapter

import (
	"errors"
	"strings"

	"github.com/pitboss-gaming/pitboss/kit/money"
)

// Why a protocol's amount is not one of ours; compare with errors.Is.
var (
	// ErrCurrency: the platform does not keep the currency.
	ErrCurrency = errors.New("adapter: unknown currency")
	// ErrNegative: the amount is below zero.
	ErrNegative = errors.New("adapter: negative amount")
	// ErrAmount: not a decimal, finer than the currency's minor unit, or out of range.
	ErrAmount = errors.New("adapter: the amount is not one of the currency")
)

// Decimal reads an amount in major units exactly, as protocols write it in JSON numbers and strings: "10", "10.1", "10.100000", "1e2".
// Zeros beyond the currency's decimals are fine, other digits there are ErrAmount: nothing is ever rounded. Errors: ErrCurrency,
// ErrNegative, ErrAmount.
func Decimal(text, currency string) (money.Amount, error) {
	exponent, ok := money.Exponent(currency)
	if !ok {
		return money.Amount{}, ErrCurrency
	}
	plain, err := expand(text)
	if err != nil {
		return money.Amount{}, err
	}
	whole, fraction, point := strings.Cut(plain, ".")
	if point && fraction == "" {
		return money.Amount{}, ErrAmount
	}
	if len(fraction) > exponent {
		if strings.Trim(fraction[exponent:], "0") != "" {
			return money.Amount{}, negativeFirst(plain)
		}
		fraction = fraction[:exponent]
	}
	if fraction != "" {
		whole += "." + fraction
	}
	a, err := money.Parse(whole, currency)
	switch {
	case err != nil:
		return a, negativeFirst(plain)
	case a.Sign() < 0:
		return a, ErrNegative
	}
	return a, nil
}

// negativeFirst is ErrNegative for what has a minus sign: protocols have a word of their own for it.
func negativeFirst(plain string) error {
	if strings.HasPrefix(plain, "-") {
		return ErrNegative
	}
	return ErrAmount
}

// maxShift bounds an exponent, so that a short text cannot become a long one.
const maxShift = 18

// expand writes a JSON number without its exponent.
func expand(text string) (string, error) {
	if len(text) > 64 {
		return "", ErrAmount
	}
	at := strings.IndexAny(text, "eE")
	if at < 0 {
		return text, nil
	}
	mantissa, shift := text[:at], 0
	sign, digits := 1, text[at+1:]
	if rest, minus := strings.CutPrefix(digits, "-"); minus {
		sign, digits = -1, rest
	} else {
		digits = strings.TrimPrefix(digits, "+")
	}
	if digits == "" || len(digits) > 2 {
		return "", ErrAmount
	}
	for _, c := range digits {
		if c < '0' || c > '9' {
			return "", ErrAmount
		}
		shift = shift*10 + int(c-'0')
	}
	if shift > maxShift {
		return "", ErrAmount
	}
	return shifted(mantissa, sign*shift), nil
}

// shifted moves the point of a decimal.
func shifted(mantissa string, by int) string {
	minus := ""
	if rest, ok := strings.CutPrefix(mantissa, "-"); ok {
		minus, mantissa = "-", rest
	}
	whole, fraction, _ := strings.Cut(mantissa, ".")
	if by >= 0 {
		fraction += strings.Repeat("0", max(0, by-len(fraction)))
		whole, fraction = whole+fraction[:by], fraction[by:]
	} else {
		whole = strings.Repeat("0", max(0, -by-len(whole)+1)) + whole
		whole, fraction = whole[:len(whole)+by], whole[len(whole)+by:]+fraction
	}
	if whole = strings.TrimLeft(whole, "0"); whole == "" {
		whole = "0"
	}
	if fraction != "" {
		whole += "." + fraction
	}
	return minus + whole
}

// Fixed writes an amount in major units with exactly so many decimals, for protocols that fix them. What is finer is left out, so that a
// provider never sees more than there is.
func Fixed(a money.Amount, decimals int) string {
	whole, fraction, _ := strings.Cut(a.String(), ".")
	fraction += strings.Repeat("0", max(0, decimals-len(fraction)))
	if decimals == 0 {
		return whole
	}
	return whole + "." + fraction[:decimals]
}
