package bus

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"go.opentelemetry.io/otel/trace"
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
//
// The positions are drawn here and not by the column's default, outbox_next_position, whose call for each row costs more than the rest of a
// position. Its rule holds: CASE, which PostgreSQL evaluates condition first, asks for the transaction's id and thereby gives it one
// before any position is drawn. Arrays that are taken apart side by side in one list of columns give their rows in order, and a position is drawn for each row with
// them, so positions follow the order of the arrays; taken apart in FROM they would have to be numbered and sorted, a sixth of the statement.
const InsertSQL = `WITH written AS (
	INSERT INTO outbox (id, event_id, subject, schema, payload, player_id, aggregate_id, version, traceparent, occurred_at)
	SELECT CASE WHEN pg_current_xact_id() IS NOT NULL THEN nextval('outbox_position') END, unnest($1::text[]), unnest($2::text[]), unnest($3::text[]),
		unnest($4::bytea[]), unnest($5::text[]), unnest($6::text[]), unnest($7::bigint[]), unnest($8::text[]), unnest($9::timestamptz[]))
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

// Rows checks events and prepares them for InsertSQL, for callers who write them in a batch of their own. All have the trace of ctx. Errors: ErrBadEvent.
func Rows(ctx context.Context, events ...Event) (OutboxRows, error) {
	var r OutboxRows
	r.Grow(len(events))
	parent := traceparent(ctx)
	for _, e := range events {
		if err := r.add(parent, e); err != nil {
			return OutboxRows{}, err
		}
	}
	return r, nil
}

// Grow makes room for n more events, so that adding them does not move the others.
func (r *OutboxRows) Grow(n int) {
	r.EventIDs = slices.Grow(r.EventIDs, n)
	r.Subjects = slices.Grow(r.Subjects, n)
	r.Schemas = slices.Grow(r.Schemas, n)
	r.Payloads = slices.Grow(r.Payloads, n)
	r.PlayerIDs = slices.Grow(r.PlayerIDs, n)
	r.AggregateIDs = slices.Grow(r.AggregateIDs, n)
	r.Versions = slices.Grow(r.Versions, n)
	r.Traceparents = slices.Grow(r.Traceparents, n)
	r.OccurredAts = slices.Grow(r.OccurredAts, n)
}

// Add checks an event and puts it behind the others, with the trace of ctx: for a batch of events that have different callers. After an error, which
// is ErrBadEvent, r is as before.
func (r *OutboxRows) Add(ctx context.Context, e Event) error { return r.add(traceparent(ctx), e) }

func (r *OutboxRows) add(parent string, e Event) error {
	payload, err := e.encode()
	if err != nil {
		return err
	}
	r.EventIDs = append(r.EventIDs, ids.New("evt"))
	r.Subjects = append(r.Subjects, e.Subject)
	r.Schemas = append(r.Schemas, string(e.Message.ProtoReflect().Descriptor().FullName()))
	r.Payloads = append(r.Payloads, payload)
	r.PlayerIDs = append(r.PlayerIDs, e.PlayerID)
	r.AggregateIDs = append(r.AggregateIDs, e.AggregateID)
	r.Versions = append(r.Versions, e.Version)
	r.Traceparents = append(r.Traceparents, parent)
	r.OccurredAts = append(r.OccurredAts, e.OccurredAt)
	return nil
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

func (e Event) encode() ([]byte, error) {
	if !validSubject(e.Subject) {
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

// validSubject tells whether s is two or more lower-case words and a major version; no wildcards, no spaces.
func validSubject(s string) bool {
	words := 0
	for {
		word, rest, more := strings.Cut(s, ".")
		if !more {
			return words >= 2 && validVersion(word)
		}
		if !validWord(word) {
			return false
		}
		words++
		s = rest
	}
}

func validWord(s string) bool {
	if s == "" || s[0] < 'a' || s[0] > 'z' {
		return false
	}
	for _, c := range []byte(s) {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '_' {
			return false
		}
	}
	return true
}

func validVersion(s string) bool {
	if len(s) < 2 || s[0] != 'v' || s[1] == '0' {
		return false
	}
	for _, c := range []byte(s[1:]) {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}

// traceparent is the W3C trace context of ctx. When ctx has no trace a new one begins, because every event carries one.
func traceparent(ctx context.Context) string {
	sc := trace.SpanContextFromContext(ctx)
	traceID, spanID, flags := sc.TraceID(), sc.SpanID(), sc.TraceFlags()&(trace.FlagsSampled|trace.FlagsRandom)
	if !sc.IsValid() {
		traceID, spanID = newTrace()
		flags = 0
	}
	b := make([]byte, 0, 55)
	b = append(b, "00-"...)
	b = hex.AppendEncode(b, traceID[:])
	b = append(b, '-')
	b = hex.AppendEncode(b, spanID[:])
	b = append(b, '-')
	b = hex.AppendEncode(b, []byte{byte(flags)})
	return string(b)
}

func newTrace() (traceID trace.TraceID, spanID trace.SpanID) {
	var id [len(traceID) + len(spanID)]byte
	randomBytes(id[:])
	copy(traceID[:], id[:])
	copy(spanID[:], id[len(traceID):])
	return traceID, spanID
}
