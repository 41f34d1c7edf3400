package secret_test

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pitboss-gaming/pitboss/kit/secret"
)

func key(b byte) []byte { return bytes.Repeat([]byte{b}, 32) }

func box(t *testing.T, active string, keys map[string][]byte) *secret.Box {
	t.Helper()
	b, err := secret.NewBox(keys, active)
	require.NoError(t, err)
	return b
}

func TestSealAndOpen(t *testing.T) {
	b := box(t, "k1", map[string][]byte{"k1": key(1)})
	for _, plain := range [][]byte{nil, []byte("x"), bytes.Repeat([]byte("y"), 10_000)} {
		sealed := b.Seal(plain, []byte("row 1"))
		require.NotEqual(t, sealed, b.Seal(plain, []byte("row 1")), "a nonce is never used twice")
		got, err := b.Open(sealed, []byte("row 1"))
		require.NoError(t, err)
		require.True(t, bytes.Equal(plain, got))
		_, err = b.Open(sealed, []byte("row 2"))
		require.ErrorIs(t, err, secret.ErrOpen, "a value cannot be moved to another row")
	}
}

func TestEveryChangedByteIsNoticed(t *testing.T) {
	b := box(t, "k1", map[string][]byte{"k1": key(1), "k2": key(1)})
	sealed := b.Seal([]byte("whsec_1"), []byte("aad"))
	for i := range sealed {
		for _, bit := range []byte{1, 0x80} {
			changed := bytes.Clone(sealed)
			changed[i] ^= bit
			_, err := b.Open(changed, []byte("aad"))
			require.ErrorIs(t, err, secret.ErrOpen, "byte %d", i)
		}
	}
	for n := range sealed {
		_, err := b.Open(sealed[:n], []byte("aad"))
		require.ErrorIs(t, err, secret.ErrOpen, "cut to %d", n)
	}
	renamed := bytes.Replace(sealed, []byte("k1"), []byte("k2"), 1)
	_, err := b.Open(renamed, []byte("aad"))
	require.ErrorIs(t, err, secret.ErrOpen, "the key id is authenticated even where two ids share a key")
}

func TestRotation(t *testing.T) {
	before := box(t, "2026-01", map[string][]byte{"2026-01": key(1)})
	sealed := before.Seal([]byte("seed"), nil)
	after := box(t, "2026-07", map[string][]byte{"2026-01": key(1), "2026-07": key(2)})
	plain, err := after.Open(sealed, nil)
	require.NoError(t, err)
	require.Equal(t, "seed", string(plain))
	again := after.Seal(plain, nil)
	id, err := secret.KeyID(again)
	require.NoError(t, err)
	require.Equal(t, "2026-07", id)
	_, err = before.Open(again, nil)
	require.ErrorIs(t, err, secret.ErrOpen)
}

func TestNewBoxRefusesBadKeys(t *testing.T) {
	for name, c := range map[string]struct {
		keys   map[string][]byte
		active string
	}{
		"no keys":        {nil, "k"},
		"active unknown": {map[string][]byte{"a": key(1)}, "b"},
		"short key":      {map[string][]byte{"a": key(1)[:31]}, "a"},
		"AES-128":        {map[string][]byte{"a": key(1)[:16]}, "a"},
		"empty id":       {map[string][]byte{"": key(1)}, ""},
		"long id":        {map[string][]byte{string(key('x')) + "x": key(1)}, "a"},
	} {
		_, err := secret.NewBox(c.keys, c.active)
		require.Error(t, err, name)
	}
}

func FuzzOpen(f *testing.F) {
	b, err := secret.NewBox(map[string][]byte{"k": key(9)}, "k")
	require.NoError(f, err)
	f.Add(b.Seal([]byte("x"), nil))
	f.Add([]byte{1, 1, 'k'})
	f.Fuzz(func(t *testing.T, in []byte) {
		if plain, err := b.Open(in, []byte("never sealed with this")); err == nil {
			t.Fatalf("opened %x as %x", in, plain)
		}
	})
}

func TestNamed(t *testing.T) {
	for _, name := range []string{"password", "new_password", "newPassword", "Authorization", "access_token", "code", "totp_code", "totp",
		"webhook_secret", "secrets", "private_key_pem", "ca_pem", "api_key", "Set-Cookie", "recovery_codes", "X-Api-Key"} {
		require.True(t, secret.Named(name), name)
	}
	for _, name := range []string{"grpc_code", "country_code", "player_id", "note", "amount", "currency", "reason", "key", "kid"} {
		require.False(t, secret.Named(name), name)
	}
}
