package studio

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/pitboss-gaming/pitboss/sandbox/studio/slot"
	"github.com/pitboss-gaming/pitboss/sandbox/studio/wallet"
)

// currency says how games are played in one currency. Minor is the smallest amount they use: the currency's own minor
// unit, or a coarser one that most protocols can carry (bitcoin).
type currency struct {
	code     string
	decimals int
	minMinor int64 // lowest stake; every stake is a multiple of slot.Lines, so that a line costs a whole minor unit
	maxMinor int64
}

// demoCurrency is play money: no wallet is called.
const demoCurrency = wallet.DemoCurrency

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

// stakeRange is what a game takes as the stake of a new round, published for each currency.
type stakeRange struct {
	Min  string `json:"min"`
	Step string `json:"step,omitempty"` // each bet is a multiple of it; without it there are levels, which the session tells
	Max  string `json:"max"`            // of all bets of the round together
}

func stakeRanges(stepped bool) map[string]stakeRange {
	out := map[string]stakeRange{}
	for code, c := range currencies {
		r := stakeRange{Min: c.format(c.minMinor), Max: c.format(c.maxMinor)}
		if stepped {
			r.Step = r.Min
		}
		out[code] = r
	}
	return out
}

func (c currency) allows(minor int64) bool { return slices.Contains(c.stakes(), minor) }

// amount is minor units as protocols take them.
func (c currency) amount(minor int64) wallet.Amount {
	return wallet.Amount{Units: minor, Decimals: c.decimals}
}

// format writes minor units as a decimal string: 1234 of EUR is "12.34".
func (c currency) format(minor int64) string { return c.amount(minor).String() }

// balance writes what a wallet told with at least the currency's decimals and no more than it needs.
func (c currency) balance(text string) string { return wallet.Pad(text, c.decimals) }

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

func pow10(n int) int64 {
	v := int64(1)
	for range n {
		v *= 10
	}
	return v
}
