package notification

import (
	"bytes"
	"context"
	"errors"
	netmail "net/mail"
	"strings"

	"github.com/jackc/pgx/v5"

	notificationv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/notification/v1"
	"github.com/pitboss-gaming/pitboss/kit/authn"
	"github.com/pitboss-gaming/pitboss/kit/pg"
	"github.com/pitboss-gaming/pitboss/services/notification/internal/db"
)

// SendMail queues a mail and returns; the sender delivers it.
func (s *Server) SendMail(ctx context.Context, q *notificationv1.SendMailRequest) (*notificationv1.SendMailResponse, error) {
	parsed, err := netmail.ParseAddress(q.GetAddress())
	if err != nil || parsed.Address != q.GetAddress() || strings.ContainsAny(q.GetAddress(), "\r\n") {
		return nil, addressInvalid()
	}
	if err := checkLetter(q.GetTemplate(), q.GetVariables()); err != nil {
		return nil, err
	}
	o := order{
		caller: authn.From(ctx).Peer, requestID: q.GetRequestId(), template: q.GetTemplate(), language: q.GetLanguage(), subjectID: q.GetSubjectId(),
		address: q.GetAddress(), variables: q.GetVariables(),
	}
	if q.GetExpiresAt().IsValid() {
		o.expiresAt = q.GetExpiresAt().AsTime()
	}
	var id string
	err = pg.InTx(ctx, s.pool, func(tx pgx.Tx) (err error) {
		// A service that asks for a mail decides that it is sent; what the player chose concerns what notification sends by itself.
		if _, err = s.tellOrder(ctx, tx, o); err != nil {
			return err
		}
		id, err = s.enqueue(ctx, db.New(tx), o)
		return err
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return s.sentBefore(ctx, o)
	}
	if err != nil {
		return nil, err
	}
	s.nudge()
	return &notificationv1.SendMailResponse{DeliveryId: id}, nil
}

func (s *Server) sentBefore(ctx context.Context, o order) (*notificationv1.SendMailResponse, error) {
	row, err := s.queries.GetDeliveryByRequest(ctx, db.GetDeliveryByRequestParams{Caller: o.caller, RequestID: o.requestID})
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(row.Fingerprint, o.fingerprint()) {
		return nil, idempotencyConflict(o.requestID)
	}
	return &notificationv1.SendMailResponse{DeliveryId: row.DeliveryID, Replayed: true}, nil
}
