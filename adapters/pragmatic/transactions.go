package pragmatic

import (
	"context"
	"fmt"

	commonv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	"github.com/pitboss-gaming/pitboss/kit/adapter"
	"github.com/pitboss-gaming/pitboss/kit/errs"
)

// transaction is what the calls that move money have in common.
type transaction struct {
	c                 call
	user, token, game string
	round, former     string // provider_round_id and former_round_id at gaming
	id                string // provider_tx_id at gaming
}

func (t transaction) caller() *gamingv1.Caller { return t.c.caller(t.user, t.token) }

// prefix keeps the references of methods apart that are all prizes to gaming, because a reference is a key within its method. A promotion's
// is the same in promoWin and in a result, where it is the same award.
func prefix(method, reference string) string { return method + ":" + reference }

// move does a transaction in the player's currency, which the protocol's amounts do not name, and answers what it did. do is called again when
// gaming says that the transaction is in another currency than the player's session.
func (s *Server) move(ctx context.Context, t transaction, decimal string, do func(*commonv1.Money) (*gamingv1.Receipt, error)) (*gamingv1.Receipt, error) {
	currency, err := s.currencyOf(ctx, t)
	if err != nil {
		return nil, err
	}
	r, err := moveIn(currency, decimal, do)
	if errs.Is(err, gamingv1.ErrorReason_ERROR_REASON_CURRENCY_MISMATCH) {
		if expected := errs.Metadata(err)["expected"]; expected != "" && expected != currency {
			r, err = moveIn(expected, decimal, do)
		}
	}
	return r, err
}

func moveIn(currency, decimal string, do func(*commonv1.Money) (*gamingv1.Receipt, error)) (*gamingv1.Receipt, error) {
	a, err := adapter.Decimal(decimal, currency)
	if err != nil {
		return nil, fmt.Errorf("%w: an amount of %s", errParameter, currency)
	}
	return do(a.Proto())
}

// currencyOf is the currency of the token's session, or of the player's newest one when there is no token that tells: results come long after
// their session.
func (s *Server) currencyOf(ctx context.Context, t transaction) (string, error) {
	if t.token != "" {
		who, err := s.gaming.Authenticate(ctx, &gamingv1.AuthenticateRequest{Caller: t.caller()})
		if err == nil || errs.Is(err, gamingv1.ErrorReason_ERROR_REASON_PLAYER_MISMATCH) {
			return who.GetCurrency(), err
		}
	}
	who, err := s.gaming.Authenticate(ctx, &gamingv1.AuthenticateRequest{Caller: t.c.known(t.user)})
	return who.GetCurrency(), err
}

// refunded tells whether a bet that was taken has been taken back since: it is not to be acknowledged again then.
func (s *Server) refunded(ctx context.Context, t transaction) (bool, error) {
	found, err := s.gaming.FindTransactions(ctx, &gamingv1.FindTransactionsRequest{Caller: t.c.caller(t.user, ""), BetProviderTxId: t.id})
	for _, x := range found.GetTransactions() {
		if x.GetKind() == gamingv1.TransactionKind_TRANSACTION_KIND_CANCEL && x.GetReferenceProviderTxId() == t.id && x.GetRefuseReason() == "" {
			return true, nil
		}
	}
	return false, err
}
