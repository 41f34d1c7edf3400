package wallet

import (
	"context"

	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
)

// ForfeitBonus takes free bonus money back: bonus -> bonus_cost.
func (s *Server) ForfeitBonus(ctx context.Context, req *walletv1.ForfeitBonusRequest) (*walletv1.ForfeitBonusResponse, error) {
	if _, err := notNegative(moneyOf(0, req.GetCurrency())); err != nil {
		return nil, err
	}
	late, err := lateOf(req.GetClose(), req.GetLateMoney())
	if err != nil {
		return nil, err
	}
	if req.GetClose() && req.GetAmount() != nil {
		return nil, fundingInvalid("amount")
	}
	c := command{
		kind: opForfeitBonus, currency: req.GetCurrency(), ref: referenceFrom(req.GetReference()), closes: req.GetClose(), late: late,
		funding: funding{grantID: req.GetGrantId()}, counterparty: systemAccount(kindBonusCost, bonusCost, req.GetPlayerId()),
	}
	if err := readPart(req.GetAmount(), &c, false); err != nil {
		return nil, err
	}
	r, err := s.submit(ctx, req, c)
	if err != nil {
		return nil, err
	}
	return &walletv1.ForfeitBonusResponse{
		OperationId: r.operationID, BalanceAfter: r.balance(), Replayed: r.replayed, Forfeited: moneyOf(r.told().forfeited, r.currency),
	}, nil
}
