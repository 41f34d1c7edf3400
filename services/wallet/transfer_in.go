package wallet

import (
	"context"

	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
)

// TransferIn brings cash back from the player's wallet at a provider: provider_bank -> cash.
func (s *Server) TransferIn(ctx context.Context, req *walletv1.TransferInRequest) (*walletv1.TransferInResponse, error) {
	amount, err := positive(req.GetAmount())
	if err != nil {
		return nil, err
	}
	r, err := s.submit(ctx, req, command{
		kind: opTransferIn, currency: amount.Currency, amount: amount.Minor, ref: referenceFrom(req.GetReference()),
		counterparty: systemAccount(kindProviderBank, "provider_bank:"+req.GetProvider(), req.GetPlayerId()),
	})
	if err != nil {
		return nil, err
	}
	return &walletv1.TransferInResponse{OperationId: r.operationID, BalanceAfter: r.balance(), Replayed: r.replayed}, nil
}
