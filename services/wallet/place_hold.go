package wallet

import (
	"context"

	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
)

// PlaceHold reserves a stake: cash -> held_cash, bonus -> held_bonus. A stake of zero opens a hold without money.
func (s *Server) PlaceHold(ctx context.Context, req *walletv1.PlaceHoldRequest) (*walletv1.PlaceHoldResponse, error) {
	c, err := placeHoldCommand(req)
	if err != nil {
		return nil, err
	}
	r, err := s.submit(ctx, req, c)
	if err != nil {
		return nil, err
	}
	return &walletv1.PlaceHoldResponse{
		OperationId: r.operationID, HoldId: r.holdID, BalanceAfter: r.balance(), Replayed: r.replayed,
		BonusPart: present(r.told().amountBonus, r.currency),
	}, nil
}

func placeHoldCommand(req *walletv1.PlaceHoldRequest) (command, error) {
	amount, err := notNegative(req.GetAmount())
	if err != nil {
		return command{}, err
	}
	from, err := fundingOf(req.GetFunding())
	return command{
		kind: opPlaceHold, currency: amount.Currency, amount: amount.Minor, expectedVersion: req.GetExpectedVersion(),
		ref: referenceFrom(req.GetReference()), funding: from,
	}, err
}
