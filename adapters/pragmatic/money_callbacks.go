package pragmatic

import (
	"context"

	commonv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
)

// play reads what bet and result have in common.
func play(c call, r *fields) (t transaction, decimal string, free bool) {
	t = transaction{c: c, user: r.text("userId"), token: r.optional("token"), id: r.text("reference")}
	t.game, t.round, t.former = r.round()
	decimal = r.decimal("amount")
	r.whole("timestamp")
	r.present("roundDetails")
	return t, decimal, r.optional("bonusCode") != ""
}

// bet takes a stake. With a bonusCode it is a free round's: the amount is its face value and takes no money. A bet that was refunded is not
// acknowledged again: the provider has written it off.
func (s *Server) bet(ctx context.Context, c call) answer {
	r := c.fields()
	t, decimal, free := play(c, r)
	if r.bad != "" {
		return badParameter(r.bad)
	}
	rec, err := s.move(ctx, t, decimal, func(m *commonv1.Money) (*gamingv1.Receipt, error) {
		b, err := s.gaming.PlaceBet(ctx, &gamingv1.PlaceBetRequest{
			Caller: t.caller(m.GetCurrency()), GameCode: t.game, ProviderRoundId: t.round, FormerRoundId: t.former, ProviderTxId: t.id, Amount: m, FreeRound: free,
		})
		return b.GetReceipt(), err
	})
	if err == nil && rec.GetReplayed() {
		var gone bool
		if gone, err = s.refunded(ctx, t); gone {
			return failed(codeFinal)
		}
	}
	if err != nil {
		return s.refuse(ctx, c, err, t.token != "")
	}
	a := s.receipt(ctx, c, rec)
	if a.Error == codeOK {
		a.UsedPromo = "0.00" // stakes are taken from cash
	}
	return a
}

// result pays a round's winnings, and with them a promotion's, which has a reference of its own and is paid also when the winnings are refused. An unknown game does not
// keep winnings back.
func (s *Server) result(ctx context.Context, c call) answer {
	r := c.fields()
	t, decimal, free := play(c, r)
	promo := r.optionalDecimal("promoWinAmount")
	award := transaction{
		c: c, user: t.user, token: t.token, round: t.round, former: t.former, game: t.game, id: promotional(r.optional("promoWinReference")),
	}
	campaign, kind := r.optional("promoCampaignID"), r.optional("promoCampaignType")
	if promo != "" && !zero(promo) && award.id == "" {
		r.fail("promoWinReference")
	}
	if r.bad != "" {
		return badParameter(r.bad)
	}
	if free && c.in.bonusWinPays {
		decimal = "0"
	}
	rec, err := s.move(ctx, t, decimal, func(m *commonv1.Money) (*gamingv1.Receipt, error) {
		w, err := s.gaming.SettleBet(ctx, &gamingv1.SettleBetRequest{
			Caller: t.caller(m.GetCurrency()), GameCode: t.game, ProviderRoundId: t.round, FormerRoundId: t.former, ProviderTxId: t.id, Amount: m, FreeRound: free, AnyGame: true,
			RoundSettled: true,
		})
		return w.GetReceipt(), err
	})
	if promo != "" && !zero(promo) { // a prize of its own: what becomes of the winnings does not matter
		paid, lost := s.prize(ctx, award, promo, promotion(kind), campaign, "")
		switch {
		case lost != nil && (err == nil || codeOf(err, t.token != "") == codeFinal):
			err = lost // it is to come again
		case lost == nil && err == nil:
			rec.Current = paid.GetCurrent()
		}
	}
	if err != nil {
		return s.refuse(ctx, c, err, t.token != "")
	}
	return s.receipt(ctx, c, rec)
}

// refund takes a bet back by the bet's own reference; whatever amount comes with it, the bet's is returned. A bet that never came is
// remembered, so that it is refused when it does. A bet that has its result is not taken back, and the provider is not to try again.
func (s *Server) refund(ctx context.Context, c call) answer {
	r := c.fields()
	t := transaction{c: c, user: r.text("userId"), token: r.optional("token"), id: r.text("reference")}
	if r.bad != "" {
		return badParameter(r.bad)
	}
	_, err := s.currencyOf(ctx, t) // a player who was never here has nothing to refund
	if err != nil {
		return s.refuse(ctx, c, err, t.token != "")
	}
	x, err := s.gaming.CancelTransaction(ctx, &gamingv1.CancelTransactionRequest{
		Caller: t.caller(""), ProviderTxId: t.id, ReferenceProviderTxId: t.id, ReferenceKind: gamingv1.TransactionKind_TRANSACTION_KIND_BET, RefuseSettled: true,
		RoundSettled: true,
	})
	if err != nil {
		return s.refuse(ctx, c, err, t.token != "")
	}
	a := failed(codeOK)
	a.TransactionID = x.GetReceipt().GetTransactionId()
	return a
}

// adjustment corrects a live round up or down.
func (s *Server) adjustment(ctx context.Context, c call) answer {
	r := c.fields()
	t := transaction{c: c, user: r.text("userId"), token: r.optional("token"), id: r.text("reference")}
	t.game, t.round, t.former = r.round()
	decimal, down := r.signedDecimal("amount")
	r.signedDecimal("validBetAmount")
	r.whole("timestamp")
	if r.bad != "" {
		return badParameter(r.bad)
	}
	rec, err := s.move(ctx, t, decimal, func(m *commonv1.Money) (*gamingv1.Receipt, error) {
		a, err := s.gaming.AdjustRound(ctx, &gamingv1.AdjustRoundRequest{
			Caller: t.caller(m.GetCurrency()), GameCode: t.game, ProviderRoundId: t.round, FormerRoundId: t.former, ProviderTxId: t.id, Amount: m, Down: down,
		})
		return a.GetReceipt(), err
	})
	if err != nil {
		return s.refuse(ctx, c, err, t.token != "")
	}
	return s.receipt(ctx, c, rec)
}
