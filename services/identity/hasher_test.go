package identity

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestHasher(t *testing.T) {
	ctx := t.Context()
	one, err := parsePeppers("one:" + strings.Repeat("A", 43) + "=")
	require.NoError(t, err)
	two, err := parsePeppers("two:" + strings.Repeat("B", 42) + "A=, one:" + strings.Repeat("A", 43) + "=")
	require.NoError(t, err)
	h := newHasher(one, 2)
	stored, err := h.hash(ctx, goodPassword)
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(stored, "one$argon2id$v=19$m=19456,t=2,p=1$"))
	again, err := h.hash(ctx, goodPassword)
	require.NoError(t, err)
	require.NotEqual(t, stored, again, "salted")

	check := func(h *hasher, password string, stored *string) (bool, bool) {
		t.Helper()
		ok, stale, err := h.verify(ctx, password, stored)
		require.NoError(t, err)
		return ok, stale
	}
	ok, stale := check(h, goodPassword, &stored)
	require.True(t, ok)
	require.False(t, stale)
	ok, _ = check(h, goodPassword+" ", &stored)
	require.False(t, ok, "nothing is trimmed")
	ok, _ = check(h, goodPassword, nil)
	require.False(t, ok, "the dummy matches nothing")

	ok, stale = check(newHasher(two, 2), goodPassword, &stored)
	require.True(t, ok, "an old pepper still verifies")
	require.True(t, stale, "and asks for a new hash")

	for _, bad := range []string{
		"", "garbage", "three" + strings.TrimPrefix(stored, "one"), strings.Replace(stored, "m=19456", "m=4294967295", 1),
		strings.Replace(stored, "t=2", "t=0", 1), strings.Replace(stored, "p=1", "p=0", 1), stored + "$",
	} {
		_, _, err := h.verify(ctx, goodPassword, &bad)
		require.ErrorIs(t, err, errBadHash, "%q", bad)
	}
}

func TestHasherIsBounded(t *testing.T) {
	peppers, err := parsePeppers(testPepper)
	require.NoError(t, err)
	h := newHasher(peppers, 1)
	require.NoError(t, h.enter(t.Context()))
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	_, err = h.hash(ctx, goodPassword)
	requireReason(t, "OVERLOADED", err)
	h.leave()
	_, err = h.hash(t.Context(), goodPassword)
	require.NoError(t, err)
}
