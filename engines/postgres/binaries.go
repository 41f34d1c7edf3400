package postgres

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/pitboss-gaming/pitboss/engines"
)

// usableBinaries returns a folder whose postgres the account can really run, and its major version. When root's
// binaries lie where that user cannot enter (root's cache folder), they are copied once to a folder that is open to
// all and writable by root alone. PostgreSQL resolves its own path, so unlike the data they must be reachable by name.
func usableBinaries(ctx context.Context, bin string, who account) (dir, major string, err error) {
	if _, err := os.Stat(filepath.Join(bin, "postgres")); err != nil {
		return "", "", fmt.Errorf("PostgreSQL binaries: %w", err)
	}
	major, first := version(ctx, bin, who)
	if first == nil {
		return bin, major, nil
	}
	if !who.drop || !errors.Is(first, fs.ErrPermission) {
		return "", "", first // nothing that another place would change
	}
	native := filepath.Dir(bin)
	key, err := fileHash(filepath.Join(bin, "postgres")) // the same binaries from another folder are the same copy
	if err != nil {
		return "", "", err
	}
	failures := []error{first}
	for _, place := range []string{"/var/cache/pitboss", "/var/lib/pitboss", filepath.Join(os.TempDir(), "pitboss-engines")} {
		copied, err := copyOnce(native, place, "postgres-"+key)
		if err == nil {
			dir = filepath.Join(copied, filepath.Base(bin))
			if major, err = version(ctx, dir, who); err == nil {
				return dir, major, nil
			}
			if !errors.Is(err, fs.ErrPermission) {
				return "", "", err
			}
		}
		failures = append(failures, fmt.Errorf("%s: %w", place, err))
	}
	return "", "", fmt.Errorf("uid %d cannot run the PostgreSQL binaries; set %s to a folder that all users can enter: %w",
		who.uid, engines.EnvDir, errors.Join(failures...))
}

// version runs `postgres --version` as the account: the surest test that it will start, and the way to its version.
func version(ctx context.Context, bin string, who account) (major string, err error) {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, filepath.Join(bin, "postgres"), "--version")
	cmd.Dir, cmd.Env, cmd.SysProcAttr = "/", environment(), who.attributes()
	var out, errOut bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errOut
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("running %s/postgres: %w: %s", bin, err, strings.TrimSpace(errOut.String()))
	}
	fields := strings.Fields(out.String()) // postgres (PostgreSQL) 18.4
	if len(fields) < 3 {
		return "", fmt.Errorf("unexpected version of PostgreSQL: %q", out.String())
	}
	major, _, _ = strings.Cut(fields[2], ".")
	return major, nil
}

func fileHash(name string) (string, error) {
	f, err := os.Open(name)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)[:6]), nil
}

// copyOnce copies the folder src to place/name, unless it is there. It trusts only folders that root alone can
// write: what is in them will be executed.
func copyOnce(src, place, name string) (string, error) {
	if err := os.Mkdir(place, 0o755); err == nil {
		err = os.Chmod(place, 0o755) // whatever the umask took away
		if err != nil {
			return "", err
		}
	} else if !errors.Is(err, fs.ErrExist) {
		return "", err
	}
	if err := rootsAlone(place); err != nil {
		return "", err
	}
	dst := filepath.Join(place, name)
	if _, err := os.Lstat(dst); err == nil {
		return dst, rootsAlone(dst)
	}
	temp, err := os.MkdirTemp(place, name+".tmp-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(temp)
	if err := copyTree(src, temp); err != nil {
		return "", err
	}
	if err := os.Chmod(temp, 0o755); err != nil {
		return "", err
	}
	// Another process may have been faster; then the rename fails and its copy is as good.
	if err := os.Rename(temp, dst); err != nil {
		if _, statErr := os.Lstat(dst); statErr != nil {
			return "", err
		}
	}
	return dst, rootsAlone(dst)
}

func rootsAlone(dir string) error {
	info, err := os.Lstat(dir)
	if err != nil {
		return err
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	if !info.IsDir() || !ok || st.Uid != 0 || info.Mode().Perm()&0o022 != 0 {
		return fmt.Errorf("%s is not a folder that root alone can write", dir)
	}
	return nil
}

func copyTree(src, dst string) error {
	return filepath.WalkDir(src, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(src, name)
		if err != nil {
			return err
		}
		target := filepath.Join(dst, rel)
		switch {
		case rel == ".":
			return nil
		case d.IsDir():
			return errors.Join(os.Mkdir(target, 0o755), os.Chmod(target, 0o755))
		case d.Type()&fs.ModeSymlink != 0:
			link, err := os.Readlink(name)
			if err != nil {
				return err
			}
			return os.Symlink(link, target)
		case d.Type().IsRegular() && filepath.Ext(name) != ".a": // static libraries are of no use here
			return copyFile(name, target)
		}
		return nil
	})
}

func copyFile(src, dst string) error {
	in, err := os.Open(src)
	if err != nil {
		return err
	}
	defer in.Close()
	info, err := in.Stat()
	if err != nil {
		return err
	}
	perm := fs.FileMode(0o644)
	if info.Mode()&0o111 != 0 {
		perm = 0o755
	}
	out, err := os.OpenFile(dst, os.O_CREATE|os.O_EXCL|os.O_WRONLY, perm)
	if err != nil {
		return err
	}
	if err := errors.Join(out.Chmod(perm), copyAndSync(out, in)); err != nil {
		out.Close()
		return err
	}
	return out.Close()
}

func copyAndSync(out *os.File, in io.Reader) error {
	if _, err := io.Copy(out, in); err != nil {
		return err
	}
	return out.Sync()
}
