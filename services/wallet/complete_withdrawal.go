package wallet

import (
	"context"

	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
)

// CompleteWithdrawal lets reserved money leave: held_cash -> psp. The operation has the reference of the reservation.
func (s *Server) CompleteWithdrawal(ctx context.Context, req *walletv1.CompleteWithdrawalRequest) (*walletv1.CompleteWithdrawalResponse, error) {
	r, err := s.submit(ctx, req, command{
		kind: opCompleteWithdrawal, amount: allParts, holdID: req.GetHoldId(), counterparty: psp(req.GetPsp(), req.GetPlayerId()),
	})
	if err != nil {
		return nil, err
	}
	return &walletv1.CompleteWithdrawalResponse{OperationId: r.operationID, BalanceAfter: r.balance(), Replayed: r.replayed}, nil
}
