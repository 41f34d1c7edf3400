package adapter

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
)

// SignHMAC is the lower-case hex HMAC-SHA256 of a message, as several protocols sign bodies in both directions.
func SignHMAC(key string, message []byte) string { return hex.EncodeToString(digest(key, message)) }

// VerifyHMAC checks a hex HMAC-SHA256 in constant time against the secret and its predecessor. It is total: any presented text is answered
// without a panic; only the letters' case is forgiven.
func (s Secret) VerifyHMAC(message []byte, presented string) bool {
	if len(presented) != hex.EncodedLen(sha256.Size) {
		return false
	}
	mac, err := hex.DecodeString(presented)
	if err != nil {
		return false
	}
	return s.Any(func(key string) bool { return hmac.Equal(digest(key, message), mac) })
}

func digest(key string, message []byte) []byte {
	h := hmac.New(sha256.New, []byte(key))
	h.Write(message)
	return h.Sum(nil)
}
