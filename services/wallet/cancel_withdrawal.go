package wallet

import (
	"context"

	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
)

// CancelWithdrawal gives reserved money back: held_cash -> cash. The operation has the reference of the reservation.
func (s *Server) CancelWithdrawal(ctx context.Context, req *walletv1.CancelWithdrawalRequest) (*walletv1.CancelWithdrawalResponse, error) {
	r, err := s.submit(ctx, req, command{kind: opCancelWithdrawal, amount: allParts, holdID: req.GetHoldId()})
	if err != nil {
		return nil, err
	}
	return &walletv1.CancelWithdrawalResponse{OperationId: r.operationID, BalanceAfter: r.balance(), Replayed: r.replayed}, nil
}
