package bookmaker

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"strconv"

	"github.com/jackc/pgx/v5"

	"github.com/pitboss-gaming/pitboss/adapters/bookmaker/internal/db"
	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	"github.com/pitboss-gaming/pitboss/kit/adapter"
	"github.com/pitboss-gaming/pitboss/kit/money"
	"github.com/pitboss-gaming/pitboss/kit/pg"
)

// maxRefundID bounds what a partner names a refund: with the bet's id it must fit gaming's ids.
const maxRefundID = 40

// refund gives a stake back. The whole of it takes the bet's winnings too; a part goes back before the bet has a result, and what was refunded never exceeds the
// stake (domain.md 6.3). Idempotent by bet_id and refund_id, or amount where the partner names no refund. The refund of a bet that is not known is refused, and the
// bet too when it comes late: its block_funds may be what got lost.
func (s *Server) refund(ctx context.Context, c callback) (answer, *refusal) {
	id := ""
	if c.Has("refund_id") {
		id = c.TextUpTo("refund_id", maxRefundID)
	}
	x, refused := c.slip()
	if refused != nil {
		return answer{}, refused
	}
	b, err := s.queries.GetBet(ctx, db.GetBetParams{IntegrationID: c.in.id, BetID: x.betID})
	switch {
	case errors.Is(err, pgx.ErrNoRows), err == nil && b.Refused: // a stake that was refused is no bet
		refused = s.bury(ctx, c, x, id)
	case err != nil:
		refused = s.refusalOf(ctx, c, err)
	default:
		refused = s.giveBack(ctx, c, x, b, id)
	}
	if refused != nil {
		return answer{}, refused
	}
	return answer{Status: "refunded", Message: "Funds have been refunded"}, nil
}

// bury refuses the refund of a bet that is not known, and the player's bet when it comes late; only a refund that could be one of a bet of the player's does. Gaming
// may know of a bet of which nothing is written here, and then takes it back.
func (s *Server) bury(ctx context.Context, c callback, x slip, id string) *refusal {
	own, refused := s.playersCurrency(ctx, c, x.player)
	if refused != nil {
		return refused
	}
	if own != "" && x.currency != "" && x.currency != own {
		r := reasons["CURRENCY_MISMATCH"]
		return &r
	}
	y := x
	y.currency = cmp.Or(x.currency, own, c.in.currency)
	if _, refused = s.stake(ctx, c, y); refused != nil {
		return refused
	}
	var b db.Bet
	known := false
	err := pg.InTx(ctx, s.pool, func(tx pgx.Tx) (err error) {
		q := s.queries.WithTx(tx)
		if err = q.LockBetID(ctx, db.LockBetIDParams{IntegrationID: c.in.id, BetID: x.betID}); err != nil {
			return err
		}
		b, err = q.GetBet(ctx, db.GetBetParams{IntegrationID: c.in.id, BetID: x.betID})
		if known = err == nil && !b.Refused; known || err != nil && !errors.Is(err, pgx.ErrNoRows) {
			return err
		}
		return q.InsertTombstone(ctx, db.InsertTombstoneParams{IntegrationID: c.in.id, BetID: x.betID, PlayerID: x.player, Now: s.now()})
	})
	switch {
	case err != nil:
		return s.refusalOf(ctx, c, err)
	case known: // it came meanwhile
		return s.giveBack(ctx, c, x, b, id)
	}
	return s.takeBack(ctx, c, x.betID, x.player, false)
}

// giveBack refunds a bet that is known, whole or a part of it.
func (s *Server) giveBack(ctx context.Context, c callback, x slip, b db.Bet, id string) *refusal {
	amount, refused := amountIn(c.Fields, "amount", x.amount, b.Currency)
	if refused == nil && amount.Sign() == 0 {
		c.Fail("amount", adapter.WrongType)
		refused = invalidField(c.Fields)
	}
	switch {
	case refused != nil:
		return refused
	case b.PlayerID != x.player:
		r := reasons["BET_NOT_FOUND"]
		return &r
	case x.currency != "" && x.currency != b.Currency:
		r := reasons["DUPLICATE_MISMATCH"]
		return &r
	case amount.Minor == b.StakeMinor && b.RefundedMinor == 0:
		return s.takeBack(ctx, c, b.BetID, b.PlayerID, true)
	}
	if id == "" {
		id = "of " + strconv.FormatInt(amount.Minor, 10)
	}
	whole, refused, err := s.writePart(ctx, c, b.BetID, id, amount.Minor)
	switch {
	case err != nil:
		return s.refusalOf(ctx, c, err)
	case refused != nil:
		return refused
	case whole:
		refused = s.takeBack(ctx, c, b.BetID, b.PlayerID, true)
	default:
		refused = s.payPart(ctx, c, b, id, amount)
	}
	if refused != nil && refused.http < http.StatusInternalServerError { // refused for good, as when an operator decided the bet: nothing has gone back
		if err = s.queries.RemoveRefund(ctx, db.RemoveRefundParams{IntegrationID: c.in.id, BetID: b.BetID, RefundID: id, Now: s.now()}); err != nil {
			return s.refusalOf(ctx, c, err) // the repetition finds it written and tries again
		}
	}
	return refused
}

// payPart has gaming pay a part of the stake back, once.
func (s *Server) payPart(ctx context.Context, c callback, b db.Bet, id string, amount money.Amount) *refusal {
	_, err := s.gaming.CancelTransaction(ctx, &gamingv1.CancelTransactionRequest{
		Caller: c.caller(b.PlayerID), ProviderRoundId: b.BetID, ProviderTxId: b.BetID + ":refund:" + id, ReferenceProviderTxId: b.BetID,
		ReferenceKind: gamingv1.TransactionKind_TRANSACTION_KIND_BET, RefuseUnknown: true, Part: money.Amount{Minor: amount.Minor, Currency: b.Currency}.Proto(),
	})
	if err != nil {
		return s.refusalOf(ctx, c, err)
	}
	return nil
}

// writePart writes the refund of a part down, once, and tells whether nothing is left of the stake.
func (s *Server) writePart(ctx context.Context, c callback, betID, id string, minor int64) (whole bool, refused *refusal, err error) {
	err = pg.InTx(ctx, s.pool, func(tx pgx.Tx) error {
		q := s.queries.WithTx(tx)
		b, err := q.LockBet(ctx, db.LockBetParams{IntegrationID: c.in.id, BetID: betID})
		if err != nil {
			return err
		}
		whole, refused = b.RefundedMinor == b.StakeMinor, nil
		was, err := q.GetRefund(ctx, db.GetRefundParams{IntegrationID: c.in.id, BetID: betID, RefundID: id})
		switch {
		case err == nil && was != minor:
			refused = rejected(http.StatusConflict, "bet_id_conflict", "The refund_id was used for another refund")
			return nil
		case err == nil:
			return nil
		case !errors.Is(err, pgx.ErrNoRows):
			return err
		}
		if refused = refusePart(b, minor); refused != nil {
			return nil
		}
		if err = q.InsertRefund(ctx, db.InsertRefundParams{IntegrationID: c.in.id, BetID: betID, RefundID: id, AmountMinor: minor, Now: s.now()}); err != nil {
			return err
		}
		gone, err := q.AddRefunded(ctx, db.AddRefundedParams{AmountMinor: minor, Now: s.now(), IntegrationID: c.in.id, BetID: betID})
		whole = gone == b.StakeMinor
		return err
	})
	return whole, refused, err
}

// refusePart says why a part of a stake does not go back; nil when it does.
func refusePart(b db.Bet, minor int64) *refusal {
	reason := ""
	switch {
	case b.Refused:
		reason = "BET_NOT_FOUND"
	case minor > b.StakeMinor-b.RefundedMinor:
		return rejected(http.StatusUnprocessableEntity, "amount_differs", "The amount exceeds what is left of the stake")
	case b.Refunded:
		reason = "BET_VOIDED"
	case b.Wanted > 0, b.Overruled:
		reason = "BET_SETTLED"
	default:
		return nil
	}
	r := reasons[reason]
	return &r
}

// takeBack cancels a bet in gaming and marks it here. tombstone: the stake of a bet that is written down here may be on its way to gaming.
func (s *Server) takeBack(ctx context.Context, c callback, betID, player string, tombstone bool) *refusal {
	_, err := s.gaming.CancelTransaction(ctx, &gamingv1.CancelTransactionRequest{
		Caller: c.caller(player), ProviderRoundId: betID, ProviderTxId: betID, ReferenceProviderTxId: betID,
		ReferenceKind: gamingv1.TransactionKind_TRANSACTION_KIND_BET, RoundClosed: true, RefuseUnknown: true, Tombstone: tombstone, IntoDebt: true,
	})
	if err == nil {
		err = s.queries.MarkRefunded(ctx, db.MarkRefundedParams{Now: s.now(), IntegrationID: c.in.id, BetID: betID})
	}
	if err != nil {
		return s.refusalOf(ctx, c, err)
	}
	return nil
}
