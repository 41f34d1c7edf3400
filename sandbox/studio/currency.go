package studio

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/pitboss-gaming/pitboss/sandbox/studio/slot"
)

// wireDecimals: amounts on the wire are units of 0.00001 (Hub88: amount x 100000).
const wireDecimals = 5

// currency says how the game is played in one currency. Minor is the smallest amount the game uses: the currency's
// own minor unit, or the wire's where that is coarser (bitcoin).
type currency struct {
	code     string
	decimals int
	minMinor int64 // lowest stake; every stake is a multiple of slot.Lines, so that a line costs a whole minor unit
	maxMinor int64
}

// demoCurrency is play money: no wallet is called.
const demoCurrency = "XXX"

var currencies = makeCurrencies()

func makeCurrencies() map[string]currency {
	all := map[string]currency{}
	add := func(decimals int, lowest, highest int64, codes ...string) {
		for _, c := range codes {
			all[c] = currency{code: c, decimals: decimals, minMinor: lowest, maxMinor: highest}
		}
	}
	add(2, 10, 10_000, "EUR", "USD", "GBP", "CAD", "AUD", "NZD", "CHF", "SGD", demoCurrency)
	add(2, 100, 100_000, "SEK", "NOK", "DKK", "PLN", "BRL", "TRY", "ZAR", "MXN", "CNY")
	add(2, 500, 500_000, "INR", "CZK", "THB", "PHP", "RUB", "UAH")
	add(3, 50, 50_000, "KWD", "BHD", "OMR", "JOD", "TND")
	add(0, 10, 10_000, "JPY")
	add(0, 100, 100_000, "KRW", "CLP")
	add(2, 5000, 5_000_000, "HUF")
	add(5, 10, 1_000, "BTC")
	add(5, 100, 100_000, "ETH")
	add(2, 10, 10_000, "USDT", "USDC")
	return all
}

// stakes are the bet levels: 1, 2, 5, 10, ... times the lowest.
func (c currency) stakes() []int64 {
	var out []int64
	for step := c.minMinor; ; step *= 10 {
		for _, f := range []int64{1, 2, 5} {
			v := step * f
			if v > c.maxMinor {
				return out
			}
			if v%slot.Lines == 0 {
				out = append(out, v)
			}
		}
	}
}

func (c currency) allows(minor int64) bool { return slices.Contains(c.stakes(), minor) }

// wire converts to the wire's units. It cannot overflow for amounts the game can produce; see TestLargestWinFits.
func (c currency) wire(minor int64) int64 { return minor * pow10(wireDecimals-c.decimals) }

// format writes minor units as a decimal string: 1234 of EUR is "12.34".
func (c currency) format(minor int64) string { return formatDecimal(minor, c.decimals, c.decimals) }

// formatWire writes a wire amount with at least the currency's decimals and no more than it needs.
func (c currency) formatWire(amount int64) string {
	return formatDecimal(amount, wireDecimals, c.decimals)
}

var errAmount = errors.New("not an amount")

// parse reads a decimal string with at most the currency's decimals. Negative amounts are refused.
func (c currency) parse(s string) (int64, error) {
	whole, frac, point := strings.Cut(s, ".")
	if len(s) > 24 || whole == "" || point && frac == "" || len(frac) > c.decimals || !digits(whole) || !digits(frac) {
		return 0, fmt.Errorf("%w: %q (%s has %d decimals)", errAmount, s, c.code, c.decimals)
	}
	v, err := strconv.ParseInt(whole+frac, 10, 64)
	scale := pow10(c.decimals - len(frac))
	if err != nil || v > math.MaxInt64/scale {
		return 0, fmt.Errorf("%w: %q is too large", errAmount, s)
	}
	return v * scale, nil
}

func digits(s string) bool {
	return strings.Trim(s, "0123456789") == ""
}

// formatDecimal writes v x 10^-decimals with trailing zeros cut down to keep decimals.
func formatDecimal(v int64, decimals, keep int) string {
	sign := ""
	u := uint64(v)
	if v < 0 {
		sign, u = "-", -u
	}
	s := strconv.FormatUint(u, 10)
	if len(s) <= decimals {
		s = strings.Repeat("0", decimals-len(s)+1) + s
	}
	whole, frac := s[:len(s)-decimals], s[len(s)-decimals:]
	for len(frac) > keep && frac[len(frac)-1] == '0' {
		frac = frac[:len(frac)-1]
	}
	if frac == "" {
		return sign + whole
	}
	return sign + whole + "." + frac
}

func pow10(n int) int64 {
	v := int64(1)
	for range n {
		v *= 10
	}
	return v
}
