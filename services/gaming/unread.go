package gaming

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/pitboss-gaming/pitboss/kit/bus"
	"github.com/pitboss-gaming/pitboss/kit/groupcommit"
	"github.com/pitboss-gaming/pitboss/services/gaming/internal/db"
)

// SQLSTATEs by which the database says that something is not as it was seen when the call was decided.
const (
	stateChanged = "PB001" // see migration 15
	stateTaken   = "23505" // a row with that key is there already
)

// seen is the round of a plan as it was when the plan was made; nil when there was none. It is never changed.
type seen struct {
	round *db.Round
	bets  []db.Bet
}

// look keeps what a plan for new stakes and first results was made from, so that it can be written without reading that again. Nothing is kept for any other plan.
func (s *situation) look(p *plan) {
	was := p.seen
	p.seen = nil
	if p.roundID == "" || len(p.deeds) == 0 || len(p.lost) > 0 || p.undo != nil {
		return
	}
	for _, t := range p.before {
		if t != nil {
			return
		}
	}
	for i := range p.deeds {
		if !p.deeds[i].first(p.roundID) || s.cancelledBefore(p.deeds[i].tx.IntegrationID, p.deeds[i].tx.Kind, p.deeds[i].tx.ProviderTxID) {
			return
		}
	}
	if was == nil && len(s.fresh) == 0 {
		was = s.asSeen(p.roundID)
	}
	p.seen = was
}

// asSeen is a round as it is in a situation that nothing was applied to yet.
func (s *situation) asSeen(roundID string) *seen {
	var was seen
	if r := s.rounds[roundID]; r != nil {
		row := r.Round
		was.round, was.bets = &row, r.rows()
	}
	return &was
}

// first tells whether a deed is a stake or a result in a round.
func (d *deed) first(roundID string) bool {
	return (d.tx.Kind == kindBet || d.tx.Kind == kindWin) && d.tx.Applied && d.tx.RoundID == roundID && !d.loose
}

// apart tells the positions of the batch's records that can be written without reading from those of the others: of several plans about one round
// each needs what the one before left.
func apart(batch []record) (unread, read []int) {
	of := make(map[string]int, len(batch))
	for _, r := range batch {
		of[r.roundID]++
	}
	for i, r := range batch {
		if r.seen != nil && of[r.roundID] == 1 {
			unread = append(unread, i)
		} else {
			read = append(read, i)
		}
	}
	return unread, read
}

// seenBy is what a batch's plans were made from.
func seenBy(batch []record, at []int) *situation {
	s := newSituation()
	for _, i := range at {
		if was := batch[i].seen; was.round != nil {
			s.addRound(*was.round)
			for _, b := range was.bets {
				s.addBet(b)
			}
		}
	}
	s.arrange()
	return s
}

// writeUnread writes plans in one transaction and one round trip, from what they were made from. False: something is not so any more, and nothing was written.
func (s *Server) writeUnread(ctx context.Context, conn *pgxpool.Conn, batch []record, at []int, out []groupcommit.Outcome[written]) (bool, error) {
	now := s.now()
	sit := seenBy(batch, at)
	fence := sit.unchanged()
	var locks lockSet
	for _, i := range at {
		locks.of(&batch[i])
		for _, d := range batch[i].deeds {
			fence.Integrations, fence.TxIds = append(fence.Integrations, d.tx.IntegrationID), append(fence.TxIds, d.tx.ProviderTxID)
		}
	}
	var events bus.OutboxRows
	if err := s.enterAll(sit, batch, at, now, &events, out); err != nil {
		return false, err
	}
	err := sit.write(ctx, conn.Conn(), now, events, begin, locks.take(), func(ctx context.Context, q *db.Queries) error { return q.Unchanged(ctx, fence) })
	var refused *pgconn.PgError
	if errors.As(err, &refused) && (refused.Code == stateChanged || refused.Code == stateTaken) {
		return false, rollback(ctx, conn)
	}
	if err != nil {
		return false, errors.Join(err, rollback(ctx, conn))
	}
	s.learn(sit, batch, at, out)
	return true, nil
}

// unchanged names the rounds and bets as they are in a situation that nothing was applied to yet.
func (s *situation) unchanged() (p db.UnchangedParams) {
	for _, r := range s.rounds {
		p.RoundIds = append(p.RoundIds, r.RoundID)
		p.Versions = append(p.Versions, r.Version)
		p.TouchedAts = append(p.TouchedAts, r.TouchedAt)
		for _, b := range r.bets {
			p.BetIds = append(p.BetIds, b.BetID)
			p.States = append(p.States, b.State)
			p.Payouts = append(p.Payouts, b.PayoutMinor)
		}
	}
	return p
}
