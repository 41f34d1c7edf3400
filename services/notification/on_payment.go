package notification

import (
	"cmp"
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	cashierv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/cashier/v1"
	"github.com/pitboss-gaming/pitboss/kit/bus"
	"github.com/pitboss-gaming/pitboss/services/notification/internal/db"
)

// onPayment tells the player that money came or went. The address is asked for when the mail is sent, not in the event's transaction.
func (s *Server) onPayment(ctx context.Context, tx pgx.Tx, m bus.Message) error {
	o := order{caller: "events", requestID: m.ID}
	switch m.Subject {
	case "payment.succeeded.v1":
		var e cashierv1.PaymentSucceeded
		if err := m.Decode(&e); err != nil {
			return err
		}
		d := e.GetDeposit()
		o.template, o.subjectID = "deposit_received", d.GetPlayerId()
		o.variables = map[string]string{"deposit_id": d.GetDepositId(), "amount": d.GetAmount().GetAmount(), "currency": d.GetAmount().GetCurrency()}
	case "payout.paid.v1":
		var e cashierv1.PayoutPaid
		if err := m.Decode(&e); err != nil {
			return err
		}
		o.template = "withdrawal_paid"
		o.about(e.GetWithdrawal())
	case "payout.rejected.v1":
		var e cashierv1.PayoutRejected
		if err := m.Decode(&e); err != nil {
			return err
		}
		o.template = "withdrawal_returned"
		o.about(e.GetWithdrawal())
	}
	mail, err := s.tellOrder(ctx, tx, o)
	if err != nil || !mail {
		return err
	}
	_, err = s.enqueue(ctx, db.New(tx), o)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	return err
}

// about fills the order with a withdrawal.
func (o *order) about(w *cashierv1.Withdrawal) {
	o.subjectID = w.GetPlayerId()
	o.variables = map[string]string{
		"withdrawal_id": w.GetWithdrawalId(), "amount": w.GetAmount().GetAmount(), "currency": w.GetAmount().GetCurrency(), "reason": cmp.Or(w.GetReason(), "not given"),
	}
}
