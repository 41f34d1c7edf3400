package pragmatic

import (
	"crypto/md5" //nolint:gosec // the protocol's choice (providers.md 4.1)
	"crypto/subtle"
	"encoding/hex"
	"net/url"
	"slices"
	"strings"

	"github.com/pitboss-gaming/pitboss/kit/adapter"
)

const paramHash = "hash"

// verify checks the hash over all parameters that came, in constant time. Values are hashed as they are meant; some of the provider's flows
// hash them as they are written in the body, or as a browser writes them (providers.md 4.1), so one match of the three is enough.
func verify(key adapter.Secret, f form) bool {
	given, _, twice := f.get(paramHash)
	if given = strings.ToLower(given); twice || len(given) != 2*md5.Size {
		return false
	}
	texts := [][]byte{
		joined(f, func(p param) string { return p.value }),
		joined(f, func(p param) string { return p.raw }),
		joined(f, func(p param) string { return component(p.value) }),
	}
	return key.Any(func(secret string) bool {
		match := 0
		for _, text := range texts {
			match |= subtle.ConstantTimeCompare([]byte(digest(text, secret)), []byte(given))
		}
		return match == 1
	})
}

// joined is what is hashed: the parameters but the hash and the empty ones, by name. Repeated names stay in the order in which they came.
func joined(f form, written func(param) string) []byte {
	var kept []param
	for _, p := range f {
		if p.name != paramHash && p.value != "" {
			kept = append(kept, p)
		}
	}
	slices.SortStableFunc(kept, func(a, b param) int { return strings.Compare(a.name, b.name) })
	var b []byte
	for i, p := range kept {
		if i > 0 {
			b = append(b, '&')
		}
		b = append(append(append(b, p.name...), '='), written(p)...)
	}
	return b
}

func digest(text []byte, secret string) string {
	sum := md5.Sum(append(text[:len(text):len(text)], secret...)) //nolint:gosec // the protocol's choice
	return hex.EncodeToString(sum[:])
}

// unescaped are what browsers leave as it is and Go does not.
var unescaped = strings.NewReplacer("%21", "!", "%27", "'", "%28", "(", "%29", ")", "%2A", "*")

// component writes a value as browsers' encodeURIComponent does, but for spaces, which become plus signs.
func component(value string) string { return unescaped.Replace(url.QueryEscape(value)) }

// signed adds the hash to the parameters of a call of ours; empty ones are left out.
func signed(secret string, v url.Values) url.Values {
	var f form
	for name := range v {
		if value := v.Get(name); value == "" {
			delete(v, name)
		} else {
			f = append(f, param{name: name, value: value})
		}
	}
	v.Set(paramHash, digest(joined(f, func(p param) string { return p.value }), secret))
	return v
}
