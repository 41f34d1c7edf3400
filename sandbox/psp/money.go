package psp

import (
	"fmt"
	"slices"
	"strings"
)

// Stripe's bounds of a charge: 0.50 in the main currencies, and eight digits. One minimum is used for all currencies.
const (
	minAmount = 50
	maxAmount = 99_999_999
)

// currencies that can be charged (docs.stripe.com/currencies).
var currencies = strings.Fields(`usd aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bhd bif bmd bnd bob brl
	bsd bwp byn bzd cad cdf chf clp cny cop crc cve czk djf dkk dop dzd egp etb eur fjd fkp gbp gel gip gmd gnf gtq gyd
	hkd hnl hrk htg huf idr ils inr isk jmd jod jpy kes kgs khr kmf krw kwd kyd kzt lak lbp lkr lrd lsl mad mdl mga mkd
	mmk mnt mop mro mur mvr mwk mxn myr mzn nad ngn nio nok npr nzd omr pab pen pgk php pkr pln pyg qar ron rsd rub rwf
	sar sbd scr sek sgd shp sle sos srd std szl thb tjs tnd top try ttd twd tzs uah ugx uyu uzs vnd vuv wst xaf xcd xof
	xpf yer zar zmw`)

// zeroDecimal currencies have no minor unit; threeDecimal ones are charged in steps of ten thousandths of it.
var (
	zeroDecimal  = strings.Fields("bif clp djf gnf jpy kmf krw mga pyg rwf ugx vnd vuv xaf xof xpf")
	threeDecimal = strings.Fields("bhd jod kwd omr tnd")
)

// checkMoney applies Stripe's rules about amount (minor units) and currency (lower case).
func checkMoney(amount int64, amountParam, currency, currencyParam string) *apiError {
	switch {
	case !slices.Contains(currencies, currency):
		return invalid("", currencyParam, "Invalid currency: %s. Stripe currently supports these currencies: %s",
			currency, strings.Join(currencies, ", "))
	case amount < 1:
		return invalid("parameter_invalid_integer", amountParam, "This value must be greater than or equal to 1.")
	case amount < minAmount:
		return invalid("amount_too_small", amountParam, "Amount must be at least %s", display(minAmount, currency))
	case amount > maxAmount:
		return invalid("amount_too_large", amountParam, "Amount must be no more than %s", display(maxAmount, currency))
	case slices.Contains(threeDecimal, currency) && amount%10 != 0:
		return invalid("", amountParam, "Invalid amount: the last digit must be 0 for %s.", currency)
	}
	return nil
}

// display writes an amount for people: "12.34 EUR", "500 JPY".
func display(amount int64, currency string) string {
	unit := strings.ToUpper(currency)
	switch {
	case slices.Contains(zeroDecimal, currency):
		return fmt.Sprintf("%d %s", amount, unit)
	case slices.Contains(threeDecimal, currency):
		return fmt.Sprintf("%d.%03d %s", amount/1000, amount%1000, unit)
	default:
		return fmt.Sprintf("%d.%02d %s", amount/100, amount%100, unit)
	}
}
