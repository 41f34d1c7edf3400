// Package postgres runs a PostgreSQL server as a child of this process, for development, demos and tests. The server
// is the real one, with durable settings, so that what works here works on a cluster of the same version.
//
// Layout of Options.DataDir:
//
//	data/                the cluster (PGDATA), mode 0700
//	run/                 the Unix socket
//	log/                 postgres.log and its rotated predecessors
//	superuser.password   of the role postgres, mode 0600
//	lock                 held as long as a process runs this server
//
// When the process is root the server runs as another user (see account). It then reaches its folders through the
// working directory it inherits, never by name, so DataDir may lie below a folder which that user cannot enter.
package postgres

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/pitboss-gaming/pitboss/engines"
)

// Superuser is the role that URL connects as.
const Superuser = "postgres"

// Options says how to run a server.
type Options struct {
	DataDir  string            // engine folder, made when missing; all state is below it
	Port     int               // loopback TCP port; 0 picks a free one at each start
	Log      *slog.Logger      // life cycle and the server's own errors; nil: none
	BinDir   string            // folder with postgres and initdb; empty: engines.InstallPostgres
	Password string            // of the superuser, fixed at the first start; empty: generated into superuser.password
	Durable  bool              // false switches fsync off: for tests, whose data may be lost
	MinFree  int64             // bytes that must be free at the start; 0: 512 MB for a new cluster, 64 MB for an old one
	Settings map[string]string // server settings over the defaults
}

// Server is a running PostgreSQL.
type Server struct {
	opts     Options
	password string
	port     int
	proc     *process
	exited   chan error
	ended    chan struct{} // closed when the process is gone and the folder is free
	unlock   func()
}

// Start runs the server of o.DataDir, creating the cluster first when there is none, and returns once it accepts
// connections. A server that a killed process left behind is stopped first. ctx bounds the start, not the server's
// life. Errors: ErrRunning, ErrPortInUse, *VersionError, *DiskFullError, *OwnerError, *engines.InstallError; none of
// them has changed an existing cluster.
func Start(ctx context.Context, o Options) (*Server, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	dir, err := filepath.Abs(o.DataDir)
	if err != nil {
		return nil, err
	}
	if dir, err = makeFolder(dir); err != nil {
		return nil, err
	}
	o.DataDir = dir
	who, err := chooseAccount(dir)
	if err != nil {
		return nil, err
	}
	unlock, err := lock(filepath.Join(dir, "lock"))
	if err != nil {
		return nil, err
	}
	s := &Server{opts: o, unlock: unlock, exited: make(chan error, 1), ended: make(chan struct{})}
	if err := s.start(ctx, who); err != nil {
		unlock()
		return nil, err
	}
	return s, nil
}

func (s *Server) start(ctx context.Context, who account) error {
	began := time.Now()
	data := filepath.Join(s.opts.DataDir, "data")
	if s.opts.BinDir == "" {
		var err error
		if s.opts.BinDir, err = engines.InstallPostgres(ctx, s.opts.Log, ""); err != nil {
			return err
		}
	}
	bin, major, err := usableBinaries(ctx, s.opts.BinDir, who)
	if err != nil {
		return err
	}
	s.opts.BinDir = bin
	if err := s.prepare(who); err != nil {
		return err
	}
	if err := stopOrphan(ctx, s.opts.Log, data); err != nil {
		return err
	}
	isNew, err := checkCluster(data, major)
	if err != nil {
		return err
	}
	if err := checkSpace(s.opts.DataDir, s.opts.MinFree, isNew); err != nil {
		return err
	}
	if s.password, err = s.loadPassword(isNew); err != nil {
		return err
	}
	if isNew {
		if err := s.initdb(ctx, who); err != nil {
			return err
		}
	}
	if err := s.run(ctx, who); err != nil {
		return err
	}
	s.opts.Log.Info("PostgreSQL serves", "version", major, "port", s.port, "socket", s.SocketDir(),
		"data", s.opts.DataDir, "elapsed", time.Since(began).Round(time.Millisecond))
	return nil
}

// prepare makes the folders beside the cluster and gives them to the server's user.
func (s *Server) prepare(who account) error {
	if err := who.own(s.opts.DataDir); err != nil {
		return err
	}
	for _, sub := range []string{"run", "log"} {
		dir := filepath.Join(s.opts.DataDir, sub)
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return diskError(err, dir)
		}
		if err := who.own(dir); err != nil {
			return err
		}
	}
	return nil
}

// loadPassword returns the superuser's password: the given one, the stored one, or for a new cluster a fresh one.
func (s *Server) loadPassword(isNew bool) (string, error) {
	if s.opts.Password != "" {
		return s.opts.Password, nil
	}
	name := filepath.Join(s.opts.DataDir, "superuser.password")
	if !isNew {
		raw, err := os.ReadFile(name)
		if err != nil {
			return "", fmt.Errorf("password of the existing cluster: %w", err)
		}
		return string(raw), nil
	}
	secret := make([]byte, 24)
	if _, err := rand.Read(secret); err != nil {
		return "", err
	}
	password := hex.EncodeToString(secret)
	return password, diskError(os.WriteFile(name, []byte(password), 0o600), name)
}

// run starts the server and waits until it takes connections. A free port can be taken by another process between
// choosing it and listening on it, so that is tried a few times.
func (s *Server) run(ctx context.Context, who account) error {
	var err error
	for range 5 {
		if s.port, err = choosePort(s.opts.Port); err != nil {
			return err
		}
		if err = s.runOnce(ctx, who); s.opts.Port != 0 || !errors.Is(err, ErrPortInUse) {
			return err
		}
	}
	return err
}

func (s *Server) runOnce(ctx context.Context, who account) error {
	deadline := time.Now().Add(time.Minute) // what a killed server leaves ends by itself, on a busy machine slowly
	for {
		proc, err := s.launch(who)
		if err != nil {
			return err
		}
		if err = s.awaitReady(ctx, proc); err == nil {
			s.proc = proc
			go s.watch()
			return nil
		}
		proc.kill()
		// Children of a killed server need a moment to notice; until then their shared memory blocks a new one.
		if !errors.Is(err, errStillDying) || time.Now().After(deadline) {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// launch starts the process with its working directory in the cluster.
func (s *Server) launch(who account) (*process, error) {
	out, err := openLog(filepath.Join(s.opts.DataDir, "log", "postgres.log"), s.opts.Log)
	if err != nil {
		return nil, diskError(err, s.opts.DataDir)
	}
	data := filepath.Join(s.opts.DataDir, "data")
	args := append([]string{"-D", workingDir(data), "-p", strconv.Itoa(s.port)}, s.opts.arguments()...)
	proc, err := startProcess(command{
		path: filepath.Join(s.opts.BinDir, "postgres"), args: args, dir: data, who: who, out: out,
	})
	if err != nil {
		out.Close()
		return nil, fmt.Errorf("starting postgres: %w", err)
	}
	return proc, nil
}

// awaitReady polls with connections as the superuser, which also proves that the password is right.
func (s *Server) awaitReady(ctx context.Context, proc *process) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute) // crash recovery of a full WAL takes a while
	defer cancel()
	for {
		err := s.ping(ctx)
		if err == nil {
			return nil
		}
		if sqlState(err) == "28P01" {
			return fmt.Errorf("the superuser's password is not the one of this cluster (%s): %w",
				filepath.Join(s.opts.DataDir, "superuser.password"), err)
		}
		select {
		case <-proc.done:
			return proc.failure(s)
		case <-ctx.Done():
			return fmt.Errorf("PostgreSQL did not get ready: %w (last: %w)", ctx.Err(), err)
		case <-time.After(15 * time.Millisecond):
		}
	}
}

func (s *Server) ping(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	conn, err := pgx.Connect(ctx, s.URL("postgres"))
	if err != nil {
		return err
	}
	return conn.Close(ctx)
}

// watch reports the process's end once.
func (s *Server) watch() {
	<-s.proc.done
	var err error
	if !s.proc.stopping.Load() {
		err = fmt.Errorf("PostgreSQL ended by itself: %w", s.proc.failure(s))
		s.opts.Log.Error("PostgreSQL ended by itself", "error", err)
	}
	s.unlock()
	s.exited <- err
	close(s.exited)
	close(s.ended)
}

// Exited receives once when the server has ended: nil after Stop, the reason otherwise.
func (s *Server) Exited() <-chan error { return s.exited }

// Port is the loopback TCP port.
func (s *Server) Port() int { return s.port }

// SocketDir is the folder of the Unix socket, for a connection string's host. Its path can exceed what a Unix socket
// address holds (107 bytes) below a deep home; TCP has no such limit, so URL uses TCP.
func (s *Server) SocketDir() string { return filepath.Join(s.opts.DataDir, "run") }

// URL connects to database db as the superuser, over loopback TCP with the password.
func (s *Server) URL(db string) string { return s.URLAs(Superuser, s.password, db) }

// URLAs connects to database db as another role.
func (s *Server) URLAs(user, password, db string) string {
	u := url.URL{
		Scheme: "postgres", User: url.UserPassword(user, password),
		Host: net.JoinHostPort("127.0.0.1", strconv.Itoa(s.port)), Path: "/" + db,
		RawQuery: "sslmode=disable", // loopback only; the server listens nowhere else
	}
	return u.String()
}

// Stop ends the server: a fast shutdown (open transactions are rolled back, a checkpoint is written). When ctx ends
// first the server is ended at once; that loses nothing, the next start replays the log. Idempotent.
func (s *Server) Stop(ctx context.Context) error {
	if err := s.proc.stop(ctx); err != nil {
		return err
	}
	<-s.ended
	return nil
}
