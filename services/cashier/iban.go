package cashier

import "strings"

// ibanValid checks an IBAN's check digits (ISO 13616, ISO 7064 mod 97-10). Its shape is the request's own rule.
func ibanValid(iban string) bool {
	if len(iban) < 15 || len(iban) > 34 {
		return false
	}
	rest := 0
	for _, c := range iban[4:] + iban[:4] {
		switch {
		case c >= '0' && c <= '9':
			rest = (rest*10 + int(c-'0')) % 97
		case c >= 'A' && c <= 'Z':
			rest = (rest*100 + int(c-'A') + 10) % 97
		default:
			return false
		}
	}
	return rest == 1
}

// ibanMasked shows country, check digits and the last four characters.
func ibanMasked(iban string) string {
	if len(iban) < 12 {
		return ""
	}
	return iban[:4] + strings.Repeat("*", len(iban)-8) + iban[len(iban)-4:]
}
