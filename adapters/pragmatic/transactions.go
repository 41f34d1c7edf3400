package pragmatic

import (
	"context"
	"fmt"
	"strings"

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

// caller is whom the transaction is about. Without a token the currency says in which of the player's sessions.
func (t transaction) caller(currency string) *gamingv1.Caller {
	caller := t.c.caller(t.user, t.token)
	if t.token == "" {
		caller.Currency = currency
	}
	return caller
}

// Marks of the references of methods that are all prizes to gaming, because a reference is a key within its method.
const bonusMark, jackpotMark, promoMark = "bonusWin:", "jackpotWin:", "promoWin:"

// promotional is the name of a promotion's reference, the same in promoWin and in a result, where it is the same award. It is marked only if it looks like a marked one:
// promotions were paid before under their bare references.
func promotional(reference string) string {
	for _, mark := range []string{bonusMark, jackpotMark, promoMark} {
		if strings.HasPrefix(reference, mark) {
			return promoMark + reference
		}
	}
	return reference
}

// move does a transaction in the player's currency, which the protocol's amounts do not name, and answers what it did. do is called again when
// gaming says that the transaction is in another currency than the player's session, or its round.
func (s *Server) move(ctx context.Context, t transaction, decimal string, do func(*commonv1.Money) (*gamingv1.Receipt, error)) (*gamingv1.Receipt, error) {
	currency, err := s.currencyOf(ctx, t)
	if err != nil {
		return nil, err
	}
	return moveFrom(currency, decimal, do)
}

func moveFrom(currency, decimal string, do func(*commonv1.Money) (*gamingv1.Receipt, error)) (*gamingv1.Receipt, error) {
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

// currencyOf is the currency of the token's session, or when there is no token that tells, because results come long after their session, of the player's newest one that
// is live, or was.
func (s *Server) currencyOf(ctx context.Context, t transaction) (string, error) {
	if own, err := s.tokenCurrency(ctx, t); own != "" || err != nil {
		return own, err
	}
	who, err := s.gaming.Authenticate(ctx, &gamingv1.AuthenticateRequest{Caller: t.c.known(t.user)})
	return who.GetCurrency(), err
}

// tokenCurrency is that of a live token; empty without one. Errors: PLAYER_MISMATCH.
func (s *Server) tokenCurrency(ctx context.Context, t transaction) (string, error) {
	if t.token == "" {
		return "", nil
	}
	who, err := s.gaming.Authenticate(ctx, &gamingv1.AuthenticateRequest{Caller: t.caller("")})
	if err != nil && !errs.Is(err, gamingv1.ErrorReason_ERROR_REASON_PLAYER_MISMATCH) {
		return "", nil
	}
	return who.GetCurrency(), err
}

// prizeCurrency is currencyOf a prize: that of the round that it names comes before the newest session's, because nothing else of the prize tells.
func (s *Server) prizeCurrency(ctx context.Context, t transaction) (string, error) {
	if own, err := s.tokenCurrency(ctx, t); own != "" || err != nil {
		return own, err
	}
	if own, err := s.roundCurrency(ctx, t); own != "" || err != nil {
		return own, err
	}
	return s.currencyOf(ctx, t)
}

// roundCurrency is that of the player's round under one of its names; empty when there is none.
func (s *Server) roundCurrency(ctx context.Context, t transaction) (string, error) {
	for _, name := range []string{t.round, t.former} {
		if name == "" {
			continue
		}
		found, err := s.gaming.FindTransactions(ctx, &gamingv1.FindTransactionsRequest{Caller: t.c.caller(t.user, ""), ProviderRoundId: name})
		if err != nil {
			return "", err
		}
		for _, x := range found.GetTransactions() {
			if x.GetAmount() != nil && (name == t.round || x.GetGameCode() == t.game) {
				return x.GetAmount().GetCurrency(), nil
			}
		}
	}
	return "", nil
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
