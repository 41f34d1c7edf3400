package psp

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// compactAt is the journal size in bytes above which it is rewritten with live rows only.
const compactAt = 64 << 20

// How long rows without further use are kept. Stripe keeps idempotency keys for at least 24 hours and events for 30 days.
const (
	idempotencyTTL = 24 * time.Hour
	historyTTL     = 30 * 24 * time.Hour
)

var errStoreBroken = errors.New("the journal could not be written earlier; restart the sandbox")

// store is the PSP's memory: tables behind one lock, and an append-only journal with one line per transaction, so that
// a transaction is on disk whole or not at all. Writes survive the death of the process; they are not synced, so
// the loss of the machine may take the last moments with it, which is acceptable for a sandbox.
type store struct {
	mu       sync.Mutex
	path     string
	journal  *os.File
	size     int64
	fullSize int64
	broken   bool

	intents     *table[intentRow]
	charges     *table[chargeRow]
	refunds     *table[refundObject]
	disputes    *table[disputeObject]
	sessions    *table[sessionRow]
	endpoints   *table[endpointRow]
	events      *table[eventRow]
	deliveries  *table[delivery]
	timers      *table[timer]
	idempotency *table[storedAnswer]
	balances    *table[int64]
	settings    *table[string]
}

func (s *store) tables() []rows {
	return []rows{s.intents, s.charges, s.refunds, s.disputes, s.sessions, s.endpoints, s.events, s.deliveries,
		s.timers, s.idempotency, s.balances, s.settings}
}

// newStore returns an empty store; open reads the journal. They are two steps so that hooks can be set in between.
func newStore(dir string) *store {
	return &store{
		path:        filepath.Join(dir, "journal.jsonl"),
		intents:     newTable[intentRow]("intent"),
		charges:     newTable[chargeRow]("charge"),
		refunds:     newTable[refundObject]("refund"),
		disputes:    newTable[disputeObject]("dispute"),
		sessions:    newTable[sessionRow]("session"),
		endpoints:   newTable[endpointRow]("endpoint"),
		events:      newTable[eventRow]("event"),
		deliveries:  newTable[delivery]("delivery"),
		timers:      newTable[timer]("timer"),
		idempotency: newTable[storedAnswer]("idempotency"),
		balances:    newTable[int64]("balance"),
		settings:    newTable[string]("setting"),
	}
}

// open replays the journal, forgets what is too old, and rewrites the file. A last line cut off by a crash is ignored:
// its transaction was never answered.
func (s *store) open(now time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.replay(); err != nil {
		return err
	}
	s.prune(now)
	for _, t := range s.tables() {
		t.apply()
	}
	return s.compact()
}

func (s *store) replay() error {
	f, err := os.Open(s.path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	byKind := map[string]rows{}
	for _, t := range s.tables() {
		byKind[t.kindName()] = t
	}
	r := bufio.NewReaderSize(f, 1<<20)
	for n := 1; ; n++ {
		line, err := r.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		var records []record
		if err := json.Unmarshal(line, &records); err != nil {
			return fmt.Errorf("%s line %d: %w", s.path, n, err)
		}
		for _, rec := range records {
			t, ok := byKind[rec.Kind]
			if !ok {
				return fmt.Errorf("%s line %d: unknown kind %q", s.path, n, rec.Kind)
			}
			if err := t.load(rec); err != nil {
				return fmt.Errorf("%s line %d: %w", s.path, n, err)
			}
		}
	}
}

// update runs fn as one transaction. When fn fails nothing is kept; otherwise the staged rows are in the journal
// before they become visible and before update returns.
func (s *store) update(fn func() error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer s.discard() // also after a panic in fn
	if s.broken {
		return errStoreBroken
	}
	if err := fn(); err != nil {
		return err
	}
	return s.commit()
}

// view runs fn with a consistent view.
func (s *store) view(fn func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	fn()
}

func (s *store) discard() {
	for _, t := range s.tables() {
		t.discard()
	}
}

func (s *store) commit() error {
	var all []record
	for _, t := range s.tables() {
		recs, err := t.staged()
		if err != nil {
			return err
		}
		all = append(all, recs...)
	}
	if len(all) == 0 {
		return nil
	}
	line, err := json.Marshal(all)
	if err != nil {
		return err
	}
	n, err := s.journal.Write(append(line, '\n'))
	if err != nil {
		s.broken = true // half a line may be there; appending after it would corrupt the file
		return fmt.Errorf("write journal: %w", err)
	}
	for _, t := range s.tables() {
		t.apply()
	}
	s.size += int64(n)
	if s.size > compactAt && s.size > 2*s.fullSize {
		return s.compact()
	}
	return nil
}

// compact rewrites the journal with one line per live row, atomically.
func (s *store) compact() error {
	var buf bytes.Buffer
	for _, t := range s.tables() {
		recs, err := t.dump()
		if err != nil {
			return err
		}
		for _, r := range recs {
			line, err := json.Marshal([]record{r})
			if err != nil {
				return err
			}
			buf.Write(append(line, '\n'))
		}
	}
	if err := writeFile(s.path, buf.Bytes()); err != nil {
		return err
	}
	f, err := os.OpenFile(s.path, os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	if s.journal != nil {
		s.journal.Close()
	}
	s.journal, s.size, s.fullSize = f, int64(buf.Len()), int64(buf.Len())
	return nil
}

// prune stages the removal of old idempotency keys and of finished history.
func (s *store) prune(now time.Time) {
	for id, a := range s.idempotency.rows {
		if now.Sub(a.Created) > idempotencyTTL {
			s.idempotency.remove(id)
		}
	}
	for id, d := range s.deliveries.rows {
		if d.Status != deliveryPending && now.Sub(d.Created) > historyTTL {
			s.deliveries.remove(id)
		}
	}
	for id, e := range s.events.rows {
		if now.Sub(time.Unix(e.Created, 0)) > historyTTL {
			s.events.remove(id)
		}
	}
}

func (s *store) close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.broken = true
	return s.journal.Close()
}

// writeFile replaces path atomically, readable by the owner only.
func writeFile(path string, data []byte) error {
	tmp, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	if _, err := tmp.Write(data); err != nil {
		tmp.Close()
		return err
	}
	if err := tmp.Close(); err != nil {
		return err
	}
	return os.Rename(tmp.Name(), path)
}
