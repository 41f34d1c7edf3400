package cashier

import (
	"context"
	"errors"
	"strings"

	"github.com/jackc/pgx/v5"

	cashierv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/cashier/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/services/cashier/internal/db"
)

// SyncPayment does at once what the background would do for a payment: asks the provider and applies the answer, whatever state it is in.
func (s *Server) SyncPayment(ctx context.Context, req *cashierv1.SyncPaymentRequest) (*cashierv1.SyncPaymentResponse, error) {
	if strings.HasPrefix(req.GetPaymentId(), "wdr_") {
		return s.syncWithdrawalNow(ctx, req.GetPaymentId())
	}
	d, err := s.q.GetDeposit(ctx, req.GetPaymentId())
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, errDepositNotFound()
	}
	if err != nil {
		return nil, err
	}
	if d, err = s.syncDepositNow(ctx, d); err != nil {
		return nil, err
	}
	shown, err := s.showDeposits(ctx, d)
	if err != nil {
		return nil, err
	}
	return &cashierv1.SyncPaymentResponse{Deposit: shown[0]}, nil
}

// syncDepositNow asks also about a deposit that is credited, so that what its provider took back is found.
func (s *Server) syncDepositNow(ctx context.Context, d db.Deposit) (db.Deposit, error) {
	after, err := s.syncDeposit(ctx, d)
	if err == nil && depositState(d.State) == depositCaptured {
		after, err = s.askDeposit(ctx, d, "")
	}
	if err != nil && after.PaidAt != nil {
		return after, errWalletUnavailable(err)
	}
	if err != nil && errs.ReasonOf(err) != "PROVIDER_REFUSED" {
		return after, errProviderUnavailable(d.IntegrationID, err)
	}
	return after, err
}

func (s *Server) syncWithdrawalNow(ctx context.Context, id string) (*cashierv1.SyncPaymentResponse, error) {
	if _, err := s.findWithdrawal(ctx, id); err != nil {
		return nil, err
	}
	w, err := s.advance(ctx, id)
	if errs.ReasonOf(err) == "WALLET_UNAVAILABLE" {
		return nil, err
	}
	if err != nil {
		return nil, errProviderUnavailable("", err)
	}
	shown, err := s.showWithdrawal(ctx, w)
	if err != nil {
		return nil, err
	}
	return &cashierv1.SyncPaymentResponse{Withdrawal: shown}, nil
}
