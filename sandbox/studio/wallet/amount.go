package wallet

import (
	"errors"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
)

// Amount is an exact, non-negative sum of money: Units x 10^-Decimals in major units.
type Amount struct {
	Units    int64
	Decimals int
}

// ErrInexact is what In returns for an amount that the wanted decimals cannot hold.
var ErrInexact = errors.New("the amount has more decimals than the protocol")

// In converts to units of 10^-decimals without rounding.
func (a Amount) In(decimals int) (int64, error) {
	v := a.Units
	for d := a.Decimals; d < decimals; d++ {
		if v > math.MaxInt64/10 {
			return 0, fmt.Errorf("%s does not fit: %w", a, strconv.ErrRange)
		}
		v *= 10
	}
	for d := a.Decimals; d > decimals; d-- {
		if v%10 != 0 {
			return 0, fmt.Errorf("%s with %d decimals: %w", a, decimals, ErrInexact)
		}
		v /= 10
	}
	return v, nil
}

// Text writes the amount with exactly so many decimals.
func (a Amount) Text(decimals int) (string, error) {
	v, err := a.In(decimals)
	if err != nil {
		return "", err
	}
	return Amount{v, decimals}.String(), nil
}

// String writes all decimals: {1234, 2} is "12.34".
func (a Amount) String() string {
	s := strconv.FormatInt(a.Units, 10)
	if a.Decimals == 0 {
		return s
	}
	sign := ""
	if s[0] == '-' {
		sign, s = "-", s[1:]
	}
	if len(s) <= a.Decimals {
		s = strings.Repeat("0", a.Decimals-len(s)+1) + s
	}
	return sign + s[:len(s)-a.Decimals] + "." + s[len(s)-a.Decimals:]
}

var plainDecimal = regexp.MustCompile(`^[0-9]{1,18}(\.[0-9]{1,12})?$`)

// Balance reads a balance as protocols write it, a decimal number or string without sign or exponent, and returns it
// without superfluous zeros. It stays text, so that no currency's decimals are too many.
func Balance(text string) (string, error) {
	if !plainDecimal.MatchString(text) {
		return "", errors.New("the balance is missing, negative or no decimal number")
	}
	whole, frac, _ := strings.Cut(text, ".")
	if whole = strings.TrimLeft(whole, "0"); whole == "" {
		whole = "0"
	}
	if frac = strings.TrimRight(frac, "0"); frac == "" {
		return whole, nil
	}
	return whole + "." + frac, nil
}

// ParseAmount reads a decimal without sign or exponent, exactly; superfluous zeros behind the point are dropped.
func ParseAmount(text string) (Amount, error) {
	plain, err := Balance(text)
	if err != nil {
		return Amount{}, errors.New("not an amount")
	}
	whole, frac, _ := strings.Cut(plain, ".")
	units, err := strconv.ParseInt(whole+frac, 10, 64)
	return Amount{units, len(frac)}, err
}

// Pad writes a balance with at least so many decimals, as people expect of a currency.
func Pad(balance string, decimals int) string {
	_, frac, point := strings.Cut(balance, ".")
	if decimals == 0 || len(frac) >= decimals {
		return balance
	}
	if !point {
		balance += "."
	}
	return balance + strings.Repeat("0", decimals-len(frac))
}
