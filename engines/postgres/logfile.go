package postgres

import (
	"bytes"
	"log/slog"
	"os"
	"strings"
	"sync"
)

const (
	logFileSize = 8 << 20 // bytes before a file is rotated away
	logFiles    = 3       // files kept, the current one included
	tailSize    = 8 << 10 // bytes kept in memory to explain a failure
)

// serverLog writes a program's output to a file of bounded size, remembers its end, and passes on what is serious.
type serverLog struct {
	mu      sync.Mutex
	path    string // empty: no file
	file    *os.File
	size    int64
	recent  []byte
	partial []byte
	log     *slog.Logger
}

func openLog(path string, log *slog.Logger) (*serverLog, error) {
	l := &serverLog{path: path, log: log}
	if path == "" {
		return l, nil
	}
	return l, l.open()
}

func (l *serverLog) open() error {
	f, err := os.OpenFile(l.path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	info, err := f.Stat()
	if err != nil {
		f.Close()
		return err
	}
	l.file, l.size = f, info.Size()
	return nil
}

// Write never fails: a full disk must not stop the server's output from being read, which would block the server.
func (l *serverLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.recent = append(l.recent, p...)
	if over := len(l.recent) - tailSize; over > 0 {
		l.recent = append(l.recent[:0], l.recent[over:]...)
	}
	l.forward(p)
	if l.size+int64(len(p)) > logFileSize {
		l.rotate()
	}
	if l.file != nil {
		n, _ := l.file.Write(p)
		l.size += int64(n)
	}
	return len(p), nil
}

// forward hands complete lines of the levels that a person must see to the process's own log.
func (l *serverLog) forward(p []byte) {
	l.partial = append(l.partial, p...)
	for {
		line, rest, found := bytes.Cut(l.partial, []byte("\n"))
		if !found {
			break
		}
		l.partial = rest
		text := string(line)
		if strings.Contains(text, "PANIC:  ") || strings.Contains(text, "WARNING:  ") && strings.Contains(text, "terminat") {
			l.log.Warn("PostgreSQL", "message", text)
		}
	}
	if len(l.partial) > tailSize {
		l.partial = nil
	}
}

func (l *serverLog) rotate() {
	if l.file == nil {
		return
	}
	l.file.Close()
	l.file = nil
	for i := logFiles - 1; i > 0; i-- {
		_ = os.Rename(rotated(l.path, i-1), rotated(l.path, i)) // a missing file is no error
	}
	if err := l.open(); err != nil {
		l.log.Warn("PostgreSQL's log file cannot be opened", "error", err)
	}
}

func rotated(path string, i int) string {
	if i == 0 {
		return path
	}
	return path + "." + string(rune('0'+i))
}

// tail is the end of the output.
func (l *serverLog) tail() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return string(l.recent)
}

// Close ends the file. Further output is remembered but not written.
func (l *serverLog) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.file == nil {
		return nil
	}
	err := l.file.Close()
	l.file = nil
	return err
}
