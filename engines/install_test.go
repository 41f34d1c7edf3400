package engines

import (
	"context"
	"encoding/json"
	"io/fs"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func testContext(t *testing.T, limit time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	t.Cleanup(cancel)
	return ctx
}

func testLog(t *testing.T) *slog.Logger { return slog.New(slog.NewTextHandler(t.Output(), nil)) }

// Every package is pinned by a hash, and no address of a registry is: a mirror must be able to serve it.
func TestLockFiles(t *testing.T) {
	for _, c := range []component{postgres, clickhouse} {
		raw, err := fs.ReadFile(locks, filepath.Join(c.lockDir, "package-lock.json"))
		require.NoError(t, err)
		require.NotContains(t, string(raw), "http")
		var lock lockfile
		require.NoError(t, json.Unmarshal(raw, &lock))
		require.Len(t, lock.Packages, len(c.pkgs)+1)
		for platform, pkg := range c.pkgs {
			entry := lock.Packages["node_modules/"+pkg]
			require.NotNil(t, entry, platform)
			require.True(t, strings.HasPrefix(entry["integrity"].(string), "sha512-"), platform)
			require.NotEmpty(t, entry["version"], platform)
		}
	}
}

func TestInstall(t *testing.T) {
	root := filepath.Join(t.TempDir(), "new", "engines")
	_, found := FindPostgres(root)
	require.False(t, found)

	// What killed installations leave: a half-filled temporary folder, and a final one that lost its files.
	dir, err := postgres.dir(root)
	require.NoError(t, err)
	half := dir + ".tmp-1"
	require.NoError(t, os.MkdirAll(filepath.Join(half, "node_modules"), 0o755))
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "node_modules"), 0o755))

	ctx := testContext(t, 3*time.Minute)
	type result struct {
		bin string
		err error
	}
	results := make(chan result, 2)
	for range 2 {
		go func() {
			bin, err := InstallPostgres(ctx, testLog(t), root)
			results <- result{bin, err}
		}()
	}
	first, second := <-results, <-results
	require.NoError(t, first.err)
	require.NoError(t, second.err)
	require.Equal(t, first.bin, second.bin)
	require.NoDirExists(t, half)
	bin, found := FindPostgres(root)
	require.True(t, found)
	require.Equal(t, first.bin, bin)
	for _, program := range []string{"postgres", "initdb"} { // fails without the links of the libraries
		out, err := exec.CommandContext(ctx, filepath.Join(bin, program), "--version").CombinedOutput()
		require.NoError(t, err, string(out))
	}
	entries, err := os.ReadDir(root)
	require.NoError(t, err)
	require.Len(t, entries, 2, "the folder and its lock")

	t.Setenv("PATH", "") // what is installed needs no npm
	_, err = InstallPostgres(ctx, testLog(t), root)
	require.NoError(t, err)
}

func TestInstallWithoutNPM(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	_, err := InstallPostgres(testContext(t, time.Minute), testLog(t), t.TempDir())
	require.ErrorIs(t, err, ErrNoNPM)
	requireHelpful(t, err)
}

func TestInstallWithoutNetwork(t *testing.T) {
	t.Setenv("npm_config_registry", "http://127.0.0.1:1/")
	t.Setenv("npm_config_cache", t.TempDir())
	root := t.TempDir()
	began := time.Now()
	_, err := InstallPostgres(testContext(t, time.Minute), testLog(t), root)
	require.Less(t, time.Since(began), 30*time.Second)
	requireHelpful(t, err)
	_, found := FindPostgres(root)
	require.False(t, found)
}

// The message is for the person who has to act, so here its content is what is promised.
func requireHelpful(t *testing.T, err error) {
	t.Helper()
	var failed *InstallError
	require.ErrorAs(t, err, &failed)
	pkg, pkgErr := postgres.pkg()
	require.NoError(t, pkgErr)
	require.True(t, strings.HasPrefix(failed.Package, pkg+"@18."))
	for _, part := range []string{failed.Package, "npm", "pitboss up", EnvDir, "PITBOSS_POSTGRES_URL"} {
		require.Contains(t, err.Error(), part)
	}
}

func TestInstallRefusesAnotherHash(t *testing.T) {
	dir := t.TempDir()
	pkg, err := postgres.pkg()
	require.NoError(t, err)
	_, err = writeManifest(dir, postgres.lockDir, pkg)
	require.NoError(t, err)
	name := filepath.Join(dir, "package-lock.json")
	raw, err := os.ReadFile(name)
	require.NoError(t, err)
	forged := strings.Replace(string(raw), "sha512-", "sha512-AAAA", 1)
	forged = strings.Replace(forged, "==\"", "\"", 1)
	require.NoError(t, os.WriteFile(name, []byte(forged), 0o644))
	require.ErrorContains(t, npmCI(testContext(t, time.Minute), dir), "EINTEGRITY")
}

func TestCancelledInstallLeavesNothing(t *testing.T) {
	root := t.TempDir()
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	b := InstallClickHouseInBackground(ctx, testLog(t), root)
	_, err := b.Wait(testContext(t, 30*time.Second))
	if _, pinned := clickhouse.pkgs[platform()]; !pinned {
		require.ErrorIs(t, err, ErrUnsupported)
		return
	}
	require.ErrorIs(t, err, context.DeadlineExceeded)
	<-b.Done()
	_, found := FindClickHouse(root)
	require.False(t, found)
	leftovers, err := filepath.Glob(filepath.Join(root, "*.tmp-*"))
	require.NoError(t, err)
	require.Empty(t, leftovers)
}

func TestRoot(t *testing.T) {
	t.Setenv(EnvDir, "/somewhere/else")
	root, err := Root()
	require.NoError(t, err)
	require.Equal(t, "/somewhere/else", root)
	t.Setenv(EnvDir, "")
	t.Setenv("XDG_CACHE_HOME", "/cache")
	t.Setenv("HOME", "/home/somebody")
	root, err = Root()
	require.NoError(t, err)
	require.True(t, strings.HasSuffix(root, filepath.Join("pitboss", "engines")))
}
