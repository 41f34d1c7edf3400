package wallet

import (
	"context"

	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
)

// TransferOut moves cash to the player's wallet at a provider: cash -> provider_bank.
func (s *Server) TransferOut(ctx context.Context, req *walletv1.TransferOutRequest) (*walletv1.TransferOutResponse, error) {
	amount, err := positive(req.GetAmount())
	if err != nil {
		return nil, err
	}
	r, err := s.submit(ctx, req, command{
		kind: opTransferOut, currency: amount.Currency, amount: amount.Minor, ref: referenceFrom(req.GetReference()),
		counterparty: systemAccount(kindProviderBank, "provider_bank:"+req.GetProvider(), req.GetPlayerId()), expectedVersion: req.GetExpectedVersion(),
	})
	if err != nil {
		return nil, err
	}
	return &walletv1.TransferOutResponse{OperationId: r.operationID, BalanceAfter: r.balance(), Replayed: r.replayed}, nil
}
