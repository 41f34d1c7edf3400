package wallet

import (
	"context"

	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
)

// ReleaseHold gives a held stake or a part of it back to where it came from: held_cash -> cash, held_bonus -> bonus.
func (s *Server) ReleaseHold(ctx context.Context, req *walletv1.ReleaseHoldRequest) (*walletv1.ReleaseHoldResponse, error) {
	c, err := releaseHoldCommand(req)
	if err != nil {
		return nil, err
	}
	r, err := s.submit(ctx, req, c)
	if err != nil {
		return nil, err
	}
	return &walletv1.ReleaseHoldResponse{
		OperationId: r.operationID, BalanceAfter: r.balance(), Replayed: r.replayed, Remaining: present(r.told().remaining, r.currency),
	}, nil
}

func releaseHoldCommand(req *walletv1.ReleaseHoldRequest) (command, error) {
	c := command{kind: opReleaseHold, holdID: req.GetHoldId(), ref: referenceFrom(req.GetReference())}
	return c, readPart(req.GetAmount(), &c, false)
}
