package bookmaker

import (
	"context"
	"errors"
	"time"

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
	b, rounds, refused := s.told(ctx, c)
	if refused != nil {
		return answer{}, refused
	}
	attempt, refused, err := s.writeDown(ctx, b, rounds)
	switch {
	case err != nil:
		return answer{}, s.refusalOf(ctx, c, err)
	case refused != nil:
		return answer{}, refused
	}
	_, err = s.gaming.PlaceBet(ctx, &gamingv1.PlaceBetRequest{
		Caller: c.staker(b), GameCode: c.in.gameCode, ProviderRoundId: b.BetID, ProviderTxId: b.BetID, Amount: stakeOf(b).Proto(),
	})
	if reasons[errs.ReasonOf(err)].code != "" {
		mark := db.MarkRefusedParams{Now: s.now(), IntegrationID: c.in.id, BetID: b.BetID, Attempt: attempt}
		err = errors.Join(err, s.queries.MarkRefused(ctx, mark))
	}
	if err != nil {
		return answer{}, s.refusalOf(ctx, c, err)
	}
	if refused = s.confirm(ctx, c, b, attempt); refused != nil {
		return answer{}, refused
	}
	return answer{Status: "blocked", Message: "funds have been successfully blocked"}, nil
}

// told is the bet as the call tells it, and the rounds that decide it.
func (s *Server) told(ctx context.Context, c callback) (b db.PutBetParams, rounds []string, refused *refusal) {
	x, refused := c.slip()
	if refused != nil {
		return b, nil, refused
	}
	l, refused := c.legs()
	if refused != nil {
		return b, nil, refused
	}
	amount, refused := s.blocked(ctx, c, x)
	var by *time.Time
	if c.in.accept > 0 {
		by = new(s.now().Add(c.in.accept))
	}
	return db.PutBetParams{
		IntegrationID: c.in.id, BetID: x.betID, PlayerID: x.player, Currency: amount.Currency, StakeMinor: amount.Minor,
		Selection: l.selection, Odds: l.odds, Content: l.content(), AcceptBy: by, Now: s.now(),
	}, l.rounds, refused
}

// stakeOf is what a bet stakes.
func stakeOf(b db.PutBetParams) money.Amount {
	return money.Amount{Minor: b.StakeMinor, Currency: b.Currency}
}

// writeDown keeps what the partner tells of a bet and numbers the attempt. One bet at a time has an id: others with it, and those that were refunded before they came,
// are refused.
func (s *Server) writeDown(ctx context.Context, b db.PutBetParams, rounds []string) (attempt int32, refused *refusal, err error) {
	refuse := func(reason string) {
		r := reasons[reason]
		refused = &r
	}
	err = pg.InTx(ctx, s.pool, func(tx pgx.Tx) error {
		refused = nil
		q := s.queries.WithTx(tx)
		if err := q.LockBetID(ctx, db.LockBetIDParams{IntegrationID: b.IntegrationID, BetID: b.BetID}); err != nil {
			return err
		}
		buried, err := q.HasTombstone(ctx, db.HasTombstoneParams{IntegrationID: b.IntegrationID, BetID: b.BetID, PlayerID: b.PlayerID})
		if err != nil {
			return err
		}
		if buried {
			refuse("BET_CANCELLED")
			return nil
		}
		was, err := q.LockBet(ctx, db.LockBetParams{IntegrationID: b.IntegrationID, BetID: b.BetID})
		fresh := errors.Is(err, pgx.ErrNoRows)
		if err != nil && !fresh {
			return err
		}
		if was.Refused {
			if err = q.ForgetRounds(ctx, db.ForgetRoundsParams{IntegrationID: b.IntegrationID, BetID: b.BetID}); err != nil {
				return err
			}
		}
		attempt, err = q.PutBet(ctx, b)
		switch {
		case errors.Is(err, pgx.ErrNoRows):
			refuse("DUPLICATE_MISMATCH")
			return nil
		case err != nil, !fresh && !was.Refused, len(rounds) == 0:
			return err
		}
		return q.InsertBetRounds(ctx, db.InsertBetRoundsParams{IntegrationID: b.IntegrationID, RoundIds: rounds, BetID: b.BetID})
	})
	return attempt, refused, err
}

// confirm makes sure that the stake that gaming has taken is of the bet that is written down. While an attempt lasts, a repetition of it may be refused and
// free the id for another bet.
func (s *Server) confirm(ctx context.Context, c callback, b db.PutBetParams, attempt int32) *refusal {
	now, err := s.queries.GetBet(ctx, db.GetBetParams{IntegrationID: b.IntegrationID, BetID: b.BetID})
	if err == nil && now.Attempt == attempt {
		return nil
	}
	var n int64
	if err == nil {
		n, err = s.queries.ConfirmBet(ctx, db.ConfirmBetParams{
			IntegrationID: b.IntegrationID, BetID: b.BetID, PlayerID: b.PlayerID, Currency: b.Currency, StakeMinor: b.StakeMinor, Content: b.Content,
		})
	}
	switch {
	case err != nil:
		return s.refusalOf(ctx, c, err)
	case n == 0:
		r := reasons["DUPLICATE_MISMATCH"]
		return &r
	}
	return nil
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
