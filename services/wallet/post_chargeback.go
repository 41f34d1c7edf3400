package wallet

import (
	"context"

	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
)

// PostChargeback takes a returned deposit back: cash -> psp as far as it goes, the rest becomes debt.
func (s *Server) PostChargeback(ctx context.Context, req *walletv1.PostChargebackRequest) (*walletv1.PostChargebackResponse, error) {
	amount, err := positive(req.GetAmount())
	if err != nil {
		return nil, err
	}
	r, err := s.submit(ctx, req, command{
		kind: opChargeback, currency: amount.Currency, amount: amount.Minor, ref: referenceFrom(req.GetReference()),
		counterparty: psp(req.GetPsp(), req.GetPlayerId()),
	})
	if err != nil {
		return nil, err
	}
	return &walletv1.PostChargebackResponse{OperationId: r.operationID, BalanceAfter: r.balance(), Replayed: r.replayed, OwedChange: present(r.told().owedChange, r.currency)}, nil
}
