package hub88

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
)

// minKeyBits is the protocol's key size; nothing smaller is taken. A larger key than maxKeyBits would only make callers slow us down.
const (
	minKeyBits = 2048
	maxKeyBits = 8192
)

// verify checks an RSASSA-PKCS1-v1_5 signature with SHA-256 over the raw body (providers.md 2.1). The signature is standard base64 with
// padding and nothing around it. It is total: any input is answered without a panic.
func verify(key *providerKey, body []byte, signature string) bool {
	if key == nil || len(signature) > 4*maxKeyBits/8 {
		return false
	}
	raw, err := base64.StdEncoding.Strict().DecodeString(signature)
	if err != nil || len(signature) != base64.StdEncoding.EncodedLen(len(raw)) { // the decoder itself forgives line breaks
		return false
	}
	return key.signed(sha256.Sum256(body), raw)
}

// verifyAny checks a signature with each of the provider's keys, so that it can change them without a refused call.
func verifyAny(keys []*providerKey, body []byte, signature string) bool {
	for _, key := range keys {
		if verify(key, body, signature) {
			return true
		}
	}
	return false
}

// sign makes what verify checks.
func sign(key *rsa.PrivateKey, body []byte) (string, error) {
	sum := sha256.Sum256(body)
	raw, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, sum[:])
	return base64.StdEncoding.EncodeToString(raw), err
}

var errKey = errors.New("not one PEM block with an RSA key of 2048 to 8192 bits")

// maxKeys is how many keys of the provider are taken: the new and the old one.
const maxKeys = 2

// parsePublicKeys reads one or two SPKI PEM blocks.
func parsePublicKeys(text string) ([]*providerKey, error) {
	var keys []*providerKey
	for rest := []byte(text); !blank(rest) || len(keys) == 0; {
		var block *pem.Block
		block, rest = pem.Decode(rest)
		if block == nil || block.Type != "PUBLIC KEY" || len(keys) == maxKeys {
			return nil, errKey
		}
		parsed, err := x509.ParsePKIXPublicKey(block.Bytes)
		public, ok := parsed.(*rsa.PublicKey)
		if err != nil || !ok {
			return nil, errKey
		}
		key, err := prepare(public)
		if err != nil {
			return nil, err
		}
		keys = append(keys, key)
	}
	return keys, nil
}

// parsePrivateKey reads a PKCS#1 or PKCS#8 PEM.
func parsePrivateKey(text string) (*rsa.PrivateKey, error) {
	block, rest := pem.Decode([]byte(text))
	if block == nil || !blank(rest) {
		return nil, errKey
	}
	var (
		parsed any
		err    error
	)
	switch block.Type {
	case "RSA PRIVATE KEY":
		parsed, err = x509.ParsePKCS1PrivateKey(block.Bytes)
	case "PRIVATE KEY":
		parsed, err = x509.ParsePKCS8PrivateKey(block.Bytes)
	}
	key, ok := parsed.(*rsa.PrivateKey)
	if err != nil || !ok || !goodSize(&key.PublicKey) {
		return nil, errKey
	}
	return key, nil
}

func goodSize(key *rsa.PublicKey) bool {
	return key.N.BitLen() >= minKeyBits && key.N.BitLen() <= maxKeyBits
}

func blank(rest []byte) bool {
	for _, c := range rest {
		if c != ' ' && c != '\n' && c != '\r' && c != '\t' {
			return false
		}
	}
	return true
}

// newPrivateKey makes a key of the protocol's size as PKCS#8 PEM.
func newPrivateKey() (*rsa.PrivateKey, string, error) {
	key, err := rsa.GenerateKey(rand.Reader, minKeyBits)
	if err != nil {
		return nil, "", err
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	return key, string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})), err
}

// publicPEM is a key's public half as SPKI PEM.
func publicPEM(key *rsa.PrivateKey) (string, error) {
	der, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})), err
}
