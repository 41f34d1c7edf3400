package hub88

import (
	"math"

	"github.com/pitboss-gaming/pitboss/kit/adapter"
	"github.com/pitboss-gaming/pitboss/kit/money"
)

// wireDecimals: the protocol writes amounts as integers of 0.00001 units (providers.md 2.2).
const wireDecimals = 5

// fromWire reads an amount exactly. Errors: adapter.ErrCurrency; adapter.ErrAmount for a fraction of the currency's minor unit or an overflow.
func fromWire(amount int64, currency string) (money.Amount, error) {
	exponent, ok := money.Exponent(currency)
	if !ok {
		return money.Amount{}, adapter.ErrCurrency
	}
	minor := amount
	for range wireDecimals - exponent {
		if minor%10 != 0 {
			return money.Amount{}, adapter.ErrAmount
		}
		minor /= 10
	}
	for range exponent - wireDecimals {
		if minor > math.MaxInt64/10 {
			return money.Amount{}, adapter.ErrAmount
		}
		minor *= 10
	}
	return money.Amount{Minor: minor, Currency: currency}, nil
}

// toWire writes a balance. What is finer than the wire's unit (satoshi) is left out, so that a provider never sees more than there is.
// Errors: adapter.ErrCurrency; adapter.ErrAmount for an overflow.
func toWire(a money.Amount) (int64, error) {
	exponent, ok := money.Exponent(a.Currency)
	if !ok {
		return 0, adapter.ErrCurrency
	}
	wire := a.Minor
	for range wireDecimals - exponent {
		if wire > math.MaxInt64/10 {
			return 0, adapter.ErrAmount
		}
		wire *= 10
	}
	for range exponent - wireDecimals {
		wire /= 10
	}
	return wire, nil
}
