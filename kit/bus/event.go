package bus

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"time"

	"github.com/jackc/pgx/v5"
	"go.opentelemetry.io/otel/propagation"
	"google.golang.org/protobuf/proto"

	"github.com/pitboss-gaming/pitboss/kit/ids"
)

// MaxPayload is the largest payload in bytes that Publish accepts; JetStream's own limit (1 MiB) includes the headers.
const MaxPayload = 512 << 10

// ErrBadEvent says that an event cannot be published: a mistake in the calling code.
var ErrBadEvent = errors.New("bus: bad event")

// Event is something that has happened. Its id is made when it is written to the outbox.
type Event struct {
	// Subject is the name and major version, "bet.placed.v1". The service must publish it by its descriptor, or the relay stops at it.
	Subject string
	// Message is the payload, of the type documented for the subject.
	Message proto.Message
	// PlayerID is the player it is about; empty when there is none.
	PlayerID string
	// AggregateID is the thing that changed, and Version its version after the change: consumers that need order refuse older ones.
	AggregateID string
	Version     int64
	// OccurredAt is the service's time; required.
	OccurredAt time.Time
}

// OutboxRows are events in the form of the outbox table: parallel arrays, one element per event, in order.
type OutboxRows struct {
	EventIDs     []string
	Subjects     []string
	Schemas      []string
	Payloads     [][]byte
	PlayerIDs    []string
	AggregateIDs []string
	Versions     []int64
	Traceparents []string
	OccurredAts  []time.Time
}

// InsertSQL writes OutboxRows.Args by set, and wakes the relay at commit when the last argument is true. It is one statement, so that a caller with a
// batch of its own (pgx.Batch) adds no round trip.
const InsertSQL = `WITH written AS (
	INSERT INTO outbox (event_id, subject, schema, payload, player_id, aggregate_id, version, traceparent, occurred_at)
	SELECT e.event_id, e.subject, e.schema, e.payload, e.player_id, e.aggregate_id, e.version, e.traceparent, e.occurred_at
	FROM unnest($1::text[], $2::text[], $3::text[], $4::bytea[], $5::text[], $6::text[], $7::bigint[], $8::text[], $9::timestamptz[])
		WITH ORDINALITY AS e (event_id, subject, schema, payload, player_id, aggregate_id, version, traceparent, occurred_at, position)
	ORDER BY e.position)
SELECT pg_notify('pitboss_outbox', '') WHERE $10::boolean`

// Publish writes events to the outbox in the caller's transaction: they are published if and only if it commits, at least once, after it commits.
// They go out in the order in which Publish was called, also between transactions: whoever calls it while holding the lock on an aggregate keeps
// the order of that aggregate's events. The trace of ctx goes with the event. Errors: ErrBadEvent, the database's.
func Publish(ctx context.Context, tx pgx.Tx, events ...Event) error {
	if len(events) == 0 {
		return nil
	}
	rows, err := Rows(ctx, events...)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, InsertSQL, rows.Args(ShouldNotify(tx.Conn()))...)
	return err
}

// Rows checks events and prepares them for InsertSQL, for callers who write them in a batch of their own. Errors: ErrBadEvent.
func Rows(ctx context.Context, events ...Event) (OutboxRows, error) {
	n := len(events)
	r := OutboxRows{
		EventIDs: make([]string, n), Subjects: make([]string, n), Schemas: make([]string, n), Payloads: make([][]byte, n),
		PlayerIDs: make([]string, n), AggregateIDs: make([]string, n), Versions: make([]int64, n), Traceparents: make([]string, n),
		OccurredAts: make([]time.Time, n),
	}
	trace := traceparent(ctx)
	for i, e := range events {
		payload, err := e.encode()
		if err != nil {
			return OutboxRows{}, err
		}
		r.EventIDs[i] = ids.New("evt")
		r.Subjects[i] = e.Subject
		r.Schemas[i] = string(e.Message.ProtoReflect().Descriptor().FullName())
		r.Payloads[i] = payload
		r.PlayerIDs[i] = e.PlayerID
		r.AggregateIDs[i] = e.AggregateID
		r.Versions[i] = e.Version
		r.Traceparents[i] = trace
		r.OccurredAts[i] = e.OccurredAt
	}
	return r, nil
}

// Append adds the rows of other behind those of r.
func (r *OutboxRows) Append(other OutboxRows) {
	r.EventIDs = append(r.EventIDs, other.EventIDs...)
	r.Subjects = append(r.Subjects, other.Subjects...)
	r.Schemas = append(r.Schemas, other.Schemas...)
	r.Payloads = append(r.Payloads, other.Payloads...)
	r.PlayerIDs = append(r.PlayerIDs, other.PlayerIDs...)
	r.AggregateIDs = append(r.AggregateIDs, other.AggregateIDs...)
	r.Versions = append(r.Versions, other.Versions...)
	r.Traceparents = append(r.Traceparents, other.Traceparents...)
	r.OccurredAts = append(r.OccurredAts, other.OccurredAts...)
}

// Args are the arguments of InsertSQL. With notify false the relay finds the rows by itself within half a second.
func (r OutboxRows) Args(notify bool) []any {
	return []any{r.EventIDs, r.Subjects, r.Schemas, r.Payloads, r.PlayerIDs, r.AggregateIDs, r.Versions, r.Traceparents, r.OccurredAts, notify}
}

// subjectShape is two or more lower-case words and a major version; no wildcards, no spaces.
var subjectShape = regexp.MustCompile(`^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+\.v[1-9][0-9]*$`)

func (e Event) encode() ([]byte, error) {
	if !subjectShape.MatchString(e.Subject) {
		return nil, fmt.Errorf("%w: subject %.80q", ErrBadEvent, e.Subject)
	}
	if e.Message == nil {
		return nil, fmt.Errorf("%w: %s has no message", ErrBadEvent, e.Subject)
	}
	if e.OccurredAt.IsZero() {
		return nil, fmt.Errorf("%w: %s has no time", ErrBadEvent, e.Subject)
	}
	payload, err := proto.Marshal(e.Message)
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrBadEvent, e.Subject, err)
	}
	if len(payload) > MaxPayload {
		return nil, fmt.Errorf("%w: %s has %d bytes, at most %d are allowed", ErrBadEvent, e.Subject, len(payload), MaxPayload)
	}
	if payload == nil {
		payload = []byte{} // an empty message is no bytes, not NULL
	}
	return payload, nil
}

// traceparent is the W3C trace context of ctx. When ctx has no trace a new one begins, because every event carries one.
func traceparent(ctx context.Context) string {
	carrier := propagation.MapCarrier{}
	propagation.TraceContext{}.Inject(ctx, carrier)
	if tp := carrier.Get("traceparent"); tp != "" {
		return tp
	}
	var id [24]byte
	randomBytes(id[:])
	return fmt.Sprintf("00-%x-%x-00", id[:16], id[16:])
}
