package identity

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	notificationv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/notification/v1"
	"github.com/pitboss-gaming/pitboss/kit/pg"
	"github.com/pitboss-gaming/pitboss/services/identity/internal/db"
)

// sender answers SendMail as told and notes the request ids.
type sender struct {
	notificationv1.NotificationServiceClient
	answer error
	ids    []string
}

func (s *sender) SendMail(_ context.Context, req *notificationv1.SendMailRequest, _ ...grpc.CallOption) (*notificationv1.SendMailResponse, error) {
	s.ids = append(s.ids, req.GetRequestId())
	return &notificationv1.SendMailResponse{}, s.answer
}

// idle is a server on the world's database whose dispatcher runs only when the test says so, at the test's time.
func (w *world) idle(now *time.Time, out *sender) *Server {
	w.t.Helper()
	q := db.New(w.DB)
	v, err := openVault(w.ctx(), q, w.Box, *now)
	require.NoError(w.t, err)
	return &Server{
		log: discard(), pool: w.DB, q: q, clock: func() time.Time { return *now }, vault: v, notification: out, wake: make(chan struct{}, 1),
	}
}

func TestDispatch(t *testing.T) {
	w := newWorld(t)
	now := w.Clock.Now().Add(1000 * time.Hour) // far from what the running server would take
	out := &sender{answer: status.Error(codes.Unavailable, "down")}
	s := w.idle(&now, out)
	owe := func() {
		t.Helper()
		require.NoError(t, pg.InTx(w.ctx(), w.DB, func(tx pgx.Tx) error {
			return s.oweMail(w.ctx(), s.q.WithTx(tx), mailJob{Template: "totp_disabled", Address: "a@example.com"}, time.Hour)
		}))
	}
	run := func(want int) {
		t.Helper()
		n, err := s.dispatchDue(w.ctx())
		require.NoError(t, err)
		require.Equal(t, want, n)
	}
	owe()
	run(1)
	run(0) // not before its pause is over
	now = now.Add(2 * time.Second)
	run(1)
	now = now.Add(2 * time.Second)
	run(0) // the pause grows
	now = now.Add(2 * time.Second)
	out.answer = nil
	run(1)
	require.Len(t, out.ids, 3)
	require.Equal(t, out.ids[0], out.ids[1], "a retry is the same request")
	require.Equal(t, out.ids[0], out.ids[2])
	now = now.Add(time.Hour)
	run(0)

	t.Run("what cannot be delivered is given up", func(t *testing.T) {
		out.ids, out.answer = nil, status.Error(codes.InvalidArgument, "no such template")
		owe()
		run(1)
		now = now.Add(10 * time.Minute)
		run(0)
	})
	t.Run("what is over is not sent", func(t *testing.T) {
		out.ids, out.answer = nil, nil
		owe()
		now = now.Add(time.Hour)
		run(1)
		run(0)
		require.Empty(t, out.ids)
	})
	t.Run("a claim that crashed is taken again", func(t *testing.T) {
		owe()
		_, err := s.q.ClaimDispatches(w.ctx(), db.ClaimDispatchesParams{Now: now, LeasedUntil: now.Add(dispatchLease), RowLimit: 1})
		require.NoError(t, err)
		run(0)
		now = now.Add(dispatchLease)
		run(1)
	})
	t.Run("the payload is not readable in the database", func(t *testing.T) {
		owe()
		var sealed []byte
		require.NoError(t, w.DB.QueryRow(w.ctx(), "SELECT payload_sealed FROM dispatch ORDER BY created_at DESC LIMIT 1").Scan(&sealed))
		require.NotContains(t, string(sealed), "a@example.com")
		run(1)
	})
}
