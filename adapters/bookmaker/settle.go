package bookmaker

import (
	"context"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pitboss-gaming/pitboss/adapters/bookmaker/internal/db"
	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/money"
	"github.com/pitboss-gaming/pitboss/kit/pg"
)

// maxUnfinished bounds how many results of others a call finishes before its own.
const maxUnfinished = 3

// settle gives a bet a result: it is written down first, then gaming pays it, then it is marked, so that a crash in between is healed by the next
// call about the bet.
func (s *Server) settle(ctx context.Context, c callback, betID string, r result, seq int64) *refusal {
	for range maxUnfinished {
		b, v, refused, err := s.want(ctx, c, betID, r, seq)
		switch {
		case err != nil:
			return s.refusalOf(ctx, c, err)
		case refused != nil:
			return refused
		case v == over:
			return nil
		}
		refused = s.drive(ctx, c, b)
		if refused != nil || v != unfinished {
			return refused
		}
	}
	return later(time.Second)
}

// want decides about a result and writes a new one down. One that says the same as the last under a greater number is written down too: numbers between are older then.
func (s *Server) want(ctx context.Context, c callback, betID string, r result, seq int64) (b db.Bet, v verdict, refused *refusal, err error) {
	err = pg.InTx(ctx, s.pool, func(tx pgx.Tx) error {
		q := s.queries.WithTx(tx)
		if b, err = q.LockBet(ctx, db.LockBetParams{IntegrationID: c.in.id, BetID: betID}); err != nil {
			return err
		}
		r = r.of(b)
		accepted := false
		if b.Settled > 0 {
			accepted, err = q.WasAccepted(ctx, db.WasAcceptedParams{
				IntegrationID: c.in.id, BetID: betID, Settled: b.Settled, PartnerSeq: seq, PayoutMinor: r.payout, Void: r.void, Cashout: r.cashout,
			})
			if err != nil {
				return err
			}
		}
		v, refused = decide(b, r, seq, accepted)
		if v == repeated && refused == nil && !b.Refunded && !b.Void && b.Wanted == b.Settled && seq > b.PartnerSeq { // it corrects what an operator has said since
			word, err := s.operatorsWord(ctx, c.in.id, b.PlayerID, betID)
			if err != nil {
				return err
			}
			if word.GetDecided() {
				v = next
			}
		}
		switch {
		case refused == nil && v == next:
			b.Wanted = nextNumber(b, seq > b.PartnerSeq)
			b.Settled = b.Wanted - 1
			b.PayoutMinor, b.Void, b.Cashout, b.Half, b.PartnerSeq = r.payout, r.void, r.cashout, r.half, seq
		case refused == nil && v == repeated && !b.Refunded && seq > b.PartnerSeq:
			b.PartnerSeq = seq
		default:
			return nil
		}
		err = q.PutResult(ctx, db.PutResultParams{
			IntegrationID: c.in.id, BetID: betID, Number: b.Wanted, PartnerSeq: seq, PayoutMinor: r.payout, Void: r.void, Cashout: r.cashout,
		})
		if err != nil {
			return err
		}
		return q.WantResult(ctx, db.WantResultParams{
			Wanted: b.Wanted, Settled: b.Settled, PayoutMinor: b.PayoutMinor, Void: b.Void, Cashout: b.Cashout, Half: b.Half, PartnerSeq: b.PartnerSeq, Now: s.now(),
			IntegrationID: c.in.id, BetID: betID,
		})
	})
	return b, v, refused, err
}

// drive has gaming pay the result that is under way, if there is one.
func (s *Server) drive(ctx context.Context, c callback, b db.Bet) *refusal {
	if b.Refunded || b.Wanted == b.Settled {
		return nil
	}
	err := s.pay(ctx, c, b)
	switch {
	case err == nil:
		err = s.queries.MarkSettled(ctx, db.MarkSettledParams{Settled: b.Wanted, Now: s.now(), IntegrationID: b.IntegrationID, BetID: b.BetID})
	case errs.Is(err, gamingv1.ErrorReason_ERROR_REASON_BET_VOIDED): // a refund was faster
		_ = s.queries.MarkRefunded(ctx, db.MarkRefundedParams{Now: s.now(), IntegrationID: b.IntegrationID, BetID: b.BetID}) // else the next call finds it out again
	case errs.Is(err, gamingv1.ErrorReason_ERROR_REASON_BET_SETTLED): // by an operator; if it is not kept, what corrects it is taken for a first result and refused likewise
		_ = s.queries.OverruleResult(ctx, db.OverruleResultParams{Now: s.now(), IntegrationID: b.IntegrationID, BetID: b.BetID})
	case reasons[errs.ReasonOf(err)].code != "":
		_ = s.queries.DropResult(ctx, db.DropResultParams{Now: s.now(), IntegrationID: b.IntegrationID, BetID: b.BetID}) // else the next call is refused likewise
	}
	if err != nil {
		return s.refusalOf(ctx, c, err)
	}
	return nil
}

// pay is the call of gaming: the first result settles the bet, a later one corrects it by the difference.
func (s *Server) pay(ctx context.Context, c callback, b db.Bet) error {
	payout := money.Amount{Minor: b.PayoutMinor, Currency: b.Currency}
	if b.Wanted > 1 && !b.Void {
		payout.Minor += b.RefundedAsPaidMinor // a correction says what the bet has paid in all
	}
	id := b.BetID + ":" + strconv.Itoa(int(b.Wanted))
	var err error
	switch {
	case b.Wanted > 1:
		_, err = s.gaming.RecalculateRound(ctx, &gamingv1.RecalculateRoundRequest{
			Caller: c.caller(b.PlayerID), ProviderRoundId: b.BetID, ProviderTxId: id,
			Bets: []*gamingv1.BetResult{{BetProviderTxId: b.BetID, Payout: payout.Proto(), Void: b.Void}},
		})
	case b.Void:
		_, err = s.gaming.CancelTransaction(ctx, &gamingv1.CancelTransactionRequest{
			Caller: c.caller(b.PlayerID), ProviderRoundId: b.BetID, ProviderTxId: id, ReferenceProviderTxId: b.BetID,
			ReferenceKind: gamingv1.TransactionKind_TRANSACTION_KIND_BET, RoundClosed: true, RefuseUnknown: true, IntoDebt: true,
		})
	default:
		_, err = s.gaming.SettleBet(ctx, &gamingv1.SettleBetRequest{
			Caller: c.caller(b.PlayerID), GameCode: c.in.gameCode, ProviderRoundId: b.BetID, ProviderTxId: id, BetProviderTxId: b.BetID,
			Amount: payout.Proto(), RoundClosed: true, AnyGame: true, Cashout: b.Cashout,
		})
	}
	return err
}
