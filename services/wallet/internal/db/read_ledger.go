package db

import (
	"context"
	"encoding/binary"
	"errors"

	"github.com/jackc/pgx/v5"
)

// The ledger is read row by row and not through sqlc's slices: a range of it is large, and most of the time would go into rows that are looked at once.
const (
	readOperations = `SELECT number, created_at, player_id, currency, balance_version, entry_count, available_minor, held_minor FROM operation
WHERE number > $1 AND number <= $2 ORDER BY number`
	readEntries = `SELECT number, created_at, operation_number, account_id, amount_minor, balance_after_minor, type FROM entry
WHERE number > $1 AND number <= $2 ORDER BY number`
)

// OperationLine is what Verify reads of an operation. The texts are valid until the next line.
type OperationLine struct {
	Number    int64
	CreatedAt int64 // PostgreSQL's own: microseconds, to be compared only
	PlayerID  []byte
	Currency  []byte
	Version   int64
	Entries   int64
	Available int64
	Held      int64
}

// EntryLine is what Verify reads of an entry.
type EntryLine struct {
	Number          int64
	CreatedAt       int64
	OperationNumber int64
	AccountID       int64
	Amount          int64
	BalanceAfter    int64
	Type            int16
}

// errRow says that the server answered something else than was asked for.
var errRow = errors.New("db: a row has another form than was asked for")

// ReadOperations is used by Verify: the operations with numbers in (after, upto], in order. Served by operation_pkey.
func (q *Queries) ReadOperations(ctx context.Context, after, upto int64, do func(OperationLine)) error {
	return q.read(ctx, readOperations, after, upto, func(v [][]byte) bool {
		if len(v) != 8 || len(v[0]) != 8 || len(v[1]) != 8 || len(v[4]) != 8 || len(v[5]) != 2 || len(v[6]) != 8 || len(v[7]) != 8 {
			return false
		}
		do(OperationLine{
			Number: number(v[0]), CreatedAt: number(v[1]), PlayerID: v[2], Currency: v[3], Version: number(v[4]),
			Entries: int64(int16(binary.BigEndian.Uint16(v[5]))), Available: number(v[6]), Held: number(v[7]),
		})
		return true
	})
}

// ReadEntries is used by Verify: the entries with numbers in (after, upto], in order. Served by entry_number, and sorted.
func (q *Queries) ReadEntries(ctx context.Context, after, upto int64, do func(EntryLine)) error {
	return q.read(ctx, readEntries, after, upto, func(v [][]byte) bool {
		if len(v) != 7 || len(v[6]) != 2 {
			return false
		}
		for _, x := range v[:6] {
			if len(x) != 8 {
				return false
			}
		}
		do(EntryLine{
			Number: number(v[0]), CreatedAt: number(v[1]), OperationNumber: number(v[2]), AccountID: number(v[3]), Amount: number(v[4]),
			BalanceAfter: number(v[5]), Type: int16(binary.BigEndian.Uint16(v[6])),
		})
		return true
	})
}

// read asks for binary values and hands them on undecoded.
func (q *Queries) read(ctx context.Context, sql string, after, upto int64, do func([][]byte) bool) error {
	rows, err := q.db.Query(ctx, sql, pgx.QueryResultFormats{pgx.BinaryFormatCode}, after, upto)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if !do(rows.RawValues()) {
			return errRow
		}
	}
	return rows.Err()
}

func number(v []byte) int64 { return int64(binary.BigEndian.Uint64(v)) }
