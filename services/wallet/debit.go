package wallet

import (
	"context"
	"strings"

	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/authn"
)

// Debit takes cash to a house account (for gaming) or a payment provider's account (for the cashier), outside a hold.
func (s *Server) Debit(ctx context.Context, req *walletv1.DebitRequest) (*walletv1.DebitResponse, error) {
	c, err := debitCommand(ctx, req)
	if err != nil {
		return nil, err
	}
	r, err := s.submit(ctx, req, c)
	if err != nil {
		return nil, err
	}
	return &walletv1.DebitResponse{OperationId: r.operationID, BalanceAfter: r.balance(), Replayed: r.replayed}, nil
}

func debitCommand(ctx context.Context, req *walletv1.DebitRequest) (command, error) {
	amount, err := positive(req.GetAmount())
	if err != nil {
		return command{}, err
	}
	counterparty, err := counterpartyFor(authn.From(ctx).Peer, req.GetCounterparty(), req.GetPlayerId())
	if err != nil {
		return command{}, err
	}
	return command{
		kind: opDebit, currency: amount.Currency, amount: amount.Minor, counterparty: counterparty, ref: referenceFrom(req.GetReference()),
		debt: req.GetIntoDebt(),
	}, nil
}

// counterpartyFor lets each service post only to accounts that are its business: gaming to the house, the cashier to payment providers.
func counterpartyFor(peer, name, player string) (accountKey, error) {
	family, rest, _ := strings.Cut(name, ":")
	switch {
	case peer == "gaming" && family == "house" && rest != "":
		return house(rest, player), nil
	case peer == "cashier" && family == "psp" && rest != "":
		return psp(rest, player), nil
	}
	return accountKey{}, counterpartyNotAllowed(name)
}
