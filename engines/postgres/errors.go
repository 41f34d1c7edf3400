package postgres

import (
	"errors"
	"fmt"
	"strings"
	"syscall"

	"github.com/jackc/pgx/v5/pgconn"
)

// ErrRunning means that another process runs the server of this data folder.
var ErrRunning = errors.New("another process runs PostgreSQL on this data folder")

// ErrPortInUse means that another program listens on the wanted port.
var ErrPortInUse = errors.New("the port is in use by another program")

// errStillDying means that parts of a killed server are not gone yet.
var errStillDying = errors.New("a previous server is still ending")

// VersionError means that the cluster was written by another major version. It is left as it is.
type VersionError struct {
	Dir        string
	Have, Want string // major versions, e.g. "19" and "18"
}

// Error says how to go on.
func (e *VersionError) Error() string {
	return fmt.Sprintf("the data in %s was written by PostgreSQL %s, this is PostgreSQL %s: "+
		"start it with a Pitboss that brings version %s, or move the folder away to begin anew",
		e.Dir, e.Have, e.Want, e.Have)
}

// DiskFullError means that the disk has too little room. A running server ends without damage; the next start
// replays its log.
type DiskFullError struct {
	Dir        string
	Free, Need int64 // bytes; 0 when the disk filled up while running
}

// Error names the folder and the sizes.
func (e *DiskFullError) Error() string {
	if e.Need == 0 {
		return fmt.Sprintf("the disk of %s is full", e.Dir)
	}
	return fmt.Sprintf("too little room on the disk of %s: %d MB are free, %d MB are needed",
		e.Dir, e.Free/1_000_000, e.Need/1_000_000)
}

// OwnerError means that the cluster belongs to another user than the one that must run it.
type OwnerError struct {
	Dir        string
	Owner, UID int
}

// Error says how to go on.
func (e *OwnerError) Error() string {
	return fmt.Sprintf("%s belongs to uid %d, but PostgreSQL would run as uid %d: start as the user who started it "+
		"first (root runs it as any owner), or change its owner", e.Dir, e.Owner, e.UID)
}

// ServerError is a failure that has no kind of its own; Log holds the server's last words.
type ServerError struct {
	Program string // postgres or initdb
	Log     string
	Err     error
}

// Error ends with the server's last log lines.
func (e *ServerError) Error() string {
	lines := strings.Split(strings.TrimSpace(e.Log), "\n")
	lines = lines[max(len(lines)-5, 0):]
	return fmt.Sprintf("%s failed: %v: %s", e.Program, e.Err, strings.Join(lines, "; "))
}

// Unwrap returns the process's exit.
func (e *ServerError) Unwrap() error { return e.Err }

// classify turns the last log lines of a program into a kind of error. The messages are untranslated because the
// programs run with lc_messages C.
func classify(program, dir, log string, exit error) error {
	switch {
	case strings.Contains(log, "No space left on device"), strings.Contains(log, "Disk quota exceeded"):
		return &DiskFullError{Dir: dir}
	case strings.Contains(log, "Address already in use"):
		return fmt.Errorf("%w: %s", ErrPortInUse, firstLine(log, "Address already in use"))
	case strings.Contains(log, "is still in use") && strings.Contains(log, "shared memory"):
		return errStillDying
	case strings.Contains(log, `lock file "postmaster.pid" already exists`):
		return ErrRunning
	}
	return &ServerError{Program: program, Log: log, Err: exit}
}

func firstLine(log, part string) string {
	for line := range strings.Lines(log) {
		if strings.Contains(line, part) {
			return strings.TrimSpace(line)
		}
	}
	return ""
}

// diskError gives a full disk its own kind; other errors, and nil, pass.
func diskError(err error, dir string) error {
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		return &DiskFullError{Dir: dir}
	}
	return err
}

func sqlState(err error) string {
	if pgErr, ok := errors.AsType[*pgconn.PgError](err); ok {
		return pgErr.Code
	}
	return ""
}
