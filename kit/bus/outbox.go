package bus

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Lag is what the outbox has committed and not yet published.
type Lag struct {
	Pending int64         // counted up to 100,000
	Oldest  time.Duration // age of the oldest; 0 when there is none
}

// lagSQL uses outbox_position. The age is bounded to the same rows, which are the oldest ones.
const lagSQL = `SELECT count(*), COALESCE(EXTRACT(EPOCH FROM clock_timestamp() - min(created_at)), 0)::float8 FROM (
	SELECT o.created_at FROM outbox o, outbox_cursor c WHERE (o.tx_id, o.id) > (c.tx_id, c.id) ORDER BY o.tx_id, o.id LIMIT 100000) waiting`

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

// measure keeps the metrics current and warns of a lag: NATS is away, or an open transaction holds back the horizon.
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

	pruneOutbox = `DELETE FROM outbox WHERE id IN (SELECT o.id FROM outbox o, outbox_cursor c
	WHERE (o.tx_id, o.id) <= (c.tx_id, c.id) AND o.created_at < now() - make_interval(secs => $1) ORDER BY o.tx_id, o.id LIMIT $2)`
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

// loadCursor reads where the last relay stopped, and puts the outbox in order when it comes from another server.
func (r *relay) loadCursor(ctx context.Context) error {
	foreign, err := r.isForeign(ctx)
	if err != nil {
		return err
	}
	if foreign {
		if err := r.rebase(ctx); err != nil {
			return err
		}
	}
	err = r.conn.QueryRow(ctx, "SELECT tx_id, id FROM outbox_cursor").Scan(&r.cursor.TxID, &r.cursor.ID)
	if errors.Is(err, pgx.ErrNoRows) {
		return errors.New("outbox_cursor has lost its row")
	}
	return err
}

// isForeign tells whether the outbox holds transaction ids that this server has not given out yet. Then the tables were restored
// into a new server, whose ids start low: old rows would wait for ever, and new ones would sort before the cursor and be lost.
func (r *relay) isForeign(ctx context.Context) (bool, error) {
	var foreign bool
	err := r.conn.QueryRow(ctx, `SELECT EXISTS (SELECT FROM outbox_cursor WHERE tx_id >= pg_snapshot_xmax(pg_current_snapshot()))
		OR EXISTS (SELECT FROM outbox WHERE tx_id >= pg_snapshot_xmax(pg_current_snapshot()))`).Scan(&foreign)
	return foreign, err
}

// rebase gives every row that may not have been published a new position under this server's transaction ids, old ones first, and resets the cursor.
// Rows with an id above the cursor's include all that were written here; some of them may have been published before, which inboxes absorb.
// Published rows are dropped, since they would sort behind the new cursor.
func (r *relay) rebase(ctx context.Context) error {
	r.log.Warn("the outbox comes from another server; its unpublished rows get new positions")
	return pgx.BeginFunc(ctx, r.conn, func(tx pgx.Tx) error {
		// Writers wait for a moment, so that none gets in between the old rows and the renumbered ones.
		if _, err := tx.Exec(ctx, "LOCK TABLE outbox IN SHARE ROW EXCLUSIVE MODE"); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `DELETE FROM outbox o USING outbox_cursor c WHERE (o.tx_id, o.id) <= (c.tx_id, c.id) AND o.id <= c.id`); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `WITH old AS (DELETE FROM outbox RETURNING *)
			INSERT INTO outbox (event_id, subject, schema, payload, player_id, aggregate_id, version, traceparent, occurred_at, created_at)
			SELECT event_id, subject, schema, payload, player_id, aggregate_id, version, traceparent, occurred_at, created_at
			FROM old ORDER BY (tx_id >= pg_snapshot_xmax(pg_current_snapshot())) DESC, tx_id, id`); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, "UPDATE outbox_cursor SET tx_id = '0', id = 0, updated_at = now()")
		return err
	})
}
