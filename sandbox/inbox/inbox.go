// Package inbox is a mail server for development, demos and tests: it takes any mail over SMTP, delivers none of it,
// and shows what it got as pages and as JSON. Messages are kept in files, so that a restart keeps them.
package inbox

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/emersion/go-smtp"

	"github.com/pitboss-gaming/pitboss/sandbox/fault"
)

// Bounds of what is accepted and kept.
const (
	maxMessage    = 1 << 20 // bytes
	maxMessages   = 1000    // the oldest go first
	maxRecipients = 50
)

// Operation is the one operation of the fault rules: taking a message.
const Operation = "mail"

// Faults beyond those of package fault.
const (
	// FaultFail refuses the message for now (451); the sender may try again.
	FaultFail fault.Kind = "fail"
	// FaultLose accepts the message and forgets it.
	FaultLose fault.Kind = "lose"
)

// Config of an inbox. SMTPAddr and StateDir are required.
type Config struct {
	SMTPAddr string           // where to listen, such as 127.0.0.1:0
	StateDir string           // created with mode 0700
	Log      *slog.Logger     // default: slog.Default()
	Clock    func() time.Time // default: time.Now
}

// Inbox is a running mail server. Close it.
type Inbox struct {
	cfg      Config
	store    *store
	token    string
	server   *smtp.Server
	listener net.Listener
	faults   *fault.Injector
	mu       sync.Mutex
	closed   bool           // no further message is taken
	taking   sync.WaitGroup // messages between DATA and its answer
	stop     context.CancelFunc
	closing  context.Context
	done     chan struct{}
}

// New opens the kept mail and listens.
func New(cfg Config) (*Inbox, error) {
	if cfg.StateDir == "" || cfg.SMTPAddr == "" {
		return nil, errors.New("inbox: StateDir and SMTPAddr are required")
	}
	if cfg.Log == nil {
		cfg.Log = slog.Default()
	}
	if cfg.Clock == nil {
		cfg.Clock = time.Now
	}
	dir := filepath.Join(cfg.StateDir, "messages")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	st, err := openStore(dir)
	if err != nil {
		return nil, fmt.Errorf("open inbox: %w", err)
	}
	token, err := tokenFile(filepath.Join(cfg.StateDir, "admin-token"))
	if err != nil {
		return nil, fmt.Errorf("open inbox: %w", err)
	}
	listener, err := net.Listen("tcp", cfg.SMTPAddr)
	if err != nil {
		return nil, fmt.Errorf("inbox: %w", err)
	}
	in := &Inbox{cfg: cfg, store: st, token: token, listener: listener, done: make(chan struct{}),
		faults: fault.New(fault.Options{Operations: []string{Operation}, Extra: []fault.Kind{FaultFail, FaultLose}})}
	in.closing, in.stop = context.WithCancel(context.Background())
	in.server = in.newServer()
	go func() {
		defer close(in.done)
		if err := in.server.Serve(listener); err != nil && in.closing.Err() == nil {
			cfg.Log.Error("inbox stopped listening", "error", err)
		}
	}()
	return in, nil
}

// SMTPAddr is the address mail is taken at, with the real port.
func (in *Inbox) SMTPAddr() string { return in.listener.Addr().String() }

// Faults takes the rules of misbehaviour for the operation "mail": fail, delay, drop (the message is kept, the
// connection breaks before the answer), duplicate, lose. A reorder rule acts as a delay.
func (in *Inbox) Faults() *fault.Injector { return in.faults }

// AdminToken opens /admin/faults; it is also in StateDir/admin-token.
func (in *Inbox) AdminToken() string { return in.token }

// Close stops listening, waits until ctx ends for messages that are being taken, and cuts all conversations. Idle
// clients are not waited for.
func (in *Inbox) Close(ctx context.Context) error {
	in.mu.Lock()
	in.closed = true
	in.mu.Unlock()
	in.stop()
	in.faults.Close()
	_ = in.listener.Close() // closing twice is harmless; the server closes it too once it serves
	taken := make(chan struct{})
	go func() {
		defer close(taken)
		in.taking.Wait()
	}()
	var err error
	select {
	case <-taken:
	case <-ctx.Done():
		err = ctx.Err()
	}
	if closeErr := in.server.Close(); closeErr != nil && !errors.Is(closeErr, net.ErrClosed) {
		err = errors.Join(err, closeErr)
	}
	<-in.done
	return err
}

// enter counts a message that is being taken; false when the inbox closes.
func (in *Inbox) enter() bool {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.closed {
		return false
	}
	in.taking.Add(1)
	return true
}

// pause waits for a fault rule; false when the inbox closes meanwhile.
func (in *Inbox) pause(d time.Duration) bool {
	if d <= 0 {
		return true
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-in.closing.Done():
		return false
	}
}
