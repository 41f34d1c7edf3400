package clickhouse

import (
	"fmt"
	"runtime"
	"sync"
	"unsafe"

	"github.com/ebitengine/purego"
)

// library is the part of chdb.h that is used; sizes are size_t.
type library struct {
	setSignalHandlersEnabled func(enabled int32)
	connect                  func(argc int32, argv unsafe.Pointer) *uintptr
	closeConn                func(conn *uintptr)
	query                    func(conn uintptr, sql unsafe.Pointer, sqlLen uintptr, format unsafe.Pointer, formatLen uintptr) uintptr
	resultBuffer             func(result uintptr) unsafe.Pointer
	resultLength             func(result uintptr) uintptr
	resultError              func(result uintptr) string
	destroyResult            func(result uintptr)
}

var loaded struct {
	sync.Mutex
	path string
	lib  *library
}

// load loads the library once; it cannot be unloaded, its threads go on.
func load(path string) (*library, error) {
	loaded.Lock()
	defer loaded.Unlock()
	if loaded.lib != nil && loaded.path == path {
		return loaded.lib, nil
	}
	handle, err := purego.Dlopen(path, purego.RTLD_NOW|purego.RTLD_LOCAL)
	if err != nil {
		return nil, fmt.Errorf("clickhouse: loading the library: %w", err)
	}
	lib := &library{}
	for name, fn := range map[string]any{
		"chdb_set_signal_handlers_enabled": &lib.setSignalHandlersEnabled,
		"chdb_connect":                     &lib.connect,
		"chdb_close_conn":                  &lib.closeConn,
		"chdb_query_n":                     &lib.query,
		"chdb_result_buffer":               &lib.resultBuffer,
		"chdb_result_length":               &lib.resultLength,
		"chdb_result_error":                &lib.resultError,
		"chdb_destroy_query_result":        &lib.destroyResult,
	} {
		symbol, err := purego.Dlsym(handle, name)
		if err != nil {
			return nil, fmt.Errorf("clickhouse: %s is not the library we know: %w", path, err)
		}
		purego.RegisterFunc(fn, symbol)
	}
	loaded.path, loaded.lib = path, lib
	return lib, nil
}

// open connects to the tables in dir; nil if the library cannot.
func (l *library) open(dir string) *uintptr {
	args := [][]byte{[]byte("clickhouse\x00"), []byte("--path=" + dir + "\x00")}
	argv := []*byte{&args[0][0], &args[1][0], nil}
	conn := l.connect(2, unsafe.Pointer(&argv[0]))
	runtime.KeepAlive(args)
	runtime.KeepAlive(argv)
	if conn == nil || *conn == 0 {
		return nil
	}
	return conn
}

// run executes a statement and copies its result out of the library's memory.
func (l *library) run(conn uintptr, statement []byte, format string) ([]byte, error) {
	if len(statement) == 0 {
		return nil, newError("empty statement")
	}
	name := []byte(format)
	result := l.query(conn, unsafe.Pointer(&statement[0]), uintptr(len(statement)), unsafe.Pointer(&name[0]), uintptr(len(name)))
	runtime.KeepAlive(statement)
	runtime.KeepAlive(name)
	if result == 0 {
		return nil, newError("the library returned no result")
	}
	defer l.destroyResult(result)
	if text := l.resultError(result); text != "" {
		return nil, newError(text)
	}
	size := l.resultLength(result)
	if size == 0 {
		return nil, nil
	}
	data := make([]byte, size)
	copy(data, unsafe.Slice((*byte)(l.resultBuffer(result)), size))
	return data, nil
}
