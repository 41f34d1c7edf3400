package bookmaker

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	"github.com/pitboss-gaming/pitboss/adapters/bookmaker/internal/db"
	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/money"
	"github.com/pitboss-gaming/pitboss/kit/pg"
)

// blockFunds puts a stake on hold. The bet is a round of its own in gaming, because its result, refund and correction are its own. Idempotent by
// bet_id: what the partner told is written down first, so that no held stake is without it.
func (s *Server) blockFunds(ctx context.Context, c callback) (answer, *refusal) {
	x, refused := c.slip()
	if refused != nil {
		return answer{}, refused
	}
	l, refused := c.legs()
	if refused != nil {
		return answer{}, refused
	}
	amount, refused := s.blocked(ctx, c, x)
	if refused != nil {
		return answer{}, refused
	}
	attempt, err := s.writeDown(ctx, c, x, l, amount)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		r := reasons["DUPLICATE_MISMATCH"]
		return answer{}, &r
	case err != nil:
		return answer{}, s.refusalOf(ctx, c, err)
	}
	_, err = s.gaming.PlaceBet(ctx, &gamingv1.PlaceBetRequest{
		Caller: c.caller(x.player), GameCode: c.in.gameCode, ProviderRoundId: x.betID, ProviderTxId: x.betID, Amount: amount.Proto(),
	})
	if reasons[errs.ReasonOf(err)].code != "" {
		mark := db.MarkRefusedParams{Now: s.now(), IntegrationID: c.in.id, BetID: x.betID, Attempt: attempt}
		err = errors.Join(err, s.queries.MarkRefused(ctx, mark))
	}
	if err != nil {
		return answer{}, s.refusalOf(ctx, c, err)
	}
	return answer{Status: "blocked", Message: "funds have been successfully blocked"}, nil
}

// writeDown keeps what the partner tells of a bet and numbers the attempt. pgx.ErrNoRows: the id is another bet's.
func (s *Server) writeDown(ctx context.Context, c callback, x slip, l legs, amount money.Amount) (attempt int32, err error) {
	err = pg.InTx(ctx, s.pool, func(tx pgx.Tx) error {
		q := s.queries.WithTx(tx)
		if err := q.ForgetRounds(ctx, db.ForgetRoundsParams{IntegrationID: c.in.id, BetID: x.betID}); err != nil {
			return err
		}
		var err error
		attempt, err = q.PutBet(ctx, db.PutBetParams{
			IntegrationID: c.in.id, BetID: x.betID, PlayerID: x.player, Currency: amount.Currency, StakeMinor: amount.Minor,
			Selection: l.selection, Odds: l.odds, Now: s.now(),
		})
		if err != nil || attempt > 1 && len(l.rounds) == 0 {
			return err
		}
		return q.InsertBetRounds(ctx, db.InsertBetRoundsParams{IntegrationID: c.in.id, RoundIds: l.rounds, BetID: x.betID})
	})
	return attempt, err
}

// blocked is the stake; of a bet that is known, in the currency that was found the first time.
func (s *Server) blocked(ctx context.Context, c callback, x slip) (money.Amount, *refusal) {
	b, err := s.queries.GetBet(ctx, db.GetBetParams{IntegrationID: c.in.id, BetID: x.betID})
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return s.stake(ctx, c, x)
	case err != nil:
		return money.Amount{}, s.refusalOf(ctx, c, err)
	case x.currency == "" && !b.Refused && b.PlayerID == x.player:
		x.currency = b.Currency
	}
	return s.stake(ctx, c, x)
}

// theBet is the bet that a call is about; the call must say of it what block_funds said.
func (s *Server) theBet(ctx context.Context, c callback, x slip) (db.Bet, *refusal) {
	b, err := s.queries.GetBet(ctx, db.GetBetParams{IntegrationID: c.in.id, BetID: x.betID})
	switch {
	case errors.Is(err, pgx.ErrNoRows), err == nil && b.PlayerID != x.player:
		r := reasons["BET_NOT_FOUND"]
		return b, &r
	case err != nil:
		return b, s.refusalOf(ctx, c, err)
	}
	amount, refused := amountIn(c.Fields, "amount", x.amount, b.Currency)
	if refused == nil && (amount.Minor != b.StakeMinor || x.currency != "" && x.currency != b.Currency) {
		r := reasons["DUPLICATE_MISMATCH"]
		refused = &r
	}
	return b, refused
}
