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
	busyPoll       = 2 * time.Millisecond   // while older transactions finish
	activePoll     = 20 * time.Millisecond  // for activeFor after rows were found; while they come steadily, see pace
	activeFor      = 250 * time.Millisecond // longer than notifyEvery, or a row could wait for pollInterval
	standbyPoll    = time.Second            // while another replica relays
	chores         = 5 * time.Second        // between measurements
	pruneEvery     = time.Minute
	maxBackoff     = 5 * time.Second
)

// RunRelay publishes the outbox until ctx ends, and then returns nil. Of several replicas one works and the others stand by. Order is that
// in which rows were written; a row is sent only when every transaction that may still add an earlier one is over, so none is ever passed over.
// Rows count as sent when JetStream has acknowledged them. It survives outages of NATS and of the database.
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
	cursor int64
	mark   *mark // being waited for, or nil
	single bool  // the stream takes no batches

	ids      []int64   // positions of the batch being sent
	messages []Message // and its events
	names    names
}

// names keeps the texts that many events have, subjects and names of types, of which a service has few.
type names map[string]string

// name is a column with one.
type name struct {
	all  names
	text *string
}

// ScanBytes reads it.
func (n name) ScanBytes(b []byte) error {
	s, known := n.all[string(b)]
	if !known {
		s = string(b)
		n.all[s] = s
	}
	*n.text = s
	return nil
}

// relaySession works until something in the database fails.
func (b *Bus) relaySession(ctx context.Context) error {
	cfg := b.o.Pool.Config().ConnConfig
	cfg.RuntimeParams["application_name"] = "pitboss-relay-" + b.o.Service
	// Moving the cursor waits for no disk: a crash of the database that forgets the last moves has some events sent again, which JetStream knows.
	cfg.RuntimeParams["synchronous_commit"] = "off"
	conn, err := pgx.ConnectConfig(ctx, cfg)
	if err != nil {
		return err
	}
	defer func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		_ = conn.Close(ctx) // the lock ends with the connection either way
	}()
	r := &relay{Bus: b, conn: conn, names: names{}}
	if err := r.becomeTheOne(ctx); err != nil {
		return err
	}
	if _, err := conn.Exec(ctx, "LISTEN "+channel); err != nil {
		return err
	}
	if err := conn.QueryRow(ctx, "SELECT id FROM outbox_cursor").Scan(&r.cursor); err != nil {
		return fmt.Errorf("outbox_cursor: %w", err)
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
	var lastChores, lastPrune time.Time
	pace := pace{gather: r.o.Gather}
	failures := 0
	for {
		sent, busy, err := r.publishBatch(ctx)
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
		pace.found(now, sent, busy)
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
		if busy && r.mark != nil && failures == 0 {
			// Rows are left, or transactions that will be over in a moment.
			sleep(ctx, busyPoll)
			continue
		}
		if err := r.wait(ctx, pace.pause(now), pace.steady); err != nil {
			return err
		}
	}
}

// wait returns after the pause, or after a NOTIFY if it is heeded; an error means that the connection or ctx has ended.
func (r *relay) wait(ctx context.Context, pause time.Duration, unheeded bool) error {
	waitCtx, cancel := context.WithTimeout(ctx, pause)
	defer cancel()
	for {
		_, err := r.conn.WaitForNotification(waitCtx)
		switch {
		case err != nil && waitCtx.Err() != nil:
			return ctx.Err()
		case err != nil || !unheeded:
			return err
		}
	}
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

// mark is a position up to which the outbox will be complete once all transactions below a transaction id are over.
type mark struct {
	position int64
	txID     uint64
}

// safePosition returns the position up to which no row can appear any more, which is the cursor's when that cannot be said yet.
//
// Positions are handed out before commit, so a later one can become visible first; a reader that only goes up would pass over the
// earlier one for ever. Every transaction that has a position got its own id before that (outbox_next_position). So: read the last position, then
// draw a transaction id; whoever has one of those positions has a lower id. When the oldest running transaction is not below the drawn
// id, they are all over. Ordering rows by position instead of by transaction id also keeps an aggregate's order whenever its events are written under
// its lock: a transaction can have got its id long before it waited for that lock, even as a waiting SELECT ... FOR UPDATE.
//
// An idle outbox draws no ids. The drawn ids and positions never meet data on disk, so a dump restored elsewhere continues.
func (r *relay) safePosition(ctx context.Context) (int64, error) {
	if r.mark == nil {
		var last int64
		if err := r.conn.QueryRow(ctx, "SELECT COALESCE(pg_sequence_last_value('outbox_position'), 0)").Scan(&last); err != nil || last <= r.cursor {
			return r.cursor, err
		}
		m := mark{position: last}
		if err := r.conn.QueryRow(ctx, "SELECT pg_current_xact_id()").Scan(&m.txID); err != nil {
			return r.cursor, err
		}
		r.mark = &m
	}
	var over bool
	if err := r.conn.QueryRow(ctx, "SELECT pg_snapshot_xmin(pg_current_snapshot()) >= $1::xid8", r.mark.txID).Scan(&over); err != nil || !over {
		return r.cursor, err
	}
	return r.mark.position, nil
}

// readBatch uses outbox_pkey.
const readBatch = `SELECT id, event_id, subject, schema, payload, player_id, aggregate_id, version, traceparent, occurred_at
FROM outbox WHERE id > $1 AND id <= $2 ORDER BY id LIMIT $3`

// publishBatch sends one batch and moves the cursor behind what was acknowledged. It returns how many events that were, and whether there may be more to do
// at once.
func (r *relay) publishBatch(ctx context.Context) (sent int, busy bool, err error) {
	safe, err := r.safePosition(ctx)
	if err != nil || safe == r.cursor {
		return 0, r.mark != nil, err
	}
	if err := r.read(ctx, safe); err != nil {
		return 0, false, err
	}
	acked, sendErr := r.send(ctx, r.messages)
	clear(r.messages) // only their place is kept
	switch {
	case acked == len(r.ids) && acked < relayBatchLen:
		err = r.moveCursor(ctx, safe) // behind the positions of rolled back transactions too
	case acked > 0:
		err = r.moveCursor(ctx, r.ids[acked-1])
	}
	if err != nil {
		return 0, false, err
	}
	if r.cursor == safe {
		r.mark = nil
	}
	r.metrics.relayed.Add(float64(acked))
	return acked, true, sendErr
}

// read reads the next batch.
func (r *relay) read(ctx context.Context, safe int64) error {
	r.ids, r.messages = r.ids[:0], r.messages[:0]
	rows, err := r.conn.Query(ctx, readBatch, r.cursor, safe, relayBatchLen)
	if err != nil {
		return err
	}
	var id int64
	m := Message{Source: r.o.Service}
	_, err = pgx.ForEachRow(rows, []any{
		&id, &m.ID, name{r.names, &m.Subject}, name{r.names, &m.Schema}, &m.Data, &m.PlayerID, &m.AggregateID, &m.Version, &m.Traceparent, &m.OccurredAt,
	}, func() error {
		r.ids, r.messages = append(r.ids, id), append(r.messages, m)
		return nil
	})
	return err
}

// send publishes messages in order. It returns how many of the first ones were acknowledged without a gap.
func (r *relay) send(ctx context.Context, messages []Message) (acked int, err error) {
	if len(messages) >= atomicFrom && !r.single {
		err := r.sendAtomic(ctx, messages)
		if err == nil {
			return len(messages), nil
		}
		r.single = errors.Is(err, errNoBatches)
		r.log.Debug("batch is sent one by one", "events", len(messages), "error", err)
	}
	return r.sendEach(ctx, messages)
}

// sendEach publishes messages without waiting in between, then waits for all.
func (r *relay) sendEach(ctx context.Context, messages []Message) (acked int, err error) {
	js := r.o.Conn.JetStream()
	ctx, cancel := context.WithTimeout(ctx, 2*publishTimeout)
	defer cancel()
	var futures []jetstream.PubAckFuture
	var failed error
	stream, stall := StreamName(r.o.Service), jetstream.WithStallWait(publishTimeout)
	for i, m := range messages {
		h := newHeaders() // of its own: the library sends it again by itself when nobody has answered
		m.writeTo(&h)
		h.set(jetstream.ExpectedStreamHeader, stream)
		if i > 0 {
			// When one is refused, those behind it must be too, or they would come before its repetition.
			h.set(jetstream.ExpectedLastMsgIDHeader, messages[i-1].ID)
		}
		f, err := js.PublishMsgAsync(&nats.Msg{Subject: m.Subject, Data: m.Data, Header: h.all}, stall)
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

func (r *relay) moveCursor(ctx context.Context, to int64) error {
	_, err := r.conn.Exec(ctx, "UPDATE outbox_cursor SET id = $1, updated_at = now()", to)
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
