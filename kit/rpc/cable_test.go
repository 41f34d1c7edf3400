package rpc_test

import (
	"io"
	"net"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
	statuspb "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
)

// cable is a network between a client and a server that can be cut.
type cable struct {
	to string
	l  net.Listener

	mu    sync.Mutex
	conns []net.Conn
	wg    sync.WaitGroup

	passed atomic.Int64 // bytes in both directions
}

// Write counts what passes.
func (c *cable) Write(b []byte) (int, error) {
	c.passed.Add(int64(len(b)))
	return len(b), nil
}

func newCable(t *testing.T, to string) *cable {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	c := &cable{to: to, l: l}
	c.wg.Go(c.accept)
	t.Cleanup(func() {
		require.NoError(t, l.Close())
		c.cut()
		c.wg.Wait()
	})
	return c
}

func (c *cable) addr() string { return c.l.Addr().String() }

func (c *cable) accept() {
	for {
		near, err := c.l.Accept()
		if err != nil {
			return
		}
		far, err := net.Dial("tcp", c.to)
		if err != nil {
			_ = near.Close()
			continue
		}
		c.mu.Lock()
		c.conns = append(c.conns, near, far)
		c.mu.Unlock()
		for _, way := range [][2]net.Conn{{near, far}, {far, near}} {
			c.wg.Go(func() {
				_, _ = io.Copy(way[0], io.TeeReader(way[1], c))
				_ = way[0].Close()
			})
		}
	}
}

// cut ends all connections; new ones get through.
func (c *cable) cut() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, conn := range c.conns {
		_ = conn.Close()
	}
	c.conns = nil
}

func statusOf(t *testing.T, b []byte) *status.Status {
	t.Helper()
	var st statuspb.Status
	require.NoError(t, proto.Unmarshal(b, &st))
	return status.FromProto(&st)
}
