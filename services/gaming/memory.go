package gaming

import (
	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/pitboss-gaming/pitboss/services/gaming/internal/db"
)

const (
	// rememberedRounds and rememberedSessions bound what is remembered; a round with one bet takes about 2 KB.
	rememberedRounds, rememberedSessions = 8_192, 65_536
	// rememberedTombs is how many cancellations of transactions that had not come are remembered.
	rememberedTombs = 8_192
	// rememberedWarnings is how many entries of providers' books are remembered that were warned of.
	rememberedWarnings = 8_192
	// rememberedTxs is how many transactions a remembered round may have.
	rememberedTxs = 64
)

// memory is what this replica has seen of rows: whose tokens are, and open rounds as it wrote them last. A first result is decided from it without reading: the
// rows are read again under the locks of the writing, and the wallet closes a hold once, so what other replicas did meanwhile is found there, and then the
// call is decided from the rows (see transact). Nothing is refused from memory, and no stake is taken.
type memory struct {
	tokens *lru.Cache[tokenKey, *session]
	rounds *lru.Cache[string, *remembered] // by our id
	tombs  *lru.Cache[txRef, struct{}]

	warnings *lru.Cache[warning, struct{}] // what was said of entries of providers' books
}

// remembered is an open round as it was written last, with the provider's transactions that this replica wrote in it. It is never changed.
type remembered struct {
	round db.Round
	bets  []db.Bet
	txs   []string
}

func newMemory() (*memory, error) {
	tokens, err := lru.New[tokenKey, *session](rememberedSessions)
	if err != nil {
		return nil, err
	}
	rounds, err := lru.New[string, *remembered](rememberedRounds)
	if err != nil {
		return nil, err
	}
	tombs, err := lru.New[txRef, struct{}](rememberedTombs)
	if err != nil {
		return nil, err
	}
	warnings, err := lru.New[warning, struct{}](rememberedWarnings)
	return &memory{tokens: tokens, rounds: rounds, tombs: tombs, warnings: warnings}, err
}

// learnTokens remembers what never changes of tokens' sessions. Their time is left out, so that a session from memory takes no stakes.
func (m *memory) learnTokens(rows []db.LoadSessionsRow) {
	for _, r := range rows {
		key := tokenKey{r.IntegrationID, [32]byte(r.TokenSha256)}
		if _, known := m.tokens.Get(key); known {
			continue
		}
		m.tokens.Add(key, &session{GameSession: db.GameSession{
			GameSessionID: r.GameSessionID, IntegrationID: r.IntegrationID, PlayerID: r.PlayerID, GameID: r.GameID, Currency: r.Currency, Country: r.Country,
			Language: r.Language, StartedAt: r.StartedAt, GameCode: r.GameCode, Provider: r.Provider,
		}})
	}
}

// token is whose a token is; nil when it is not remembered.
func (m *memory) token(w who) *session {
	if !w.hasToken || w.reconciliation {
		return nil
	}
	sess, _ := m.tokens.Get(tokenKey{w.integrationID, w.hash})
	return sess
}

// alone is the situation of a call that is about nothing but its token's session.
func (s *session) alone(w who) *situation {
	sit := newSituation()
	sit.sessions[tokenKey{w.integrationID, w.hash}] = s
	return sit
}

// playerOf is whom a call is about as far as that can be said without reading: whom it names, else whose its token is. Empty when it cannot.
func (m *memory) playerOf(w who) string {
	if w.playerID != "" {
		return w.playerID
	}
	if sess := m.token(w); sess != nil {
		return sess.PlayerID
	}
	return ""
}

// learnWritten remembers a round as a batch has written it, and forgets one that is over.
func (m *memory) learnWritten(r *round, verdicts []verdict) {
	for _, v := range verdicts {
		if v.tx.Kind == kindCancel {
			m.tombs.Add(txRef{v.tx.IntegrationID, v.tx.ReferenceTxID}, struct{}{})
		}
	}
	if r == nil {
		return
	}
	before, _ := m.rounds.Get(r.RoundID)
	now := remembered{round: r.Round, bets: r.rows()}
	if before != nil {
		now.txs = append(now.txs, before.txs...)
	}
	for _, v := range verdicts {
		now.txs = append(now.txs, v.tx.ProviderTxID)
	}
	if r.State != roundOpen || r.Closing || len(now.txs) > rememberedTxs {
		m.rounds.Remove(r.RoundID)
		return
	}
	m.rounds.Add(r.RoundID, &now)
}

// recall is the situation of a result as it is remembered; nil when there is something in it that has to be looked up: a token, player or round that is not
// known here, a round under its former name, a bet of another round, a transaction that came before or was cancelled.
func (m *memory) recall(n needs) *situation {
	sess := m.token(n.who)
	if n.hasToken && sess == nil || !n.hasToken && n.known || n.reconciliation || len(n.providerRounds) == 0 || len(n.txIDs) != 1 || len(n.betIDs) > 1 {
		return nil
	}
	player := n.playerID
	if sess != nil {
		player = sess.PlayerID
	}
	if player == "" || n.providerRounds[0] == "" {
		return nil
	}
	r, _ := m.rounds.Get(roundIDOf(n.integrationID, player, n.providerRounds[0]))
	if r == nil || m.tombs.Contains(txRef{n.integrationID, n.txIDs[0]}) {
		return nil
	}
	for _, id := range r.txs {
		if id == n.txIDs[0] {
			return nil
		}
	}
	sit := newSituation()
	if sess != nil {
		sit = sess.alone(n.who)
	}
	sit.addRound(r.round)
	for _, b := range r.bets {
		sit.addBet(b)
	}
	sit.arrange()
	for _, id := range n.betIDs {
		if id != "" && sit.bets[txRef{n.integrationID, id}] == nil {
			return nil
		}
	}
	return sit
}
