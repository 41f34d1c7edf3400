package wallet

import (
	"context"

	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
)

// Deposit credits money that a payment provider has received: psp -> cash.
func (s *Server) Deposit(ctx context.Context, req *walletv1.DepositRequest) (*walletv1.DepositResponse, error) {
	amount, err := positive(req.GetAmount())
	if err != nil {
		return nil, err
	}
	if err := realMoney(req.GetPlayerId()); err != nil {
		return nil, err
	}
	r, err := s.submit(ctx, req, command{
		kind: opDeposit, currency: amount.Currency, amount: amount.Minor, counterparty: psp(req.GetPsp(), req.GetPlayerId()),
		ref: referenceFrom(req.GetReference()),
	})
	if err != nil {
		return nil, err
	}
	return &walletv1.DepositResponse{OperationId: r.operationID, BalanceAfter: r.balance(), Replayed: r.replayed}, nil
}
