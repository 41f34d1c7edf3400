package db

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// Call is one query, made through the generated methods of q.
type Call func(ctx context.Context, q *Queries) error

// Statement is a call for a statement that sqlc does not generate: BEGIN, COMMIT, another package's SQL. Its rows are not read.
func Statement(sql string, args ...any) Call {
	return func(ctx context.Context, q *Queries) error {
		_, err := q.db.Exec(ctx, sql, args...)
		return err
	}
}

// Pipeline sends all calls in one round trip and runs them in order; the first error ends it and the later statements are not executed.
// Each call is made twice: first to be queued, when it returns nothing of use, then to read its answer. So it may do nothing but call q
// and keep what comes back.
func Pipeline(ctx context.Context, conn *pgx.Conn, calls ...Call) (err error) {
	var batch pgx.Batch
	for _, call := range calls {
		if err := call(ctx, New(queue{&batch})); err != nil && !errors.Is(err, errQueued) {
			return err
		}
	}
	results := conn.SendBatch(ctx, &batch)
	defer func() { err = errors.Join(err, results.Close()) }()
	for _, call := range calls {
		if err := call(ctx, New(answers{results})); err != nil {
			return err
		}
	}
	return nil
}

// errQueued is what a query returns that has only been queued.
var errQueued = errors.New("db: queued")

type queue struct{ batch *pgx.Batch }

func (p queue) Exec(_ context.Context, sql string, args ...any) (pgconn.CommandTag, error) {
	p.batch.Queue(sql, args...)
	return pgconn.CommandTag{}, nil
}

func (p queue) Query(_ context.Context, sql string, args ...any) (pgx.Rows, error) {
	p.batch.Queue(sql, args...)
	return nil, errQueued
}

func (p queue) QueryRow(_ context.Context, sql string, args ...any) pgx.Row {
	p.batch.Queue(sql, args...)
	return queuedRow{}
}

type queuedRow struct{}

func (queuedRow) Scan(...any) error { return errQueued }

type answers struct{ results pgx.BatchResults }

func (a answers) Exec(context.Context, string, ...any) (pgconn.CommandTag, error) {
	return a.results.Exec()
}

func (a answers) Query(context.Context, string, ...any) (pgx.Rows, error) { return a.results.Query() }

func (a answers) QueryRow(context.Context, string, ...any) pgx.Row { return a.results.QueryRow() }
