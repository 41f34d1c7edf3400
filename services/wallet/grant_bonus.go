package wallet

import (
	"context"

	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
)

// GrantBonus puts bonus money into the pool of a grant: bonus_cost -> bonus.
func (s *Server) GrantBonus(ctx context.Context, req *walletv1.GrantBonusRequest) (*walletv1.GrantBonusResponse, error) {
	amount, err := positive(req.GetAmount())
	if err != nil {
		return nil, err
	}
	r, err := s.submit(ctx, req, command{
		kind: opGrantBonus, currency: amount.Currency, amount: amount.Minor, ref: referenceFrom(req.GetReference()),
		funding: funding{grantID: req.GetGrantId()}, counterparty: systemAccount(kindBonusCost, bonusCost, req.GetPlayerId()),
	})
	if err != nil {
		return nil, err
	}
	return &walletv1.GrantBonusResponse{OperationId: r.operationID, BalanceAfter: r.balance(), Replayed: r.replayed, Pool: moneyOf(r.told().pool, r.currency)}, nil
}
