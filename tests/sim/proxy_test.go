package sim_test

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// fault is what happens to one commit on its way between the wallet and PostgreSQL.
type fault int

const (
	none   fault = iota
	before       // the connection ends before the commit reaches the server: nothing is done
	after        // the server commits, and the connection ends before anybody hears of it
	cut          // the connection ends right behind the commit: the server may or may not still do it
	slow         // the commit takes longer, so that others queue behind it
)

// String names the fault in schedules.
func (f fault) String() string { return [...]string{"", "before", "after", "cut", "slow"}[f] }

// slowness is how long a slow commit takes.
const slowness = 5 * time.Millisecond

// answerLimit bounds the wait for the server's answer to a commit.
const answerLimit = 10 * time.Second

// proxy stands between the wallet and PostgreSQL and knows enough of the protocol to see a commit pass by.
type proxy struct {
	lis    net.Listener
	target string
	work   sync.WaitGroup

	mu    sync.Mutex
	next  fault // for the next commit that passes
	hit   bool  // it has passed
	conns map[net.Conn]bool
}

// startProxy listens in front of the server of a connection string and answers the string that leads through the proxy.
func startProxy(t *testing.T, server string) (*proxy, string) {
	t.Helper()
	u, err := url.Parse(server)
	require.NoError(t, err)
	p := &proxy{target: u.Host, conns: map[net.Conn]bool{}}
	p.lis, err = net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	p.work.Go(func() {
		for {
			client, err := p.lis.Accept()
			if err != nil {
				return
			}
			p.work.Go(func() { p.carry(client) })
		}
	})
	t.Cleanup(p.stop)
	u.Host = p.lis.Addr().String()
	query := u.Query()
	query.Set("sslmode", "disable") // or there would be nothing to see
	u.RawQuery = query.Encode()
	return p, u.String()
}

func (p *proxy) stop() {
	p.lis.Close()
	p.mu.Lock()
	for c := range p.conns {
		c.Close()
	}
	p.mu.Unlock()
	p.work.Wait()
}

// plan sets what happens to the next commit.
func (p *proxy) plan(f fault) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.next, p.hit = f, false
}

// take answers what happens to a commit that passes now.
func (p *proxy) take() fault {
	p.mu.Lock()
	defer p.mu.Unlock()
	f := p.next
	p.next, p.hit = none, p.hit || f != none
	return f
}

// struck tells whether the planned fault has happened, and calls it off if not.
func (p *proxy) struck() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.next = none
	return p.hit
}

func (p *proxy) keep(c net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.conns[c] = true
}

func (p *proxy) end(c net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.conns, c)
	c.Close()
}

// carry serves one connection.
func (p *proxy) carry(client net.Conn) {
	p.keep(client)
	defer p.end(client)
	server, err := net.DialTimeout("tcp", p.target, answerLimit)
	if err != nil {
		return
	}
	p.keep(server)
	l := &link{p: p, client: client, server: server, commits: map[string]bool{}, ready: make(chan struct{}, 1)}
	var back sync.WaitGroup
	back.Go(func() { l.backward(); client.Close() })
	l.forward()
	p.end(server)
	back.Wait()
}

// link is one connection with what it knows of the conversation.
type link struct {
	p              *proxy
	client, server net.Conn
	commits        map[string]bool // prepared statements that commit

	mu    sync.Mutex
	mute  bool          // answers are kept from the client
	ready chan struct{} // the server is ready for more, said while mute
}

// forward passes the client's messages on until the connection ends or a fault ends it.
func (l *link) forward() {
	in := bufio.NewReaderSize(l.client, 64<<10)
	out := bufio.NewWriterSize(l.server, 64<<10)
	if first, err := readBody(in); err != nil || l.send(out, in, first) != nil {
		return
	}
	for {
		kind, err := in.ReadByte()
		if err != nil {
			return
		}
		body, err := readBody(in)
		if err != nil {
			return
		}
		message := append([]byte{kind}, body...)
		if l.isCommit(kind, body[4:]) {
			if f := l.p.take(); f != none && f != slow {
				l.strike(f, out, in, message)
				return
			} else if f == slow {
				time.Sleep(slowness)
			}
		}
		if l.send(out, in, message) != nil {
			return
		}
	}
}

// send writes a message, and all that wait when no more is there to come at once.
func (l *link) send(out *bufio.Writer, in *bufio.Reader, message []byte) error {
	if _, err := out.Write(message); err != nil || in.Buffered() > 0 {
		return err
	}
	return out.Flush()
}

// strike ends the connection around a commit. What stands before the commit in the same transaction has to have reached the server in every case.
func (l *link) strike(f fault, out *bufio.Writer, in *bufio.Reader, commit []byte) {
	if f == before {
		_ = out.Flush() // the connection ends either way
		return
	}
	l.mu.Lock()
	l.mute = true
	l.mu.Unlock()
	_, err := out.Write(commit)
	for kind := commit[0]; err == nil && kind != 'S' && kind != 'Q'; { // up to the end of the pipeline, or the server does not begin to answer
		if kind, err = in.ReadByte(); err != nil {
			break
		}
		var body []byte
		if body, err = readBody(in); err == nil {
			_, err = out.Write(append([]byte{kind}, body...))
		}
	}
	if err != nil || out.Flush() != nil || f == cut {
		return
	}
	select {
	case <-l.ready:
	case <-time.After(answerLimit):
	}
}

// backward passes the server's messages on, or swallows them.
func (l *link) backward() {
	in := bufio.NewReaderSize(l.server, 64<<10)
	for {
		kind, err := in.ReadByte()
		if err != nil {
			return
		}
		body, err := readBody(in)
		if err != nil {
			return
		}
		l.mu.Lock()
		mute := l.mute
		if !mute {
			_, err = l.client.Write(append([]byte{kind}, body...))
		}
		l.mu.Unlock()
		if err != nil {
			return
		}
		if mute && kind == 'Z' {
			select {
			case l.ready <- struct{}{}:
			default:
			}
		}
	}
}

// isCommit recognises a commit, in a simple query or by the name under which it was prepared.
func (l *link) isCommit(kind byte, body []byte) bool {
	switch kind {
	case 'Q':
		return isCommit(text(&body))
	case 'P':
		name := text(&body)
		l.commits[name] = isCommit(text(&body))
	case 'B':
		text(&body) // the portal
		return l.commits[text(&body)]
	}
	return false
}

func isCommit(sql string) bool { return strings.EqualFold(strings.TrimSpace(sql), "commit") }

// text takes a string off a message's body.
func text(body *[]byte) string {
	s, rest, _ := strings.Cut(string(*body), "\x00")
	*body = []byte(rest)
	return s
}

// mostBytes bounds a message; the wallet's are far smaller.
const mostBytes = 64 << 20

// readBody reads a message behind its kind, with its length in front.
func readBody(in *bufio.Reader) ([]byte, error) {
	var head [4]byte
	if _, err := io.ReadFull(in, head[:]); err != nil {
		return nil, err
	}
	n := binary.BigEndian.Uint32(head[:])
	if n < 4 || n > mostBytes {
		return nil, fmt.Errorf("a message of %d bytes", n)
	}
	body := make([]byte, n)
	copy(body, head[:])
	_, err := io.ReadFull(in, body[4:])
	return body, err
}
