package clickhouse

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// ErrRunning means that another process has the engine open on this folder.
var ErrRunning = errors.New("another process runs ClickHouse on this folder")

// ErrOpen means that this process has an engine open already; the library allows one per process.
var ErrOpen = errors.New("this process has a ClickHouse engine open already")

// Options says which library to load and where its tables are.
type Options struct {
	LibPath string // libchdb, as engines.InstallClickHouse returns it
	DataDir string // folder of the tables, made when missing
}

// parallel is how many statements an Engine runs at once, each on its own connection; more wait their turn.
const parallel = 4

// Engine is the ClickHouse engine inside this process.
type Engine struct {
	lib    *library
	free   chan *uintptr // connections (chdb_connection*, a pointer to the connection) that no statement uses
	killer killer
	next   atomic.Uint64 // number of the next statement
	closed chan struct{}
	close  sync.Once
	unlock func()
}

var _ Driver = (*Engine)(nil)

// opened guards the library's limit: one folder per process at a time.
var opened struct {
	sync.Mutex
	engine *Engine
}

// Open loads the library and opens the tables in DataDir. A process can have one Engine at a time. The library's
// memory and threads stay after Close. Errors: ErrRunning, ErrOpen.
func Open(ctx context.Context, o Options) (*Engine, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	opened.Lock()
	defer opened.Unlock()
	if opened.engine != nil {
		return nil, ErrOpen
	}
	dir, err := filepath.Abs(o.DataDir)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("clickhouse: folder of the tables: %w", err)
	}
	unlock, err := lock(filepath.Join(dir, "pitboss.lock"))
	if err != nil {
		return nil, err
	}
	e, err := open(o.LibPath, dir)
	if err != nil {
		unlock()
		return nil, err
	}
	e.unlock = unlock
	opened.engine = e
	return e, nil
}

func open(libPath, dir string) (*Engine, error) {
	lib, err := load(libPath)
	if err != nil {
		return nil, err
	}
	// Signals belong to the Go runtime, which needs SIGSEGV for nil dereferences and SIGURG for preemption.
	lib.setSignalHandlersEnabled(0)
	e := &Engine{lib: lib, free: make(chan *uintptr, parallel+1), closed: make(chan struct{})}
	for range parallel + 1 {
		conn := lib.open(dir)
		if conn == nil {
			for range len(e.free) {
				lib.closeConn(<-e.free)
			}
			return nil, fmt.Errorf("clickhouse: the library could not open %s", dir)
		}
		e.free <- conn
	}
	e.killer.conn = <-e.free
	return e, nil
}

// Query runs one statement. When ctx ends before it, the call returns and the statement is killed.
func (e *Engine) Query(ctx context.Context, sql, format string) ([]byte, error) {
	if err := checkFormat(format); err != nil {
		return nil, err
	}
	return e.run(ctx, []byte(sql), format)
}

// Insert writes rows; they are part of the statement, as in a statement typed by hand.
func (e *Engine) Insert(ctx context.Context, table, format string, data []byte) error {
	sql, err := insertSQL(table, format)
	if err != nil {
		return err
	}
	statement := make([]byte, 0, len(sql)+1+len(data))
	statement = append(append(append(statement, sql...), '\n'), data...)
	_, err = e.run(ctx, statement, "Null")
	return err
}

type answer struct {
	data []byte
	err  error
}

func (e *Engine) run(ctx context.Context, statement []byte, format string) ([]byte, error) {
	conn, err := e.take(ctx)
	if err != nil {
		return nil, err
	}
	mark := "pitboss-" + strconv.FormatUint(e.next.Add(1), 10)
	var a answer
	done := make(chan struct{})
	go func() {
		defer func() {
			e.free <- conn
			close(done)
		}()
		// Settings of the connection: they hold until the next statement sets them again.
		settings := "SET max_execution_time = " + executionTime(ctx) + ", log_comment = '" + mark + "'"
		if _, a.err = e.lib.run(*conn, []byte(settings), "Null"); a.err == nil {
			a.data, a.err = e.lib.run(*conn, statement, format)
		}
	}()
	select {
	case <-done:
		return a.data, a.err
	case <-ctx.Done():
		go e.kill(mark, done)
		return nil, ctx.Err()
	}
}

// killer is the connection kept for ending statements.
type killer struct {
	sync.Mutex
	conn *uintptr // nil after Close
}

// kill ends the marked statement. It repeats until the statement is done, because one that has only just been handed
// to the library is not in its list of statements yet.
func (e *Engine) kill(mark string, done <-chan struct{}) {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		e.killer.Lock()
		if e.killer.conn != nil {
			sql := "KILL QUERY WHERE Settings['log_comment'] = '" + mark + "' ASYNC"
			_, _ = e.lib.run(*e.killer.conn, []byte(sql), "Null") // done tells whether it worked
		}
		e.killer.Unlock()
		select {
		case <-done:
			return
		case <-tick.C:
		}
	}
}

// take waits for a free connection.
func (e *Engine) take(ctx context.Context) (*uintptr, error) {
	select {
	case <-e.closed: // before a free connection, which select would otherwise pick at random
		return nil, ErrClosed
	default:
	}
	select {
	case conn := <-e.free:
		return conn, nil
	case <-e.closed:
		return nil, ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Close refuses new statements, waits for the running ones, writes what is buffered and frees the folder.
func (e *Engine) Close() error {
	e.close.Do(func() {
		close(e.closed)
		for range parallel {
			e.lib.closeConn(<-e.free)
		}
		e.killer.Lock()
		e.lib.closeConn(e.killer.conn)
		e.killer.conn = nil
		e.killer.Unlock()
		e.unlock()
		opened.Lock()
		defer opened.Unlock()
		opened.engine = nil
	})
	return nil
}

// lock takes the folder for this process; the kernel drops the lock when the process dies.
func lock(name string) (unlock func(), err error) {
	f, err := os.OpenFile(name, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("clickhouse: lock of the folder: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, fmt.Errorf("%s: %w", filepath.Dir(name), ErrRunning)
		}
		return nil, fmt.Errorf("clickhouse: lock of the folder: %w", err)
	}
	return func() { f.Close() }, nil
}
