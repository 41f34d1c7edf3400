package gaming

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pitboss-gaming/pitboss/kit/bus"
	"github.com/pitboss-gaming/pitboss/kit/pg"
	"github.com/pitboss-gaming/pitboss/services/gaming/internal/db"
)

// step is what a transaction meant for its round.
type step struct {
	closing bool // its provider said that the round is over
	changed bool // a bet's result changed
}

// advance moves a round on after one of its bets changed, under the round's lock, and tells of it when the round is over. due: the
// round should be closed now, with closeRound, after the commit.
func (s *Server) advance(ctx context.Context, tx pgx.Tx, r db.Round, st step, now time.Time) (due bool, err error) {
	q := s.q.WithTx(tx)
	bets, err := q.RoundBets(ctx, r.RoundID)
	if err != nil {
		return false, err
	}
	open, err := q.CountOpenTransactions(ctx, r.RoundID)
	if err != nil {
		return false, err
	}
	before := r.State
	r.Closing = r.Closing || st.closing
	counts := count(bets)
	r.State = nextRoundState(r.State, r.Closing, counts, open)
	if r.State == roundOpen {
		r.ClosedAt = nil
	} else if r.ClosedAt == nil {
		r.ClosedAt = &now
	}
	tell := r.State != roundOpen && (r.State != before || st.changed) && counts.settled+counts.voided > 0
	if tell {
		r.Version++
	}
	if err = saveRound(ctx, q, r, now); err != nil {
		return false, err
	}
	if tell {
		err = bus.Publish(ctx, tx, roundEvent(r, bets, now))
	}
	return r.Closing && r.State == roundOpen, err
}

func count(bets []db.Bet) tally {
	var t tally
	for _, b := range bets {
		switch b.State {
		case betPending, betAccepted:
			t.unresolved++
		case betSettled:
			t.settled++
		case betVoided:
			t.voided++
		}
	}
	return t
}

// closeIf closes a round that is due. A failure is left to the reconciler: the provider's own transaction has had its effect.
func (s *Server) closeIf(ctx context.Context, due bool, roundID string) {
	if !due {
		return
	}
	if err := s.closeRound(ctx, roundID); err != nil {
		s.log.WarnContext(ctx, "a round could not be closed yet", "round_id", roundID, "err", err)
	}
}

// closeRound settles the bets of a closing round that have no result as lost. It may be called any number of times.
func (s *Server) closeRound(ctx context.Context, roundID string) error {
	var lost []db.Bet
	err := pg.InTx(ctx, s.pool, func(tx pgx.Tx) error {
		lost = nil
		q := s.q.WithTx(tx)
		r, err := q.LockRound(ctx, roundID)
		if err != nil || !r.Closing || r.State != roundOpen {
			return err
		}
		bets, err := q.RoundBets(ctx, roundID)
		if err != nil {
			return err
		}
		for _, b := range bets {
			if b.State != betAccepted || b.SettleClaim != claimNone && b.SettleClaim != claimClose {
				continue
			}
			b.SettleClaim = claimClose
			if err = saveBet(ctx, q, b); err != nil {
				return err
			}
			lost = append(lost, b)
		}
		return saveRound(ctx, q, r, s.now())
	})
	if err != nil {
		return err
	}
	for _, b := range lost {
		if err = s.settleLost(ctx, b); err != nil {
			return err
		}
	}
	return pg.InTx(ctx, s.pool, func(tx pgx.Tx) error { return s.writeLost(ctx, tx, roundID, lost) })
}

// writeLost writes down that the wallet has taken the stakes of lost bets.
func (s *Server) writeLost(ctx context.Context, tx pgx.Tx, roundID string, lost []db.Bet) error {
	q, now := s.q.WithTx(tx), s.now()
	r, err := q.LockRound(ctx, roundID)
	if err != nil {
		return err
	}
	changed := false
	for _, l := range lost {
		b, err := q.GetBet(ctx, l.BetID)
		if err != nil {
			return err
		}
		if b.State != betAccepted || b.SettleClaim != claimClose {
			continue
		}
		b.State, b.SettleClaim, b.SettledAt, changed = betSettled, claimNone, &now, true
		if err = saveBet(ctx, q, b); err != nil {
			return err
		}
	}
	_, err = s.advance(ctx, tx, r, step{changed: changed}, now)
	return err
}

// save writes a transaction's outcome and its bet, under the round's lock. A transaction that has its outcome keeps it.
func (s *Server) save(ctx context.Context, q *db.Queries, t db.ProviderTx, b db.Bet, now time.Time) error {
	_, err := q.FinishTransaction(ctx, db.FinishTransactionParams{
		State: t.State, RefuseReason: t.RefuseReason, BalanceMinor: t.BalanceMinor, Now: now,
		IntegrationID: t.IntegrationID, Kind: t.Kind, ProviderTxID: t.ProviderTxID,
	})
	if err != nil {
		return err
	}
	return saveBet(ctx, q, b)
}

func saveBet(ctx context.Context, q *db.Queries, b db.Bet) error {
	return q.UpdateBet(ctx, db.UpdateBetParams{
		State: b.State, PayoutMinor: b.PayoutMinor, HoldID: b.HoldID, SettleClaim: b.SettleClaim, Cancelled: b.Cancelled,
		RejectReason: b.RejectReason, SettledAt: b.SettledAt, BetID: b.BetID,
	})
}

func saveRound(ctx context.Context, q *db.Queries, r db.Round, now time.Time) error {
	return q.UpdateRound(ctx, db.UpdateRoundParams{State: r.State, Closing: r.Closing, Version: r.Version, ClosedAt: r.ClosedAt, Now: now, RoundID: r.RoundID})
}

func keyOf(t db.ProviderTx) db.GetTransactionParams {
	return db.GetTransactionParams{IntegrationID: t.IntegrationID, Kind: t.Kind, ProviderTxID: t.ProviderTxID}
}
