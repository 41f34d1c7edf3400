package adapter

import (
	"crypto/sha256"
	"crypto/subtle"
)

// previous is the suffix of a secret that a rotation has replaced and that is still taken. Operations removes it when its time is over.
const previous = "_previous"

// Current and previous value of a secret that callers present: both are taken while a rotation is under way.
type Secret struct {
	current, previous string
}

// SecretOf reads a secret and its predecessor.
func SecretOf(secrets map[string]string, name string) Secret {
	return Secret{current: secrets[name], previous: secrets[name+previous]}
}

// Known tells whether a name among stored secrets is this secret or its predecessor.
func Known(stored, name string) bool { return stored == name || stored == name+previous }

// Current is the value to sign our own calls with.
func (s Secret) Current() string { return s.current }

// Any tells whether a check passes with one of the values. Both are always tried, so that the time it takes does not tell which.
func (s Secret) Any(check func(value string) bool) bool {
	ok := s.current != "" && check(s.current)
	if s.previous != "" && check(s.previous) {
		ok = true
	}
	return ok
}

// Equal compares a presented value in constant time.
func (s Secret) Equal(presented string) bool {
	return s.Any(func(v string) bool {
		a, b := sha256.Sum256([]byte(v)), sha256.Sum256([]byte(presented))
		return subtle.ConstantTimeCompare(a[:], b[:]) == 1
	})
}
