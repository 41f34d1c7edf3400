package studio

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"

	"github.com/pitboss-gaming/pitboss/sandbox/statedir"
	"github.com/pitboss-gaming/pitboss/sandbox/studio/subwallet"
)

const (
	journalName = "journal.jsonl"
	maxLine     = 1 << 20
)

var errJournalClosed = errors.New("studio: the journal is closed")

// entry is one line of the journal: the whole of one thing as it is after a change. Exactly one field is set.
type entry struct {
	Operator *Operator `json:"operator,omitempty"`
	Session  *session  `json:"session,omitempty"`
	Round    *round    `json:"round,omitempty"`
	Reward   *reward   `json:"reward,omitempty"`
	Totals   *totals   `json:"totals,omitempty"` // of rounds that are no longer kept one by one

	Purse *subwallet.Entry `json:"purse,omitempty"` // of players' money that the studio keeps itself
}

// journal makes changes durable: it appends entries to a file and answers when they are on disk, many with one fsync.
// When the file has grown to a multiple of what is alive it is replaced by a snapshot. A crash can cost only the last,
// incomplete line, about which nobody was told.
type journal struct {
	dir  statedir.Dir
	grow int64 // smallest size at which a snapshot is worth it

	// snapshot writes everything alive to w while nobody can append, and calls taken under the same condition.
	snapshot func(w io.Writer, taken func()) error

	mu      sync.Mutex
	pending []byte
	waiting []chan error
	closed  bool
	wake    chan struct{}
	stopped chan struct{}

	file  *os.File
	size  int64 // bytes known to be whole and on disk
	limit int64
}

// load reads the journal of a folder, entry by entry. A last line without its end is ignored.
func loadJournal(dir statedir.Dir, apply func(entry)) error {
	b, err := dir.Read(journalName)
	if err != nil {
		return fmt.Errorf("studio: %w", err)
	}
	sc := bufio.NewScanner(bytes.NewReader(b))
	sc.Buffer(make([]byte, 64<<10), maxLine)
	sc.Split(wholeLines)
	for line := 1; sc.Scan(); line++ {
		var e entry
		if err := json.Unmarshal(sc.Bytes(), &e); err != nil {
			return fmt.Errorf("studio: %s is damaged at line %d: %w", dir.Path(journalName), line, err)
		}
		apply(e)
	}
	return sc.Err()
}

// startJournal writes a first snapshot and goes on from there.
func startJournal(dir statedir.Dir, grow int64, snapshot func(io.Writer, func()) error) (*journal, error) {
	j := &journal{dir: dir, grow: grow, snapshot: snapshot, wake: make(chan struct{}, 1), stopped: make(chan struct{})}
	if _, err := j.compact(); err != nil {
		return nil, err
	}
	go j.run()
	return j, nil
}

// append takes the entry and returns a function that waits until it is on disk. The caller holds the lock that orders
// the changes while it calls append, and releases it before it waits.
func (j *journal) append(e entry) (wait func() error) {
	line, err := json.Marshal(e)
	if err != nil {
		return func() error { return err }
	}
	done := make(chan error, 1)
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.closed {
		return func() error { return errJournalClosed }
	}
	j.pending = append(append(j.pending, line...), '\n')
	j.waiting = append(j.waiting, done)
	select {
	case j.wake <- struct{}{}:
	default:
	}
	return func() error { return <-done }
}

// close writes what is pending and ends.
func (j *journal) close() error {
	j.mu.Lock()
	if !j.closed {
		j.closed = true
		close(j.wake)
	}
	j.mu.Unlock()
	<-j.stopped
	return j.file.Close()
}

func (j *journal) run() {
	defer close(j.stopped)
	for range j.wake {
		j.flush()
	}
	j.flush()
}

// flush writes what is pending with one fsync, or replaces the file if it has grown enough.
func (j *journal) flush() {
	if j.size > j.limit {
		if waiting, err := j.compact(); err == nil {
			answer(waiting, nil)
			return
		}
		j.limit = 2 * j.size // a snapshot is only a saving: go on appending and try again later
	}
	b, waiting := j.take()
	if len(b) == 0 {
		return
	}
	answer(waiting, j.write(b))
}

// write appends; if that fails it takes back what was written, so that the next line does not follow half a line.
func (j *journal) write(b []byte) error {
	_, err := j.file.Write(b)
	if err == nil {
		err = j.file.Sync()
	}
	if err != nil {
		if undo := j.file.Truncate(j.size); undo != nil {
			err = errors.Join(err, undo)
		}
		return fmt.Errorf("studio: journal: %w", err)
	}
	j.size += int64(len(b))
	return nil
}

// compact replaces the file by a snapshot and returns who waits for entries that the snapshot contains. If it fails,
// those entries are pending again.
func (j *journal) compact() (waiting []chan error, err error) {
	var buf bytes.Buffer
	var pending []byte
	if err := j.snapshot(&buf, func() { pending, waiting = j.take() }); err != nil {
		return nil, j.untake(pending, waiting, err)
	}
	if err := j.dir.Write(journalName, buf.Bytes()); err != nil {
		return nil, j.untake(pending, waiting, err)
	}
	file, err := os.OpenFile(j.dir.Path(journalName), os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, j.untake(pending, waiting, err)
	}
	if j.file != nil {
		_ = j.file.Close() // the replaced file
	}
	j.file, j.size = file, int64(buf.Len())
	j.limit = max(j.grow, 2*j.size)
	return waiting, nil
}

func (j *journal) take() ([]byte, []chan error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	b, waiting := j.pending, j.waiting
	j.pending, j.waiting = nil, nil
	return b, waiting
}

func (j *journal) untake(b []byte, waiting []chan error, err error) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.pending, j.waiting = append(b, j.pending...), append(waiting, j.waiting...)
	return err
}

func answer(waiting []chan error, err error) {
	for _, c := range waiting {
		c <- err
	}
}

// wholeLines is bufio.ScanLines without a last line that has no end.
func wholeLines(data []byte, atEOF bool) (int, []byte, error) {
	if i := bytes.IndexByte(data, '\n'); i >= 0 {
		return i + 1, data[:i], nil
	}
	if atEOF {
		return len(data), nil, nil
	}
	return 0, nil, nil
}
