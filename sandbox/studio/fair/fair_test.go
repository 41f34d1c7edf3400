package fair

import (
	"bytes"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const server = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

func TestStreamIsHMACOfSeedsAndNonce(t *testing.T) {
	block := func(i string) []byte {
		m := hmac.New(sha256.New, []byte(server))
		m.Write([]byte("my-seed:41:" + i))
		return m.Sum(nil)
	}
	want := append(append(block("0"), block("1")...), block("2")...)
	got := make([]byte, 96)
	s := NewStream(server, "my-seed", 41)
	for _, n := range []int{1, 30, 2, 63} { // reads cross the blocks' ends
		_, err := io.ReadFull(s, got[:n])
		require.NoError(t, err)
		require.Equal(t, want[:n], got[:n])
		want = want[n:]
	}
	other := make([]byte, 32)
	_, _ = NewStream(server, "my-seed", 42).Read(other)
	require.NotEqual(t, block("0"), other)
}

// TestVectors are what the verify page and the README's script must come to as well.
func TestVectors(t *testing.T) {
	require.Equal(t, "a8ae6e6ee929abea3afcfc5258c8ccd6f85273e0d4626d26c7279f3250f77c8e", Hash(server))
	b := make([]byte, 8)
	_, _ = NewStream(server, "player", 0).Read(b)
	require.Equal(t, "36fdbd30af08855c", hex.EncodeToString(b))
}

func TestUniformThrowsTheIncompleteIntervalAway(t *testing.T) {
	n, err := Uniform(bytes.NewReader([]byte{0xff, 0xff, 0xff, 0xfc, 0xff, 0xff, 0xff, 0xfb}), 6)
	require.NoError(t, err)
	require.EqualValues(t, 0xfffffffb%6, n)
	_, err = Uniform(bytes.NewReader([]byte{1, 2, 3}), 6)
	require.Error(t, err)
	v, err := Bits52(bytes.NewReader([]byte{0xff, 0, 0, 0, 0, 0, 9}))
	require.NoError(t, err)
	require.EqualValues(t, 0xf<<48|9, v)
	_, err = Bits52(strings.NewReader(""))
	require.Error(t, err)
}

// TestUniformity: chi-squared of the wheel's 37 pockets over many nonces; 36 degrees of freedom, 81 is passed once in 30,000.
func TestUniformity(t *testing.T) {
	const rounds = 37 * 2000
	var seen [37]int
	for nonce := range int64(rounds) {
		n, err := Uniform(NewStream(server, "player", nonce), 37)
		require.NoError(t, err)
		seen[n]++
	}
	chi := 0.0
	for _, n := range seen {
		chi += float64((n-2000)*(n-2000)) / 2000
	}
	require.Less(t, chi, 81.0)
	require.Greater(t, chi, 12.0, "too even is not random either")
}

func TestSeeds(t *testing.T) {
	a, err := NewServerSeed(rand.Reader)
	require.NoError(t, err)
	require.Len(t, a, 64)
	_, err = NewServerSeed(strings.NewReader("short"))
	require.Error(t, err)
	require.NoError(t, CheckClientSeed(NewClientSeed()))
	for _, bad := range []string{"", "a b", "a:b", "ä", strings.Repeat("x", 65), "a\n"} {
		require.ErrorIs(t, CheckClientSeed(bad), ErrClientSeed, bad)
	}
}
