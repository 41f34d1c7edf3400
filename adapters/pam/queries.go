package pam

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"time"
	"unicode/utf8"

	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/money"
)

// getTransactions answers what came of a provider's transaction, or of a bet and everything that refers to it, oldest first. None is an empty
// list. Refused transactions are none. Amounts and times are those that the provider told.
func (s *Server) getTransactions(ctx context.Context, c call) (answer, error) {
	_, err := s.authenticate(ctx, c, true)
	if err != nil {
		return answer{}, err
	}
	id, bet := c.query.Get("providerTransactionId"), c.query.Get("providerBetRef")
	switch {
	case id == "" && bet == "":
		return answer{}, malformed("one of the parameters providerTransactionId and providerBetRef is needed")
	case id != "" && !good(id, maxID), bet != "" && !good(bet, maxID), len(c.query["providerTransactionId"]) > 1, len(c.query["providerBetRef"]) > 1:
		return answer{}, malformed("the parameters are malformed")
	}
	list := []transaction{}
	var found []*gamingv1.ProviderTransaction
	for _, promo := range []bool{false, true} {
		req := &gamingv1.FindTransactionsRequest{Caller: c.caller()}
		if bet != "" {
			req.BetProviderTxId = txName(c.provider, bet, promo)
		} else {
			req.ProviderTxId = txName(c.provider, id, promo)
		}
		r, err := s.gaming.FindTransactions(ctx, req)
		if err != nil {
			return answer{}, err
		}
		found = append(found, r.GetTransactions()...)
	}
	slices.SortStableFunc(found, func(a, b *gamingv1.ProviderTransaction) int {
		return a.GetCreatedAt().AsTime().Compare(b.GetCreatedAt().AsTime())
	})
	bets, err := s.bets(ctx, c, found)
	if err != nil {
		return answer{}, err
	}
	for _, t := range found {
		if t.GetRefuseReason() == "" && !t.GetInFlight() {
			if line, ok := lineOf(c.provider, t, bets); ok {
				list = append(list, line)
			}
		}
	}
	return answer{Transactions: &list}, nil
}

// bets are the stakes that transactions refer to, by their names.
func (s *Server) bets(ctx context.Context, c call, found []*gamingv1.ProviderTransaction) (map[string]*gamingv1.ProviderTransaction, error) {
	bets := map[string]*gamingv1.ProviderTransaction{}
	learn := func(list []*gamingv1.ProviderTransaction) {
		for _, t := range list {
			if t.GetKind() == gamingv1.TransactionKind_TRANSACTION_KIND_BET {
				bets[t.GetProviderTxId()] = t
			}
		}
	}
	learn(found)
	for _, t := range found {
		ref := t.GetReferenceProviderTxId()
		if _, asked := bets[ref]; asked || ref == "" || t.GetKind() == gamingv1.TransactionKind_TRANSACTION_KIND_BET {
			continue
		}
		bets[ref] = nil
		r, err := s.gaming.FindTransactions(ctx, &gamingv1.FindTransactionsRequest{Caller: c.caller(), ProviderTxId: ref})
		if err != nil {
			return nil, err
		}
		learn(r.GetTransactions())
	}
	return bets, nil
}

// types are the protocol's names of gaming's kinds: of a bet's own, and of a promotion's.
var types = map[gamingv1.TransactionKind][2]string{
	gamingv1.TransactionKind_TRANSACTION_KIND_BET:    {typeWithdraw, typePromoWithdraw},
	gamingv1.TransactionKind_TRANSACTION_KIND_WIN:    {typeDeposit, typeDeposit},
	gamingv1.TransactionKind_TRANSACTION_KIND_CANCEL: {typeCancel, typePromoCancel},
	gamingv1.TransactionKind_TRANSACTION_KIND_PRIZE:  {typePromoDeposit, typePromoDeposit},
}

// lineOf writes a transaction as the protocol does, with the reference, the game and the round of its bet; false: the protocol has no word for it,
// or it is another provider's.
func lineOf(provider string, t *gamingv1.ProviderTransaction, bets map[string]*gamingv1.ProviderTransaction) (transaction, bool) {
	id, promo := idOf(provider, t.GetProviderTxId())
	names, known := types[t.GetKind()]
	a, err := money.FromProto(t.GetAmount())
	if id == "" || !known || err != nil {
		return transaction{}, false
	}
	line := transaction{
		Currency: a.Currency, Provider: provider, Type: names[0], Cash: number(a), Bonus: "0", Promo: "0", At: t.GetCreatedAt().AsTime().UTC().Format(time.RFC3339Nano),
		ID: id, GameID: t.GetGameCode(), GameOver: t.GetRoundClosed(),
	}
	if promo {
		line.Type = names[1]
	}
	bet := bets[t.GetReferenceProviderTxId()]
	if t.GetKind() == gamingv1.TransactionKind_TRANSACTION_KIND_BET {
		bet = t
	}
	paid := bet // a cancellation moves what its bet did, whatever amounts it tells
	if t.GetKind() != gamingv1.TransactionKind_TRANSACTION_KIND_CANCEL {
		paid = t
	}
	if n, ok := noteOf(paid); ok {
		line.Cash, line.Bonus, line.Promo = n.Cash, n.Bonus, n.Promo
	}
	if n, ok := noteOf(t); ok {
		line.At = n.At.Format(time.RFC3339Nano)
	}
	line.BetRef, _ = idOf(provider, bet.GetReferenceProviderTxId())
	if t.GetKind() == gamingv1.TransactionKind_TRANSACTION_KIND_PRIZE {
		line.BetRef, _ = idOf(provider, t.GetReferenceProviderTxId())
	}
	line.GameID = cmp.Or(line.GameID, bet.GetGameCode())
	line.RoundID, _ = idOf(provider, cmp.Or(t.GetProviderRoundId(), bet.GetProviderRoundId()))
	return line, true
}

// getGameRound answers a round. One that is not the player's is not there: HTTP 404.
func (s *Server) getGameRound(ctx context.Context, c call) (answer, error) {
	if _, err := s.authenticate(ctx, c, true); err != nil {
		return answer{}, err
	}
	if utf8.RuneCountInString(c.item) > maxID {
		return answer{}, malformed("the path is malformed")
	}
	r, err := s.gaming.FindRound(ctx, &gamingv1.FindRoundRequest{Caller: c.caller(), ProviderRoundId: nameOf(c.provider, c.item)})
	if errs.Is(err, gamingv1.ErrorReason_ERROR_REASON_ROUND_NOT_FOUND) || err == nil && !r.GetStaked() {
		return answer{}, &refusal{http.StatusNotFound, codeRoundNotFound, "there is no such round"}
	}
	if err != nil {
		return answer{}, err
	}
	round := &gameRound{GameID: r.GetGameCode(), RoundID: c.item, Start: r.GetOpenedAt().AsTime().UTC().Format(time.RFC3339Nano)}
	if r.GetClosedAt() != nil {
		round.End = r.GetClosedAt().AsTime().UTC().Format(time.RFC3339Nano)
	}
	return answer{Round: round}, nil
}
