package hub88

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"math/big"
	"testing"

	"github.com/stretchr/testify/require"
)

// raw is a signature of any message at all by a key: its e-th root.
func raw(key *rsa.PrivateKey, message []byte) []byte {
	m := new(big.Int).SetBytes(message)
	return m.Exp(m, key.D, key.N).FillBytes(make([]byte, key.Size()))
}

// TestSigned: what is taken and what is not is what crypto/rsa says, for messages that are padded wrongly as well.
func TestSigned(t *testing.T) {
	t.Parallel()
	for _, bits := range []int{2048, 2056, 3072} {
		key, err := rsa.GenerateKey(rand.Reader, bits)
		require.NoError(t, err)
		k, err := prepare(&key.PublicKey)
		require.NoError(t, err)
		digest := sha256.Sum256([]byte("body"))
		good, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, digest[:])
		require.NoError(t, err)
		sha512, err := rsa.SignPKCS1v15(nil, key, crypto.SHA512, bytes.Repeat(digest[:], 2))
		require.NoError(t, err)
		message := bytes.Clone(k.padded)
		copy(message[len(message)-sha256.Size:], digest[:])
		changed := func(at int, to byte) []byte {
			m := bytes.Clone(message)
			m[at] = to
			return raw(key, m)
		}
		short := append(append([]byte{0, 1, 0xff, 0xff, 0}, digestInfo...), digest[:]...) // garbage after the digest, as forgers want it
		forged := append(bytes.Clone(short), make([]byte, len(message)-len(short))...)
		above := new(big.Int).Add(new(big.Int).SetBytes(good), key.N).Bytes()
		for name, x := range map[string]struct {
			signature []byte
			right     bool
		}{
			"right":                 {good, true},
			"of the padded message": {raw(key, message), true},
			"not padded with ones":  {changed(2, 0xfe), false},
			"encryption's padding":  {changed(1, 2), false},
			"no first zero":         {changed(0, 0)[:len(good)-1], false},
			"another algorithm":     {changed(len(message)-sha256.Size-5, 3), false},
			"another digest":        {changed(len(message)-1, ^digest[31]), false},
			"digest not at the end": {raw(key, forged), false},
			"SHA-512":               {sha512, false},
			"a byte more":           {append([]byte{0}, good...), false},
			"nothing":               {nil, false},
			"zeros":                 {make([]byte, key.Size()), false},
			"the modulus":           {key.N.Bytes(), false},
			"above the modulus":     {above, false},
			"the message itself":    {message, false},
		} {
			require.Equal(t, x.right, k.signed(digest, x.signature), "%d bits: %s", bits, name)
			require.Equal(t, x.right, rsa.VerifyPKCS1v15(&key.PublicKey, crypto.SHA256, digest[:], x.signature) == nil, "%d bits: %s", bits, name)
		}
	}
}

// TestPrepare refuses keys with which everything, or nothing, would be signed.
func TestPrepare(t *testing.T) {
	t.Parallel()
	key, err := rsa.GenerateKey(rand.Reader, minKeyBits)
	require.NoError(t, err)
	even := new(big.Int).Add(key.N, big.NewInt(1))
	for _, k := range []rsa.PublicKey{{N: key.N, E: 1}, {N: key.N, E: 2}, {N: key.N, E: 65536}, {N: key.N, E: -3}, {N: even, E: 65537}, {N: big.NewInt(3233), E: 17}} {
		_, err := prepare(&k)
		require.ErrorIs(t, err, errKey)
	}
}

// BenchmarkVerify is a check of a signature, and what crypto/rsa takes for it.
func BenchmarkVerify(b *testing.B) {
	key, err := rsa.GenerateKey(rand.Reader, minKeyBits)
	require.NoError(b, err)
	k, err := prepare(&key.PublicKey)
	require.NoError(b, err)
	digest := sha256.Sum256([]byte("body"))
	signature, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, digest[:])
	require.NoError(b, err)
	b.Run("prepared", func(b *testing.B) {
		for b.Loop() {
			require.True(b, k.signed(digest, signature))
		}
	})
	b.Run("crypto/rsa", func(b *testing.B) {
		for b.Loop() {
			require.NoError(b, rsa.VerifyPKCS1v15(&key.PublicKey, crypto.SHA256, digest[:], signature))
		}
	})
}
