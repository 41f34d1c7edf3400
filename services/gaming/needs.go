package gaming

import (
	"context"
	"slices"

	"github.com/pitboss-gaming/pitboss/services/gaming/internal/db"
)

// needs names the rows that a decision is about.
type needs struct {
	who
	providerRounds []string // of the player
	roundIDs       []string
	txIDs          []string // provider's transactions: the call's own, and what a cancellation refers to
	betIDs         []string // bets by their provider's transactions, which may be of other rounds
	memorable      bool     // it may be decided from memory
}

// rowSet collects the arguments of a batch's queries.
type rowSet struct {
	sessions db.LoadSessionsParams
	newest   db.LoadNewestSessionsParams
	rounds   db.LoadRoundsParams
	txs      db.TransactionsParams
	roundIDs []string
}

// rowsOf tells what to read. Our id of a round follows from its player's, so where that is known a round is found by it.
func (m *memory) rowsOf(batch []needs) rowSet {
	var p rowSet
	for _, n := range batch {
		player := m.playerOf(n.who)
		var hash []byte
		if n.hasToken && !n.reconciliation {
			hash = n.hash[:]
			p.sessions.Integrations = append(p.sessions.Integrations, n.integrationID)
			p.sessions.Hashes = append(p.sessions.Hashes, hash)
		} else if n.playerID != "" {
			p.newest.Integrations = append(p.newest.Integrations, n.integrationID)
			p.newest.Players = append(p.newest.Players, n.playerID)
			p.newest.Currencies = append(p.newest.Currencies, n.currency)
		}
		for _, r := range n.providerRounds {
			if r == "" {
				continue
			}
			if player != "" {
				p.roundIDs = append(p.roundIDs, roundIDOf(n.integrationID, player, r))
				continue
			}
			p.rounds.Integrations = append(p.rounds.Integrations, n.integrationID)
			p.rounds.Players = append(p.rounds.Players, n.playerID)
			p.rounds.Hashes = append(p.rounds.Hashes, hash)
			p.rounds.ProviderRounds = append(p.rounds.ProviderRounds, r)
		}
		for _, id := range n.txIDs {
			if id == "" {
				continue
			}
			p.txs.Integrations = append(p.txs.Integrations, n.integrationID)
			p.txs.Ids = append(p.txs.Ids, id)
		}
		p.roundIDs = append(p.roundIDs, n.roundIDs...)
	}
	return p
}

// found is what a batch's queries brought.
type found struct {
	sessions []db.LoadSessionsRow
	newest   []db.LoadNewestSessionsRow
	blocked  []string
	rounds   []db.Round
	bets     []db.Bet
	txs      []db.ProviderTx
}

// calls are the queries of a read batch.
func (p rowSet) calls(f *found) []db.Call {
	var calls []db.Call
	if len(p.sessions.Hashes) > 0 {
		calls = append(calls, func(ctx context.Context, q *db.Queries) (err error) {
			f.sessions, err = q.LoadSessions(ctx, p.sessions)
			return err
		})
	}
	if len(p.newest.Players) > 0 {
		calls = append(calls, func(ctx context.Context, q *db.Queries) (err error) {
			f.newest, err = q.LoadNewestSessions(ctx, p.newest)
			return err
		}, func(ctx context.Context, q *db.Queries) (err error) {
			f.blocked, err = q.LoadBlocked(ctx, p.newest.Players)
			return err
		})
	}
	if len(p.rounds.ProviderRounds) > 0 {
		calls = append(calls, func(ctx context.Context, q *db.Queries) error {
			rows, err := q.LoadRounds(ctx, p.rounds)
			f.rounds = append(f.rounds, rows...)
			return err
		}, func(ctx context.Context, q *db.Queries) error {
			rows, err := q.LoadRoundBets(ctx, db.LoadRoundBetsParams(p.rounds))
			f.bets = append(f.bets, rows...)
			return err
		})
	}
	calls = append(calls, f.roundCalls(p.roundIDs)...)
	return append(calls, f.txCalls(p.txs)...)
}

// roundCalls load rounds by our ids, with their bets.
func (f *found) roundCalls(roundIDs []string) []db.Call {
	if len(roundIDs) == 0 {
		return nil
	}
	return []db.Call{func(ctx context.Context, q *db.Queries) error {
		rows, err := q.RoundsByID(ctx, roundIDs)
		f.rounds = append(f.rounds, rows...)
		return err
	}, func(ctx context.Context, q *db.Queries) error {
		rows, err := q.BetsByRound(ctx, roundIDs)
		f.bets = append(f.bets, rows...)
		return err
	}}
}

// txCalls load transactions and their cancellations.
func (f *found) txCalls(p db.TransactionsParams) []db.Call {
	if len(p.Ids) == 0 {
		return nil
	}
	return []db.Call{func(ctx context.Context, q *db.Queries) (err error) {
		f.txs, err = q.Transactions(ctx, p)
		return err
	}}
}

// betCalls load bets by their provider's transactions.
func (f *found) betCalls(p db.BetsByTxParams) []db.Call {
	if len(p.Ids) == 0 {
		return nil
	}
	return []db.Call{func(ctx context.Context, q *db.Queries) error {
		rows, err := q.BetsByTx(ctx, p)
		f.bets = append(f.bets, rows...)
		return err
	}}
}

// missing are the bets that the batch's calls refer to, as far as they are not of the rounds that the calls name.
func (f *found) missing(batch []needs) (p db.BetsByTxParams) {
	var known map[txRef]bool
	for _, n := range batch {
		for _, id := range n.betIDs {
			if known == nil {
				known = make(map[txRef]bool, len(f.bets))
				for _, b := range f.bets {
					known[txRef{b.IntegrationID, b.ProviderTxID}] = true
				}
			}
			if id != "" && !known[txRef{n.integrationID, id}] {
				p.Integrations, p.Ids = append(p.Integrations, n.integrationID), append(p.Ids, id)
			}
		}
	}
	return p
}

// strays are the bets of stakes that were found, as far as they are not of the rounds that were: without its bet a stake that was taken looks like one that was refused, and the hold
// that both share would be given back.
func (f *found) strays() (p db.BetsByTxParams) {
	for _, t := range f.txs {
		if t.Kind == kindBet && !slices.ContainsFunc(f.bets, func(b db.Bet) bool { return b.BetID == t.BetID }) {
			p.Integrations, p.Ids = append(p.Integrations, t.IntegrationID), append(p.Ids, t.ProviderTxID)
		}
	}
	return p
}

// elsewhere are the rounds of bets and transactions that were found, as far as they were not found with them.
func (f *found) elsewhere() []string {
	known := map[string]bool{"": true}
	for _, r := range f.rounds {
		known[r.RoundID] = true
	}
	var ids []string
	want := func(id string) {
		if !known[id] {
			known[id] = true
			ids = append(ids, id)
		}
	}
	for _, b := range f.bets {
		want(b.RoundID)
	}
	for _, t := range f.txs {
		want(t.RoundID)
	}
	return ids
}

// index makes what was found easy to find.
func (f *found) index() *situation {
	s := newSituation()
	for _, r := range f.sessions {
		s.sessions[tokenKey{r.IntegrationID, [32]byte(r.TokenSha256)}] = &session{GameSession: db.GameSession{
			GameSessionID: r.GameSessionID, IntegrationID: r.IntegrationID, PlayerID: r.PlayerID, GameID: r.GameID, Currency: r.Currency, Country: r.Country,
			Language: r.Language, StartedAt: r.StartedAt, ExpiresAt: r.ExpiresAt, LaunchedAt: r.LaunchedAt, EndedAt: r.EndedAt, EndReason: r.EndReason,
			GameCode: r.GameCode, Provider: r.Provider,
		}, blocked: r.Blocked, replaced: r.ReplacedAt != nil}
	}
	for _, r := range f.newest {
		s.newest[playerKey{r.IntegrationID, r.PlayerID, r.Wanted}] = &session{GameSession: db.GameSession{
			GameSessionID: r.GameSessionID, IntegrationID: r.IntegrationID, PlayerID: r.PlayerID, GameID: r.GameID, Currency: r.Currency, Country: r.Country,
			Language: r.Language, StartedAt: r.StartedAt, ExpiresAt: r.ExpiresAt, LaunchedAt: r.LaunchedAt, EndedAt: r.EndedAt, EndReason: r.EndReason,
			GameCode: r.GameCode, Provider: r.Provider,
		}, blocked: r.Blocked}
	}
	for _, p := range f.blocked {
		s.blocked[p] = true
	}
	for _, r := range f.rounds {
		s.addRound(r)
	}
	for _, b := range f.bets {
		s.addBet(b)
	}
	for _, t := range f.txs {
		s.addTx(t)
		if t.Kind == kindCancel {
			s.addCancel(t)
		}
	}
	s.arrange()
	return s
}

// of is the part of a batch's situation that is one call's, which the call may change.
func (s *situation) of(n needs) *situation {
	out := newSituation()
	out.sessions, out.newest, out.blocked = s.sessions, s.newest, s.blocked // nobody changes these
	player := n.playerID
	if sess := s.tokenSession(n.who); sess != nil {
		player = sess.PlayerID
	}
	for _, id := range n.providerRounds {
		out.take(s.round(n.integrationID, player, id))
	}
	for _, id := range n.roundIDs {
		out.take(s.rounds[id])
	}
	for _, id := range n.txIDs {
		ref := txRef{n.integrationID, id}
		for _, kind := range kinds {
			if t := s.txs[txKey{n.integrationID, kind, id}]; t != nil {
				out.addTx(*t)
				out.take(s.rounds[t.RoundID])
			}
		}
		for _, c := range s.cancels[ref] {
			out.addCancel(*c)
		}
	}
	for _, id := range n.betIDs {
		if b := s.bets[txRef{n.integrationID, id}]; b != nil {
			out.take(s.rounds[b.RoundID])
		}
	}
	out.arrange()
	return out
}

// take copies a round with its bets.
func (s *situation) take(r *round) {
	if r == nil || s.rounds[r.RoundID] != nil {
		return
	}
	s.addRound(r.Round)
	for _, b := range r.bets {
		s.addBet(b.Bet)
	}
}
