package a8r

import (
	"context"

	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
)

// rollback takes transactions back, each by its own amount and no other. It is always accepted: what is unknown leaves a tombstone, and
// what was spent already becomes a debt that later credits pay, so the balance shown is never below zero (providers.md 7).
func (s *Server) rollback(ctx context.Context, c callback) (any, *refusal) {
	player, currency, round := c.Text("player_id"), c.currency(), c.Text("round_id")
	c.origin()
	closed := c.OptionalFlag("finished")
	list, refused := c.transactions()
	if refused != nil {
		return nil, refused
	}
	type pair struct{ id, original string }
	pairs, seen := make([]pair, 0, len(list)), map[string]bool{}
	for _, f := range list {
		p := pair{f.Text("id"), f.Text("original_id")}
		if p.original != "" && seen[p.original] {
			return nil, refuse(codeInvalid, "transactions: original_ids must be unique")
		}
		seen[p.original] = true
		pairs = append(pairs, p)
	}
	if !c.OK() {
		return nil, invalidField(c.Fields)
	}
	answer := roundAnswer{RoundIDCasino: s.roundOf(ctx, c, player, currency, round)}
	if answer.Balance, refused = s.balanceOf(ctx, c, player, currency, round); refused != nil {
		return nil, refused
	}
	requests := make([]*gamingv1.CancelTransactionRequest, len(pairs))
	for i, p := range pairs {
		requests[i] = &gamingv1.CancelTransactionRequest{
			Caller: c.caller(player, currency), ProviderRoundId: round, ProviderTxId: p.id, ReferenceProviderTxId: p.original,
			RoundClosed: closed && i == len(pairs)-1, KeepWinnings: true, IntoDebt: true, Currency: currency,
		}
	}
	if refused = s.rollsBack(ctx, c, requests); refused != nil {
		return nil, refused
	}
	for i, p := range pairs {
		x, err := s.gaming.CancelTransaction(ctx, requests[i])
		if err != nil {
			return nil, s.refuseFor(ctx, c, "rollback", err)
		}
		if cash := x.GetReceipt().GetCurrent().GetCash(); cash != nil { // what is unknown moves nothing, and of a player without a session tells no balance
			answer.Balance = cash.GetAmount()
		}
		answer.Transactions = append(answer.Transactions, answerOf(p.id, x.GetReceipt()))
	}
	return answer, nil
}

// rollsBack refuses a list when one of it would be refused, before anything of it is done: another player's transaction, or an id that was used for another rollback.
func (s *Server) rollsBack(ctx context.Context, c callback, list []*gamingv1.CancelTransactionRequest) *refusal {
	for _, r := range list {
		if len(list) == 1 { // it is refused by itself
			break
		}
		r.CheckOnly = true
		_, err := s.gaming.CancelTransaction(ctx, r)
		r.CheckOnly = false
		if err != nil {
			return s.refuseFor(ctx, c, "rollback", err)
		}
	}
	return nil
}

// roundOf is our id of a round; empty when it was never reported, which a rollback of the unknown may be about.
func (s *Server) roundOf(ctx context.Context, c callback, player, currency, round string) string {
	r, err := s.gaming.FindRound(ctx, &gamingv1.FindRoundRequest{Caller: c.caller(player, currency), ProviderRoundId: round})
	if err != nil {
		return ""
	}
	return r.GetRoundId()
}
