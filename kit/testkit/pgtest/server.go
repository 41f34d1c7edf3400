package pgtest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pitboss-gaming/pitboss/engines"
	"github.com/pitboss-gaming/pitboss/engines/postgres"
)

// The shared server. `go test` runs one process per package, several at a time and in no order, and a cluster takes seconds to make, so the first
// process starts a keeper: its own test binary again, detached, which main it never reaches (see init). The keeper runs the embedded engine for all.
// Every test process holds use.lock shared for as long as it lives; when the keeper has been able to take that lock
// exclusively for idleLimit, nobody is left and it ends the server and itself. Locks are flocks, which the kernel drops with
// their process, so nothing has to be cleaned up after a kill.
//
//	<user cache>/pitboss/test-postgres/
//	   start.lock   held by the process that looks for a server or starts one
//	   use.lock     held shared by every test process
//	   url          superuser's URL of the running server, mode 0600
//	   keeper.log   what the keeper and the engine said
//	   engine/      the cluster where memory has no room for it; not durable
//
// The cluster is in memory (/dev/shm) where that has room: each test's database is hundreds of files that are made and removed again, which keeps a file system
// on a disk as busy as the tests themselves. It is removed with the keeper.
const (
	urlVariable    = "PITBOSS_TEST_POSTGRES_URL"
	keeperVariable = "PITBOSS_TEST_POSTGRES_KEEPER"
	idleLimit      = 5 * time.Minute
	inMemory       = "/dev/shm"
	tmpfsMagic     = 0x01021994
	memoryNeeded   = 4 << 30 // bytes: a write-ahead log of 1 GiB, PostgreSQL's bound for it, and the databases of the tests that run, with room to spare
	idleCheck      = 5 * time.Second
)

func init() {
	if dir := os.Getenv(keeperVariable); dir != "" {
		keep(dir)
		os.Exit(0)
	}
}

// serverURL finds or starts the server, once per process.
func serverURL(ctx context.Context) (string, error) {
	if u := os.Getenv(urlVariable); u != "" {
		return u, nil
	}
	shared.Do(func() { shared.url, shared.err = useShared(ctx) })
	return shared.url, shared.err
}

var shared struct {
	sync.Once
	url string
	err error
	use *os.File // never closed: the lock says that this process lives
}

func useShared(ctx context.Context) (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(cache, "pitboss", "test-postgres")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	if shared.use, err = flock(filepath.Join(dir, "use.lock"), syscall.LOCK_SH); err != nil {
		return "", err
	}
	start, err := flock(filepath.Join(dir, "start.lock"), syscall.LOCK_EX)
	if err != nil {
		return "", err
	}
	defer start.Close()
	if u, ok := answering(ctx, dir); ok {
		return u, nil
	}
	return startKeeper(ctx, dir)
}

// answering returns the URL that a keeper has left, if a server answers there.
func answering(ctx context.Context, dir string) (string, bool) {
	raw, err := os.ReadFile(filepath.Join(dir, "url"))
	if err != nil {
		return "", false
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	conn, err := pgx.Connect(ctx, string(raw))
	if err != nil {
		return "", false
	}
	return string(raw), conn.Close(ctx) == nil
}

// startKeeper starts this binary again as the keeper and waits for its server.
func startKeeper(ctx context.Context, dir string) (string, error) {
	// A left-over file would be read before the new keeper has written its own.
	if err := os.Remove(filepath.Join(dir, "url")); err != nil && !errors.Is(err, os.ErrNotExist) {
		return "", err
	}
	self, err := os.Executable()
	if err != nil {
		return "", err
	}
	logName := filepath.Join(dir, "keeper.log")
	log, err := os.OpenFile(logName, os.O_CREATE|os.O_WRONLY|os.O_TRUNC|os.O_APPEND, 0o600)
	if err != nil {
		return "", err
	}
	defer log.Close()
	cmd := exec.Command(self)
	cmd.Dir = dir // the package's folder may be a temporary one
	cmd.Env = append(os.Environ(), keeperVariable+"="+dir, "GOCOVERDIR=")
	cmd.Stdout, cmd.Stderr = log, log // `go test` waits for everybody who holds its own pipe
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		return "", err
	}
	// The keeper outlives this process. Nobody waits for it in a goroutine, which a test that looks for leaks would find.
	defer cmd.Process.Release() //nolint:errcheck // nothing is done with it any more
	for {
		if u, ok := answering(ctx, dir); ok {
			return u, nil
		}
		var status syscall.WaitStatus
		if pid, err := syscall.Wait4(cmd.Process.Pid, &status, syscall.WNOHANG, nil); err == nil && pid == cmd.Process.Pid {
			said, _ := os.ReadFile(logName) // whatever could be read is better than nothing
			return "", fmt.Errorf("the embedded PostgreSQL did not start (status %d): %s", status.ExitStatus(), strings.TrimSpace(string(said)))
		}
		select {
		case <-ctx.Done():
			return "", fmt.Errorf("the embedded PostgreSQL did not answer in time, see %s: %w", logName, ctx.Err())
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// keep is the keeper's main.
func keep(dir string) {
	log := slog.New(slog.NewTextHandler(os.Stderr, nil))
	if err := runServer(dir, log); err != nil {
		log.Error("keeper", "error", err)
		os.Exit(1)
	}
}

func runServer(dir string, log *slog.Logger) error {
	ctx, cancel := context.WithTimeout(context.Background(), 4*time.Minute)
	defer cancel()
	data := clusterDir(dir, log)
	o := postgres.Options{DataDir: data, Log: log, Settings: map[string]string{
		"max_connections": "500",
		"log_statement":   "none",
	}}
	srv, err := postgres.Start(ctx, o)
	var install *engines.InstallError
	if err != nil && !errors.Is(err, postgres.ErrRunning) && !errors.As(err, &install) {
		// A cluster that is not durable may be broken after a crash, or be of another version; nothing in it is worth keeping.
		log.Warn("starting afresh", "error", err)
		if err := os.RemoveAll(o.DataDir); err != nil {
			return err
		}
		srv, err = postgres.Start(ctx, o)
	}
	if err != nil {
		return err
	}
	defer func() {
		ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
		defer cancel()
		if err := srv.Stop(ctx); err != nil {
			log.Error("stop", "error", err)
		}
		if strings.HasPrefix(data, inMemory) {
			if err := os.RemoveAll(data); err != nil {
				log.Error("remove", "error", err)
			}
		}
	}()
	super := srv.URL("postgres")
	if err := dropLeftovers(ctx, super); err != nil {
		return err
	}
	name := filepath.Join(dir, "url")
	if err := os.WriteFile(name+".new", []byte(super), 0o600); err != nil {
		return err
	}
	if err := os.Rename(name+".new", name); err != nil {
		return err
	}
	defer os.Remove(name)
	return waitIdle(filepath.Join(dir, "use.lock"), srv.Exited(), log)
}

// clusterDir is where the cluster goes: memory if it has room and the folder there is nobody else's, or dir.
func clusterDir(dir string, log *slog.Logger) string {
	place := filepath.Join(inMemory, fmt.Sprintf("pitboss-test-postgres-%d", os.Getuid()))
	onDisk := filepath.Join(dir, "engine")
	var room syscall.Statfs_t
	if err := syscall.Statfs(inMemory, &room); err != nil || room.Type != tmpfsMagic || int64(room.Bavail)*room.Bsize < memoryNeeded {
		return onDisk
	}
	if err := os.Mkdir(place, 0o755); err != nil && !errors.Is(err, os.ErrExist) { //nolint:gosec // PostgreSQL may run as another user, who has to pass through
		log.Warn("not in memory", "error", err)
		return onDisk
	}
	info, err := os.Lstat(place)
	if err != nil || !info.IsDir() || info.Sys().(*syscall.Stat_t).Uid != uint32(os.Getuid()) || info.Mode().Perm()&0o022 != 0 { //nolint:gosec // a user's number
		log.Warn("not in memory: the folder is somebody else's", "folder", place, "error", err)
		return onDisk
	}
	return filepath.Join(place, "engine")
}

// waitIdle returns when nobody has held the lock for idleLimit; then it is held by this process until that ends, so
// that newcomers wait for the end and start a keeper of their own.
func waitIdle(lock string, exited <-chan error, log *slog.Logger) error {
	idleSince := time.Time{}
	for {
		select {
		case err := <-exited:
			return err
		case <-time.After(idleCheck):
		}
		f, err := flock(lock, syscall.LOCK_EX|syscall.LOCK_NB)
		switch {
		case errors.Is(err, syscall.EWOULDBLOCK):
			idleSince = time.Time{}
			continue
		case err != nil:
			return err
		case idleSince.IsZero():
			idleSince = time.Now()
		case time.Since(idleSince) >= idleLimit:
			log.Info("nobody has used the server", "for", idleLimit)
			keptUntilExit = f
			return nil
		}
		f.Close()
	}
}

// keptUntilExit holds the lock, which a garbage-collected file would give up.
//
//lint:ignore U1000 it is there to be referred to, not to be read
var keptUntilExit *os.File

// dropLeftovers removes everything that an earlier keeper's tests left: at this point nobody else is connected.
func dropLeftovers(ctx context.Context, super string) error {
	conn, err := pgx.Connect(ctx, super)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	rows, err := conn.Query(ctx, "SELECT datname FROM pg_database WHERE starts_with(datname, $1) OR starts_with(datname, $2)",
		databasePrefix, templatePrefix)
	if err != nil {
		return err
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return err
	}
	for _, n := range names {
		if _, err := conn.Exec(ctx, "DROP DATABASE "+pgx.Identifier{n}.Sanitize()+" WITH (FORCE)"); err != nil {
			return err
		}
	}
	return nil
}

// flock opens and locks a file. The lock ends when the file is closed or the process ends.
func flock(name string, how int) (*os.File, error) {
	f, err := os.OpenFile(name, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	for {
		err := syscall.Flock(int(f.Fd()), how)
		if err == nil {
			return f, nil
		}
		if !errors.Is(err, syscall.EINTR) {
			f.Close()
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
}
