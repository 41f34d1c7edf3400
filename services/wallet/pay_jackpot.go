package wallet

import (
	"context"

	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
)

// PayJackpot pays a jackpot: jackpot -> cash.
func (s *Server) PayJackpot(ctx context.Context, req *walletv1.PayJackpotRequest) (*walletv1.PayJackpotResponse, error) {
	amount, err := positive(req.GetAmount())
	if err != nil {
		return nil, err
	}
	r, err := s.submit(ctx, req, command{
		kind: opPayJackpot, currency: amount.Currency, amount: amount.Minor, ref: referenceFrom(req.GetReference()),
		counterparty: systemAccount(kindJackpot, "jackpot:"+req.GetJackpotId(), req.GetPlayerId()),
	})
	if err != nil {
		return nil, err
	}
	return &walletv1.PayJackpotResponse{OperationId: r.operationID, BalanceAfter: r.balance(), Replayed: r.replayed}, nil
}
