package postgres

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

const (
	freeForNew = 512 << 20 // a new cluster is 40 MB; the log may grow to max_wal_size before it is reused
	freeForOld = 64 << 20  // what recovery and the first checkpoint may write
)

// makeFolder makes the engine's folder and returns its name without symbolic links, so that one folder has one name.
func makeFolder(dir string) (string, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", diskError(fmt.Errorf("data folder: %w", err), dir)
	}
	return filepath.EvalSymlinks(dir)
}

// lock takes the folder for this process. The kernel drops the lock when the process dies, so it is never stale.
func lock(name string) (unlock func(), err error) {
	f, err := os.OpenFile(name, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, diskError(fmt.Errorf("lock of the data folder: %w", err), name)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, fmt.Errorf("%s: %w", filepath.Dir(name), ErrRunning)
		}
		return nil, fmt.Errorf("lock of the data folder: %w", err)
	}
	return func() {
		// Closing alone would leave the lock to a child that is being started at this moment and has not yet closed what it inherited.
		_ = syscall.Flock(int(f.Fd()), syscall.LOCK_UN)
		f.Close()
	}, nil
}

// checkCluster reports whether there is no cluster yet, and refuses one of another major version.
func checkCluster(data, major string) (isNew bool, err error) {
	raw, err := os.ReadFile(filepath.Join(data, "PG_VERSION"))
	if errors.Is(err, fs.ErrNotExist) {
		if _, err := os.Lstat(data); err == nil {
			return false, fmt.Errorf("%s exists but holds no PostgreSQL cluster: move it away to begin anew", data)
		}
		return true, nil
	}
	if err != nil {
		return false, err
	}
	if have := strings.TrimSpace(string(raw)); have != major {
		return false, &VersionError{Dir: data, Have: have, Want: major}
	}
	return false, nil
}

// checkSpace refuses to start on a disk that is about to be full, before anything is written.
func checkSpace(dir string, need int64, isNew bool) error {
	if need == 0 {
		need = freeForOld
		if isNew {
			need = freeForNew
		}
	}
	var st syscall.Statfs_t
	if err := syscall.Statfs(dir, &st); err != nil {
		return fmt.Errorf("free space: %w", err)
	}
	if free := int64(st.Bavail) * int64(st.Bsize); free < need {
		return &DiskFullError{Dir: dir, Free: free, Need: need}
	}
	return nil
}

// initdb creates the cluster beside its place and renames it there, so that being killed in the middle leaves
// nothing that looks like a cluster. The locale is built into PostgreSQL: the same order and case rules everywhere.
func (s *Server) initdb(ctx context.Context, who account) error {
	old, err := filepath.Glob(filepath.Join(s.opts.DataDir, "initdb-*"))
	if err != nil {
		return err
	}
	for _, name := range old { // of killed attempts: we hold the lock
		if err := os.RemoveAll(name); err != nil {
			return err
		}
	}
	temp, err := os.MkdirTemp(s.opts.DataDir, "initdb-")
	if err != nil {
		return diskError(err, s.opts.DataDir)
	}
	defer os.RemoveAll(temp)
	cluster, secret := filepath.Join(temp, "data"), filepath.Join(temp, "password")
	if err := os.Mkdir(cluster, 0o700); err != nil {
		return diskError(err, cluster)
	}
	if err := os.WriteFile(secret, []byte(s.password+"\n"), 0o600); err != nil {
		return diskError(err, secret)
	}
	for _, name := range []string{temp, cluster, secret} {
		if err := who.own(name); err != nil {
			return err
		}
	}
	if err := s.runInitdb(ctx, who, cluster); err != nil {
		return err
	}
	if err := os.Rename(cluster, filepath.Join(s.opts.DataDir, "data")); err != nil {
		return err
	}
	return syncDir(s.opts.DataDir)
}

func (s *Server) runInitdb(ctx context.Context, who account, cluster string) error {
	out, err := openLog("", s.opts.Log)
	if err != nil {
		return err
	}
	args := []string{
		"-D", workingDir(cluster), "-U", Superuser, "--pwfile=../password",
		"--auth=scram-sha-256", "-E", "UTF8", "--locale=C",
		"--locale-provider=builtin", "--builtin-locale=C.UTF-8",
	}
	if !s.opts.Durable {
		args = append(args, "--no-sync")
	}
	p, err := startProcess(command{
		path: filepath.Join(s.opts.BinDir, "initdb"), args: args, dir: cluster, who: who, out: out,
	})
	if err != nil {
		return fmt.Errorf("starting initdb: %w", err)
	}
	select {
	case <-p.done:
	case <-ctx.Done():
		p.kill()
		return ctx.Err()
	}
	if p.err != nil {
		return classify("initdb", s.opts.DataDir, out.tail(), p.err)
	}
	return nil
}

func syncDir(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer f.Close()
	return f.Sync()
}

// choosePort checks that the wanted loopback port is free, or picks a free one for 0.
func choosePort(want int) (int, error) {
	l, err := net.Listen("tcp4", net.JoinHostPort("127.0.0.1", strconv.Itoa(want)))
	if errors.Is(err, syscall.EADDRINUSE) {
		return 0, fmt.Errorf("PostgreSQL cannot listen on 127.0.0.1:%d: %w", want, ErrPortInUse)
	}
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}
