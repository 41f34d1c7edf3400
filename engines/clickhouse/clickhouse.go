// Package clickhouse is the narrow way to ClickHouse: SQL text in, formatted bytes out. Two drivers speak the same
// SQL: Open loads the engine as a library into this process, OpenHTTP talks to a server.
package clickhouse

import (
	"context"
	"errors"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"time"
)

// Driver runs SQL. Safe for concurrent use. Statements share no session: what SET, USE or a temporary table does ends
// with its own statement.
type Driver interface {
	// Query runs one statement and returns its result in a ClickHouse output format, for example JSONEachRow,
	// CSVWithNames or Parquet; statements without a result return nothing. A refusal by ClickHouse is an *Error. When
	// ctx ends the call returns and ClickHouse is told to stop; a statement that changes data may still take effect.
	Query(ctx context.Context, sql, format string) ([]byte, error)
	// Insert writes rows in a ClickHouse input format into table ("name" or "database.name"). All rows of one block
	// (about a million) are written or none. Repeating it writes them again, unless the table deduplicates.
	Insert(ctx context.Context, table, format string, data []byte) error
	// Close ends the connection. Idempotent.
	Close() error
}

// ErrClosed is returned after Close.
var ErrClosed = errors.New("clickhouse: the driver is closed")

// Error is a refusal by ClickHouse.
type Error struct {
	Code    int    // ClickHouse's error code, for example 60 for an unknown table; 0 if it gave none
	Message string // as ClickHouse wrote it; may contain the SQL, so it is not for clients
}

// Error returns ClickHouse's own text.
func (e *Error) Error() string { return "clickhouse: " + e.Message }

var exception = regexp.MustCompile(`^Code: (\d+)\.`)

func newError(message string) *Error {
	e := &Error{Message: message}
	if m := exception.FindStringSubmatch(message); m != nil {
		e.Code, _ = strconv.Atoi(m[1])
	}
	return e
}

var (
	tableName  = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)?$`)
	formatName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9]*$`)
)

// insertSQL is the statement before the rows. The names are checked because they become part of the SQL.
func insertSQL(table, format string) (string, error) {
	if !tableName.MatchString(table) {
		return "", fmt.Errorf("clickhouse: %q is not the name of a table", table)
	}
	if err := checkFormat(format); err != nil {
		return "", err
	}
	return "INSERT INTO " + table + " FORMAT " + format, nil
}

// executionTime is the server-side limit in seconds that belongs to ctx's deadline, "0" without one. It is a little
// longer, so that the caller sees its own deadline and not ClickHouse's error about it.
func executionTime(ctx context.Context) string {
	deadline, ok := ctx.Deadline()
	if !ok {
		return "0"
	}
	seconds := math.Max(time.Until(deadline).Seconds(), 0) + 0.1
	return strconv.FormatFloat(seconds, 'f', 3, 64)
}

func checkFormat(format string) error {
	if !formatName.MatchString(format) {
		return fmt.Errorf("clickhouse: %q is not the name of a format", format)
	}
	return nil
}
