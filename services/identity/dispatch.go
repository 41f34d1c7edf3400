package identity

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/timestamppb"

	notificationv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/notification/v1"
	"github.com/pitboss-gaming/pitboss/kit/ids"
	"github.com/pitboss-gaming/pitboss/services/identity/internal/db"
)

const (
	dispatchMail     = "mail"
	dispatchTelegram = "telegram"
	dispatchReset    = "password_reset"

	// A claim that a crash left behind waits for its lease, so the lease is short: a little longer than a whole batch can take.
	dispatchBatch   = 5
	dispatchLease   = 17 * time.Second
	dispatchTimeout = 3 * time.Second
	dispatchPoll    = time.Second
	dispatchMaxWait = 5 * time.Minute
)

// mailJob is a mail that is owed. It is stored sealed: it holds an address and often a code.
type mailJob struct {
	Template  string            `json:"template"`
	Language  string            `json:"language"`
	Address   string            `json:"address"`
	SubjectID string            `json:"subject_id"`
	Variables map[string]string `json:"variables"`
}

// errGiveUp says that trying again cannot help.
var errGiveUp = errors.New("identity: cannot be delivered")

// oweMail promises a mail in the transaction that caused it; it is handed to notification after the commit, also after a crash.
func (s *Server) oweMail(ctx context.Context, q *db.Queries, job mailJob, ttl time.Duration) error {
	return s.owe(ctx, q, dispatchMail, job, ttl)
}

func (s *Server) owe(ctx context.Context, q *db.Queries, kind string, job any, ttl time.Duration) error {
	payload, err := json.Marshal(job)
	if err != nil {
		return fmt.Errorf("identity: encode a message: %w", err)
	}
	id, now := ids.New("msg"), s.clock()
	return q.InsertDispatch(ctx, db.InsertDispatchParams{
		DispatchID: id, Kind: kind, PayloadSealed: s.vault.seal("dispatch.payload", id, string(payload)), Now: now, ExpiresAt: now.Add(ttl),
	})
}

// nudge wakes the dispatcher after a commit; a nudge that is lost costs a second.
func (s *Server) nudge() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// runDispatcher hands over what is owed until ctx ends.
func (s *Server) runDispatcher(ctx context.Context) error {
	tick := time.NewTicker(dispatchPoll)
	defer tick.Stop()
	for {
		n, err := s.dispatchDue(ctx)
		if err != nil {
			return err
		}
		if n == dispatchBatch {
			continue
		}
		select {
		case <-ctx.Done():
			return nil
		case <-s.wake:
		case <-tick.C:
		}
	}
}

// dispatchDue hands over one batch and answers its size. A job that cannot be delivered now is tried again with growing pauses until
// it expires.
func (s *Server) dispatchDue(ctx context.Context) (int, error) {
	now := s.clock()
	jobs, err := s.q.ClaimDispatches(ctx, db.ClaimDispatchesParams{Now: now, LeasedUntil: now.Add(dispatchLease), RowLimit: dispatchBatch})
	if err != nil {
		return 0, err
	}
	for _, job := range jobs {
		if err := s.dispatchOne(ctx, job); err != nil {
			return 0, err
		}
	}
	return len(jobs), nil
}

func (s *Server) dispatchOne(ctx context.Context, job db.Dispatch) error {
	callCtx, cancel := context.WithTimeout(ctx, dispatchTimeout)
	defer cancel()
	err := errGiveUp
	now := s.clock()
	if now.Before(job.ExpiresAt) {
		err = s.deliver(callCtx, job)
	}
	if ctx.Err() != nil {
		return nil // the lease runs out and somebody else tries again
	}
	if err == nil || errors.Is(err, errGiveUp) {
		if err != nil {
			s.log.WarnContext(ctx, "gave up a message", "dispatch_id", job.DispatchID, "kind", job.Kind, "attempts", job.Attempts, "error", err)
		}
		return s.q.DeleteDispatch(ctx, job.DispatchID)
	}
	pause := min(time.Second<<min(job.Attempts, 10), dispatchMaxWait)
	s.log.InfoContext(ctx, "a message is tried again", "dispatch_id", job.DispatchID, "kind", job.Kind, "attempts", job.Attempts, "error", err)
	return s.q.DeferDispatch(ctx, db.DeferDispatchParams{DispatchID: job.DispatchID, DueAt: now.Add(pause), LastError: status.Code(err).String()})
}

func (s *Server) deliver(ctx context.Context, job db.Dispatch) error {
	payload, err := s.vault.open("dispatch.payload", job.DispatchID, job.PayloadSealed)
	if err != nil {
		return fmt.Errorf("%w: %w", errGiveUp, err)
	}
	switch job.Kind {
	case dispatchTelegram:
		return s.deliverTelegram(ctx, []byte(payload))
	case dispatchReset:
		return s.deliverReset(ctx, []byte(payload))
	}
	var m mailJob
	if err := json.Unmarshal([]byte(payload), &m); err != nil {
		return fmt.Errorf("%w: %w", errGiveUp, err)
	}
	_, err = s.notification.SendMail(ctx, &notificationv1.SendMailRequest{
		RequestId: job.DispatchID, Template: m.Template, Language: m.Language, Address: m.Address, SubjectId: m.SubjectID,
		Variables: m.Variables, ExpiresAt: timestamppb.New(job.ExpiresAt),
	})
	if status.Code(err) == codes.InvalidArgument || status.Code(err) == codes.NotFound {
		return fmt.Errorf("%w: %w", errGiveUp, err)
	}
	return err
}
