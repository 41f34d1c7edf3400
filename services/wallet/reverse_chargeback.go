package wallet

import (
	"context"

	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
)

// ReverseChargeback gives a chargeback back: psp -> debt first, then cash.
func (s *Server) ReverseChargeback(ctx context.Context, req *walletv1.ReverseChargebackRequest) (*walletv1.ReverseChargebackResponse, error) {
	amount, err := positive(req.GetAmount())
	if err != nil {
		return nil, err
	}
	r, err := s.submit(ctx, req, command{
		kind: opReverseChargeback, currency: amount.Currency, amount: amount.Minor, ref: referenceFrom(req.GetReference()),
		counterparty: psp(req.GetPsp(), req.GetPlayerId()),
	})
	if err != nil {
		return nil, err
	}
	return &walletv1.ReverseChargebackResponse{OperationId: r.operationID, BalanceAfter: r.balance(), Replayed: r.replayed, OwedChange: present(r.told().owedChange, r.currency)}, nil
}
