// Package fair makes a game's randomness checkable. Before a round the studio shows the SHA-256 of a secret server seed;
// the player adds a client seed of their own choice; each round has the next nonce. The round's random bytes are a pure
// function of the three, and when the server seed is shown afterwards anybody can compute every round again:
//
//	block(i) = HMAC-SHA256(key = server seed, message = client seed + ":" + nonce + ":" + i)     i = 0, 1, 2, ...
//	bytes    = block(0) + block(1) + ...
//
// The key is the server seed's text, 64 lower-case hexadecimal digits, as ASCII; nonce and i are decimal. The games take
// the bytes from the beginning: Uniform and Bits52 below are all they use.
package fair

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"regexp"
	"strconv"
)

// Seeds are what a sequence of rounds is drawn from.
type Seeds struct {
	Server string `json:"server_seed"` // secret until it is replaced
	Client string `json:"client_seed"`
	Nonce  int64  `json:"nonce"` // of the next round
}

var clientSeed = regexp.MustCompile(`^[\x21-\x39\x3b-\x7e]{1,64}$`) // no colon: it separates

// ErrClientSeed is what Check returns for a client seed that cannot be used.
var ErrClientSeed = errors.New("a client seed is 1 to 64 printable ASCII characters without space and colon")

// CheckClientSeed says whether a player's client seed can be used.
func CheckClientSeed(s string) error {
	if !clientSeed.MatchString(s) {
		return ErrClientSeed
	}
	return nil
}

// NewServerSeed draws a server seed from random, which must be cryptographic.
func NewServerSeed(random io.Reader) (string, error) {
	b := make([]byte, 32)
	if _, err := io.ReadFull(random, b); err != nil {
		return "", fmt.Errorf("fair: no randomness: %w", err)
	}
	return hex.EncodeToString(b), nil
}

// NewClientSeed is what a player starts with who has not chosen one.
func NewClientSeed() string { return rand.Text() }

// Hash commits to a server seed: SHA-256 of its text, in hexadecimal.
func Hash(serverSeed string) string {
	sum := sha256.Sum256([]byte(serverSeed))
	return hex.EncodeToString(sum[:])
}

// Stream is the random bytes of one round.
type Stream struct {
	mac    hash.Hash
	prefix string
	block  int64
	rest   []byte
	sum    [sha256.Size]byte
}

// NewStream is the stream of one round.
func NewStream(serverSeed, clientSeed string, nonce int64) *Stream {
	return &Stream{mac: hmac.New(sha256.New, []byte(serverSeed)), prefix: clientSeed + ":" + strconv.FormatInt(nonce, 10) + ":"}
}

// Read fills p; it never fails.
func (s *Stream) Read(p []byte) (int, error) {
	for n := 0; n < len(p); {
		if len(s.rest) == 0 {
			s.mac.Reset()
			_, _ = io.WriteString(s.mac, s.prefix+strconv.FormatInt(s.block, 10)) // a hash never fails
			s.rest = s.mac.Sum(s.sum[:0])
			s.block++
		}
		took := copy(p[n:], s.rest)
		s.rest = s.rest[took:]
		n += took
	}
	return len(p), nil
}

// Uniform draws from 0..n-1 without bias: four bytes, big endian; a value of the incomplete last interval, from
// floor(2^32/n)*n on, is thrown away and the next four bytes are taken; the result is the value modulo n.
func Uniform(random io.Reader, n uint32) (uint32, error) {
	limit := (uint64(1) << 32) / uint64(n) * uint64(n)
	var b [4]byte
	for {
		if _, err := io.ReadFull(random, b[:]); err != nil {
			return 0, fmt.Errorf("fair: no randomness: %w", err)
		}
		if v := uint64(binary.BigEndian.Uint32(b[:])); v < limit {
			return uint32(v % uint64(n)), nil
		}
	}
}

// Bits52 draws from 0..2^52-1: seven bytes, big endian, of which the lowest 52 bits count.
func Bits52(random io.Reader) (uint64, error) {
	var b [8]byte
	if _, err := io.ReadFull(random, b[1:]); err != nil {
		return 0, fmt.Errorf("fair: no randomness: %w", err)
	}
	return binary.BigEndian.Uint64(b[:]) & (1<<52 - 1), nil
}
