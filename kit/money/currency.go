package money

import (
	"maps"
	"slices"
	"strings"
)

// MaxExponent is the largest number of decimals a currency may have; 9 leaves 9.2 thousand million whole units in 64 bits.
const MaxExponent = 9

// Exponent is the number of decimals of a currency's minor unit: EUR 2, JPY 0, KWD 3, BTC 8. Codes are upper case.
// False when the currency is not in the registry.
func Exponent(currency string) (int, bool) {
	e, ok := exponents[currency]
	return int(e), ok
}

// Currencies lists the registry's codes in alphabetical order.
func Currencies() []string {
	return slices.Sorted(maps.Keys(exponents))
}

// iso4217 is list one of ISO 4217 with its minor units, as kept by SIX Financial Information: every active code, funds codes
// included, except those without a minor unit (metals, bond units, SDR, test and no-currency codes), which cannot be a balance.
var iso4217 = map[uint8]string{
	0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
	2: "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW CNY COP COU " +
		"CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES " +
		"KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR " +
		"NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP " +
		"TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG",
	3: "BHD IQD JOD KWD LYD OMR TND",
	4: "CLF UYW",
}

// crypto are the coins that payment gateways in the field settle in. The decimals are those of the chain's own unit, cut to
// MaxExponent where the chain has more (ETH has 18; a gwei is the smallest amount we keep).
var crypto = map[uint8]string{
	6: "ADA TRX USDC USDT XRP",
	7: "XLM",
	8: "BCH BNB BTC DAI DASH DOGE LTC ZEC",
	9: "ETH POL SOL TON",
}

var exponents = registry(iso4217, crypto)

// registry turns the lists into a map and refuses, at start, a code that is listed twice or has too many decimals.
func registry(lists ...map[uint8]string) map[string]uint8 {
	out := map[string]uint8{}
	for _, list := range lists {
		for exp, codes := range list {
			for code := range strings.FieldsSeq(codes) {
				if _, twice := out[code]; twice || exp > MaxExponent {
					panic("money: bad registry entry " + code)
				}
				out[code] = exp
			}
		}
	}
	return out
}
