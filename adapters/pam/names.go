package pam

import "strings"

// Ids at gaming carry the provider behind the aggregator, because two providers may use the same ones, and a mark for promotional transactions,
// which are a kind of their own in the protocol and not at gaming.
const (
	separator = "/"
	promoMark = "promo:"
	plainMark = "plain:" // before a provider's own id that looks as if it were marked
)

// nameOf is a provider's id as gaming knows it.
func nameOf(provider, id string) string { return word(provider) + separator + id }

// txName is nameOf of a transaction.
func txName(provider, id string, promo bool) string {
	switch {
	case promo:
		id = promoMark + id
	case strings.HasPrefix(id, promoMark), strings.HasPrefix(id, plainMark):
		id = plainMark + id
	}
	return nameOf(provider, id)
}

// idOf is the provider's id of a name, and whether it is a promotional transaction's. It is empty when the name is another provider's.
func idOf(provider, name string) (id string, promo bool) {
	id, ok := strings.CutPrefix(name, word(provider)+separator)
	if !ok {
		return "", false
	}
	if own, marked := strings.CutPrefix(id, plainMark); marked && (strings.HasPrefix(own, promoMark) || strings.HasPrefix(own, plainMark)) {
		return own, false
	}
	return strings.CutPrefix(id, promoMark)
}
