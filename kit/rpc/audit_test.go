package rpc_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/dynamicpb"

	optionsv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/options/v1"
	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/audit"
	"github.com/pitboss-gaming/pitboss/kit/authn"
	"github.com/pitboss-gaming/pitboss/kit/authz/authztest"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/mtls"
	"github.com/pitboss-gaming/pitboss/kit/pg"
	"github.com/pitboss-gaming/pitboss/kit/rpc"
	"github.com/pitboss-gaming/pitboss/kit/testkit/pgtest"
)

var auditedRule = &optionsv1.Access{
	Actors:      []optionsv1.Actor{optionsv1.Actor_ACTOR_OPERATOR},
	Permissions: []optionsv1.Permission{optionsv1.Permission_PERMISSION_PAYOUT_APPROVE}, Audited: true,
}

// outbox collects what the recorder publishes.
type outbox struct {
	mu     sync.Mutex
	events []audit.Event
}

func (o *outbox) publish(_ context.Context, _ pgx.Tx, e audit.Event) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.events = append(o.events, e)
	return nil
}

type auditRow struct{ Phase, Method, Actor, Code, Reason, Request string }

func auditRows(t *testing.T, pool *pgxpool.Pool) []auditRow {
	t.Helper()
	rows, err := pool.Query(t.Context(), `SELECT phase, method, actor_kind || ' ' || actor_id, COALESCE(code, ''), COALESCE(reason, ''), request::text
		FROM audit_log ORDER BY at, audit_id, phase`)
	require.NoError(t, err)
	all, err := pgx.CollectRows(rows, pgx.RowToStructByPos[auditRow])
	require.NoError(t, err)
	return all
}

// expectRows compares the audit log with want, the requests only where want names one, and empties it.
func expectRows(t *testing.T, db *pgtest.Database, want ...auditRow) {
	t.Helper()
	rows := auditRows(t, db.Pool)
	require.Len(t, rows, len(want))
	for i, r := range rows {
		require.NotContains(t, r.Request, "s3cret")
		if want[i].Request != "" {
			require.JSONEq(t, want[i].Request, r.Request)
		}
		want[i].Request, r.Request = "", ""
		require.Equal(t, want[i], r)
	}
	_, err := pgxExec(t, db.SuperURL, "ALTER TABLE audit_log DISABLE TRIGGER ALL; TRUNCATE audit_log; ALTER TABLE audit_log ENABLE TRIGGER ALL")
	require.NoError(t, err)
}

func TestAuditedCalls(t *testing.T) {
	db := pgtest.New(t, pg.Migrations{FS: audit.Migrations(), Table: "goose_audit"})
	box := &outbox{}
	recorder, err := audit.New(db.Pool, "wallet", box.publish, time.Now)
	require.NoError(t, err)
	begun := make(chan int, 1)
	count := func(context.Context) error {
		begun <- len(auditRows(t, db.Pool))
		return nil
	}
	b := start(t, func(o *rpc.ServerOptions) { o.Audit = recorder },
		authztest.Method{Name: "Good", Access: auditedRule, Unary: func(ctx context.Context, _ *dynamicpb.Message) error { return count(ctx) }},
		authztest.Method{Name: "Refused", Access: auditedRule, Unary: func(context.Context, *dynamicpb.Message) error {
			return errs.New(walletv1.ErrorReason_ERROR_REASON_INSUFFICIENT_FUNDS, "no")
		}},
		authztest.Method{Name: "Panic", Access: auditedRule, Unary: func(context.Context, *dynamicpb.Message) error { panic("x") }},
		authztest.Method{Name: "Stream", Access: auditedRule, Stream: echo(count)},
		authztest.Method{Name: "Free", Access: publicRule},
	)
	finance, support := b.as(t, mtls.OperatorID("ann", "finance")), b.as(t, mtls.OperatorID("bob", "support"))
	gateway := b.as(t, mtls.ServiceID("gateway"))
	fields := map[string]string{"player_id": "ply_1", "note": "n", "password": "s3cret"}
	const method = "/" + authztest.ServiceName + "/"
	const request = `{"player_id":"ply_1","note":"n"}`

	expect := func(want ...auditRow) { t.Helper(); expectRows(t, db, want...) }
	require.NoError(t, b.call(t.Context(), finance, "Good", fields))
	require.Equal(t, 1, <-begun, "the beginning is on record before the handler runs")
	expect(auditRow{"BEGIN", method + "Good", "operator ann", "", "", request}, auditRow{"END", method + "Good", "operator ann", "OK", "", request})

	require.Error(t, b.call(t.Context(), finance, "Refused", fields))
	expect(auditRow{"BEGIN", method + "Refused", "operator ann", "", "", ""},
		auditRow{"END", method + "Refused", "operator ann", "FailedPrecondition", "INSUFFICIENT_FUNDS", ""})

	require.Error(t, b.call(t.Context(), finance, "Panic", fields))
	expect(auditRow{"BEGIN", method + "Panic", "operator ann", "", "", ""}, auditRow{"END", method + "Panic", "operator ann", "Internal", "INTERNAL", ""})

	require.Equal(t, "PERMISSION_DENIED", errs.ReasonOf(b.call(t.Context(), support, "Good", fields)))
	expect(auditRow{"REFUSED", method + "Good", "operator bob", "PermissionDenied", "PERMISSION_DENIED", request})

	require.Equal(t, "VALIDATION", errs.ReasonOf(b.call(t.Context(), finance, "Good", map[string]string{"note": "longer than ten"})))
	expect(auditRow{"REFUSED", method + "Good", "operator ann", "InvalidArgument", "VALIDATION", ""})

	require.Equal(t, "UNAUTHENTICATED", errs.ReasonOf(b.call(t.Context(), gateway, "Good", fields)))
	require.NoError(t, b.call(t.Context(), gateway, "Free", fields))
	expect()

	n, _ := b.stream(t.Context(), finance, "Stream", fields)
	require.Equal(t, 2, n)
	require.Equal(t, 1, <-begun)
	require.Eventually(t, func() bool { return len(auditRows(t, db.Pool)) == 2 }, 5*time.Second, 5*time.Millisecond)
	expect(auditRow{"BEGIN", method + "Stream", "operator ann", "", "", request}, auditRow{"END", method + "Stream", "operator ann", "OK", "", request})

	box.mu.Lock()
	defer box.mu.Unlock()
	require.Len(t, box.events, 6, "one event for each call that ended or was refused")
	first := box.events[0]
	require.Equal(t, "wallet.audited.v1", first.Subject)
	require.Equal(t, "ply_1", first.PlayerID)
	require.Equal(t, "ann", first.Message.GetActorId())
	require.Equal(t, "127.0.0.1", first.Message.GetClientIp())
	require.Equal(t, map[string]string{"player_id": "ply_1"}, first.Message.GetResources())
}

func TestAuditedCallDoesNotRunWithoutItsBeginning(t *testing.T) {
	db := pgtest.New(t, pg.Migrations{FS: audit.Migrations(), Table: "goose_audit"})
	recorder, err := audit.New(db.Pool, "wallet", (&outbox{}).publish, time.Now)
	require.NoError(t, err)
	ran := false
	b := start(t, func(o *rpc.ServerOptions) { o.Audit = recorder },
		authztest.Method{Name: "Do", Access: auditedRule, Unary: func(context.Context, *dynamicpb.Message) error {
			ran = true
			return nil
		}},
		authztest.Method{Name: "Stream", Access: auditedRule, Stream: func(s *authztest.Service, ss grpc.ServerStream) error {
			_ = ss.RecvMsg(s.Request(nil)) // a handler that does not care
			ran = ss.SendMsg(s.Response()) == nil
			return nil
		}})
	_, err = pgxExec(t, db.SuperURL, "REVOKE INSERT ON audit_log FROM "+pgtest.Runtime)
	require.NoError(t, err)
	finance := b.as(t, mtls.OperatorID("ann", "finance"))
	require.Equal(t, "INTERNAL", errs.ReasonOf(b.call(t.Context(), finance, "Do", nil)))
	_, err = b.stream(t.Context(), finance, "Stream", nil)
	require.Equal(t, "INTERNAL", errs.ReasonOf(err))
	require.False(t, ran)
	ctx := b.token(t, authn.KindOperator, "opr_1", nil) // no role: refused, and the refusal cannot be recorded
	require.Equal(t, "PERMISSION_DENIED", errs.ReasonOf(b.call(ctx, b.as(t, mtls.ServiceID("gateway")), "Do", nil)))
}

func TestAuditEndThatCannotBePublishedIsNotWritten(t *testing.T) {
	db := pgtest.New(t, pg.Migrations{FS: audit.Migrations(), Table: "goose_audit"})
	recorder, err := audit.New(db.Pool, "wallet", func(context.Context, pgx.Tx, audit.Event) error { return errors.New("no outbox") }, time.Now)
	require.NoError(t, err)
	b := start(t, func(o *rpc.ServerOptions) { o.Audit = recorder }, authztest.Method{Name: "Do", Access: auditedRule})
	require.NoError(t, b.call(t.Context(), b.as(t, mtls.OperatorID("ann", "finance")), "Do", nil), "what has happened is answered")
	rows := auditRows(t, db.Pool)
	require.Len(t, rows, 1)
	require.Equal(t, "BEGIN", rows[0].Phase)
	require.Contains(t, b.log.String(), "not on record")
}

func pgxExec(t *testing.T, url, sql string) (int64, error) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	require.NoError(t, err)
	defer func() { require.NoError(t, conn.Close(context.Background())) }()
	tag, err := conn.Exec(t.Context(), sql)
	return tag.RowsAffected(), err
}
