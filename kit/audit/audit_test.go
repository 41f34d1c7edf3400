package audit_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	operationsv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/operations/v1"
	"github.com/pitboss-gaming/pitboss/kit/audit"
	"github.com/pitboss-gaming/pitboss/kit/authn"
	"github.com/pitboss-gaming/pitboss/kit/pg"
	"github.com/pitboss-gaming/pitboss/kit/testkit/pgtest"
)

var now = time.Date(2026, 10, 20, 12, 0, 0, 0, time.UTC)

func newRecorder(t *testing.T) (*audit.Recorder, *pgtest.Database, *[]audit.Event) {
	t.Helper()
	db := pgtest.New(t, pg.Migrations{FS: audit.Migrations(), Table: "goose_audit"})
	var events []audit.Event
	r, err := audit.New(db.Pool, "operations", func(_ context.Context, _ pgx.Tx, e audit.Event) error {
		events = append(events, e)
		return nil
	}, func() time.Time { return now })
	require.NoError(t, err)
	return r, db, &events
}

func call(req proto.Message) audit.Call {
	return audit.Call{
		Method: "/pitboss.operations.v1.OperationsService/CreateIntegration", Request: req, ClientIP: "203.0.113.9", RequestID: "req-12345678",
		Caller: authn.Caller{Kind: authn.KindOperator, ID: "opr_1", SessionID: "ses_1", Roles: []string{"admin"}, Peer: "gateway"},
	}
}

func TestSecretsNeverReachTheRecord(t *testing.T) {
	r, db, events := newRecorder(t)
	req := &operationsv1.CreateIntegrationRequest{}
	fill(req, "s3cret-", t)
	p, err := r.Begin(t.Context(), call(req))
	require.NoError(t, err)
	require.NoError(t, p.End(t.Context(), codes.OK, ""))

	var request string
	var digest []byte
	require.NoError(t, db.Pool.QueryRow(t.Context(), "SELECT request::text, request_sha256 FROM audit_log WHERE phase = 'END'").Scan(&request, &digest))
	require.NotContains(t, request, "s3cret-")
	require.Len(t, *events, 1)
	e := (*events)[0]
	require.Equal(t, hex.EncodeToString(digest), e.Message.GetRequestSha256())
	raw, err := proto.MarshalOptions{Deterministic: true}.Marshal(req)
	require.NoError(t, err)
	require.NotEqual(t, sha256.Sum256(raw), [32]byte(digest), "a digest over secrets would let them be guessed")
	require.Contains(t, req.String(), "s3cret-", "the handler's request keeps its secrets")
}

// fill puts a marker into the secrets of an integration.
func fill(req *operationsv1.CreateIntegrationRequest, marker string, t *testing.T) {
	t.Helper()
	m := req.ProtoReflect()
	f := m.Descriptor().Fields().ByName("secrets")
	require.NotNil(t, f, "CreateIntegrationRequest.secrets")
	require.True(t, f.IsMap())
	req.Secrets = map[string]string{"webhook": marker + "1"}
}

func TestRedactionKeepsWhatIsNotSecret(t *testing.T) {
	r, db, _ := newRecorder(t)
	req := &identityv1.LoginOperatorRequest{}
	m := req.ProtoReflect()
	var secrets int
	for i := range m.Descriptor().Fields().Len() {
		f := m.Descriptor().Fields().Get(i)
		if f.Kind().String() == "string" && !f.IsList() && !f.IsMap() {
			m.Set(f, protoreflect.ValueOfString("value-of-"+string(f.Name())))
			if strings.Contains(string(f.Name()), "password") {
				secrets++
			}
		}
	}
	require.Positive(t, secrets)
	_, err := r.Begin(t.Context(), call(req))
	require.NoError(t, err)
	var request string
	require.NoError(t, db.Pool.QueryRow(t.Context(), "SELECT request::text FROM audit_log").Scan(&request))
	require.NotContains(t, request, "value-of-password")
	require.Contains(t, request, "value-of-")
}

func TestRowsAreAppendOnly(t *testing.T) {
	r, db, _ := newRecorder(t)
	p, err := r.Begin(t.Context(), call(nil))
	require.NoError(t, err)
	require.NoError(t, p.End(t.Context(), codes.OK, ""))
	require.Error(t, p.End(t.Context(), codes.OK, ""), "a call ends once")
	owner, err := pgx.Connect(t.Context(), db.OwnerURL)
	require.NoError(t, err)
	defer func() { require.NoError(t, owner.Close(context.Background())) }()
	for _, sql := range []string{"UPDATE audit_log SET code = 'OK'", "DELETE FROM audit_log", "TRUNCATE audit_log"} {
		_, err := db.Pool.Exec(t.Context(), sql)
		require.Error(t, err, "the service: %s", sql)
		_, err = owner.Exec(t.Context(), sql)
		require.ErrorContains(t, err, "append-only", "the owner: %s", sql)
	}
	var n int
	require.NoError(t, db.Pool.QueryRow(t.Context(), "SELECT count(*) FROM audit_log").Scan(&n))
	require.Equal(t, 2, n)
}

func TestHostileRequestsCanBeRecorded(t *testing.T) {
	r, db, events := newRecorder(t)
	req := &operationsv1.GetIntegrationRequest{IntegrationId: "int_\x00" + strings.Repeat("é", 20_000)}
	require.NoError(t, r.Refused(t.Context(), call(req), codes.InvalidArgument, "VALIDATION"))
	var request, id string
	require.NoError(t, db.Pool.QueryRow(t.Context(), "SELECT request::text, resources->>'integration_id' FROM audit_log WHERE phase = 'REFUSED'").Scan(&request, &id))
	require.Contains(t, request, "omitted_bytes")
	require.Less(t, len(request), 100)
	require.LessOrEqual(t, len(id), 128)
	require.NotContains(t, id, "\x00")

	short := &operationsv1.GetIntegrationRequest{IntegrationId: "int_\x00x"}
	require.NoError(t, r.Refused(t.Context(), call(short), codes.InvalidArgument, "VALIDATION"))
	require.Len(t, *events, 2)
}

func TestEndOutlivesItsCaller(t *testing.T) {
	r, db, _ := newRecorder(t)
	ctx, cancel := context.WithCancel(t.Context())
	p, err := r.Begin(ctx, call(nil))
	require.NoError(t, err)
	cancel()
	require.NoError(t, p.End(ctx, codes.Canceled, "CANCELED"))
	var code string
	require.NoError(t, db.Pool.QueryRow(t.Context(), "SELECT code FROM audit_log WHERE phase = 'END'").Scan(&code))
	require.Equal(t, "Canceled", code)
	_, err = r.Begin(ctx, call(nil))
	require.Error(t, err, "a beginning does not")
}

func TestNewNeedsAllParts(t *testing.T) {
	_, err := audit.New(nil, "x", nil, nil)
	require.Error(t, err)
}
