package wallet

import (
	"context"

	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
)

// ReleaseHold gives a held stake back: held_cash -> cash.
func (s *Server) ReleaseHold(ctx context.Context, req *walletv1.ReleaseHoldRequest) (*walletv1.ReleaseHoldResponse, error) {
	r, err := s.submit(ctx, req, command{kind: opReleaseHold, holdID: req.GetHoldId(), ref: referenceFrom(req.GetReference())})
	if err != nil {
		return nil, err
	}
	return &walletv1.ReleaseHoldResponse{OperationId: r.operationID, BalanceAfter: r.balance(), Replayed: r.replayed}, nil
}
