package hub88

import (
	"crypto/rsa"
	"crypto/sha256"
	"crypto/subtle"

	"filippo.io/bigmod"
)

// providerKey is a public key of the provider, prepared: crypto/rsa prepares the modulus anew for each signature, which is two fifths of what a check costs.
type providerKey struct {
	*rsa.PublicKey
	modulus *bigmod.Modulus
	padded  []byte // the message that is signed but for the digest, which is its end
}

// digestInfo comes before a SHA-256 digest (RFC 8017, section 9.2, note 1).
var digestInfo = []byte{0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20}

// prepare takes keys of a good size with an odd modulus and an odd exponent from 3 on, as crypto/rsa does.
func prepare(key *rsa.PublicKey) (*providerKey, error) {
	if !goodSize(key) || key.N.Bit(0) == 0 || key.E < 3 || key.E&1 == 0 {
		return nil, errKey
	}
	modulus, err := bigmod.NewModulus(key.N.Bytes())
	if err != nil {
		return nil, errKey
	}
	k := &providerKey{PublicKey: key, modulus: modulus, padded: make([]byte, key.Size())}
	k.padded[1] = 1
	end := len(k.padded) - sha256.Size - len(digestInfo)
	for i := 2; i < end-1; i++ {
		k.padded[i] = 0xff
	}
	copy(k.padded[end:], digestInfo)
	return k, nil
}

// signed tells whether a signature is that of a digest: what it decrypts to is compared whole with what it has to be (RFC 8017, section 8.2.2), so nothing of it is
// parsed.
func (k *providerKey) signed(digest [sha256.Size]byte, signature []byte) bool {
	if len(signature) != len(k.padded) {
		return false
	}
	s, err := bigmod.NewNat().SetBytes(signature, k.modulus)
	if err != nil { // not below the modulus
		return false
	}
	message := bigmod.NewNat().ExpShortVarTime(s, uint(k.E), k.modulus).Bytes(k.modulus)
	head := len(k.padded) - sha256.Size
	return subtle.ConstantTimeCompare(message[:head], k.padded[:head])&subtle.ConstantTimeCompare(message[head:], digest[:]) == 1
}
