// Package secret encrypts what must not lie readable in a database: provider keys, TOTP seeds, signing keys. Each sealed value
// names the key that sealed it, so keys are rotated by adding a new active one while the old ones still open.
package secret

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"errors"
	"fmt"
)

const (
	version  = 1
	keyBytes = 32
	maxKeyID = 32
)

// ErrOpen is returned for every value that cannot be opened. It does not say whether the key, the value or the associated data was wrong.
var ErrOpen = errors.New("secret: cannot open")

// Box seals with its active key and opens with any of its keys. It is safe for concurrent use.
type Box struct {
	aeads  map[string]cipher.AEAD
	active string
}

// NewBox makes a Box of AES-256-GCM keys, 32 bytes each, by id (1 to 32 bytes); active is the id that seals.
func NewBox(keys map[string][]byte, active string) (*Box, error) {
	b := &Box{aeads: make(map[string]cipher.AEAD, len(keys)), active: active}
	for id, key := range keys {
		if id == "" || len(id) > maxKeyID {
			return nil, fmt.Errorf("secret: key id %q must have 1 to %d bytes", id, maxKeyID)
		}
		if len(key) != keyBytes {
			return nil, fmt.Errorf("secret: key %q must have %d bytes", id, keyBytes)
		}
		block, err := aes.NewCipher(key)
		if err != nil {
			return nil, fmt.Errorf("secret: key %q: %w", id, err)
		}
		if b.aeads[id], err = cipher.NewGCM(block); err != nil {
			return nil, fmt.Errorf("secret: key %q: %w", id, err)
		}
	}
	if b.aeads[active] == nil {
		return nil, fmt.Errorf("secret: the active key %q is not among the keys", active)
	}
	return b, nil
}

// Seal encrypts plain with the active key. The associated data aad (table, column and row id, say) must be given again to Open, so a
// sealed value cannot be moved to another row. Nonces are random: one key must seal fewer than 2^32 values.
// Form: version byte, length of key id, key id, nonce, ciphertext with tag; the part before the nonce is authenticated too.
func (b *Box) Seal(plain, aad []byte) []byte {
	head := append([]byte{version, byte(len(b.active))}, b.active...)
	aead := b.aeads[b.active]
	nonce := make([]byte, aead.NonceSize())
	_, _ = rand.Read(nonce) // crypto/rand.Read never fails: it crashes the program instead.
	out := append(append([]byte{}, head...), nonce...)
	return aead.Seal(out, nonce, plain, bind(head, aad))
}

// Open decrypts what Seal made. Any change of the value, another aad, or an unknown key gives ErrOpen.
func (b *Box) Open(sealed, aad []byte) ([]byte, error) {
	id, err := KeyID(sealed)
	if err != nil {
		return nil, err
	}
	aead := b.aeads[id]
	if aead == nil {
		return nil, ErrOpen
	}
	head, rest := sealed[:2+len(id)], sealed[2+len(id):]
	if len(rest) < aead.NonceSize() {
		return nil, ErrOpen
	}
	plain, err := aead.Open(nil, rest[:aead.NonceSize()], rest[aead.NonceSize():], bind(head, aad))
	if err != nil {
		return nil, ErrOpen
	}
	return plain, nil
}

// KeyID returns the id of the key that sealed a value, for finding what a rotation still has to seal again.
func KeyID(sealed []byte) (string, error) {
	if len(sealed) < 2 || sealed[0] != version || sealed[1] == 0 || int(sealed[1]) > maxKeyID || len(sealed) < 2+int(sealed[1]) {
		return "", ErrOpen
	}
	return string(sealed[2 : 2+int(sealed[1])]), nil
}

// bind joins header and aad; the header's own length byte keeps the border between them fixed.
func bind(head, aad []byte) []byte { return append(append([]byte{}, head...), aad...) }
