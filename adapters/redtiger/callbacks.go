package redtiger

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"

	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	"github.com/pitboss-gaming/pitboss/kit/adapter"
	"github.com/pitboss-gaming/pitboss/kit/money"
)

// caller is who a call is about. A transaction's id alone tells whether it is repeated. A result's token and player must fit and be known, over or not; with the
// reconciliation token the player must have played here.
func (c *call) caller() *gamingv1.Caller {
	caller := &gamingv1.Caller{IntegrationId: c.in.id, SessionToken: c.token, PlayerId: c.user, IdAlone: true, Known: c.result, Currency: c.currency}
	if c.recon {
		caller.SessionToken, caller.Reconciliation = "", true
	}
	return caller
}

// who reads what every request has and checks who it is about. needed: userId and currency must be there; auth finds them by the token. A request need not name the
// casino, but must not name another. The reconciliation token stands for any player's, but never takes a stake.
func (c *call) who(needed bool) *failure {
	c.token = c.fields.TextUpTo("token", maxToken)
	if needed || c.fields.Has("userId") {
		c.user = c.fields.TextUpTo("userId", maxUser)
	}
	if needed || c.fields.Has("currency") {
		c.currency = c.fields.TextUpTo("currency", maxCurrency)
	}
	if c.casino = c.fields.OptionalText("casino"); len(c.casino) > maxCasino {
		c.fields.Fail("casino", adapter.Unfit)
	}
	for _, name := range []string{"ip", "channel", "affiliate"} {
		c.fields.OptionalText(name)
	}
	if !c.fields.OK() {
		return refused(codeInput)
	}
	c.recon = c.in.recon.Equal(c.token)
	switch _, known := money.Exponent(c.currency); {
	case c.casino != "" && !c.in.casino.Takes(c.casino), c.recon && !c.result:
		return refused(codeNotAllowed)
	case c.currency != "" && !known:
		return refused(codeCurrency)
	}
	return nil
}

// auth answers who is behind a token and replaces it: the former one takes no stakes from then on. It asks for the balance first, so that a
// call that fails replaces nothing.
func (s *Server) auth(ctx context.Context, c call) (any, *failure) {
	if failed := c.who(false); failed != nil {
		return nil, failed
	}
	b, err := s.gaming.GetPlayerBalance(ctx, &gamingv1.GetPlayerBalanceRequest{Caller: c.caller(), Live: true, Currency: c.currency})
	if err != nil {
		return nil, s.refuse(ctx, c, err)
	}
	balance, err := purseOf(b.GetFunds())
	if err != nil {
		return nil, s.refuse(ctx, c, err)
	}
	p, err := s.gaming.Authenticate(ctx, &gamingv1.AuthenticateRequest{Caller: c.caller(), Rotate: true})
	if err != nil {
		return nil, s.refuse(ctx, c, err)
	}
	return success{Success: true, Result: authResult{
		Token: p.GetSessionToken(), Currency: p.GetCurrency(), UserID: p.GetPlayerId(), Casino: cmp.Or(c.casino, c.in.casino.Current()), Country: p.GetCountry(), Language: p.GetLanguage(), Balance: balance,
	}}, nil
}

// transaction is what stakes, payouts and refunds have in common.
type transaction struct {
	id, round, game string
	ends            bool
	amount          money.Amount
	free            bool // of a free round: the amount is its face value or its winnings
	jackpot         money.Amount
	promotion       string
}

// key is the transaction's id at gaming: those of promotions are numbered by themselves.
func (t transaction) key(c call) string {
	if c.promo {
		return promoMark + t.id
	}
	return plain(t.id)
}

// promoMark marks what belongs to a promotion, plainMark a provider's own name that looks like a mark.
const promoMark, plainMark = "promo:", "plain:"

// plain is a provider's own name of a transaction or a round, told apart from those of promotions.
func plain(name string) string {
	if strings.HasPrefix(name, promoMark) || strings.HasPrefix(name, plainMark) {
		return plainMark + name
	}
	return name
}

// read reads a transaction. field is the name of its amount, stake or payout; roundNeeded and gameNeeded as the operation demands.
func (c *call) read(field string, roundNeeded, gameNeeded bool) (transaction, *failure) {
	if failed := c.who(true); failed != nil {
		return transaction{}, failed
	}
	tx, game, round, promo := c.fields.Object("transaction"), c.fields.OptionalObject("game"), c.fields.OptionalObject("round"), c.fields.OptionalObject("promo")
	t := transaction{id: tx.TextUpTo("id", maxTransaction), ends: round.OptionalFlag("ends")}
	round.OptionalFlag("starts")
	if roundNeeded {
		t.round = round.Text("id")
	} else {
		t.round = round.OptionalText("id")
	}
	if gameNeeded {
		t.game = game.TextUpTo("key", maxCode)
	} else {
		t.game = game.OptionalText("key")
	}
	game.OptionalText("type")
	game.OptionalText("version")
	c.fields.OptionalFlag("retry")
	for _, name := range []string{"type", "instanceId", "campaignId"} {
		promo.OptionalText(name)
	}
	campaign, instance := promo.OptionalText("campaignCode"), promo.OptionalText("instanceCode")
	if t.promotion = campaign; t.promotion == "" {
		t.promotion = instance
	}
	if failed := c.amounts(&t, tx, field); failed != nil {
		return t, failed
	}
	return t, nil
}

// amounts reads what a transaction is about. A stake or payout of nothing in cash with a promotional part is a free round's. A stake of both is not covered: there is
// no promotional money, and cash does not pay that part.
func (c *call) amounts(t *transaction, tx adapter.Fields, field string) *failure {
	cash, promo := tx.NumberOrText(field), optional(tx, field+"Promo")
	details := tx.OptionalObject("details")
	optional(details, "game")
	jackpot := optional(details, "jackpot")
	if !c.fields.OK() {
		return refused(codeInput)
	}
	amount, err := adapter.Decimal(cash, c.currency)
	if err == nil {
		var part money.Amount
		if part, err = adapter.Decimal(promo, c.currency); err == nil && part.Minor > 0 {
			if t.free = amount.Minor == 0; !t.free && c.stakes {
				return refused(codeFunds)
			}
			amount, err = amount.Add(part)
		}
	}
	switch {
	case errors.Is(err, adapter.ErrCurrency):
		return refused(codeCurrency)
	case err != nil:
		return refused(codeInput)
	}
	t.amount = amount
	// Contributions to jackpots are finer than money; only a part that was won is whole.
	if won, err := adapter.Decimal(jackpot, c.currency); err == nil && won.Minor <= amount.Minor {
		t.jackpot = won
	}
	return nil
}

// optional is a decimal that may be absent, and is zero then.
func optional(f adapter.Fields, name string) string {
	if !f.Has(name) {
		return "0"
	}
	return f.NumberOrText(name)
}

// stake takes a stake. A repetition answers success with the balance as it is now.
func (s *Server) stake(ctx context.Context, c call) (any, *failure) {
	c.stakes = true
	t, failed := c.read("stake", true, true)
	if failed != nil {
		return nil, failed
	}
	return s.place(ctx, c, t, plain(t.round), false)
}

// promoBuyin takes the price of a promotion. Nothing is won by it directly, so its own round is over at once; a refund gives it back all the same.
func (s *Server) promoBuyin(ctx context.Context, c call) (any, *failure) {
	c.stakes, c.promo = true, true
	t, failed := c.read("stake", false, true)
	if failed != nil {
		return nil, failed
	}
	return s.place(ctx, c, t, t.key(c), true)
}

func (s *Server) place(ctx context.Context, c call, t transaction, round string, closed bool) (any, *failure) {
	r, err := s.gaming.PlaceBet(ctx, &gamingv1.PlaceBetRequest{
		Caller: c.caller(), GameCode: t.game, ProviderRoundId: round, ProviderTxId: t.key(c), Amount: t.amount.Proto(), FreeRound: t.free, RoundClosed: closed,
		Note: t.note(),
	})
	if err != nil {
		return nil, s.refuse(ctx, c, err)
	}
	return s.done(ctx, c, t, r.GetReceipt(), gamingv1.TransactionKind_TRANSACTION_KIND_BET)
}

// payout pays winnings of a round, zero when it is lost, and ends it when the provider says so. Neither a token that is over nor a locked player
// keeps winnings back.
func (s *Server) payout(ctx context.Context, c call) (any, *failure) {
	c.result = true
	t, failed := c.read("payout", true, false)
	if failed != nil {
		return nil, failed
	}
	req := &gamingv1.SettleBetRequest{
		Caller: c.caller(), ProviderRoundId: plain(t.round), ProviderTxId: t.key(c), Amount: t.amount.Proto(), FreeRound: t.free,
		RoundClosed: t.ends, RefuseClosedRound: true, AnyGame: true,
	}
	if t.jackpot.Minor > 0 {
		req.Jackpot = t.jackpot.Proto()
	}
	r, err := s.gaming.SettleBet(ctx, req)
	if err != nil {
		return nil, s.refuse(ctx, c, err)
	}
	return s.done(ctx, c, t, r.GetReceipt(), gamingv1.TransactionKind_TRANSACTION_KIND_WIN)
}

// promoSettle pays what a promotion has won; neither a buy-in nor a round is needed.
func (s *Server) promoSettle(ctx context.Context, c call) (any, *failure) {
	c.result, c.promo = true, true
	t, failed := c.read("payout", false, false)
	if failed != nil {
		return nil, failed
	}
	t.free = false // whichever part it is: it is the promotion's money
	r, err := s.gaming.CreditPrize(ctx, &gamingv1.CreditPrizeRequest{
		Caller: c.caller(), ProviderTxId: t.key(c), Amount: t.amount.Proto(), Kind: gamingv1.PrizeKind_PRIZE_KIND_PROMOTION,
		ProviderRoundId: plain(t.round), GameCode: t.game, Campaign: t.promotion,
	})
	if err != nil {
		return nil, s.refuse(ctx, c, err)
	}
	return s.done(ctx, c, t, r.GetReceipt(), gamingv1.TransactionKind_TRANSACTION_KIND_PRIZE)
}

// refund gives a stake back, its own amount whatever the request says, unless the round has paid or is over.
func (s *Server) refund(ctx context.Context, c call) (any, *failure) {
	c.result = true
	return s.cancel(ctx, c, &gamingv1.CancelTransactionRequest{RefuseSettled: true, RefuseClosedRound: true})
}

// promoRefund gives the price of a promotion back.
func (s *Server) promoRefund(ctx context.Context, c call) (any, *failure) {
	c.result, c.promo = true, true
	return s.cancel(ctx, c, &gamingv1.CancelTransactionRequest{})
}

// cancel takes a stake back. One that never came is refused, and it is remembered, so that it takes nothing if it comes late.
func (s *Server) cancel(ctx context.Context, c call, req *gamingv1.CancelTransactionRequest) (any, *failure) {
	t, failed := c.read("stake", !c.promo, false)
	if failed != nil {
		return nil, failed
	}
	req.Caller, req.ProviderTxId, req.ReferenceProviderTxId = c.caller(), t.key(c), t.key(c)
	req.ReferenceKind, req.RefuseUnknown, req.Tombstone = gamingv1.TransactionKind_TRANSACTION_KIND_BET, true, true
	r, err := s.gaming.CancelTransaction(ctx, req)
	if err != nil {
		return nil, s.refuse(ctx, c, err)
	}
	original, err := money.FromProto(r.GetAmount())
	if err != nil {
		return nil, s.refuse(ctx, c, err)
	}
	balance, err := purseOf(r.GetReceipt().GetCurrent())
	if err != nil {
		return nil, s.refuse(ctx, c, err)
	}
	if t.free, err = s.wasFree(ctx, c, t); err != nil {
		return nil, s.refuse(ctx, c, err)
	}
	return success{
		Success: true, Balance: &balance, Currency: original.Currency,
		Result: moneyResult{Token: c.token, ID: r.GetReceipt().GetTransactionId(), Stake: t.staked(original)},
	}, nil
}

// freeStake is the note of a free round's stake, by which its refund knows that no cash was taken.
const freeStake = "free"

func (t transaction) note() string {
	if t.free {
		return freeStake
	}
	return ""
}

// wasFree tells whether the stake that a refund is of was a free round's.
func (s *Server) wasFree(ctx context.Context, c call, t transaction) (bool, error) {
	found, err := s.gaming.FindTransactions(ctx, &gamingv1.FindTransactionsRequest{Caller: c.caller(), ProviderTxId: t.key(c)})
	return slices.ContainsFunc(found.GetTransactions(), func(x *gamingv1.ProviderTransaction) bool {
		return x.GetKind() == gamingv1.TransactionKind_TRANSACTION_KIND_BET && x.GetNote() == freeStake
	}), err
}

// staked is what of a stake was taken, or is given back, in cash: nothing of a free round's.
func (t transaction) staked(amount money.Amount) *purse {
	if t.free {
		return &purse{Cash: zero, Bonus: zero}
	}
	return paid(amount)
}

// paid is money that moved. Winnings of free rounds are cash too.
func paid(amount money.Amount) *purse {
	return &purse{Cash: adapter.Fixed(amount, decimals), Bonus: zero}
}

// done is the answer to a transaction that was taken, now or before. The amount of a repetition is the first one's, whatever it says itself.
func (s *Server) done(ctx context.Context, c call, t transaction, r *gamingv1.Receipt, kind gamingv1.TransactionKind) (any, *failure) {
	if r.GetReplayed() {
		found, err := s.gaming.FindTransactions(ctx, &gamingv1.FindTransactionsRequest{Caller: c.caller(), ProviderTxId: t.key(c)})
		if err != nil {
			return nil, s.refuse(ctx, c, err)
		}
		for _, first := range found.GetTransactions() {
			if first.GetKind() != kind {
				continue
			}
			if t.amount, err = money.FromProto(first.GetAmount()); err != nil {
				return nil, s.refuse(ctx, c, err)
			}
		}
	}
	balance, err := purseOf(r.GetCurrent())
	if err != nil {
		return nil, s.refuse(ctx, c, err)
	}
	result := moneyResult{Token: c.token, Currency: t.amount.Currency, ID: r.GetTransactionId(), Balance: &balance}
	if kind == gamingv1.TransactionKind_TRANSACTION_KIND_BET {
		result.Stake = t.staked(t.amount)
	} else {
		result.Payout = paid(t.amount)
	}
	return success{Success: true, Result: result}, nil
}
