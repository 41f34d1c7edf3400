//go:build unix

package pg

import (
	"context"
	"errors"
	"net"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"golang.org/x/sys/unix"
)

// promptly is how long a read waits for its answer in the system before it waits as others do.
const promptly = 50 * time.Millisecond

// Prompt makes connections whose answers are seen at once, however busy the process is. Go's scheduler looks for what has come over the network when a processor
// runs out of goroutines, and else every ten milliseconds only; with hundreds of calls under way a batch that the database has done waits for that, at each of its
// round trips. A read of these connections waits in the system instead, which takes a thread of its own, so they are for the few that batches use. An answer that
// takes longer than a moment is waited for as ever; a deadline or an end of the connection is seen after that moment at the latest.
func Prompt(dial pgconn.DialFunc) pgconn.DialFunc {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		c, err := dial(ctx, network, address)
		if err != nil {
			return nil, err
		}
		s, ok := c.(syscall.Conn)
		if !ok {
			return c, nil
		}
		raw, err := s.SyscallConn()
		if err != nil {
			return nil, errors.Join(err, c.Close())
		}
		return &promptConn{Conn: c, raw: raw}, nil
	}
}

type promptConn struct {
	net.Conn
	raw syscall.RawConn
}

// Read waits in the system until there is something to read or the moment is over. What comes of that wait does not matter: the reading itself decides.
func (c *promptConn) Read(b []byte) (int, error) {
	until := time.Now().Add(promptly)
	_ = c.raw.Control(func(fd uintptr) {
		for left := promptly; left > 0; left = time.Until(until) {
			_, err := unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, int((left + time.Millisecond - 1).Milliseconds())) //nolint:gosec // a descriptor is small
			if !errors.Is(err, unix.EINTR) {
				return
			}
		}
	})
	return c.Conn.Read(b)
}
