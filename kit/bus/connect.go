package bus

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// connectPatience is how long Connect waits for the first connection before it goes on without.
const connectPatience = 2 * time.Second

// Conn is a connection to NATS that reconnects for ever and remembers what the server forbade.
type Conn struct {
	nc  *nats.Conn
	js  jetstream.JetStream
	log *slog.Logger

	mu        sync.Mutex
	connected bool  // has ever been
	refused   error // last refusal of the connection as such
	violation error // forbidden publish or subscribe since the last connect
}

// Connect connects to NATS as name, which is also the prefix of its inboxes (_INBOX_<name>), so that services cannot read one another's
// replies. tlsConfig nil connects without TLS; certificates change without a restart through its callbacks, which are asked at
// each reconnect. A server that is not there yet is no error: the connection comes when the server does, and Health tells.
// Errors: ctx ended, a URL or option that cannot work.
func Connect(ctx context.Context, url, name string, tlsConfig *tls.Config, opts ...nats.Option) (*Conn, error) {
	c := &Conn{log: slog.Default().With("nats", name)}
	all := []nats.Option{
		nats.Name(name),
		nats.CustomInboxPrefix(inboxPrefix(name)),
		nats.MaxReconnects(-1),
		nats.ReconnectWait(250 * time.Millisecond),
		nats.ReconnectJitter(100*time.Millisecond, 250*time.Millisecond),
		nats.RetryOnFailedConnect(true),
		nats.IgnoreAuthErrorAbort(), // a certificate that is refused today may be renewed
		nats.PingInterval(10 * time.Second),
		nats.MaxPingsOutstanding(3),
		nats.Timeout(5 * time.Second),
		nats.ReconnectBufSize(-1), // the outbox is the buffer; a second one would only hide that nothing arrives
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) { c.onError(err) }),
		nats.ConnectHandler(func(*nats.Conn) { c.onConnect() }),
		nats.ReconnectHandler(func(*nats.Conn) { c.onConnect() }),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) {
			if err != nil {
				c.log.Warn("disconnected", "error", err)
			}
		}),
		nats.ReconnectErrHandler(func(_ *nats.Conn, err error) { c.onRefused(err) }),
	}
	if tlsConfig != nil {
		all = append(all, nats.Secure(tlsConfig))
	}
	var err error
	if c.nc, err = nats.Connect(url, append(all, opts...)...); err != nil {
		return nil, fmt.Errorf("bus: connect: %w", err)
	}
	if c.js, err = jetstream.New(c.nc, jetstream.WithPublishAsyncMaxPending(relayBatchLen), jetstream.WithPublishAsyncTimeout(publishTimeout)); err != nil {
		c.nc.Close()
		return nil, fmt.Errorf("bus: connect: %w", err)
	}
	patience := time.NewTimer(connectPatience)
	defer patience.Stop()
	for !c.nc.IsConnected() {
		select {
		case <-ctx.Done():
			c.nc.Close()
			return nil, fmt.Errorf("bus: connect: %w", ctx.Err())
		case <-patience.C:
			c.log.Warn("NATS does not answer yet", "url", c.nc.Opts.Url)
			return c, nil
		case <-time.After(5 * time.Millisecond):
		}
	}
	c.onConnect()
	return c, nil
}

// JetStream is the API on this connection.
func (c *Conn) JetStream() jetstream.JetStream { return c.js }

// NATS is the connection itself.
func (c *Conn) NATS() *nats.Conn { return c.nc }

// Close sends what is still buffered and closes the connection.
func (c *Conn) Close() {
	if c.nc.IsConnected() {
		_ = c.nc.FlushTimeout(time.Second) // what cannot be sent is repeated by the outbox or redelivered
	}
	c.nc.Close()
}

// ErrForbidden says that the server refused a publish or subscribe for lack of permission. At the call itself this shows only as a timeout.
var ErrForbidden = errors.New("bus: forbidden by the NATS server")

// Health is nil when events can flow, or could until a moment ago: a connection that was lost is no error, because business goes on
// without NATS and the outbox drains later. Errors: never connected, closed, ErrForbidden with the subject (until the next reconnect).
func (c *Conn) Health() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.violation != nil:
		return c.violation
	case c.nc.IsClosed():
		return errors.New("bus: connection to NATS is closed")
	case !c.connected && c.refused != nil:
		return fmt.Errorf("bus: not connected to NATS: %w", c.refused)
	case !c.connected:
		return errors.New("bus: not connected to NATS yet")
	}
	return nil
}

func (c *Conn) onConnect() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.connected, c.refused, c.violation = true, nil, nil
}

func (c *Conn) onRefused(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.refused = err
}

var quoted = regexp.MustCompile(`"([^"]*)"`)

func (c *Conn) onError(err error) {
	if !errors.Is(err, nats.ErrPermissionViolation) {
		c.log.Warn("error from NATS", "error", err)
		return
	}
	subject := "?"
	if m := quoted.FindStringSubmatch(err.Error()); m != nil {
		subject = m[1]
	}
	c.log.Error("forbidden by NATS", "subject", subject, "error", err)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.violation = fmt.Errorf("%w: %s: %w", ErrForbidden, subject, err)
}

func inboxPrefix(name string) string { return "_INBOX_" + name }
