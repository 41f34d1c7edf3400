package wallet

import (
	"context"

	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
)

// CorrectHold posts the difference between what a settled bet should have paid and what it has paid.
func (s *Server) CorrectHold(ctx context.Context, req *walletv1.CorrectHoldRequest) (*walletv1.CorrectHoldResponse, error) {
	c, err := correctHoldCommand(req)
	if err != nil {
		return nil, err
	}
	r, err := s.submit(ctx, req, c)
	if err != nil {
		return nil, err
	}
	d := r.told()
	return &walletv1.CorrectHoldResponse{
		OperationId: r.operationID, BalanceAfter: r.balance(), Replayed: r.replayed, CashChange: present(d.cashChange, r.currency),
		BonusChange: present(d.bonusChange, r.currency), OwedChange: present(d.owedChange, r.currency), Uncollected: present(d.uncoll, r.currency),
	}, nil
}

func correctHoldCommand(req *walletv1.CorrectHoldRequest) (command, error) {
	payout, err := notNegative(req.GetPayout())
	if err != nil {
		return command{}, err
	}
	basis := correctionBasis(req.GetBasis())
	switch {
	case req.GetVoid() && (payout.Minor != 0 || basis == basisLess):
		return command{}, fundingInvalid("payout")
	case req.GetAtMostPaid() && basis != basisLess:
		return command{}, fundingInvalid("at_most_paid")
	}
	return command{
		kind: opCorrectHold, currency: payout.Currency, payout: payout.Minor, holdID: req.GetHoldId(), void: req.GetVoid(),
		counterparty: house(req.GetProvider(), req.GetPlayerId()), ref: referenceFrom(req.GetReference()),
		basis: basis, by: payout.Minor, refuseDebt: req.GetRefuseDebt(), atMostPaid: req.GetAtMostPaid(),
	}, nil
}
