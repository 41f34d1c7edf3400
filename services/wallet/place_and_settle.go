package wallet

import (
	"context"

	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
)

// PlaceAndSettle stakes and settles in one operation: HOLD, SETTLE_DEBIT and PAYOUT. The stake must be covered before the winnings come.
func (s *Server) PlaceAndSettle(ctx context.Context, req *walletv1.PlaceAndSettleRequest) (*walletv1.PlaceAndSettleResponse, error) {
	c, err := placeAndSettleCommand(req)
	if err != nil {
		return nil, err
	}
	r, err := s.submit(ctx, req, c)
	if err != nil {
		return nil, err
	}
	return &walletv1.PlaceAndSettleResponse{OperationId: r.operationID, HoldId: r.holdID, BalanceAfter: r.balance(), Replayed: r.replayed}, nil
}

func placeAndSettleCommand(req *walletv1.PlaceAndSettleRequest) (command, error) {
	stake, err := notNegative(req.GetStake())
	if err != nil {
		return command{}, err
	}
	payout, err := notNegative(req.GetPayout())
	if err != nil {
		return command{}, err
	}
	if stake.Currency != payout.Currency {
		return command{}, currencyMismatch(stake.Currency, payout.Currency)
	}
	c := command{
		kind: opPlaceAndSettle, currency: stake.Currency, amount: stake.Minor, payout: payout.Minor, expectedVersion: req.GetExpectedVersion(),
		counterparty: house(req.GetProvider(), req.GetPlayerId()), ref: referenceFrom(req.GetReference()),
	}
	if c.funding, err = fundingOf(req.GetFunding()); err != nil {
		return command{}, err
	}
	c.jackpots, err = jackpotsOf(req.GetJackpots(), c.currency)
	return c, err
}
