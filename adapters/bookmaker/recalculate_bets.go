package bookmaker

import (
	"context"
	"net/http"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pitboss-gaming/pitboss/adapters/bookmaker/internal/db"
	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/pg"
)

// recalculateBets prices every bet of a round again that has a result, and has gaming post the differences; operators learn of each from gaming's
// event round.recalculated. A bet that has an operator's result is one of them; one that was cashed out is not. A bet of one leg whose selection and odds
// are known is priced here, unless it was half won or half lost: it wins when its selection is the correct result. The partner is asked about others. Idempotent: a bet
// that pays what it should is left alone, so the partner may repeat the call until all are done. Bets without a result get theirs with
// update_bet_status.
func (s *Server) recalculateBets(ctx context.Context, c callback) (answer, *refusal) {
	round, correct := c.Text("round_id"), c.Text("correct_result")
	if refused := invalidField(c.Fields); refused != nil {
		return answer{}, refused
	}
	if err := s.findOperatorsResults(ctx, c, round, correct); err != nil {
		return answer{}, s.refusalOf(ctx, c, err)
	}
	bets, refused := s.correct(ctx, c, round, correct)
	if refused != nil {
		return answer{}, refused
	}
	for _, b := range bets {
		r, ok := pricedHere(b, correct)
		if !ok {
			continue
		}
		if refused = s.correctOne(ctx, c, b.BetID, r, c.sent); refused != nil {
			return answer{}, refused
		}
	}
	if refused = s.askRound(ctx, c, round); refused != nil {
		return answer{}, refused
	}
	return answer{Status: "recalculated", Message: "The bets have been recalculated for the " + round}, nil
}

// findOperatorsResults marks bets of a round to which an operator gave their result, or whose stake an operator gave back, of which nothing was told here. Those that are
// priced here need no look before: what an operator gave back says so when it is corrected.
func (s *Server) findOperatorsResults(ctx context.Context, c callback, round, correct string) error {
	open, err := s.queries.ListOpenRoundBets(ctx, db.ListOpenRoundBetsParams{IntegrationID: c.in.id, RoundID: round})
	if err != nil {
		return err
	}
	settled, err := s.queries.ListRoundBets(ctx, db.ListRoundBetsParams{IntegrationID: c.in.id, RoundID: round})
	if err != nil {
		return err
	}
	for _, b := range settled {
		if _, ok := pricedHere(b, correct); !ok {
			open = append(open, db.ListOpenRoundBetsRow{BetID: b.BetID, PlayerID: b.PlayerID})
		}
	}
	for _, b := range open {
		r, err := s.operatorsWord(ctx, c.in.id, b.PlayerID, b.BetID)
		switch {
		case err == nil && r.GetVoided():
			err = s.queries.MarkRefunded(ctx, db.MarkRefundedParams{Now: s.now(), IntegrationID: c.in.id, BetID: b.BetID})
		case err == nil && r.GetDecided():
			err = s.queries.MarkOverruled(ctx, db.MarkOverruledParams{Now: s.now(), IntegrationID: c.in.id, BetID: b.BetID})
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// operatorsWord is what gaming knows of a bet; of one whose stake is on the way nothing.
func (s *Server) operatorsWord(ctx context.Context, integrationID, player, betID string) (*gamingv1.FindRoundResponse, error) {
	r, err := s.gaming.FindRound(ctx, &gamingv1.FindRoundRequest{
		Caller: &gamingv1.Caller{IntegrationId: integrationID, PlayerId: player, Tokenless: true}, ProviderRoundId: betID,
	})
	if errs.Is(err, gamingv1.ErrorReason_ERROR_REASON_ROUND_NOT_FOUND) {
		return nil, nil
	}
	return r, err
}

// correct writes a correction down, with the bets that the partner has to be asked about, and answers the round's bets. One that is older than the
// round's last is refused: it was repeated by somebody, or overtaken.
func (s *Server) correct(ctx context.Context, c callback, round, correct string) (bets []db.ListRoundBetsRow, refused *refusal) {
	err := pg.InTx(ctx, s.pool, func(tx pgx.Tx) error {
		q := s.queries.WithTx(tx)
		n, err := q.PutRecalculation(ctx, db.PutRecalculationParams{IntegrationID: c.in.id, RoundID: round, SentAt: c.sent, CorrectResult: correct})
		if err != nil {
			return err
		}
		if refused = nil; n == 0 {
			refused = rejected(http.StatusConflict, "outdated", "A newer result of the round was told")
			return nil
		}
		if err = q.MarkOpenCorrected(ctx, db.MarkOpenCorrectedParams{CorrectedAt: c.sent, IntegrationID: c.in.id, RoundID: round}); err != nil {
			return err
		}
		bets, err = q.ListRoundBets(ctx, db.ListRoundBetsParams{IntegrationID: c.in.id, RoundID: round})
		if err != nil {
			return err
		}
		var asked []string
		for _, b := range bets {
			if _, ok := pricedHere(b, correct); !ok {
				asked = append(asked, b.BetID)
			}
		}
		if len(asked) > 0 && c.in.baseURL == "" {
			refused = rejected(http.StatusUnprocessableEntity, "cannot_price", "The bets were placed without selection and odds, and the integration has no "+settingBaseURL+" to ask at")
			return errNotPriced
		}
		for _, id := range asked {
			err = q.PutRepricing(ctx, db.PutRepricingParams{IntegrationID: c.in.id, RoundID: round, BetID: id, CorrectResult: correct, TaskAt: s.now().Add(lease)})
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil && refused == nil {
		refused = s.refusalOf(ctx, c, err)
	}
	return bets, refused
}

// pricedHere prices a bet of one leg; false when the partner has to be asked.
func pricedHere(b db.ListRoundBetsRow, correct string) (result, bool) {
	odds, ok := readOdds(b.Odds)
	if !ok || b.Selection == "" || b.Rounds != 1 || b.Half {
		return result{}, false
	}
	if b.Selection != correct {
		return result{}, true
	}
	payout, ok := priced(b.StakeMinor-b.RefundedMinor, odds)
	return result{payout: payout}, ok
}

// correctOne gives a bet its corrected result. One that is under way is finished first. sent: when the correction was sent, where the same one may come again after newer
// results; 0 otherwise.
func (s *Server) correctOne(ctx context.Context, c callback, betID string, r result, sent int64) *refusal {
	for range maxUnfinished {
		b, done, err := s.wantCorrection(ctx, c, betID, r, sent)
		if err != nil {
			return s.refusalOf(ctx, c, err)
		}
		if refused := s.drive(ctx, c, b); refused != nil && refused.code != "bet_refunded" {
			return refused
		}
		if done || b.Refunded || b.PayoutMinor == r.payout && b.Void == r.void {
			return nil
		}
	}
	return later(time.Second)
}

// wantCorrection writes a corrected result down, unless the bet has it, is over, has another one under way, or was given it before. done: nothing is left to do after the one
// that is under way.
func (s *Server) wantCorrection(ctx context.Context, c callback, betID string, r result, sent int64) (b db.Bet, done bool, err error) {
	err = pg.InTx(ctx, s.pool, func(tx pgx.Tx) (err error) {
		q := s.queries.WithTx(tx)
		b, err = q.LockBet(ctx, db.LockBetParams{IntegrationID: c.in.id, BetID: betID})
		if err != nil || b.Refunded || b.Void {
			return err
		}
		if done = sent > 0 && b.CorrectedAt >= sent; done || b.Wanted > b.Settled {
			return nil
		}
		if err = q.MarkCorrected(ctx, db.MarkCorrectedParams{CorrectedAt: max(sent, b.CorrectedAt), IntegrationID: c.in.id, BetID: betID}); err != nil {
			return err
		}
		if b.Wanted > 0 && b.PayoutMinor == r.payout && b.Void == r.void {
			var word *gamingv1.FindRoundResponse
			if word, err = s.operatorsWord(ctx, c.in.id, b.PlayerID, betID); err != nil || !word.GetDecided() {
				return err // it has this result, and no operator has said otherwise since
			}
		}
		b.Wanted = nextNumber(b, true)
		b.Settled = b.Wanted - 1
		b.PayoutMinor, b.Void, b.Cashout, b.Half = r.payout, r.void, false, r.half
		return q.WantResult(ctx, db.WantResultParams{
			Wanted: b.Wanted, Settled: b.Settled, PayoutMinor: b.PayoutMinor, Void: b.Void, Half: b.Half, PartnerSeq: b.PartnerSeq, Now: s.now(), IntegrationID: c.in.id, BetID: betID,
		})
	})
	return b, done, err
}
