package postgres

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func postmasterPID(t *testing.T, dir string) int {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(dir, "data", "postmaster.pid"))
	require.NoError(t, err)
	first, _, _ := strings.Cut(string(raw), "\n")
	pid, err := strconv.Atoi(first)
	require.NoError(t, err)
	return pid
}

func execute(t *testing.T, url, sql string) {
	t.Helper()
	_, err := connect(t, url).Exec(testContext(t, 10*time.Second), sql)
	require.NoError(t, err)
}

// Killing the whole process, as the system does when memory runs out, loses nothing that was committed.
func TestParentKilled(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "pg")
	parent := exec.CommandContext(testContext(t, time.Minute), os.Args[0])
	parent.Env = append(os.Environ(), envServe+"="+dir)
	out, err := parent.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, parent.Start())
	url, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(url, "postgres://"), url)
	execute(t, strings.TrimSpace(url), "CREATE TABLE kept AS SELECT 7 AS n")

	_, err = Start(testContext(t, time.Minute), Options{DataDir: dir, BinDir: os.Getenv(envBin)})
	require.ErrorIs(t, err, ErrRunning, "a second process on one folder")

	pid := postmasterPID(t, dir)
	require.NoError(t, parent.Process.Kill())
	require.Error(t, parent.Wait())
	s := start(t, Options{DataDir: dir})
	require.Equal(t, "7", scalar(t, s.URL("postgres"), "SELECT n::text FROM kept"))
	require.NotEqual(t, pid, postmasterPID(t, dir))
	require.False(t, alive(pid))
}

// On Linux the server does not even stay until the next start.
func TestServerEndsWithItsParent(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		return // there is no death signal, see TestOrphanIsStopped
	}
	dir := filepath.Join(t.TempDir(), "pg")
	parent := exec.CommandContext(testContext(t, time.Minute), os.Args[0])
	parent.Env = append(os.Environ(), envServe+"="+dir)
	out, err := parent.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, parent.Start())
	_, err = bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	pid := postmasterPID(t, dir)
	require.NoError(t, parent.Process.Kill())
	require.Error(t, parent.Wait())
	require.Eventually(t, func() bool { return !alive(pid) }, 15*time.Second, 20*time.Millisecond)
}

// Where the death signal does not reach, the next start finds the server and stops it.
func TestOrphanIsStopped(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "pg")
	orphan, err := Start(testContext(t, time.Minute), Options{DataDir: dir, BinDir: os.Getenv(envBin), Log: testLog(t)})
	require.NoError(t, err)
	execute(t, orphan.URL("postgres"), "CREATE TABLE kept AS SELECT 7 AS n")
	_, err = Start(testContext(t, time.Minute), Options{DataDir: dir, BinDir: os.Getenv(envBin)})
	require.ErrorIs(t, err, ErrRunning)

	orphan.unlock() // as the kernel does when the process dies
	s := start(t, Options{DataDir: dir})
	require.Equal(t, "7", scalar(t, s.URL("postgres"), "SELECT n::text FROM kept"))
	require.Error(t, <-orphan.Exited(), "its owner did not stop it")
}

func TestReusedProcessNumber(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "pg")
	s := start(t, Options{DataDir: dir})
	require.NoError(t, s.Stop(testContext(t, 20*time.Second)))
	who, err := chooseAccount(dir)
	require.NoError(t, err)
	other := exec.CommandContext(testContext(t, time.Minute), "sleep", "60")
	other.Dir, other.SysProcAttr = "/", who.attributes()
	require.NoError(t, other.Start())
	defer func() {
		require.NoError(t, other.Process.Kill())
		require.Error(t, other.Wait())
	}()
	stale := fmt.Sprintf("%d\n/proc/self/cwd\n1700000000\n5432\n../run\n127.0.0.1\n   0   0\nready   \n", other.Process.Pid)
	name := filepath.Join(dir, "data", "postmaster.pid")
	require.NoError(t, os.WriteFile(name, []byte(stale), 0o600))
	require.NoError(t, who.own(name))
	start(t, Options{DataDir: dir})
	require.True(t, alive(other.Process.Pid), "the innocent process lives")
}

func TestServerKilled(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "pg")
	s, err := Start(testContext(t, time.Minute), Options{DataDir: dir, BinDir: os.Getenv(envBin), Log: testLog(t)})
	require.NoError(t, err)
	execute(t, s.URL("postgres"), "CREATE TABLE kept AS SELECT 7 AS n")
	require.NoError(t, s.proc.cmd.Process.Kill())
	select {
	case err := <-s.Exited():
		require.Error(t, err)
	case <-time.After(15 * time.Second):
		t.Fatal("nobody noticed")
	}
	require.NoError(t, s.Stop(testContext(t, time.Second)), "stopping what has ended")
	s = start(t, Options{DataDir: dir})
	require.Equal(t, "7", scalar(t, s.URL("postgres"), "SELECT n::text FROM kept"))
}

func TestStopWithoutTime(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "pg")
	s := start(t, Options{DataDir: dir})
	execute(t, s.URL("postgres"), "CREATE TABLE kept AS SELECT 7 AS n")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	began := time.Now()
	require.NoError(t, s.Stop(ctx))
	require.Less(t, time.Since(began), 4*time.Second)
	require.NoError(t, <-s.Exited())
	s = start(t, Options{DataDir: dir})
	require.Equal(t, "7", scalar(t, s.URL("postgres"), "SELECT n::text FROM kept"))
}

func TestPortInUse(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	require.NoError(t, err)
	port := l.Addr().(*net.TCPAddr).Port
	dir := filepath.Join(t.TempDir(), "pg")
	_, err = Start(testContext(t, time.Minute), Options{DataDir: dir, Port: port, BinDir: os.Getenv(envBin)})
	require.ErrorIs(t, err, ErrPortInUse)
	require.NoError(t, l.Close())
	require.Equal(t, port, start(t, Options{DataDir: dir, Port: port}).Port())
}

func TestOtherMajorVersion(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "pg")
	s := start(t, Options{DataDir: dir})
	execute(t, s.URL("postgres"), "CREATE TABLE kept AS SELECT 7 AS n")
	require.NoError(t, s.Stop(testContext(t, 20*time.Second)))
	name := filepath.Join(dir, "data", "PG_VERSION")
	ours, err := os.ReadFile(name)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(name, []byte("99\n"), 0o600))

	var other *VersionError
	_, err = Start(testContext(t, time.Minute), Options{DataDir: dir, BinDir: os.Getenv(envBin)})
	require.ErrorAs(t, err, &other)
	require.Equal(t, "99", other.Have)

	require.NoError(t, os.WriteFile(name, ours, 0o600))
	s = start(t, Options{DataDir: dir})
	require.Equal(t, "7", scalar(t, s.URL("postgres"), "SELECT n::text FROM kept"))
}

func TestFullDisk(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "pg")
	var full *DiskFullError
	_, err := Start(testContext(t, time.Minute), Options{DataDir: dir, MinFree: 1 << 60, BinDir: os.Getenv(envBin)})
	require.ErrorAs(t, err, &full)
	require.Positive(t, full.Free)
	require.NoDirExists(t, filepath.Join(dir, "data"))
	start(t, Options{DataDir: dir})
}

func TestInterruptedInitdb(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "pg")
	start(t, Options{DataDir: filepath.Join(t.TempDir(), "warm")}) // so that only initdb takes time below
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go func() { // as soon as initdb writes
		for ctx.Err() == nil {
			if found, _ := filepath.Glob(filepath.Join(dir, "initdb-*", "data", "base")); found != nil {
				cancel()
			}
			runtime.Gosched()
		}
	}()
	_, err := Start(ctx, Options{DataDir: dir, BinDir: os.Getenv(envBin)})
	require.ErrorIs(t, err, context.Canceled)
	require.NoDirExists(t, filepath.Join(dir, "data"))

	killed := filepath.Join(dir, "initdb-123", "data") // what a killed process leaves
	require.NoError(t, os.MkdirAll(killed, 0o700))
	start(t, Options{DataDir: dir})
	require.NoDirExists(t, killed)
}

func TestWrongPassword(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "pg")
	require.NoError(t, start(t, Options{DataDir: dir}).Stop(testContext(t, 20*time.Second)))
	_, err := Start(testContext(t, time.Minute), Options{DataDir: dir, Password: "not that", BinDir: os.Getenv(envBin)})
	require.Equal(t, "28P01", sqlState(err))
	start(t, Options{DataDir: dir})
}

func TestForeignFolderIsLeftAlone(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	precious := filepath.Join(dir, "data", "precious")
	require.NoError(t, os.MkdirAll(filepath.Dir(precious), 0o755))
	require.NoError(t, os.WriteFile(precious, nil, 0o600))
	_, err := Start(testContext(t, time.Minute), Options{DataDir: dir, BinDir: os.Getenv(envBin)})
	require.Error(t, err)
	require.FileExists(t, precious)
}

func TestClassify(t *testing.T) {
	t.Parallel()
	exit := errors.New("exit status 1")
	var full *DiskFullError
	require.ErrorAs(t, classify("initdb", "/d", "initdb: error: could not write file: No space left on device\n", exit), &full)
	require.ErrorAs(t, diskError(&os.PathError{Op: "write", Path: "/d", Err: syscall.ENOSPC}, "/d"), &full)
	require.ErrorIs(t, classify("postgres", "/d",
		"LOG:  could not bind IPv4 address \"127.0.0.1\": Address already in use\n", exit), ErrPortInUse)
	require.ErrorIs(t, classify("postgres", "/d", `FATAL:  lock file "postmaster.pid" already exists`, exit), ErrRunning)
	require.ErrorIs(t, classify("postgres", "/d",
		"FATAL:  pre-existing shared memory block (key 1, ID 2) is still in use\n", exit), errStillDying)
	require.ErrorIs(t, classify("postgres", "/d", "FATAL:  something else\n", exit), exit)
}

func TestLogIsBounded(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "postgres.log")
	l, err := openLog(path, testLog(t))
	require.NoError(t, err)
	chunk := []byte(strings.Repeat("x", 1<<20-1) + "\n")
	for range 40 {
		n, err := l.Write(chunk)
		require.NoError(t, err)
		require.Len(t, chunk, n)
	}
	require.NoError(t, l.Close())
	require.LessOrEqual(t, len(l.tail()), tailSize)
	files, err := os.ReadDir(filepath.Dir(path))
	require.NoError(t, err)
	require.Len(t, files, logFiles)
	for _, f := range files {
		info, err := f.Info()
		require.NoError(t, err)
		require.LessOrEqual(t, info.Size(), int64(logFileSize))
	}
}
