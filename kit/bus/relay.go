package bus

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/pitboss-gaming/pitboss/kit/pg"
)

const (
	relayBatchLen  = 500
	publishTimeout = 5 * time.Second
	pollInterval   = 500 * time.Millisecond // without a NOTIFY
	activePoll     = 20 * time.Millisecond  // for activeFor after rows were found
	activeFor      = 250 * time.Millisecond // longer than notifyEvery, or a row could wait for pollInterval
	standbyPoll    = time.Second            // while another replica relays
	chores         = 5 * time.Second        // between measurements
	pruneEvery     = time.Minute
	maxBackoff     = 5 * time.Second
)

// RunRelay publishes the outbox until ctx ends, and then returns nil. Of several replicas one works and the others stand by. Order is that of
// (transaction id, row id); a row is sent only when no older transaction is still open, so none is ever passed over. Rows count as sent when
// JetStream has acknowledged them. It survives outages of NATS and of the database.
func (b *Bus) RunRelay(ctx context.Context) error {
	wait := 100 * time.Millisecond
	for ctx.Err() == nil {
		started := time.Now()
		err := b.relaySession(ctx)
		if ctx.Err() != nil {
			break
		}
		b.log.Warn("relay interrupted", "error", err)
		if time.Since(started) > maxBackoff {
			wait = 100 * time.Millisecond
		}
		sleep(ctx, wait)
		wait = min(2*wait, maxBackoff)
	}
	b.report("relay", nil)
	return nil
}

// relay is one session of the one relay: a connection of its own that holds the lock.
type relay struct {
	*Bus
	conn   *pgx.Conn
	cursor position
}

type position struct {
	TxID uint64
	ID   int64
}

// relaySession works until something in the database fails.
func (b *Bus) relaySession(ctx context.Context) error {
	cfg := b.o.Pool.Config().ConnConfig
	cfg.RuntimeParams["application_name"] = "pitboss-relay-" + b.o.Service
	conn, err := pgx.ConnectConfig(ctx, cfg)
	if err != nil {
		return err
	}
	defer func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		_ = conn.Close(ctx) // the lock ends with the connection either way
	}()
	r := &relay{Bus: b, conn: conn}
	if err := r.becomeTheOne(ctx); err != nil {
		return err
	}
	if _, err := conn.Exec(ctx, "LISTEN "+channel); err != nil {
		return err
	}
	if err := r.loadCursor(ctx); err != nil {
		return err
	}
	return r.loop(ctx)
}

func (r *relay) becomeTheOne(ctx context.Context) error {
	for {
		var got bool
		if err := r.conn.QueryRow(ctx, "SELECT pg_try_advisory_lock($1)", pg.LockKey("outbox relay")).Scan(&got); err != nil || got {
			return err
		}
		sleep(ctx, standbyPoll)
	}
}

// loop publishes, and between batches waits: closely after something was found, else for a NOTIFY or the poll interval.
func (r *relay) loop(ctx context.Context) error {
	var lastFound, lastChores, lastPrune time.Time
	failures := 0
	for {
		n, err := r.publishBatch(ctx)
		var sendErr *sendError
		switch {
		case errors.As(err, &sendErr):
			failures++
			r.sendFailed(sendErr, failures)
			sleep(ctx, min(50*time.Millisecond<<min(failures, 7), maxBackoff))
		case err != nil:
			return err
		default:
			failures = 0
			r.report("relay", nil)
		}
		now := time.Now()
		if n > 0 {
			lastFound = now
		}
		if now.Sub(lastChores) >= chores {
			lastChores = now
			if err := r.measure(ctx); err != nil {
				return err
			}
		}
		if now.Sub(lastPrune) >= pruneEvery {
			lastPrune = now
			if err := r.prune(ctx); err != nil {
				return err
			}
		}
		if n == relayBatchLen {
			continue
		}
		pause := pollInterval
		if now.Sub(lastFound) < activeFor {
			pause = activePoll
		}
		if err := r.wait(ctx, pause); err != nil {
			return err
		}
	}
}

// wait returns after a NOTIFY or the pause; an error means that the connection or ctx has ended.
func (r *relay) wait(ctx context.Context, pause time.Duration) error {
	waitCtx, cancel := context.WithTimeout(ctx, pause)
	defer cancel()
	_, err := r.conn.WaitForNotification(waitCtx)
	if err != nil && waitCtx.Err() != nil {
		return ctx.Err()
	}
	return err
}

// sendFailed reports what will not heal by itself: an error that persists although NATS is connected.
func (r *relay) sendFailed(err *sendError, failures int) {
	if failures < 3 || !r.o.Conn.NATS().IsConnected() {
		r.log.Debug("publish failed", "subject", err.subject, "error", err.err)
		return
	}
	if r.report("relay", err) {
		r.log.Error("relay is stuck", "subject", err.subject, "error", err.err)
	}
}

// sendError says that JetStream did not take an event; the database is fine.
type sendError struct {
	subject string
	err     error
}

func (e *sendError) Error() string { return fmt.Sprintf("publish %s: %v", e.subject, e.err) }
func (e *sendError) Unwrap() error { return e.err }

// readBatch uses outbox_position. The horizon is pg_snapshot_xmin: below it every transaction has ended, so nothing can appear before what is read.
const readBatch = `SELECT tx_id, id, event_id, subject, schema, payload, player_id, aggregate_id, version, traceparent, occurred_at
FROM outbox
WHERE (tx_id, id) > ($1::xid8, $2::bigint) AND tx_id < pg_snapshot_xmin(pg_current_snapshot())
ORDER BY tx_id, id LIMIT $3`

// publishBatch sends one batch and moves the cursor behind what was acknowledged. It returns the number of rows found.
func (r *relay) publishBatch(ctx context.Context) (int, error) {
	rows, err := r.conn.Query(ctx, readBatch, r.cursor.TxID, r.cursor.ID, relayBatchLen)
	if err != nil {
		return 0, err
	}
	type row struct {
		at position
		m  Message
	}
	batch, err := pgx.CollectRows(rows, func(c pgx.CollectableRow) (row, error) {
		var x row
		err := c.Scan(&x.at.TxID, &x.at.ID, &x.m.ID, &x.m.Subject, &x.m.Schema, &x.m.Data, &x.m.PlayerID, &x.m.AggregateID, &x.m.Version,
			&x.m.Traceparent, &x.m.OccurredAt)
		return x, err
	})
	if err != nil || len(batch) == 0 {
		return 0, err
	}
	messages := make([]Message, len(batch))
	for i := range batch {
		messages[i] = batch[i].m
		messages[i].Source = r.o.Service
	}
	acked, sendErr := r.send(ctx, messages)
	if acked > 0 {
		if err := r.moveCursor(ctx, batch[acked-1].at); err != nil {
			return len(batch), err
		}
		r.metrics.relayed.Add(float64(acked))
	}
	if sendErr != nil {
		return len(batch), sendErr
	}
	return len(batch), nil
}

// send publishes messages in order without waiting in between, then waits for all. It returns how many of the first ones were
// acknowledged without a gap.
func (r *relay) send(ctx context.Context, messages []Message) (acked int, err error) {
	js := r.o.Conn.JetStream()
	ctx, cancel := context.WithTimeout(ctx, 2*publishTimeout)
	defer cancel()
	var futures []jetstream.PubAckFuture
	var failed error
	for _, m := range messages {
		msg := &nats.Msg{Subject: m.Subject, Data: m.Data, Header: m.header()}
		f, err := js.PublishMsgAsync(msg, jetstream.WithExpectStream(StreamName(r.o.Service)), jetstream.WithStallWait(publishTimeout))
		if err != nil {
			failed = &sendError{m.Subject, err}
			break
		}
		futures = append(futures, f)
	}
	for i, f := range futures {
		select {
		case <-f.Ok():
		case err := <-f.Err():
			return i, &sendError{messages[i].Subject, err}
		case <-ctx.Done():
			return i, &sendError{messages[i].Subject, ctx.Err()}
		}
	}
	return len(futures), failed
}

func (r *relay) moveCursor(ctx context.Context, to position) error {
	_, err := r.conn.Exec(ctx, "UPDATE outbox_cursor SET tx_id = $1::xid8, id = $2, updated_at = now()", to.TxID, to.ID)
	if err == nil {
		r.cursor = to
	}
	return err
}

// sleep waits, or returns early when ctx ends.
func sleep(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}
