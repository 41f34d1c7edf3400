package notification

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	notificationv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/notification/v1"
	"github.com/pitboss-gaming/pitboss/kit/bus"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/pg"
	"github.com/pitboss-gaming/pitboss/services/notification/internal/db"
)

const (
	sendBatch = 16
	lastPause = 15 * time.Minute
	// maxError is how much of a server's words is kept.
	maxError = 300
)

// errNoAddress ends a delivery to somebody who cannot be reached.
var errNoAddress = errors.New("the player has no mail address")

// sender delivers what is queued.
type sender struct {
	*Server
	log    *slog.Logger
	mailer *mailer
	dial   func(service string) (*grpc.ClientConn, error)
}

// run delivers until ctx ends. A crash between sending and recording sends a mail again after the lease; its Message-ID is the same.
func (s *sender) run(ctx context.Context) error {
	tick := time.NewTicker(s.cfg.Poll)
	defer tick.Stop()
	for {
		n, err := s.deliverDue(ctx)
		if err != nil && ctx.Err() == nil {
			s.log.Warn("queue of mails", "error", err)
		}
		if n == sendBatch {
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

func (s *sender) deliverDue(ctx context.Context) (int, error) {
	now := s.clock()
	due, err := s.queries.ClaimDue(ctx, db.ClaimDueParams{Now: now, LeaseUntil: now.Add(attemptLimit + 2*time.Second), Batch: sendBatch})
	if err != nil {
		return 0, err
	}
	var all sync.WaitGroup
	for _, d := range due {
		all.Go(func() {
			if err := s.deliver(ctx, d); err != nil {
				s.log.Warn("mail not recorded", "delivery_id", d.DeliveryID, "error", err)
			}
		})
	}
	all.Wait()
	return len(due), nil
}

// deliver makes one attempt and records how it went.
func (s *sender) deliver(ctx context.Context, d db.Delivery) error {
	err := s.attempt(ctx, d)
	if ctx.Err() != nil {
		return nil // told to stop; the lease runs out and somebody tries again
	}
	now := s.clock()
	if err == nil {
		return s.finish(ctx, "notification.sent.v1", d, &notificationv1.NotificationSent{DeliveryId: d.DeliveryID, Template: d.Template, SubjectId: d.SubjectID},
			func(q *db.Queries) (string, error) {
				return q.MarkSent(ctx, db.MarkSentParams{DeliveryID: d.DeliveryID, Now: &now})
			})
	}
	words := err.Error()
	words = words[:min(len(words), maxError)]
	next := now.Add(s.pause(d.Attempts))
	if permanent(err) || errors.Is(err, errNoAddress) || next.After(d.ExpiresAt) {
		s.log.Warn("mail given up", "delivery_id", d.DeliveryID, "template", d.Template, "attempts", d.Attempts, "error", words)
		return s.finish(ctx, "notification.failed.v1", d, &notificationv1.NotificationFailed{DeliveryId: d.DeliveryID, Template: d.Template, SubjectId: d.SubjectID, Error: words},
			func(q *db.Queries) (string, error) {
				return q.MarkFailed(ctx, db.MarkFailedParams{DeliveryID: d.DeliveryID, LastError: words})
			})
	}
	return s.queries.MarkAttemptFailed(ctx, db.MarkAttemptFailedParams{DeliveryID: d.DeliveryID, NextAttemptAt: next, LastError: words})
}

// pause doubles with each attempt.
func (s *sender) pause(attempts int32) time.Duration {
	p := s.cfg.FirstPause
	for range min(attempts-1, 20) {
		p = min(2*p, lastPause)
	}
	return p
}

func (s *sender) attempt(ctx context.Context, d db.Delivery) error {
	address, err := s.addressOf(ctx, d)
	if err != nil {
		return err
	}
	plain, err := s.box.Open(d.Variables, []byte("delivery/variables/"+d.DeliveryID))
	if err != nil {
		return err
	}
	variables := map[string]string{}
	if err := json.Unmarshal(plain, &variables); err != nil {
		return err
	}
	letter, err := render(d.Template, variables)
	if err != nil {
		return err
	}
	return s.mailer.send(ctx, d.DeliveryID, address, letter)
}

// addressOf opens the delivery's address or asks identity for the player's.
func (s *sender) addressOf(ctx context.Context, d db.Delivery) (string, error) {
	if d.Address != nil {
		b, err := s.box.Open(d.Address, []byte("delivery/address/"+d.DeliveryID))
		return string(b), err
	}
	conn, err := s.dial("identity")
	if err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	c, err := identityv1.NewIdentityServiceClient(conn).GetContact(ctx, &identityv1.GetContactRequest{PlayerId: d.SubjectID})
	if errs.Is(err, identityv1.ErrorReason_ERROR_REASON_PLAYER_NOT_FOUND) || err == nil && c.GetEmail() == "" {
		return "", errNoAddress
	}
	if err != nil {
		return "", fmt.Errorf("ask identity for the address: %w", err)
	}
	return c.GetEmail(), nil
}

// finish records the end of a delivery and tells it, together.
func (s *sender) finish(ctx context.Context, subject string, d db.Delivery, event proto.Message, mark func(*db.Queries) (string, error)) error {
	return pg.InTx(ctx, s.pool, func(tx pgx.Tx) error {
		_, err := mark(db.New(tx))
		if errors.Is(err, pgx.ErrNoRows) {
			return nil // another replica was faster
		}
		if err != nil {
			return err
		}
		return bus.Publish(ctx, tx, bus.Event{Subject: subject, Message: event, PlayerID: d.SubjectID, AggregateID: d.DeliveryID, OccurredAt: s.clock()})
	})
}
