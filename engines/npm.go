package engines

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// ErrNoNPM is the cause of an InstallError when npm is not on the PATH.
var ErrNoNPM = errors.New("npm was not found on the PATH: install Node.js, which brings it")

// The parts of npm's lock file that are needed to narrow it.
type lockfile struct {
	Name            string                    `json:"name"`
	Version         string                    `json:"version"`
	LockfileVersion int                       `json:"lockfileVersion"`
	Requires        bool                      `json:"requires"`
	Packages        map[string]map[string]any `json:"packages"`
}

// writeManifest writes a package.json and lock file into dir that ask for pkg alone, as a hard dependency with the
// hash of the embedded lock file. The committed files list every platform as optional, and npm silently leaves out
// an optional package that it cannot load or whose hash is wrong; a hard one fails with the reason.
func writeManifest(dir, lockDir, pkg string) (version string, err error) {
	raw, err := fs.ReadFile(locks, path.Join(filepath.ToSlash(lockDir), "package-lock.json"))
	if err != nil {
		return "", err
	}
	var lock lockfile
	if err := json.Unmarshal(raw, &lock); err != nil {
		return "", fmt.Errorf("embedded lock file: %w", err)
	}
	key := "node_modules/" + pkg
	entry, ok := lock.Packages[key]
	if !ok {
		return "", fmt.Errorf("%s is not in the embedded lock file: %w", pkg, ErrUnsupported)
	}
	version, _ = entry["version"].(string)
	if hash, _ := entry["integrity"].(string); version == "" || !strings.HasPrefix(hash, "sha512-") {
		return "", fmt.Errorf("%s has no version or sha512 hash in the embedded lock file", pkg)
	}
	delete(entry, "optional")
	manifest := map[string]any{
		"name": lock.Name, "version": lock.Version, "private": true,
		"dependencies": map[string]string{pkg: version},
	}
	lock.Packages = map[string]map[string]any{
		"":  {"name": lock.Name, "version": lock.Version, "dependencies": map[string]string{pkg: version}},
		key: entry,
	}
	if err := writeJSON(filepath.Join(dir, "package.json"), manifest); err != nil {
		return "", err
	}
	return version, writeJSON(filepath.Join(dir, "package-lock.json"), lock)
}

func writeJSON(name string, v any) error {
	data, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(name, append(data, '\n'), 0o644)
}

// npmCI runs npm in dir without any install script. Its error carries the lines in which npm says what went wrong.
func npmCI(ctx context.Context, dir string) error {
	npm, err := exec.LookPath("npm")
	if err != nil {
		return ErrNoNPM
	}
	cmd := exec.CommandContext(ctx, npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error",
		"--prefer-offline",                                               // the hash decides, not the registry's word
		"--fetch-retry-mintimeout=1000", "--fetch-retry-maxtimeout=5000") // without a network say so soon
	cmd.Dir = dir
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	// An own process group, so that ending it ends what npm started as well.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = 5 * time.Second
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return fmt.Errorf("`npm ci`: %w: %s", err, npmReason(out.String()))
	}
	return nil
}

// npmReason keeps the lines of npm's output that name the failure and drops its usage text and log file names.
func npmReason(out string) string {
	var lines []string
	for line := range strings.Lines(out) {
		line = strings.TrimSpace(line)
		rest, isError := strings.CutPrefix(line, "npm error ")
		if !isError || strings.HasPrefix(rest, "A complete log") {
			continue
		}
		lines = append(lines, rest)
		if len(lines) == 5 {
			break
		}
	}
	if len(lines) == 0 {
		return strings.TrimSpace(out)
	}
	return strings.Join(lines, "; ")
}

// linkLibraries makes the links of the shared libraries that npm cannot carry in a package. The package lists them;
// its own install script, which would make them, is not run.
func linkLibraries(pkgDir string) error {
	raw, err := os.ReadFile(filepath.Join(pkgDir, "native", "pg-symlinks.json"))
	if err != nil {
		return fmt.Errorf("list of library links: %w", err)
	}
	var links []struct{ Source, Target string }
	if err := json.Unmarshal(raw, &links); err != nil {
		return fmt.Errorf("list of library links: %w", err)
	}
	for _, l := range links {
		if !filepath.IsLocal(l.Source) || !filepath.IsLocal(l.Target) {
			return fmt.Errorf("library link %s -> %s leaves the package", l.Target, l.Source)
		}
		rel, err := filepath.Rel(filepath.Dir(l.Target), l.Source)
		if err != nil {
			return err
		}
		if err := os.Symlink(rel, filepath.Join(pkgDir, l.Target)); err != nil && !errors.Is(err, fs.ErrExist) {
			return err
		}
	}
	return nil
}

// lockFile takes an exclusive lock on name, waiting until ctx ends. The kernel drops it if the process dies.
func lockFile(ctx context.Context, name string) (unlock func(), err error) {
	f, err := os.OpenFile(name, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, err
	}
	for {
		err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil {
			return func() { f.Close() }, nil
		}
		if !errors.Is(err, syscall.EWOULDBLOCK) && !errors.Is(err, syscall.EINTR) {
			f.Close()
			return nil, err
		}
		select {
		case <-ctx.Done():
			f.Close()
			return nil, ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// progressEvery is how often a running installation is reported.
const progressEvery = 3 * time.Second

// reportProgress logs how much of an installation is on disk until stop is called. npm unpacks while it loads, so
// the size of the folder is the progress.
func reportProgress(log *slog.Logger, engine, dir string) (stop func()) {
	end, ended := make(chan struct{}), make(chan struct{})
	start := time.Now()
	go func() {
		defer close(ended)
		tick := time.NewTicker(progressEvery)
		defer tick.Stop()
		for {
			select {
			case <-end:
				return
			case <-tick.C:
				log.Info("still installing", "engine", engine, "mb", sizeMB(dir),
					"elapsed", time.Since(start).Round(time.Second))
			}
		}
	}()
	return func() { close(end); <-ended }
}

// sizeMB is the size of the files below dir in MB; files that vanish meanwhile are not counted.
func sizeMB(dir string) int64 {
	var total int64
	_ = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return nil
		}
		if info, err := d.Info(); err == nil {
			total += info.Size()
		}
		return nil
	})
	return total / 1_000_000
}

// syncTree writes the files below dir to the disk, so that a power cut after the final rename cannot leave a folder
// that looks whole with empty files in it.
func syncTree(dir string) error {
	return filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || (!d.Type().IsRegular() && !d.IsDir()) {
			return err
		}
		f, err := os.Open(name)
		if err != nil {
			return err
		}
		defer f.Close()
		return f.Sync()
	})
}
