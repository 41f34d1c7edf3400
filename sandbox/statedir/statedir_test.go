package statedir

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSecretsAreMadeOnceAndPrivate(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a", "b")
	d, err := Open(path)
	require.NoError(t, err)
	token, err := d.Token("admin-token")
	require.NoError(t, err)
	require.Len(t, token, 43)
	key, err := d.RSAKey("key.pem")
	require.NoError(t, err)
	require.Equal(t, 2048, key.N.BitLen())

	d, err = Open(path)
	require.NoError(t, err)
	again, err := d.Token("admin-token")
	require.NoError(t, err)
	require.Equal(t, token, again)
	sameKey, err := d.RSAKey("key.pem")
	require.NoError(t, err)
	require.True(t, key.Equal(sameKey))

	entries, err := os.ReadDir(path)
	require.NoError(t, err)
	require.Len(t, entries, 2, "no temporary file stays behind")
	for _, e := range entries {
		info, err := e.Info()
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	}
	_, err = d.RSAKey("admin-token")
	require.Error(t, err)
	_, err = Open("")
	require.Error(t, err)
}

func TestReadOfNothing(t *testing.T) {
	d, err := Open(t.TempDir())
	require.NoError(t, err)
	b, err := d.Read("state.json")
	require.NoError(t, err)
	require.Nil(t, b)
	require.NoError(t, d.Write("state.json", []byte("1")))
	require.NoError(t, d.Write("state.json", []byte("2")))
	b, err = d.Read("state.json")
	require.NoError(t, err)
	require.Equal(t, "2", string(b))
}

func TestGuard(t *testing.T) {
	h := Guard("secret", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }))
	for header, want := range map[string]int{"": 401, "secret": 401, "Bearer ": 401, "Bearer other": 401, "Bearer secret": 204} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header.Set("Authorization", header)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		require.Equal(t, want, w.Code, header)
	}
}
