// Package nats runs a NATS server with JetStream inside this process.
//
// Durability. A published event is acknowledged after it is written to the file of its stream, so killing the process
// loses nothing. Whether a power cut may is Options.Durable: with it every write is synced before the
// acknowledgement, because the relay forgets an event of money once it is acknowledged; the relay publishes many
// events as one batch, which is synced once. Without it the server syncs
// every two minutes, which is for tests. A production cluster gets the same safety from three replicas instead.
package nats

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

// Account holds the services' subjects and streams; the system account beside it sees the server alone.
const (
	Account       = "PITBOSS"
	SystemAccount = "SYS"
)

// ErrPortInUse means that another program listens on the wanted port.
var ErrPortInUse = errors.New("the port is in use by another program")

// ErrRunning means that another process runs a server on this store.
var ErrRunning = errors.New("another process runs NATS on this folder")

// DiskFullError means that the store's disk has too little room to begin.
type DiskFullError struct {
	Dir        string
	Free, Need int64 // bytes
}

// Error names the folder and the sizes.
func (e *DiskFullError) Error() string {
	return fmt.Sprintf("too little room on the disk of %s: %d MB are free, %d MB are needed",
		e.Dir, e.Free/1_000_000, e.Need/1_000_000)
}

// User is who may connect and what it may do. With TLS its Name is matched with the names in a client certificate.
type User struct {
	Name      string   // SPIFFE URI
	Publish   []string // subjects allowed; nil: all, empty but not nil: none
	Subscribe []string // likewise
	System    bool     // belongs to SystemAccount instead of Account
}

// Options says how to run a server.
type Options struct {
	StoreDir string       // folder of the streams, made when missing
	Port     int          // loopback TCP port; 0 picks a free one at each start
	TLS      *tls.Config  // server certificate and client roots; client certificates are required. nil: see Start
	Users    []User       // who may connect, when TLS is set
	Durable  bool         // sync every write before it is acknowledged
	MinFree  int64        // bytes that must be free at the start; 0: 64 MB
	Log      *slog.Logger // nil: none
}

// Server is a running NATS server.
type Server struct {
	server *server.Server
	tls    bool
	unlock func()
}

const defaultMinFree = 64 << 20

// Start runs a server and returns when it takes connections and its streams are recovered. ctx bounds the start.
//
// With TLS a client must present a certificate that one of the users' names is in (email, DNS, then URI names are
// tried); everybody else is refused. Certificates change without a restart through the callbacks of TLS
// (GetCertificate, GetConfigForClient). Without TLS everybody on this machine may do everything in Account: that
// mode is for tests.
//
// Errors: ErrPortInUse, ErrRunning, *DiskFullError.
func Start(ctx context.Context, o Options) (*Server, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if err := os.MkdirAll(o.StoreDir, 0o700); err != nil {
		return nil, fmt.Errorf("folder of the streams: %w", err)
	}
	unlock, err := lock(filepath.Join(o.StoreDir, "lock"))
	if err != nil {
		return nil, err
	}
	if err := errors.Join(checkSpace(o.StoreDir, o.MinFree), checkPort(o.Port)); err != nil {
		unlock()
		return nil, err
	}
	s, err := start(ctx, o)
	if err != nil {
		unlock()
		return nil, err
	}
	s.unlock = unlock
	return s, nil
}

func start(ctx context.Context, o Options) (*Server, error) {
	began := time.Now()
	ns, err := server.NewServer(serverOptions(o))
	if err != nil {
		return nil, fmt.Errorf("configuration of NATS: %w", err)
	}
	log := &logger{log: o.Log, fatal: make(chan string, 1)}
	ns.SetLogger(log, false, false)
	ns.Start()
	stop := func(err error) (*Server, error) {
		ns.Shutdown()
		ns.WaitForShutdown()
		return nil, err
	}
	for !ns.ReadyForConnections(10 * time.Millisecond) {
		select {
		case <-ctx.Done():
			return stop(fmt.Errorf("NATS did not get ready: %w", ctx.Err()))
		case reason := <-log.fatal:
			return stop(fmt.Errorf("NATS cannot start: %s", reason))
		default:
		}
	}
	account, err := ns.LookupAccount(Account)
	if err != nil {
		return stop(fmt.Errorf("NATS account: %w", err))
	}
	if err := account.EnableJetStream(nil, nil); err != nil { // recovers the streams
		return stop(fmt.Errorf("JetStream: %w", err))
	}
	s := &Server{server: ns, tls: o.TLS != nil}
	o.Log.Info("NATS serves", "version", server.VERSION, "url", s.URL(), "store", o.StoreDir,
		"elapsed", time.Since(began).Round(time.Millisecond))
	return s, nil
}

func serverOptions(o Options) *server.Options {
	pitboss, system := server.NewAccount(Account), server.NewAccount(SystemAccount)
	opts := &server.Options{
		ServerName: "pitboss",
		Host:       "127.0.0.1",
		Port:       o.Port,
		NoSigs:     true, // signals belong to this process
		NoLog:      true, // ours is set instead
		// A writer that falls behind by this long is cut off; it reconnects.
		WriteDeadline:      10 * time.Second,
		JetStream:          true,
		StoreDir:           o.StoreDir,
		JetStreamMaxMemory: 256 << 20, // our streams are files
		SyncAlways:         o.Durable,
		Accounts:           []*server.Account{pitboss, system},
		SystemAccount:      SystemAccount,
	}
	if o.Port == 0 {
		opts.Port = server.RANDOM_PORT
	}
	if o.TLS == nil {
		opts.Users = []*server.User{{Username: "anybody", Password: "", Account: pitboss}}
		opts.NoAuthUser = "anybody"
		return opts
	}
	config := o.TLS.Clone()
	config.ClientAuth = tls.RequireAndVerifyClientCert
	config.MinVersion = tls.VersionTLS13
	opts.TLS, opts.TLSVerify, opts.TLSMap, opts.TLSTimeout = true, true, true, 5
	opts.TLSConfig = config
	for _, u := range o.Users {
		user := &server.User{Username: u.Name, Account: pitboss, Permissions: permissions(u)}
		if u.System {
			user.Account = system
		}
		opts.Users = append(opts.Users, user)
	}
	return opts
}

func permissions(u User) *server.Permissions {
	subjects := func(allow []string) *server.SubjectPermission {
		switch {
		case allow == nil:
			return nil
		case len(allow) == 0: // the server takes an empty list for "all"
			return &server.SubjectPermission{Deny: []string{">"}}
		}
		return &server.SubjectPermission{Allow: allow}
	}
	return &server.Permissions{Publish: subjects(u.Publish), Subscribe: subjects(u.Subscribe)}
}

// URL is where clients connect.
func (s *Server) URL() string {
	scheme := "nats://"
	if s.tls {
		scheme = "tls://"
	}
	return scheme + s.server.Addr().String()
}

// Port is the loopback TCP port.
func (s *Server) Port() int { return s.server.Addr().(*net.TCPAddr).Port }

// ErrCertificateNeeded is returned for a connection that cannot present a certificate.
var ErrCertificateNeeded = errors.New("this NATS server asks for a client certificate: connect to its URL")

// InProcessConn connects without a port, when the server runs without TLS; nats.InProcessServer takes the Server
// for it.
func (s *Server) InProcessConn() (net.Conn, error) {
	if s.tls {
		return nil, ErrCertificateNeeded
	}
	return s.server.InProcessConn()
}

// Shutdown closes connections and files, and returns when that is done or ctx ends. Idempotent.
func (s *Server) Shutdown(ctx context.Context) error {
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.server.Shutdown()
		s.server.WaitForShutdown()
		s.unlock()
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("NATS is still closing its files: %w", ctx.Err())
	}
}

func checkPort(port int) error {
	l, err := net.Listen("tcp4", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if errors.Is(err, syscall.EADDRINUSE) {
		return fmt.Errorf("NATS cannot listen on 127.0.0.1:%d: %w", port, ErrPortInUse)
	}
	if err != nil {
		return err
	}
	return l.Close()
}

func checkSpace(dir string, need int64) error {
	if need == 0 {
		need = defaultMinFree
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

// lock takes the folder for this process: two servers on one store would destroy it, and NATS does not check. The
// kernel drops the lock when the process dies.
func lock(name string) (unlock func(), err error) {
	f, err := os.OpenFile(name, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock of the streams: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, fmt.Errorf("%s: %w", filepath.Dir(name), ErrRunning)
		}
		return nil, fmt.Errorf("lock of the streams: %w", err)
	}
	return func() { f.Close() }, nil // closing twice is an ignored error
}
