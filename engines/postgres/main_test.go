package postgres

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/pitboss-gaming/pitboss/engines"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

// Environment of this test binary when a test starts it again as another process.
const (
	envServe = "PITBOSS_TEST_SERVE"  // run a server on this folder until killed
	envBin   = "PITBOSS_TEST_PG_BIN" // binaries that the unprivileged run can reach
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(envServe); dir != "" {
		fmt.Println(serveUntilKilled(dir))
		os.Exit(1)
	}
	goleak.VerifyTestMain(m)
}

func serveUntilKilled(dir string) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	s, err := Start(ctx, Options{DataDir: dir, BinDir: os.Getenv(envBin)})
	if err != nil {
		return err
	}
	fmt.Println(s.URL("postgres"))
	select {
	case err := <-s.Exited():
		return err
	case <-time.After(2 * time.Minute):
		return errors.New("nobody killed the process")
	}
}

// unprivileged are the tests that TestAsAnUnprivilegedUser runs once more.
const unprivileged = "^(TestDataSurvivesARestart|TestUnixSocket|TestParentKilled|TestOrphanIsStopped|TestReusedProcessNumber" +
	"|TestServerKilled|TestAnothersFolder)$"

// Tests run as root in many containers, where the server gets another user. This runs the essential ones also as
// somebody who is not root.
func TestAsAnUnprivilegedUser(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		return // all of this run is unprivileged already
	}
	bin, err := engines.InstallPostgres(testContext(t, 3*time.Minute), testLog(t), "")
	require.NoError(t, err)
	fresh, err := chooseAccount(t.TempDir())
	require.NoError(t, err)
	bin, _, err = usableBinaries(testContext(t, time.Minute), bin, fresh)
	require.NoError(t, err)

	dir, err := os.MkdirTemp("", "pitboss-unprivileged-")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(dir)) })
	require.NoError(t, os.Chmod(dir, 0o755))
	program := filepath.Join(dir, "postgres.test")
	self, err := os.Executable()
	require.NoError(t, err)
	require.NoError(t, copyFile(self, program))
	temp := filepath.Join(dir, "tmp")
	require.NoError(t, os.Mkdir(temp, 0o700))
	require.NoError(t, fresh.own(temp))

	cmd := exec.CommandContext(testContext(t, 3*time.Minute), program, "-test.run", unprivileged, "-test.v", "-test.timeout=150s")
	cmd.Dir = temp
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + temp, "TMPDIR=" + temp, envBin + "=" + bin}
	cmd.SysProcAttr = fresh.attributes()
	out, err := cmd.CombinedOutput()
	t.Log(string(out))
	require.NoError(t, err)
	require.Equal(t, strings.Count(unprivileged, "|")+1, strings.Count(string(out), "\n--- PASS")+
		strings.Count(string(out[:min(len(out), 8)]), "--- PASS"), "every one of them ran")
}

func TestAnothersFolder(t *testing.T) {
	t.Parallel()
	if os.Geteuid() == 0 {
		return // root runs the server as the folder's owner, see TestRootKeepsTheOwner
	}
	var wrong *OwnerError
	_, err := chooseAccount("/")
	require.ErrorAs(t, err, &wrong)
	require.Zero(t, wrong.Owner)
}

func TestRootKeepsTheOwner(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		return // only root can change owners
	}
	dir := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(dir, "data"), 0o700))
	who, err := chooseAccount(dir)
	require.NoError(t, err)
	require.True(t, who.drop)
	require.NotZero(t, who.uid)
	require.NoError(t, os.Chown(filepath.Join(dir, "data"), 4321, 4322))
	who, err = chooseAccount(dir)
	require.NoError(t, err)
	require.Equal(t, account{drop: true, uid: 4321, gid: 4322}, who)
}

// Neither the home nor the binaries can be entered by the user who runs the server.
func TestBelowALockedFolder(t *testing.T) {
	t.Parallel()
	bin, err := engines.InstallPostgres(testContext(t, 3*time.Minute), testLog(t), "")
	require.NoError(t, err)
	locked := filepath.Join(t.TempDir(), "locked")
	require.NoError(t, os.Mkdir(locked, 0o700))
	native := filepath.Join(locked, "native")
	require.NoError(t, os.Mkdir(native, 0o755))
	require.NoError(t, copyTree(filepath.Dir(bin), native))
	s := start(t, Options{DataDir: filepath.Join(locked, "home", "postgres"), BinDir: filepath.Join(native, "bin")})
	require.Equal(t, "1", scalar(t, s.URL("postgres"), "SELECT 1::text"))
	home, err := os.Stat(filepath.Join(locked, "home"))
	require.NoError(t, err)
	require.Equal(t, fs.FileMode(0o700), home.Mode().Perm(), "nothing was opened up")
	if os.Geteuid() == 0 {
		require.False(t, strings.HasPrefix(s.opts.BinDir, locked))
	}
}

// An interrupted start says so and does not look for another place.
func TestInterruptedBinaryCheck(t *testing.T) {
	t.Parallel()
	bin, err := engines.InstallPostgres(testContext(t, 3*time.Minute), testLog(t), "")
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, _, err = usableBinaries(ctx, bin, account{drop: true, uid: nobody, gid: nobody})
	require.ErrorIs(t, err, context.Canceled)
}

func TestCopiesAreRootsAlone(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		return // only root copies
	}
	place := filepath.Join(t.TempDir(), "place")
	require.NoError(t, os.Mkdir(place, 0o755))
	src := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(src, "program"), []byte("x"), 0o700))
	dst, err := copyOnce(src, place, "copy")
	require.NoError(t, err)
	info, err := os.Stat(filepath.Join(dst, "program"))
	require.NoError(t, err)
	require.Equal(t, fs.FileMode(0o755), info.Mode().Perm())

	require.NoError(t, os.Chown(dst, nobody, nobody))
	_, err = copyOnce(src, place, "copy")
	require.Error(t, err, "somebody else's copy is not executed")
	require.NoError(t, os.Chmod(place, 0o777))
	_, err = copyOnce(src, place, "other")
	require.Error(t, err, "a folder that everybody can write is not used")
}

// alive reports whether a process exists and is not merely uncollected.
func alive(pid int) bool {
	if syscall.Kill(pid, 0) != nil {
		return false
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err != nil || !strings.Contains(string(stat), ") Z ")
}
