package wallet

import (
	"context"

	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
)

// ConvertBonus turns bonus money into cash: bonus -> cash; closing the pool forfeits what is left: bonus -> bonus_cost.
func (s *Server) ConvertBonus(ctx context.Context, req *walletv1.ConvertBonusRequest) (*walletv1.ConvertBonusResponse, error) {
	read := positive
	if req.GetClose() {
		read = notNegative
	}
	amount, err := read(req.GetAmount())
	if err != nil {
		return nil, err
	}
	late, err := lateOf(req.GetClose(), req.GetLateMoney())
	if err != nil {
		return nil, err
	}
	r, err := s.submit(ctx, req, command{
		kind: opConvertBonus, currency: amount.Currency, amount: amount.Minor, ref: referenceFrom(req.GetReference()), closes: req.GetClose(), late: late,
		funding: funding{grantID: req.GetGrantId()}, counterparty: systemAccount(kindBonusCost, bonusCost, req.GetPlayerId()),
	})
	if err != nil {
		return nil, err
	}
	return &walletv1.ConvertBonusResponse{
		OperationId: r.operationID, BalanceAfter: r.balance(), Replayed: r.replayed, Forfeited: present(r.told().forfeited, r.currency),
	}, nil
}

// lateOf reads where late money goes, which has to be said when a pool is closed and only then.
func lateOf(closes bool, late walletv1.LateMoney) (lateMoney, error) {
	if closes != (late != walletv1.LateMoney_LATE_MONEY_UNSPECIFIED) {
		return 0, fundingInvalid("late_money")
	}
	return lateMoney(late), nil
}
