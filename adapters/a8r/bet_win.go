package a8r

import (
	"context"

	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	"github.com/pitboss-gaming/pitboss/kit/adapter"
)

// betWin takes bets and wins of a round, all or none of them. A win without its bet is paid, and what was rolled back before it came is
// acknowledged and not applied (providers.md 7).
func (s *Server) betWin(ctx context.Context, c callback) (any, *refusal) {
	player, currency, game, round := c.Text("player_id"), c.currency(), c.Text("game_id"), c.Text("round_id")
	c.Text("provider")
	closed := c.OptionalFlag("finished")
	list, refused := c.transactions()
	if refused != nil {
		return nil, refused
	}
	req := &gamingv1.PlayRoundRequest{
		Caller: c.caller(player, currency), GameCode: game, ProviderRoundId: round, RoundClosed: closed, AcceptWithoutBet: true, AcknowledgeCancelled: true,
		OneIdSpace: true,
	}
	for _, f := range list {
		t, refused := readTransaction(f, currency)
		if refused != nil {
			return nil, refused
		}
		req.Transactions = append(req.Transactions, t)
	}
	r, err := s.gaming.PlayRound(ctx, req)
	if err != nil {
		return nil, s.uncovered(ctx, c, player, currency, s.refuseFor(ctx, c, "bet_win", err))
	}
	answer := roundAnswer{Balance: r.GetCurrent().GetCash().GetAmount(), RoundIDCasino: r.GetRoundId()}
	for _, t := range r.GetResults() {
		answer.Transactions = append(answer.Transactions, answerOf(t.GetProviderTxId(), t.GetReceipt()))
	}
	return answer, nil
}

// uncovered puts the balance into a refusal for lack of funds. The wallet's own word is what was left when it came to the bet that is not covered, after earlier
// ones of the list that were not applied either.
func (s *Server) uncovered(ctx context.Context, c callback, player, currency string, r *refusal) *refusal {
	if r.Meta.APICode != codeFunds {
		return r
	}
	if text, refused := s.balanceOf(ctx, c, player, currency, ""); refused == nil {
		r.Meta.Balance = text
	}
	return r
}

// transactions reads the list: at least one, each with an id of its own.
func (c callback) transactions() ([]adapter.Fields, *refusal) {
	list := c.Objects("transactions")
	if !c.Has("transactions") || list != nil && len(list) == 0 {
		c.Fail("transactions", adapter.Missing)
	}
	if len(list) > maxTransactions {
		c.Fail("transactions", adapter.WrongType)
		return nil, invalidField(c.Fields)
	}
	seen := map[string]bool{}
	for _, f := range list {
		id := f.Text("id")
		if id != "" && seen[id] {
			return nil, refuse(codeInvalid, "transactions: ids must be unique")
		}
		seen[id] = true
	}
	return list, invalidField(c.Fields)
}

// readTransaction reads one bet or win.
func readTransaction(f adapter.Fields, currency string) (*gamingv1.RoundTransaction, *refusal) {
	t := &gamingv1.RoundTransaction{ProviderTxId: f.Text("id")}
	reference := f.OptionalText("bet_id")
	switch f.Text("type") {
	case "bet":
		t.Kind = gamingv1.TransactionKind_TRANSACTION_KIND_BET
	case "win":
		t.Kind, t.BetProviderTxId = gamingv1.TransactionKind_TRANSACTION_KIND_WIN, reference
	case "": // missing, remembered
	default:
		f.Fail("type", adapter.WrongType)
	}
	amount, refused := amountOf(f, currency)
	t.Amount = amount
	return t, refused
}
