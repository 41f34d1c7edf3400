package bus

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Lag is what the outbox has committed and not yet published.
type Lag struct {
	Pending int64         // counted up to 100,000
	Oldest  time.Duration // age of the oldest; 0 when there is none
}

// lagSQL uses outbox_pkey. The age is bounded to the same rows, which are the oldest ones.
const lagSQL = `SELECT count(*), COALESCE(EXTRACT(EPOCH FROM clock_timestamp() - min(created_at)), 0)::float8 FROM (
	SELECT o.created_at FROM outbox o WHERE o.id > (SELECT id FROM outbox_cursor) ORDER BY o.id LIMIT 100000) waiting`

// ReadLag measures the outbox of a service's database.
func ReadLag(ctx context.Context, pool *pgxpool.Pool) (Lag, error) { return readLag(ctx, pool) }

func readLag(ctx context.Context, db interface {
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}) (Lag, error) {
	var l Lag
	var seconds float64
	if err := db.QueryRow(ctx, lagSQL).Scan(&l.Pending, &seconds); err != nil {
		return Lag{}, err
	}
	l.Oldest = max(0, time.Duration(seconds*float64(time.Second)))
	return l, nil
}

// lagAlarm is the age above which an unpublished event is worth a line in the log.
const lagAlarm = 5 * time.Second

// measure keeps the metrics current and warns of a lag: NATS is away, or an open transaction holds the relay back.
func (r *relay) measure(ctx context.Context) error {
	l, err := readLag(ctx, r.conn)
	if err != nil {
		return err
	}
	r.metrics.pending.Set(float64(l.Pending))
	r.metrics.oldest.Set(l.Oldest.Seconds())
	if l.Oldest > lagAlarm {
		r.log.Warn("events wait to be published", "pending", l.Pending, "oldest", l.Oldest, "connected", r.o.Conn.NATS().IsConnected())
	}
	return nil
}

const (
	pruneBatch   = 1000
	pruneBatches = 20 // per run, so that a large backlog does not hold up publishing

	pruneOutbox = `DELETE FROM outbox WHERE id IN (SELECT o.id FROM outbox o
	WHERE o.id <= (SELECT id FROM outbox_cursor) AND o.created_at < now() - make_interval(secs => $1) ORDER BY o.id LIMIT $2)`
	pruneInbox = `DELETE FROM inbox WHERE (consumer, event_id) IN (SELECT consumer, event_id FROM inbox
	WHERE received_at < now() - make_interval(secs => $1) ORDER BY received_at LIMIT $2)`
)

// prune deletes what is old, in small transactions: published rows, and the memory of events that no stream holds any more.
func (r *relay) prune(ctx context.Context) error {
	for sql, age := range map[string]time.Duration{pruneOutbox: r.o.OutboxRetention, pruneInbox: r.o.InboxRetention} {
		for range pruneBatches {
			tag, err := r.conn.Exec(ctx, sql, age.Seconds(), pruneBatch)
			if err != nil {
				return err
			}
			if tag.RowsAffected() < pruneBatch {
				break
			}
		}
	}
	return nil
}
