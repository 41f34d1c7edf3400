package wallet

import (
	"context"

	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
)

// Credit pays the player from the house outside a hold, as PAYOUT (late winnings) or TRANSFER.
func (s *Server) Credit(ctx context.Context, req *walletv1.CreditRequest) (*walletv1.CreditResponse, error) {
	c, err := creditCommand(req)
	if err != nil {
		return nil, err
	}
	r, err := s.submit(ctx, req, c)
	if err != nil {
		return nil, err
	}
	return &walletv1.CreditResponse{OperationId: r.operationID, BalanceAfter: r.balance(), Replayed: r.replayed}, nil
}

func creditCommand(req *walletv1.CreditRequest) (command, error) {
	amount, err := positive(req.GetAmount())
	if err != nil {
		return command{}, err
	}
	if req.GetHoldId() != "" && req.GetEntryType() != walletv1.EntryType_ENTRY_TYPE_PAYOUT {
		return command{}, fundingInvalid("hold_id")
	}
	return command{
		kind: opCredit, currency: amount.Currency, amount: amount.Minor, creditType: entryType(req.GetEntryType()),
		counterparty: house(req.GetProvider(), req.GetPlayerId()), ref: referenceFrom(req.GetReference()), holdID: req.GetHoldId(),
	}, nil
}
