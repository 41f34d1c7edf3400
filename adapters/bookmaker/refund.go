package bookmaker

import (
	"context"
	"errors"
	"net/http"

	"github.com/jackc/pgx/v5"

	"github.com/pitboss-gaming/pitboss/adapters/bookmaker/internal/db"
	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	"github.com/pitboss-gaming/pitboss/kit/adapter"
)

// refund gives the whole stake back and takes the bet's winnings. Idempotent by bet_id. The refund of a bet that is not known is refused, and the bet
// too when it comes late: its block_funds may be what got lost.
func (s *Server) refund(ctx context.Context, c callback) (answer, *refusal) {
	x, refused := c.slip()
	if refused != nil {
		return answer{}, refused
	}
	b, err := s.queries.GetBet(ctx, db.GetBetParams{IntegrationID: c.in.id, BetID: x.betID})
	switch {
	case err != nil && !errors.Is(err, pgx.ErrNoRows):
		return answer{}, s.refusalOf(ctx, c, err)
	case err == nil:
		if refused = sameStake(c, x, b); refused != nil {
			return answer{}, refused
		}
	default:
		if _, err = adapter.Decimal(x.amount, c.in.currency); errors.Is(err, adapter.ErrNegative) {
			c.Fail("amount", adapter.WrongType)
			return answer{}, invalidField(c.Fields)
		}
	}
	if refused = s.takeBack(ctx, c, x.betID, x.player); refused != nil {
		return answer{}, refused
	}
	return answer{Status: "refunded", Message: "Funds have been refunded"}, nil
}

// sameStake refuses a refund of a part: the contract's results say what a bet pays, and a part that goes back before them is a result of its own.
func sameStake(c callback, x slip, b db.Bet) *refusal {
	amount, refused := amountIn(c.Fields, "amount", x.amount, b.Currency)
	switch {
	case refused != nil:
		return refused
	case b.PlayerID != x.player:
		r := reasons["BET_NOT_FOUND"]
		return &r
	case amount.Minor != b.StakeMinor:
		return rejected(http.StatusUnprocessableEntity, "amount_differs", "Only the whole stake can be refunded")
	}
	return nil
}

// takeBack cancels a bet in gaming and marks it here.
func (s *Server) takeBack(ctx context.Context, c callback, betID, player string) *refusal {
	_, err := s.gaming.CancelTransaction(ctx, &gamingv1.CancelTransactionRequest{
		Caller: c.caller(player), ProviderRoundId: betID, ProviderTxId: betID, ReferenceProviderTxId: betID,
		ReferenceKind: gamingv1.TransactionKind_TRANSACTION_KIND_BET, RoundClosed: true, RefuseUnknown: true, Tombstone: true, IntoDebt: true,
	})
	if err == nil {
		err = s.queries.MarkRefunded(ctx, db.MarkRefundedParams{Now: s.now(), IntegrationID: c.in.id, BetID: betID})
	}
	if err != nil {
		return s.refusalOf(ctx, c, err)
	}
	return nil
}
