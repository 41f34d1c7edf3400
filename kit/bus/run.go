package bus

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/nats-io/nats.go/jetstream"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"github.com/pitboss-gaming/pitboss/kit/pg"
)

const (
	stopGrace   = 5 * time.Second // for handlers in progress when the service stops
	ackTimeout  = 5 * time.Second
	outagePause = time.Second // between looks at a database that is away
)

// Register makes consumers known without running them, so that their dead letters can be replayed. RunConsumers does it by itself.
func (b *Bus) Register(consumers ...Consumer) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, c := range consumers {
		b.handlers[c.Name] = c
	}
}

// RunConsumers handles events until ctx ends; handlers in progress then get five seconds to finish, and nil is returned. It survives outages of
// NATS and of the database: while the database is away nothing is pulled, so that an outage does not use up the deliveries. An error is returned
// only at the start, for a consumer whose subjects nobody publishes. Several replicas share the events.
func (b *Bus) RunConsumers(ctx context.Context, consumers ...Consumer) error {
	type bound struct {
		c  Consumer
		to Binding
	}
	var all []bound
	for _, c := range consumers {
		bindings, err := Subscription{Name: c.Name, Subjects: c.Subjects}.Bindings(b.o.Topology)
		if err != nil {
			return err
		}
		for _, to := range bindings {
			all = append(all, bound{c, to})
		}
	}
	b.Register(consumers...)
	var wg sync.WaitGroup
	for _, x := range all {
		wg.Go(func() { b.runBinding(ctx, x.c, x.to) })
	}
	wg.Wait()
	return nil
}

// runBinding pulls one durable consumer and binds it again whenever that breaks.
func (b *Bus) runBinding(ctx context.Context, c Consumer, to Binding) {
	part := fmt.Sprintf("consumer %s on %s", to.Consumer, to.Stream)
	wait := 100 * time.Millisecond
	for ctx.Err() == nil {
		err := b.pull(ctx, c, to, func() { b.report(part, nil); wait = 100 * time.Millisecond })
		if ctx.Err() != nil {
			break
		}
		// While NATS is away everything fails; only what fails with it there needs help.
		if b.o.Conn.NATS().IsConnected() && errors.Is(err, jetstream.ErrConsumerNotFound) {
			if b.report(part, err) {
				b.log.Error("consumer is missing", "consumer", to.Consumer, "stream", to.Stream)
			}
		}
		b.log.Debug("consumer interrupted", "consumer", to.Consumer, "stream", to.Stream, "error", err)
		sleep(ctx, wait)
		wait = min(2*wait, maxBackoff)
	}
	b.report(part, nil)
}

// pull handles messages until something breaks or ctx ends. It never takes more than it has hands for.
func (b *Bus) pull(ctx context.Context, c Consumer, to Binding, bound func()) error {
	bindCtx, cancel := context.WithTimeout(ctx, ackTimeout)
	defer cancel()
	consumer, err := b.o.Conn.JetStream().Consumer(bindCtx, to.Stream, to.Consumer)
	if err != nil {
		return err
	}
	// A missing heartbeat only makes the client ask again. As an error it would also come whenever all hands were busy for some seconds,
	// because heartbeats are read together with messages.
	it, err := consumer.Messages(jetstream.PullMaxMessages(b.o.Concurrency), jetstream.PullExpiry(10*time.Second),
		jetstream.WithMessagesErrOnMissingHeartbeat(false))
	if err != nil {
		return err
	}
	bound()
	stop := context.AfterFunc(ctx, it.Drain)
	defer it.Stop()
	defer stop()
	handleCtx, done := b.handlerContext(ctx)
	defer done()

	w := &worker{Bus: b, consumer: c, hands: make(chan struct{}, b.o.Concurrency)}
	defer w.busy.Wait()
	for {
		w.hands <- struct{}{}
		if err := w.awaitDatabase(ctx); err != nil {
			return err
		}
		msg, err := it.Next()
		if err != nil {
			return err
		}
		if ctx.Err() != nil {
			_ = msg.Nak() // another replica may have it at once; else it is redelivered after AckWait
			<-w.hands
			continue
		}
		w.busy.Go(func() {
			defer func() { <-w.hands }()
			w.handle(handleCtx, msg)
		})
	}
}

// handlerContext outlives ctx by stopGrace.
func (b *Bus) handlerContext(ctx context.Context) (context.Context, func()) {
	out, cancel := context.WithCancel(context.WithoutCancel(ctx))
	var timer *time.Timer
	var mu sync.Mutex
	stop := context.AfterFunc(ctx, func() {
		mu.Lock()
		defer mu.Unlock()
		timer = time.AfterFunc(stopGrace, cancel)
	})
	return out, func() {
		stop()
		mu.Lock()
		defer mu.Unlock()
		if timer != nil {
			timer.Stop()
		}
		cancel()
	}
}

// worker handles the messages of one binding.
type worker struct {
	*Bus
	consumer Consumer
	hands    chan struct{}
	busy     sync.WaitGroup
	outage   atomic.Bool // the database was away at the last attempt
}

// awaitDatabase returns at once unless the last attempt found the database away; then when it is back, or ctx has ended.
func (w *worker) awaitDatabase(ctx context.Context) error {
	for w.outage.Load() {
		pingCtx, cancel := context.WithTimeout(ctx, ackTimeout)
		err := w.o.Pool.Ping(pingCtx)
		cancel()
		if err == nil {
			w.outage.Store(false)
			return nil
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		sleep(ctx, outagePause)
	}
	return nil
}

// databaseAway tells whether err comes from an outage of our own database, and if so stops the pulling.
func (w *worker) databaseAway(err error) bool {
	var outage outageError
	away := errors.As(err, &outage)
	if away {
		w.outage.Store(true)
	}
	return away
}

// handle brings one delivery to its end: acknowledged, put back for later, or a dead letter.
func (w *worker) handle(ctx context.Context, msg jetstream.Msg) {
	m, delivered, err := w.open(msg)
	if err == nil && delivered <= 2*uint64(w.o.MaxDeliver) {
		var duplicate bool
		duplicate, err = w.attempt(ctx, w.consumer, m)
		if err == nil {
			w.done(ctx, msg, duplicate)
			return
		}
	} else if err == nil {
		// Failures become dead letters at MaxDeliver. A message that comes more often than that never got as far as failing.
		err = Permanent(fmt.Errorf("delivered %d times without an answer", delivered))
	}
	switch {
	case ctx.Err() != nil || w.databaseAway(err):
		w.later(msg, outagePause)
	case IsPermanent(err) || delivered >= uint64(w.o.MaxDeliver):
		w.giveUp(ctx, msg, m, err)
	default:
		w.log.Warn("event will be handled again", "consumer", w.consumer.Name, "subject", m.Subject, "event", m.ID, "delivery", delivered, "error", err)
		w.later(msg, w.o.Backoff[min(int(delivered), len(w.o.Backoff))-1])
	}
}

// open reads a delivery. The error of a message that cannot be read is Permanent, and the message still has an identity to file it under.
func (w *worker) open(msg jetstream.Msg) (Message, uint64, error) {
	md, err := msg.Metadata()
	if err != nil {
		return Message{ID: msg.Reply(), Subject: msg.Subject(), Data: msg.Data()}, 1, Permanent(err)
	}
	m, err := parseMessage(msg.Subject(), msg.Headers(), msg.Data())
	m.Delivered = md.NumDelivered
	if err != nil {
		m.ID = fmt.Sprintf("%s.%d", md.Stream, md.Sequence.Stream)
		return m, md.NumDelivered, Permanent(err)
	}
	return m, md.NumDelivered, nil
}

// The inbox. The row is written at the end, because a transaction that has written anything holds back the relays of all services until it is over, and
// a handler may take its time. The lock takes no transaction id; it makes a second delivery of the same event wait for the first.
const (
	lockInbox   = `SELECT pg_advisory_xact_lock($1)`
	searchInbox = `SELECT EXISTS (SELECT FROM inbox WHERE consumer = $1 AND event_id = $2)`
	insertInbox = `INSERT INTO inbox (consumer, event_id) VALUES ($1, $2)`
)

// attempt has the event's effect, unless it had it before: the inbox row and the handler's work commit together. An error is an outageError
// when it is our own database that was away.
func (b *Bus) attempt(ctx context.Context, c Consumer, m Message) (duplicate bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, b.o.HandlerTimeout)
	defer cancel()
	ctx = propagation.TraceContext{}.Extract(ctx, propagation.MapCarrier{headerTrace: m.Traceparent})
	ctx, span := otel.Tracer("pitboss/bus").Start(ctx, "consume "+m.Subject, trace.WithSpanKind(trace.SpanKindConsumer),
		trace.WithAttributes(attribute.String("consumer", c.Name), attribute.String("event", m.ID)))
	defer span.End()
	begun, refused := false, false // refused: by the handler, on a connection that is fine
	err = pg.InTx(ctx, b.o.Pool, func(tx pgx.Tx) error {
		begun, refused = true, false
		var batch pgx.Batch
		batch.Queue(lockInbox, pg.LockKey("inbox", c.Name, m.ID))
		batch.Queue(searchInbox, c.Name, m.ID).QueryRow(func(row pgx.Row) error { return row.Scan(&duplicate) })
		if err := tx.SendBatch(ctx, &batch).Close(); err != nil || duplicate {
			return err
		}
		if err := protect(func() error { return c.Handle(ctx, tx, m) }); err != nil {
			refused = !tx.Conn().IsClosed() || ctx.Err() != nil || isIdleTimeout(err)
			return err
		}
		_, err := tx.Exec(ctx, insertInbox, c.Name, m.ID)
		return err
	})
	if err == nil {
		return duplicate, nil
	}
	span.SetStatus(codes.Error, err.Error())
	if !begun || !refused && pg.IsUnavailable(err) {
		err = outageError{err}
	}
	return false, err
}

// outageError is a failure that is not the event's fault.
type outageError struct{ error }

func (e outageError) Unwrap() error { return e.error }

// isIdleTimeout recognises the end of a transaction in which the handler did nothing for too long, which is its own fault.
func isIdleTimeout(err error) bool {
	var pe *pgconn.PgError
	return errors.As(err, &pe) && pe.Code == "25P03" // idle_in_transaction_session_timeout
}

// protect turns a panic into an error, so that one event cannot take the process down again and again.
func protect(fn func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic in handler: %v\n%s", r, debug.Stack())
		}
	}()
	return fn()
}

// done acknowledges and waits for the server's word. Without it the event comes again and the inbox says that it was done.
func (w *worker) done(ctx context.Context, msg jetstream.Msg, duplicate bool) {
	ctx, cancel := context.WithTimeout(ctx, ackTimeout)
	defer cancel()
	outcome := outcomeDone
	if duplicate {
		outcome = outcomeDuplicate
	}
	w.metrics.consumed.WithLabelValues(w.consumer.Name, outcome).Inc()
	if err := msg.DoubleAck(ctx); err != nil {
		w.log.Debug("acknowledgement lost", "consumer", w.consumer.Name, "error", err)
	}
}

// later puts the message back with a pause. A plain Nak would bring it back within a millisecond.
func (w *worker) later(msg jetstream.Msg, pause time.Duration) {
	w.metrics.consumed.WithLabelValues(w.consumer.Name, outcomeRetried).Inc()
	if err := msg.NakWithDelay(pause); err != nil {
		w.log.Debug("put back by timeout", "consumer", w.consumer.Name, "error", err) // AckWait does the same
	}
}

// giveUp files a dead letter and ends the delivery; in this order, so that the event is always in one of the two places.
func (w *worker) giveUp(ctx context.Context, msg jetstream.Msg, m Message, cause error) {
	ctx, cancel := context.WithTimeout(ctx, ackTimeout)
	defer cancel()
	if err := w.fileDeadLetter(ctx, w.consumer.Name, m, cause); err != nil {
		w.log.Error("cannot file a dead letter", "consumer", w.consumer.Name, "event", m.ID, "error", err)
		w.later(msg, maxBackoff)
		return
	}
	w.metrics.consumed.WithLabelValues(w.consumer.Name, outcomeDead).Inc()
	w.log.Error("event became a dead letter", "consumer", w.consumer.Name, "subject", m.Subject, "event", m.ID, "delivery", m.Delivered, "error", cause)
	if err := msg.TermWithReason(oneLine(cause)); err != nil {
		w.log.Debug("termination lost", "consumer", w.consumer.Name, "error", err) // it comes again and is filed again, over the same row
	}
}

// oneLine makes a reason for the protocol, which ends at a line break.
func oneLine(err error) string {
	line, _, _ := strings.Cut(err.Error(), "\n")
	if len(line) > 200 {
		line = line[:200]
	}
	return strings.ToValidUTF8(strings.TrimSpace(line), "")
}
