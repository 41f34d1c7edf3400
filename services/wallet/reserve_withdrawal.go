package wallet

import (
	"context"

	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
)

// ReserveWithdrawal puts cash on hold for a withdrawal: cash -> held_cash.
func (s *Server) ReserveWithdrawal(ctx context.Context, req *walletv1.ReserveWithdrawalRequest) (*walletv1.ReserveWithdrawalResponse, error) {
	amount, err := positive(req.GetAmount())
	if err != nil {
		return nil, err
	}
	if err := realMoney(req.GetPlayerId()); err != nil {
		return nil, err
	}
	r, err := s.submit(ctx, req, command{
		kind: opReserveWithdrawal, currency: amount.Currency, amount: amount.Minor, ref: referenceFrom(req.GetReference()),
	})
	if err != nil {
		return nil, err
	}
	return &walletv1.ReserveWithdrawalResponse{OperationId: r.operationID, HoldId: r.holdID, BalanceAfter: r.balance(), Replayed: r.replayed}, nil
}
