package gateway

import (
	"context"
	"errors"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/require"
)

// pipes is a listener whose connections have no buffer: a write goes on until the other side reads.
type pipes struct {
	conns  chan net.Conn
	closed context.Context
}

func (p *pipes) Addr() net.Addr { return &net.TCPAddr{} }
func (p *pipes) Close() error   { return nil }
func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.closed.Done():
		return nil, net.ErrClosed
	}
}

// writes tells when the second write begins: the first is the answer to the handshake.
type writes struct {
	net.Conn
	begun chan struct{}
	n     int
}

func (w *writes) Write(b []byte) (int, error) {
	if w.n++; w.n == 2 {
		close(w.begun)
	}
	return w.Conn.Write(b)
}

// TestPump_EndsWhileItWrites: a connection that is to end while a message is on its way still tells why, and waits a moment only.
func TestPump_EndsWhileItWrites(t *testing.T) {
	for name, reads := range map[string]bool{"to one that reads": true, "to one that does not": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client, server := net.Pipe()
			w := &writes{Conn: server, begun: make(chan struct{})}
			p := &pipes{conns: make(chan net.Conn, 1), closed: t.Context()}
			p.conns <- w
			ends := make(chan context.CancelCauseFunc, 1)
			over := make(chan struct{})
			s := &http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				defer close(over)
				c, err := websocket.Accept(w, r, nil)
				if err != nil {
					return
				}
				defer func() { _ = c.CloseNow() }()
				life, end := context.WithCancelCause(r.Context())
				defer end(nil)
				ends <- end
				new(live).pump(life, c, &socket{out: make(chan []byte, 1)})
			})}
			go func() { _ = s.Serve(p) }()
			dial := func(context.Context, string, string) (net.Conn, error) { return client, nil }
			c, _, err := websocket.Dial(t.Context(), "ws://pitboss.test", &websocket.DialOptions{HTTPClient: &http.Client{Transport: &http.Transport{DialContext: dial}}})
			require.NoError(t, err)
			defer func() { _ = c.CloseNow() }()
			<-w.begun
			(<-ends)(sessionEnded)
			if !reads {
				select {
				case <-over:
				case <-time.After(liveTimeout / 2):
					require.Fail(t, "it waits for who does not read")
				}
				return
			}
			<-time.After(10 * time.Millisecond) // what ends a connection too early has done so by then
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			defer cancel()
			_, hello, err := c.Read(ctx)
			require.NoError(t, err)
			require.JSONEq(t, `{"type":"hello"}`, string(hello))
			_, _, err = c.Read(ctx)
			e, ok := errors.AsType[websocket.CloseError](err)
			require.True(t, ok, err)
			require.Equal(t, websocket.CloseError{Code: websocket.StatusPolicyViolation, Reason: "session ended"}, e)
		})
	}
}
