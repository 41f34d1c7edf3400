// Package audit keeps on record who did what. RPCs whose access option says audited leave a row before the handler runs and one after
// it, in the service's own database, where they can be added and read but not changed; when the end is on record, the event
// <service>.audited.v1 carries it to everybody who watches. A call whose beginning cannot be recorded does not happen.
package audit

import (
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"go.opentelemetry.io/otel/trace"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	commonv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
	"github.com/pitboss-gaming/pitboss/kit/authn"
	"github.com/pitboss-gaming/pitboss/kit/ids"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Migrations holds the audit log's tables in its root; they are applied to every service database before the service's own.
func Migrations() fs.FS {
	sub, err := fs.Sub(migrations, "migrations")
	if err != nil {
		panic(err) // the folder is embedded above
	}
	return sub
}

const (
	phaseBegin   = "BEGIN"
	phaseEnd     = "END"
	phaseRefused = "REFUSED"

	endTimeout  = 5 * time.Second
	endAttempts = 3
)

// Event is what a Publisher writes to the outbox.
type Event struct {
	Subject     string // "<service>.audited.v1"
	Message     *commonv1.AuditRecorded
	PlayerID    string // the player who called or whom the request names; empty when there is none
	AggregateID string // the audit id
	OccurredAt  time.Time
}

// Publisher writes the event in the transaction of the row that it reports.
type Publisher func(ctx context.Context, tx pgx.Tx, e Event) error

// Recorder writes the audit log of one service. It is safe for concurrent use.
type Recorder struct {
	pool    *pgxpool.Pool
	service string
	publish Publisher
	clock   func() time.Time
}

// New makes the recorder of a service.
func New(pool *pgxpool.Pool, service string, publish Publisher, clock func() time.Time) (*Recorder, error) {
	if pool == nil || publish == nil || clock == nil || service == "" {
		return nil, errors.New("audit: a recorder needs a database, a service name, a publisher and a clock")
	}
	return &Recorder{pool: pool, service: service, publish: publish, clock: clock}, nil
}

// Call is the call to record.
type Call struct {
	Method    string // full gRPC method
	Caller    authn.Caller
	Request   proto.Message // nil when none arrived
	ClientIP  string
	RequestID string
}

// Pending is a call that has begun and not ended.
type Pending struct {
	r   *Recorder
	row row
}

// row is one line of the audit log.
type row struct {
	id, phase string
	at        time.Time
	call      Call
	resources map[string]string
	request   []byte
	digest    [sha256.Size]byte
	traceID   string
	code      *string
	reason    *string
	startedAt time.Time
}

// Begin records that a call is about to run. The call must not run when it fails.
func (r *Recorder) Begin(ctx context.Context, c Call) (*Pending, error) {
	w, err := r.newRow(ctx, c)
	if err != nil {
		return nil, err
	}
	w.phase = phaseBegin
	if _, err := r.pool.Exec(ctx, insertRow, w.args()...); err != nil {
		return nil, fmt.Errorf("audit: begin %s: %w", c.Method, err)
	}
	return &Pending{r: r, row: w}, nil
}

// End records how the call ended, and publishes it. It is not stopped by the caller's going away; it tries a few times within five
// seconds. When it fails, the BEGIN row alone tells that the call ran.
func (p *Pending) End(ctx context.Context, code codes.Code, reason string) error {
	w := p.row
	w.phase, w.at = phaseEnd, p.r.clock().UTC()
	return p.r.finish(ctx, w, code, reason)
}

// Refused records a call that was turned away before its handler, and publishes it.
func (r *Recorder) Refused(ctx context.Context, c Call, code codes.Code, reason string) error {
	w, err := r.newRow(ctx, c)
	if err != nil {
		return err
	}
	w.phase = phaseRefused
	return r.finish(ctx, w, code, reason)
}

func (r *Recorder) finish(ctx context.Context, w row, code codes.Code, reason string) error {
	name := code.String()
	w.code, w.reason = &name, &reason
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), endTimeout)
	defer cancel()
	var err error
	for range endAttempts {
		err = pgx.BeginFunc(ctx, r.pool, func(tx pgx.Tx) error {
			if _, err := tx.Exec(ctx, insertRow, w.args()...); err != nil {
				return err
			}
			return r.publish(ctx, tx, r.event(w))
		})
		if err == nil || ctx.Err() != nil {
			break
		}
	}
	if err != nil {
		return fmt.Errorf("audit: end %s: %w", w.call.Method, err)
	}
	return nil
}

func (r *Recorder) newRow(ctx context.Context, c Call) (row, error) {
	now := r.clock().UTC()
	w := row{id: ids.New("aud"), at: now, startedAt: now, call: c, resources: map[string]string{}, request: []byte("{}")}
	if sc := trace.SpanContextFromContext(ctx); sc.HasTraceID() {
		w.traceID = sc.TraceID().String()
	}
	if c.Request == nil {
		w.digest = sha256.Sum256(nil)
		return w, nil
	}
	safe := redact(c.Request)
	w.resources = resourcesOf(safe)
	var err error
	if w.request, err = requestJSON(safe); err != nil {
		return row{}, fmt.Errorf("audit: request of %s: %w", c.Method, err)
	}
	encoded, err := proto.MarshalOptions{Deterministic: true}.Marshal(safe)
	if err != nil {
		return row{}, fmt.Errorf("audit: request of %s: %w", c.Method, err)
	}
	w.digest = sha256.Sum256(encoded)
	return w, nil
}

func (r *Recorder) event(w row) Event {
	e := Event{Subject: r.service + ".audited.v1", AggregateID: w.id, OccurredAt: w.at, PlayerID: w.resources["player_id"]}
	if w.call.Caller.Kind == authn.KindPlayer {
		e.PlayerID = w.call.Caller.ID
	}
	e.Message = &commonv1.AuditRecorded{
		AuditId: w.id, Service: r.service, Method: w.call.Method, ActorKind: w.call.Caller.Kind.String(), ActorId: w.call.Caller.ID,
		SessionId: w.call.Caller.SessionID, Resources: w.resources, RequestSha256: hex.EncodeToString(w.digest[:]),
		Code: *w.code, Reason: *w.reason, ClientIp: w.call.ClientIP, RequestId: w.call.RequestID,
		StartedAt: timestamppb.New(w.startedAt), EndedAt: timestamppb.New(w.at),
	}
	return e
}

// insertRow appends one line. Used by Begin, End and Refused; the primary key stops a second END.
const insertRow = `INSERT INTO audit_log (audit_id, phase, at, method, actor_kind, actor_id, actor_roles, session_id, peer, resources, request,
    request_sha256, client_ip, request_id, trace_id, code, reason)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)`

func (w row) args() []any {
	resources, err := json.Marshal(w.resources)
	if err != nil {
		panic(err) // a map of strings has a JSON form
	}
	roles := w.call.Caller.Roles
	if roles == nil {
		roles = []string{}
	}
	c := w.call.Caller
	return []any{
		w.id, w.phase, w.at, w.call.Method, c.Kind.String(), c.ID, roles, c.SessionID, c.Peer, string(resources), string(w.request),
		w.digest[:], w.call.ClientIP, w.call.RequestID, w.traceID, w.code, w.reason,
	}
}
