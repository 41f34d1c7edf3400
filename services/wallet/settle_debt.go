package wallet

import (
	"context"

	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
)

// SettleDebt pays what the player owes: cash -> receivable.
func (s *Server) SettleDebt(ctx context.Context, req *walletv1.SettleDebtRequest) (*walletv1.SettleDebtResponse, error) {
	amount, err := positive(req.GetAmount())
	if err != nil {
		return nil, err
	}
	r, err := s.submit(ctx, req, command{
		kind: opSettleDebt, currency: amount.Currency, amount: amount.Minor, ref: referenceFrom(req.GetReference()),
	})
	if err != nil {
		return nil, err
	}
	return &walletv1.SettleDebtResponse{OperationId: r.operationID, BalanceAfter: r.balance(), Replayed: r.replayed}, nil
}
