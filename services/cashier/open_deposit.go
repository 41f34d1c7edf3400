package cashier

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	cashierv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/cashier/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/pg"
	"github.com/pitboss-gaming/pitboss/services/cashier/internal/db"
)

// messageWithDeposit is an event about a deposit.
type messageWithDeposit interface {
	proto.Message
	GetDeposit() *cashierv1.Deposit
}

// openDeposit gets the provider's page for a deposit that has none yet. It may be called any number of times, also at once: the provider's
// idempotency key and every parameter follow from the deposit. Errors: PROVIDER_UNAVAILABLE, after which it stays CREATED; PROVIDER_REFUSED.
func (s *Server) openDeposit(ctx context.Context, id string) (db.Deposit, error) {
	d, err := s.q.GetDeposit(ctx, id)
	if err != nil {
		return d, err
	}
	if depositState(d.State) == depositDeclined && d.ProviderRef == "" {
		return d, errProviderRefused(d.FailureCode)
	}
	if depositState(d.State) != depositCreated || d.PaidAt != nil {
		return d, nil
	}
	// Who gives up waiting does not make the answer worthless.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.cfg.ProviderTimeout)
	defer cancel()
	opened, err := s.createPayment(ctx, d)
	switch {
	case err == nil:
		return s.depositOpened(ctx, id, opened)
	case errs.Is(err, adapterv1.ErrorReason_ERROR_REASON_PROVIDER_REFUSED):
		code := errs.Metadata(err)["provider_code"]
		if d, err = s.depositRefused(ctx, id, code); err != nil {
			return d, err
		}
		return d, errProviderRefused(code)
	}
	return d, errProviderUnavailable(d.IntegrationID, err)
}

func (s *Server) createPayment(ctx context.Context, d db.Deposit) (*adapterv1.CreatePaymentResponse, error) {
	client, err := s.provider(ctx, d.IntegrationID)
	if err != nil {
		return nil, err
	}
	r, err := client.CreatePayment(ctx, &adapterv1.CreatePaymentRequest{
		IntegrationId: d.IntegrationID, IdempotencyKey: "dep:" + d.DepositID, OurRef: d.DepositID, Amount: moneyOf(d.AmountMinor, d.Currency),
		SuccessUrl: withQuery(d.ReturnUrl, "deposit", d.DepositID), CancelUrl: withQuery(d.ReturnUrl, "deposit", d.DepositID, "cancelled", "1"),
		Description: "Deposit", ExpiresAt: timestamppb.New(d.ExpiresAt),
	})
	if err == nil && (r.GetProviderRef() == "" || r.GetRedirectUrl() == "") {
		return nil, errors.New("cashier: the adapter answered no page")
	}
	return r, err
}

// depositOpened stores the page. A webhook may have been faster: then only what is missing is filled in.
func (s *Server) depositOpened(ctx context.Context, id string, opened *adapterv1.CreatePaymentResponse) (db.Deposit, error) {
	return s.changeDeposit(ctx, id, func(_ pgx.Tx, d *db.Deposit) (change, error) {
		var c change
		if d.ProviderRef == "" {
			d.ProviderRef, c.save = opened.GetProviderRef(), true
		}
		if d.RedirectUrl == "" {
			d.RedirectUrl, c.save = opened.GetRedirectUrl(), true
		}
		if depositState(d.State) == depositCreated {
			d.State, c.save, c.step = int16(depositPending), true, true
		}
		return c, nil
	})
}

// depositRefused ends a deposit that the provider did not take.
func (s *Server) depositRefused(ctx context.Context, id, code string) (db.Deposit, error) {
	return s.changeDeposit(ctx, id, func(_ pgx.Tx, d *db.Deposit) (change, error) {
		if depositState(d.State) != depositCreated || d.PaidAt != nil {
			return change{}, nil
		}
		d.State, d.FailureCode, d.NextSyncAt = int16(depositDeclined), code, nil
		if s.factsOf(*d).overdue {
			d.State = int16(depositExpired)
		}
		return change{save: true, step: true, reason: code, event: failedEvent}, nil
	})
}

// change is what a change of a deposit needs besides its row.
type change struct {
	save, step bool
	reason     string
	event      func(db.Deposit) (string, messageWithDeposit)
}

func failedEvent(d db.Deposit) (string, messageWithDeposit) {
	return "payment.failed.v1", &cashierv1.PaymentFailed{Deposit: depositOf(d)}
}

func succeededEvent(d db.Deposit) (string, messageWithDeposit) {
	return "payment.succeeded.v1", &cashierv1.PaymentSucceeded{Deposit: depositOf(d)}
}

// changeDeposit loads a deposit under its lock, lets decide change it, and stores what it says. It answers the deposit as it is then.
func (s *Server) changeDeposit(ctx context.Context, id string, decide func(pgx.Tx, *db.Deposit) (change, error)) (db.Deposit, error) {
	var out db.Deposit
	err := pg.InTx(ctx, s.pool, func(tx pgx.Tx) error {
		q := s.q.WithTx(tx)
		d, err := q.LockDeposit(ctx, id)
		if err != nil {
			return err
		}
		out = d
		c, err := decide(tx, &d)
		if err != nil || !c.save {
			return err
		}
		out, err = q.SaveDeposit(ctx, db.SaveDepositParams{
			DepositID: id, State: d.State, RedirectUrl: d.RedirectUrl, ProviderRef: d.ProviderRef, Instrument: d.Instrument,
			FailureCode: d.FailureCode, OperationID: d.OperationID, UpdatedAt: s.now(), PaidAt: d.PaidAt, NextSyncAt: d.NextSyncAt,
		})
		if err != nil {
			return err
		}
		if c.step {
			if err := s.depositStep(ctx, tx, out, c.reason); err != nil {
				return err
			}
		}
		if c.event == nil {
			return nil
		}
		subject, m := c.event(out)
		return s.publishDeposit(ctx, tx, out, subject, m)
	})
	return out, err
}

// at is a pointer to a time.
func at(t time.Time) *time.Time { return &t }
