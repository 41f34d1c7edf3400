package cashier

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/services/cashier/internal/db"
)

// stillPendingTries is how often an expired deposit is asked about while its provider still calls it pending.
const stillPendingTries = 12

// maxReference is the longest provider transaction id that the wallet keeps.
const maxReference = 128

// askDeposit asks the provider where a deposit stands and applies the answer. ref is used as long as the deposit has none of its own.
func (s *Server) askDeposit(ctx context.Context, d db.Deposit, ref string) (db.Deposit, error) {
	if d.ProviderRef != "" {
		ref = d.ProviderRef
	}
	r, err := s.askPayment(ctx, d.IntegrationID, ref)
	if err != nil {
		return d, err
	}
	return s.applyDeposit(ctx, d.DepositID, r)
}

// askPayment reads a payment from its provider.
func (s *Server) askPayment(ctx context.Context, integrationID, ref string) (report, error) {
	ctx, cancel := context.WithTimeout(ctx, s.cfg.ProviderTimeout)
	defer cancel()
	client, err := s.provider(ctx, integrationID)
	if err != nil {
		return report{}, err
	}
	askedAt := s.now()
	res, err := client.GetPayment(ctx, &adapterv1.GetPaymentRequest{IntegrationId: integrationID, ProviderRef: ref})
	if err != nil {
		return report{}, err
	}
	return reportOf(res.GetPayment(), askedAt), nil
}

// applyDeposit is the one place where a provider's answer changes a deposit, whoever asked: a webhook, the clock or an operator. A
// deposit that is paid is credited before it returns; when that fails, the background goes on.
func (s *Server) applyDeposit(ctx context.Context, id string, r report) (db.Deposit, error) {
	d, err := s.changeDeposit(ctx, id, func(tx pgx.Tx, d *db.Deposit) (change, error) {
		verdict, f := s.factsOf(*d).judge(r)
		if f != nil {
			if err := s.reconcile(ctx, tx, d.DepositID, d.PlayerID, d.IntegrationID, *f); err != nil {
				return change{}, err
			}
		}
		return s.depositChange(d, verdict, r, f), nil
	})
	if err != nil {
		return d, err
	}
	return s.credit(ctx, d)
}

// depositChange carries a verdict out on the row.
func (s *Server) depositChange(d *db.Deposit, verdict depositVerdict, r report, f *finding) change {
	now := s.now()
	switch verdict {
	case depositOpens:
		d.State = int16(depositPending)
		return change{save: true, step: true}
	case depositIsPaid:
		d.PaidAt, d.NextSyncAt, d.Instrument, d.FailureCode = at(now), at(now), r.instrument, ""
		if d.ProviderRef == "" {
			d.ProviderRef = r.ref
		}
		return change{save: true, step: true, reason: "PAYMENT_RECEIVED"}
	case depositDeclines:
		d.State, d.FailureCode, d.NextSyncAt = int16(depositDeclined), r.failureCode, nil
		return change{save: true, step: true, reason: r.failureCode, event: failedEvent}
	case depositExpires:
		d.State = int16(depositExpired)
		if r.status != reportPending {
			d.NextSyncAt = nil // the provider takes no money for it any more
		}
		return change{save: true, step: true, reason: "NOT_PAID_IN_TIME", event: failedEvent}
	case depositIsDisputed:
		d.State, d.FailureCode, d.NextSyncAt = int16(depositDisputed), f.kind, nil
		return change{save: true, step: true, reason: f.kind, event: failedEvent}
	case depositStays:
	}
	if depositState(d.State) == depositPending && d.PaidAt == nil && r.ourRef == d.DepositID && r.failureCode != "" && r.failureCode != d.FailureCode {
		d.FailureCode = r.failureCode // one try failed; the page still takes another
		return change{save: true, step: true, reason: r.failureCode}
	}
	return change{}
}

// credit pays a deposit that is paid into the player's account, once: the wallet's key is the deposit's id. It does nothing for any other.
func (s *Server) credit(ctx context.Context, d db.Deposit) (db.Deposit, error) {
	if d.PaidAt == nil || depositState(d.State) == depositCaptured {
		return d, nil
	}
	callCtx, cancel := context.WithTimeout(ctx, s.cfg.WalletTimeout)
	defer cancel()
	ref := d.ProviderRef
	if len(ref) > maxReference {
		ref = ref[:maxReference]
	}
	res, err := s.wallet.Deposit(callCtx, &walletv1.DepositRequest{
		RequestId: "deposit:" + d.DepositID, PlayerId: d.PlayerID, Amount: moneyOf(d.AmountMinor, d.Currency), Psp: d.Psp,
		Reference: &walletv1.Reference{SourceKind: walletv1.SourceKind_SOURCE_KIND_DEPOSIT, SourceId: d.DepositID, ProviderTxId: ref},
	})
	if err != nil {
		if walletRefused(err) {
			if ferr := s.reconcileAlone(ctx, d.DepositID, d.PlayerID, d.IntegrationID, finding{kindStatusDiff, "paid", "the wallet refused: " + errs.ReasonOf(err)}); ferr != nil {
				return d, ferr
			}
		}
		return d, fmt.Errorf("credit %s: %w", d.DepositID, err)
	}
	return s.changeDeposit(ctx, d.DepositID, func(_ pgx.Tx, d *db.Deposit) (change, error) {
		if depositState(d.State) == depositCaptured {
			return change{}, nil
		}
		d.State, d.OperationID, d.NextSyncAt = int16(depositCaptured), res.GetOperationId(), nil
		return change{save: true, step: true, event: succeededEvent}, nil
	})
}

// walletRefused says that the wallet decided against a request, so that repeating it at once is useless; anything else may have happened or not.
func walletRefused(err error) bool {
	if errs.ReasonOf(err) == "" {
		return false
	}
	switch status.Code(err) {
	case codes.FailedPrecondition, codes.InvalidArgument, codes.OutOfRange, codes.AlreadyExists, codes.NotFound:
		return true
	default:
		return false
	}
}
