// Package ids makes and checks the platform's identifiers: a short prefix that says what the thing is, an underscore, and a
// UUID version 7 in 26 lower-case characters of Crockford's base32. They sort by creation time (to the millisecond, and within
// one process also inside it), are safe in URLs, subjects and file names, and cannot be mistaken for one another.
package ids

import (
	"crypto/sha256"
	"encoding/binary"
	"strings"

	"github.com/google/uuid"
)

// alphabet is Crockford's base32 in lower case: no i, l, o, u.
const alphabet = "0123456789abcdefghjkmnpqrstvwxyz"

// encodedLen is the number of base32 characters that hold 128 bits: 26 times 5 bits is 130, so the first character is at most 7.
const encodedLen = 26

// testPlayer is the prefix of internal test players. It is in the id, and not only in identity's row, so that whoever moves or counts money knows without asking
// that it is no real money.
const testPlayer = "tpl"

// NewTestPlayer makes the id of an internal test player.
func NewTestPlayer() string { return New(testPlayer) }

// IsTestPlayer tells whether the id is a test player's.
func IsTestPlayer(id string) bool { return strings.HasPrefix(id, testPlayer+"_") }

// New makes an id such as "ply_01jcqz5k3v8e7s9m2n4p6r8t0w". The prefix must be lower-case letters.
// It panics when the operating system has no randomness, because nothing in the platform is safe without it.
func New(prefix string) string {
	u := uuid.Must(uuid.NewV7())
	b := make([]byte, 0, len(prefix)+1+encodedLen)
	b = append(b, prefix...)
	b = append(b, '_')
	return string(appendBase32(b, u))
}

// Valid tells whether s is an id with exactly this prefix. It accepts only what New makes: version 7, RFC 9562 variant,
// lower case. It is total: any input is answered without a panic.
func Valid(prefix, s string) bool {
	rest, ok := strings.CutPrefix(s, prefix)
	if !ok || len(rest) != 1+encodedLen || rest[0] != '_' {
		return false
	}
	u, ok := parseBase32(rest[1:])
	return ok && u.Version() == 7 && u.Variant() == uuid.RFC4122
}

// appendBase32 writes the 128 bits most significant first, so that text order is time order.
func appendBase32(dst []byte, u uuid.UUID) []byte {
	var acc uint32
	bits := 2 // two leading zero bits pad 128 to 130
	for _, b := range u {
		acc = acc<<8 | uint32(b)
		bits += 8
		for bits >= 5 {
			bits -= 5
			dst = append(dst, alphabet[acc>>bits&31])
		}
	}
	return dst
}

func parseBase32(s string) (uuid.UUID, bool) {
	var u uuid.UUID
	var acc uint32
	bits, n := -2, 0 // the padding bits are dropped, and must be zero
	for i := range len(s) {
		v := strings.IndexByte(alphabet, s[i])
		if v < 0 || i == 0 && v > 7 {
			return u, false
		}
		acc = acc<<5 | uint32(v)
		bits += 5
		if bits >= 8 {
			bits -= 8
			u[n] = byte(acc >> bits)
			n++
		}
	}
	return u, true
}

// Derived makes an id that is always the same for the same parts, for what is known by somebody else's name: 128 bits of a hash in the form of New.
// It says nothing about time, and Valid refuses it unless its version bits happen to fit.
func Derived(prefix string, parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		var n [8]byte // each part with its length, so that no two lists of parts look alike
		binary.BigEndian.PutUint64(n[:], uint64(len(p)))
		h.Write(n[:])
		h.Write([]byte(p))
	}
	b := append(make([]byte, 0, len(prefix)+1+encodedLen), prefix...)
	return string(appendBase32(append(b, '_'), uuid.UUID(h.Sum(nil)[:16])))
}
