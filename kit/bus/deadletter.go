package bus

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/pitboss-gaming/pitboss/kit/pg"
)

var (
	// ErrNoDeadLetter says that there is no dead letter with this id.
	ErrNoDeadLetter = errors.New("bus: no such dead letter")
	// ErrNoConsumer says that the dead letter's consumer is not part of this service (any more).
	ErrNoConsumer = errors.New("bus: no such consumer")
)

// DeadLetter is an event that a consumer of this service could not handle.
type DeadLetter struct {
	ID         int64
	Consumer   string
	Message    Message // Delivered is the number of deliveries before it was given up
	Reason     string  // the last error; for operators, never for clients
	FailedAt   time.Time
	Replays    int       // failed replays
	ResolvedAt time.Time // zero while it is open
}

// DeadLetterFilter selects dead letters; the zero value is all open ones, newest first.
type DeadLetterFilter struct {
	Consumer string // empty: all
	Resolved bool   // include those that were replayed with success
	BeforeID int64  // for the next page: the last id of this one
	Limit    int    // default 100, at most 1000
}

const selectDeadLetter = `SELECT id, consumer, event_id, subject, schema, payload, player_id, aggregate_id, version, traceparent, source, occurred_at,
	deliveries, reason, failed_at, replays, resolved_at FROM dead_letter `

// DeadLetters lists dead letters of the service whose database this is, newest first.
func DeadLetters(ctx context.Context, pool *pgxpool.Pool, f DeadLetterFilter) ([]DeadLetter, error) {
	if f.Limit <= 0 {
		f.Limit = 100
	}
	rows, err := pool.Query(ctx, selectDeadLetter+`WHERE ($1 = '' OR consumer = $1) AND ($2 OR resolved_at IS NULL) AND ($3 = 0 OR id < $3)
		ORDER BY id DESC LIMIT $4`, f.Consumer, f.Resolved, f.BeforeID, min(f.Limit, 1000))
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, scanDeadLetter)
}

// Replay runs the handler of a dead letter again, with the inbox row in the same transaction, and marks it resolved. When it had its effect in the meantime,
// it is only marked. Replaying a resolved one does nothing. When the handler fails again the dead letter stays open with the new reason, and
// that error is returned. Errors: ErrNoDeadLetter, ErrNoConsumer, the handler's.
func (b *Bus) Replay(ctx context.Context, id int64) error {
	rows, err := b.o.Pool.Query(ctx, selectDeadLetter+"WHERE id = $1", id)
	if err != nil {
		return err
	}
	d, err := pgx.CollectExactlyOneRow(rows, scanDeadLetter)
	if errors.Is(err, pgx.ErrNoRows) {
		return fmt.Errorf("%w: %d", ErrNoDeadLetter, id)
	}
	if err != nil {
		return err
	}
	if !d.ResolvedAt.IsZero() {
		return nil
	}
	b.mu.Lock()
	c, ok := b.handlers[d.Consumer]
	b.mu.Unlock()
	if !ok {
		return fmt.Errorf("%w: %s", ErrNoConsumer, d.Consumer)
	}
	if _, err := b.attempt(ctx, c, d.Message); err != nil {
		_, saveErr := b.o.Pool.Exec(ctx, "UPDATE dead_letter SET replays = replays + 1, reason = $2 WHERE id = $1", id, text(err))
		return errors.Join(err, saveErr)
	}
	_, err = b.o.Pool.Exec(ctx, "UPDATE dead_letter SET resolved_at = now() WHERE id = $1 AND resolved_at IS NULL", id)
	return err
}

// fileDeadLetter writes the row; when the same event fails again later, over the same row, which is then open again.
func (b *Bus) fileDeadLetter(ctx context.Context, consumer string, m Message, cause error) error {
	return pg.InTx(ctx, b.o.Pool, func(tx pgx.Tx) error {
		occurred := m.OccurredAt
		if occurred.IsZero() { // of a message that could not be read
			occurred = time.Unix(0, 0)
		}
		payload := m.Data
		if payload == nil {
			payload = []byte{}
		}
		_, err := tx.Exec(ctx, `INSERT INTO dead_letter (consumer, event_id, subject, schema, payload, player_id, aggregate_id, version, traceparent, source,
				occurred_at, deliveries, reason)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
			ON CONFLICT ON CONSTRAINT dead_letter_event_key
			DO UPDATE SET reason = excluded.reason, deliveries = excluded.deliveries, failed_at = now(), resolved_at = NULL`,
			consumer, m.ID, clean(m.Subject), clean(m.Schema), payload, clean(m.PlayerID), clean(m.AggregateID), m.Version, clean(m.Traceparent),
			clean(m.Source), occurred, int64(m.Delivered), text(cause))
		return err
	})
}

func scanDeadLetter(row pgx.CollectableRow) (DeadLetter, error) {
	var d DeadLetter
	var deliveries int64
	var resolved *time.Time
	m := &d.Message
	err := row.Scan(&d.ID, &d.Consumer, &m.ID, &m.Subject, &m.Schema, &m.Data, &m.PlayerID, &m.AggregateID, &m.Version, &m.Traceparent, &m.Source,
		&m.OccurredAt, &deliveries, &d.Reason, &d.FailedAt, &d.Replays, &resolved)
	m.Delivered, m.TraceID = uint64(deliveries), traceID(m.Traceparent)
	if resolved != nil {
		d.ResolvedAt = *resolved
	}
	return d, err
}

// text is an error as a column holds it: bounded, and without the bytes that PostgreSQL refuses.
func text(err error) string {
	s := clean(err.Error())
	if len(s) > 8000 {
		s = strings.ToValidUTF8(s[:8000], "")
	}
	return s
}

func clean(s string) string { return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "") }
