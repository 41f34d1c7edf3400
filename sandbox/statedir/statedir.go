// Package statedir keeps what a sandbox part must remember across restarts: its keys and tokens, which it generates
// itself, and its state, which is replaced atomically. Nothing in it is readable by other users of the machine.
package statedir

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/subtle"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
)

// Dir is one part's folder.
type Dir struct{ path string }

// Open makes the folder, mode 0700, if it is not there.
func Open(path string) (Dir, error) {
	if path == "" {
		return Dir{}, errors.New("statedir: no path")
	}
	if err := os.MkdirAll(path, 0o700); err != nil {
		return Dir{}, fmt.Errorf("statedir: %w", err)
	}
	return Dir{path: path}, nil
}

// Path is where the file of that name lies.
func (d Dir) Path(name string) string { return filepath.Join(d.path, name) }

// Read returns the file's content, nil if there is none.
func (d Dir) Read(name string) ([]byte, error) {
	b, err := os.ReadFile(d.Path(name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return b, err
}

// Write replaces the file with mode 0600: after a crash it holds the old content or the new, never a part.
func (d Dir) Write(name string, content []byte) (err error) {
	f, err := os.CreateTemp(d.path, name+".tmp-*") // mode 0600
	if err != nil {
		return fmt.Errorf("statedir: %w", err)
	}
	defer func() {
		if err != nil {
			_ = f.Close()
			_ = os.Remove(f.Name())
			err = fmt.Errorf("statedir: write %s: %w", name, err)
		}
	}()
	if _, err = f.Write(content); err != nil {
		return err
	}
	if err = f.Sync(); err != nil {
		return err
	}
	if err = f.Close(); err != nil {
		return err
	}
	if err = os.Rename(f.Name(), d.Path(name)); err != nil {
		return err
	}
	return d.sync()
}

// Secret returns the file's content, which generate makes the first time.
func (d Dir) Secret(name string, generate func() ([]byte, error)) ([]byte, error) {
	b, err := d.Read(name)
	if err != nil || len(b) > 0 {
		return b, err
	}
	if b, err = generate(); err != nil {
		return nil, err
	}
	return b, d.Write(name, b)
}

// Token returns a secret of 32 random bytes in base64url, generated the first time.
func (d Dir) Token(name string) (string, error) {
	b, err := d.Secret(name, func() ([]byte, error) { return []byte(RandomToken() + "\n"), nil })
	return strings.TrimSpace(string(b)), err
}

// RSAKey returns a 2048-bit key kept as PKCS #8 PEM, generated the first time.
func (d Dir) RSAKey(name string) (*rsa.PrivateKey, error) {
	b, err := d.Secret(name, generateRSA)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(b)
	if block == nil {
		return nil, fmt.Errorf("statedir: %s holds no PEM", name)
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("statedir: %s: %w", name, err)
	}
	if k, ok := key.(*rsa.PrivateKey); ok {
		return k, nil
	}
	return nil, fmt.Errorf("statedir: %s is no RSA key", name)
}

// RandomToken is 32 random bytes in base64url.
func RandomToken() string {
	b := make([]byte, 32)
	_, _ = rand.Read(b) // never fails, see crypto/rand
	return base64.RawURLEncoding.EncodeToString(b)
}

// Guard lets requests with "Authorization: Bearer <token>" through to next and answers 401 {"error":...} to others.
func Guard(token string, next http.Handler) http.Handler {
	want := sha256.Sum256([]byte(token))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		given, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		got := sha256.Sum256([]byte(given))
		if !ok || subtle.ConstantTimeCompare(got[:], want[:]) != 1 {
			w.Header().Set("Content-Type", "application/json")
			w.Header().Set("WWW-Authenticate", "Bearer")
			w.WriteHeader(http.StatusUnauthorized)
			_, _ = w.Write([]byte(`{"error":"the administrator's token is missing or wrong"}` + "\n"))
			return
		}
		next.ServeHTTP(w, r)
	})
}

func generateRSA() ([]byte, error) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil, err
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), nil
}

// sync makes the folder's entries durable.
func (d Dir) sync() error {
	f, err := os.Open(d.path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
