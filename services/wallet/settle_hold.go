package wallet

import (
	"context"

	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
)

// SettleHold settles a hold or a part of it: the stake goes to the house (SETTLE_DEBIT), winnings come from it (PAYOUT).
func (s *Server) SettleHold(ctx context.Context, req *walletv1.SettleHoldRequest) (*walletv1.SettleHoldResponse, error) {
	c, err := settleHoldCommand(req)
	if err != nil {
		return nil, err
	}
	r, err := s.submit(ctx, req, c)
	if err != nil {
		return nil, err
	}
	return &walletv1.SettleHoldResponse{
		OperationId: r.operationID, BalanceAfter: r.balance(), Replayed: r.replayed, BonusPart: present(r.told().payoutBonus, r.currency),
		Remaining: present(r.told().remaining, r.currency),
	}, nil
}

func settleHoldCommand(req *walletv1.SettleHoldRequest) (command, error) {
	payout, err := notNegative(req.GetPayout())
	if err != nil {
		return command{}, err
	}
	c := command{
		kind: opSettleHold, currency: payout.Currency, payout: payout.Minor, holdID: req.GetHoldId(),
		counterparty: house(req.GetProvider(), req.GetPlayerId()), ref: referenceFrom(req.GetReference()),
	}
	if err := readPart(req.GetSettledStake(), &c, true); err != nil {
		return c, err
	}
	c.jackpots, err = jackpotsOf(req.GetJackpots(), c.currency)
	return c, err
}
