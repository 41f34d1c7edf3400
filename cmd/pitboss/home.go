package main

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// home is the folder that holds everything `up` keeps: engines' data, certificates, secrets, the sandbox's state.
type home struct {
	dir  string
	lock *os.File
}

// openHome makes the folder when it is missing and takes its lock, so that one process at a time runs on it.
func openHome(dir string) (*home, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("home %s: %w", dir, err)
	}
	if err := os.MkdirAll(abs, 0o700); err != nil {
		return nil, fmt.Errorf("home: %w", err)
	}
	f, err := os.OpenFile(filepath.Join(abs, "lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("home: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		pid, _ := os.ReadFile(f.Name())
		f.Close()
		return nil, fmt.Errorf("another pitboss (process %s) is running on %s: stop it first, or set PITBOSS_HOME to another folder", strings.TrimSpace(string(pid)), abs)
	}
	if err := errors.Join(f.Truncate(0), writeAt(f, strconv.Itoa(os.Getpid())+"\n")); err != nil {
		f.Close()
		return nil, fmt.Errorf("home: %w", err)
	}
	return &home{dir: abs, lock: f}, nil
}

func writeAt(f *os.File, s string) error {
	_, err := f.WriteAt([]byte(s), 0)
	return err
}

func (h *home) path(parts ...string) string {
	return filepath.Join(append([]string{h.dir}, parts...)...)
}

func (h *home) close() { h.lock.Close() }

// secrets are what `up` generates once and keeps in secrets.json, readable by its owner alone.
type secrets struct {
	// MasterKeys encrypt at rest, by key id; ActiveKey is the one that seals.
	MasterKeys map[string]string `json:"master_keys"`
	ActiveKey  string            `json:"active_key"`
	// Pepper is mixed into password hashes.
	Pepper string `json:"pepper"`
	// Databases holds the password of each role.
	Databases map[string]string `json:"databases"`
}

// loadSecrets reads secrets.json and adds what is missing. An unreadable file is an error, never replaced: it opens existing data.
func (h *home) loadSecrets(services []string) (*secrets, error) {
	s := &secrets{}
	if err := h.readJSON("secrets.json", s); err != nil {
		return nil, err
	}
	if s.MasterKeys == nil {
		s.MasterKeys, s.ActiveKey = map[string]string{"k1": randomKey()}, "k1"
	}
	if s.Pepper == "" {
		s.Pepper = randomKey()
	}
	if s.Databases == nil {
		s.Databases = map[string]string{}
	}
	for _, svc := range services {
		for _, role := range []string{"pitboss_" + svc, "pitboss_" + svc + "_owner"} {
			if s.Databases[role] == "" {
				s.Databases[role] = randomKey()
			}
		}
	}
	return s, h.writeJSON("secrets.json", s)
}

// keys are the master keys as bytes.
func (s *secrets) keys() (map[string][]byte, error) {
	out := map[string][]byte{}
	for id, text := range s.MasterKeys {
		key, err := base64.RawURLEncoding.DecodeString(text)
		if err != nil {
			return nil, fmt.Errorf("secrets.json: master key %s is not base64url", id)
		}
		out[id] = key
	}
	return out, nil
}

func randomKey() string {
	b := make([]byte, 32)
	rand.Read(b)
	return base64.RawURLEncoding.EncodeToString(b)
}

// readJSON fills into from a file of the home; a missing file leaves it as it is.
func (h *home) readJSON(name string, into any) error {
	b, err := os.ReadFile(h.path(name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("home: %w", err)
	}
	if err := json.Unmarshal(b, into); err != nil {
		return fmt.Errorf("%s is damaged (%w): restore it from a backup, the data cannot be read without it", h.path(name), err)
	}
	return nil
}

// writeJSON replaces a file of the home in one step, readable by its owner alone.
func (h *home) writeJSON(name string, v any) error {
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	if err := writePrivate(h.path(name), append(b, '\n')); err != nil {
		return fmt.Errorf("home: %w", err)
	}
	return nil
}

// writePrivate replaces a file in one step, readable by its owner alone.
func writePrivate(path string, content []byte) error {
	tmp, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	_, err = tmp.Write(content)
	if err := errors.Join(err, tmp.Chmod(0o600), tmp.Sync(), tmp.Close()); err != nil {
		return err
	}
	return os.Rename(tmp.Name(), path)
}
