package bus

import (
	"crypto/rand"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
)

// channel is where writers wake the relay; channels are per database.
const channel = "pitboss_outbox"

// notifyEvery is the least time between two NOTIFYs of this process to one database. A NOTIFY makes PostgreSQL take a server-wide lock
// during the commit, which would end the sharing of disk flushes between concurrent commits. The relay polls closely for
// activeFor after it has found something, so the rows written in between are found without a NOTIFY.
const notifyEvery = 100 * time.Millisecond

var lastNotify = struct {
	sync.Mutex
	at map[string]time.Time
}{at: map[string]time.Time{}}

// ShouldNotify tells whether a transaction on conn that writes to the outbox has to wake the relay: true at most once per 100 ms, process and database.
func ShouldNotify(conn *pgx.Conn) bool {
	c := conn.Config()
	key := c.Host + "\x00" + c.Database + "\x00" + string(rune(c.Port))
	now := time.Now()
	lastNotify.Lock()
	defer lastNotify.Unlock()
	if now.Sub(lastNotify.at[key]) < notifyEvery {
		return false
	}
	lastNotify.at[key] = now
	return true
}

// randomBytes cannot fail: crypto/rand ends the process when the system has no randomness.
func randomBytes(b []byte) { _, _ = rand.Read(b) }
