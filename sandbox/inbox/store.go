package inbox

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
)

var idFormat = regexp.MustCompile(`^msg_[0-9a-f]{12}[a-z2-7]{10}$`)

// message is what is kept of a mail: its envelope and its exact bytes.
type message struct {
	ID       string    `json:"id"`
	Received time.Time `json:"received_at"`
	From     string    `json:"from"`
	To       []string  `json:"to"`
	Raw      []byte    `json:"raw"`
}

// tokenFile reads the administrator's token, or makes one on the first start.
func tokenFile(path string) (string, error) {
	b, err := os.ReadFile(path)
	if err == nil && len(strings.TrimSpace(string(b))) >= 20 {
		return strings.TrimSpace(string(b)), nil
	}
	if err == nil {
		return "", fmt.Errorf("%s does not hold a token; delete it to get a new one", path)
	}
	if !errors.Is(err, os.ErrNotExist) {
		return "", err
	}
	token := "adm_" + rand.Text()
	return token, writeFile(path, []byte(token+"\n"))
}

// Summary is a line of the list.
type Summary struct {
	ID       string    `json:"id"`
	Received time.Time `json:"received_at"`
	From     string    `json:"from"` // envelope sender
	To       []string  `json:"to"`   // envelope recipients, so also those in Bcc
	Subject  string    `json:"subject"`
	Size     int       `json:"size"` // bytes
}

// store keeps one file per message and the summaries in memory, oldest first.
type store struct {
	dir  string
	mu   sync.Mutex
	list []Summary
}

func openStore(dir string) (*store, error) {
	s := &store{dir: dir}
	names, err := filepath.Glob(filepath.Join(dir, "msg_*.json"))
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		m, err := readFile(name)
		if err != nil {
			return nil, err
		}
		s.list = append(s.list, summarize(m))
	}
	slices.SortStableFunc(s.list, func(a, b Summary) int { return a.Received.Compare(b.Received) })
	return s, s.trim()
}

func readFile(name string) (message, error) {
	var m message
	b, err := os.ReadFile(name)
	if err == nil {
		err = json.Unmarshal(b, &m)
	}
	if err != nil {
		err = fmt.Errorf("message %s: %w", name, err)
	}
	return m, err
}

// add keeps a message; it is on disk when add returns.
func (s *store) add(m message) error {
	b, err := json.Marshal(m)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := writeFile(s.file(m.ID), b); err != nil {
		return err
	}
	s.list = append(s.list, summarize(m))
	return s.trim()
}

// trim forgets the oldest messages beyond maxMessages.
func (s *store) trim() error {
	for len(s.list) > maxMessages {
		if err := os.Remove(s.file(s.list[0].ID)); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
		s.list = s.list[1:]
	}
	return nil
}

// find lists the newest messages first, up to limit, to one recipient ("" for all; letter case does not matter).
func (s *store) find(to string, limit int) []Summary {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := []Summary{}
	for _, m := range slices.Backward(s.list) {
		if to == "" || slices.ContainsFunc(m.To, func(a string) bool { return strings.EqualFold(a, to) }) {
			out = append(out, m)
		}
		if len(out) == limit {
			break
		}
	}
	return out
}

// get reads one message; false when it is not there (any more).
func (s *store) get(id string) (message, bool) {
	if !idFormat.MatchString(id) { // it becomes a file name
		return message{}, false
	}
	m, err := readFile(s.file(id))
	return m, err == nil
}

// clear forgets everything.
func (s *store) clear() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, m := range s.list {
		if err := os.Remove(s.file(m.ID)); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	s.list = nil
	return nil
}

func (s *store) file(id string) string { return filepath.Join(s.dir, id+".json") }

func summarize(m message) Summary {
	return Summary{ID: m.ID, Received: m.Received, From: m.From, To: m.To, Subject: subject(m.Raw), Size: len(m.Raw)}
}

// newID begins with the time in milliseconds, so that a listing of the folder is in order.
func newID(now time.Time) string {
	return fmt.Sprintf("msg_%012x%s", now.UnixMilli(), strings.ToLower(rand.Text()[:10]))
}

func writeFile(path string, data []byte) error {
	tmp, err := os.CreateTemp(filepath.Dir(path), "new.*")
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
