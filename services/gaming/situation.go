package gaming

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"slices"
	"time"

	"github.com/pitboss-gaming/pitboss/services/gaming/internal/db"
)

// who is whom a provider's call is about: what the provider says of the player, unchecked.
type who struct {
	integrationID  string
	hasToken       bool
	hash           [32]byte
	playerID       string
	tokenless      bool
	reconciliation bool
	idAlone        bool
	known          bool   // unknown tokens and players are refused, whatever the call is
	currency       string // with known, the token's session's; without a token, of the player's session to look for
}

// names of rows.
type (
	tokenKey struct {
		integrationID string
		hash          [32]byte
	}
	playerKey struct{ integrationID, playerID, currency string }
	roundKey  struct{ integrationID, playerID, providerRoundID string }
	txRef     struct{ integrationID, id string }
	txKey     struct{ integrationID, kind, id string }
)

// session is a game session with what is known of its player and of the token that it was found by.
type session struct {
	db.GameSession
	blocked  bool
	replaced bool
}

// takesStakes says why a session takes no new stake; nil when it does. Results and cancellations never ask.
func (s *session) takesStakes(now time.Time) error {
	switch {
	case s.blocked || s.EndReason == endedLocked:
		return errPlayerBlocked("LOCKED")
	case s.replaced, s.EndedAt != nil, !now.Before(s.ExpiresAt):
		return errSessionExpired()
	}
	return nil
}

// round is a round with its bets in the order in which they were placed.
type round struct {
	db.Round
	bets         []*bet
	was          int16 // its state as it was read
	fresh, dirty bool
	changed      bool // the result of one of its bets changed
	settles      bool // it is over when every bet has a result, although its provider did not say so
	corrections  []correction
	adjusted     bool // its winnings were adjusted beside its bets
}

type bet struct {
	db.Bet
	fresh, dirty bool
	parted       bool // a part of its stake went back, or an operator corrected its result
}

// hasResult tells whether a bet's result is paid.
func (b *bet) hasResult() bool { return b.State == betSettled || b.State == betCorrected }

// correction is a bet's result before and after. It is kept in JSON with the transaction that made it, for whoever repeats that.
type correction struct {
	BetID        string `json:"bet_id"`
	ProviderTxID string `json:"provider_tx_id"`
	Before       int64  `json:"before_minor"`
	After        int64  `json:"after_minor"`
	Void         bool   `json:"void"`
}

// situation is what is known when a decision is made: the rows that a call is about. Decisions read it, and what was decided is applied to it.
type situation struct {
	sessions map[tokenKey]*session
	newest   map[playerKey]*session
	blocked  map[string]bool
	rounds   map[string]*round
	byKey    map[roundKey]*round
	bets     map[txRef]*bet
	byID     map[string]*bet
	txs      map[txKey]*db.ProviderTx
	cancels  map[txRef][]*db.ProviderTx
	fresh    []*db.ProviderTx

	// done holds what the wallet was found to have done under a key although no row tells, because whoever asked it never came to write the row.
	done map[string]moved
}

func newSituation() *situation {
	return &situation{
		sessions: map[tokenKey]*session{}, newest: map[playerKey]*session{}, blocked: map[string]bool{}, rounds: map[string]*round{},
		byKey: map[roundKey]*round{}, bets: map[txRef]*bet{}, byID: map[string]*bet{}, txs: map[txKey]*db.ProviderTx{}, cancels: map[txRef][]*db.ProviderTx{},
	}
}

func (s *situation) addRound(r db.Round) *round {
	if known := s.rounds[r.RoundID]; known != nil {
		return known
	}
	added := &round{Round: r, was: r.State}
	s.rounds[r.RoundID] = added
	s.byKey[roundKey{r.IntegrationID, r.PlayerID, r.ProviderRoundID}] = added
	return added
}

func (s *situation) addBet(b db.Bet) *bet {
	if known := s.byID[b.BetID]; known != nil {
		return known
	}
	added := &bet{Bet: b}
	s.byID[b.BetID] = added
	s.bets[txRef{b.IntegrationID, b.ProviderTxID}] = added
	return added
}

// arrange gives every round its bets, in their order.
func (s *situation) arrange() {
	for _, r := range s.rounds {
		r.bets = r.bets[:0]
	}
	for _, b := range s.byID {
		if r := s.rounds[b.RoundID]; r != nil {
			r.bets = append(r.bets, b)
		}
	}
	for _, r := range s.rounds {
		slices.SortFunc(r.bets, func(a, b *bet) int { return cmp.Or(a.PlacedAt.Compare(b.PlacedAt), cmp.Compare(a.BetID, b.BetID)) })
	}
}

func (s *situation) addTx(t db.ProviderTx) {
	s.txs[txKey{t.IntegrationID, t.Kind, t.ProviderTxID}] = &t
}

func (s *situation) addCancel(t db.ProviderTx) {
	ref := txRef{t.IntegrationID, t.ReferenceTxID}
	for _, known := range s.cancels[ref] {
		if known.ProviderTxID == t.ProviderTxID {
			return
		}
	}
	s.cancels[ref] = append(s.cancels[ref], &t)
}

// tokenSession is the session of the call's token; nil when there is none, or it was never issued.
func (s *situation) tokenSession(w who) *session {
	if !w.hasToken || w.reconciliation {
		return nil
	}
	return s.sessions[tokenKey{w.integrationID, w.hash}]
}

// player finds who a result or a cancellation is about: the token's player, else the one that the provider names. Empty when neither tells. The session is the
// token's, or the player's newest of the integration (LoadNewestSessions), or nil. Errors: PLAYER_MISMATCH when both tell and differ; SESSION_NOT_FOUND, PLAYER_NOT_FOUND and
// CURRENCY_MISMATCH when the caller must be known and is not.
func (s *situation) player(w who) (string, *session, error) {
	if sess := s.tokenSession(w); sess != nil {
		switch {
		case w.playerID != "" && w.playerID != sess.PlayerID:
			return "", nil, with(errPlayerMismatch(), "by", "token")
		case w.known && w.currency != "" && w.currency != sess.Currency:
			return "", nil, errCurrencyMismatch(w.currency, sess.Currency)
		}
		return sess.PlayerID, sess, nil
	}
	sess := s.newest[playerKey{w.integrationID, w.playerID, w.currency}]
	switch {
	case w.known && w.hasToken && !w.reconciliation:
		return "", nil, errSessionNotFound()
	case w.known && sess == nil:
		return "", nil, errPlayerNotFound(w.playerID)
	}
	return w.playerID, sess, nil
}

// staker finds who stakes. The session may be nil for a protocol without tokens. Errors: SESSION_NOT_FOUND, PLAYER_MISMATCH.
func (s *situation) staker(w who) (string, *session, error) {
	if w.reconciliation || !w.hasToken && !w.tokenless {
		return "", nil, errSessionNotFound()
	}
	player, sess, err := s.player(w)
	if err == nil && w.hasToken && s.tokenSession(w) == nil {
		err = errSessionNotFound()
	}
	return player, sess, err
}

// round finds a round by its provider's id.
func (s *situation) round(integrationID, playerID, providerRoundID string) *round {
	return s.byKey[roundKey{integrationID, playerID, providerRoundID}]
}

func (s *situation) tx(integrationID, kind, id string) *db.ProviderTx {
	return s.txs[txKey{integrationID, kind, id}]
}

// cancelledBefore tells whether a transaction that has not come yet was cancelled: whatever cancellation names it, is for it.
func (s *situation) cancelledBefore(integrationID, kind, id string) bool {
	for _, c := range s.cancels[txRef{integrationID, id}] {
		if c.State != txDone {
			continue
		}
		if c.ReferenceKind == kind || c.ReferenceKind == "" && (c.ReferenceWant == "" || c.ReferenceWant == kind) {
			return true
		}
	}
	return false
}

// repeated finds a transaction that came before, and makes sure that it says the same. nil: it is new. Errors: DUPLICATE_MISMATCH.
func (s *situation) repeated(w who, kind, id, playerID string, print []byte) (*db.ProviderTx, error) {
	t := s.tx(w.integrationID, kind, id)
	if t == nil {
		return nil, nil
	}
	same := bytes.Equal(t.Fingerprint, print)
	if w.idAlone || t.Purpose == madeFromHold {
		same = playerID == "" || t.PlayerID == "" || t.PlayerID == playerID
	}
	if !same {
		return nil, errDuplicateMismatch(id)
	}
	return t, nil
}

// learn takes over what the wallet told about holds that the rows do not tell yet: somebody is about to write it, or never came to.
func (s *situation) learn(holds map[string]string) {
	for _, b := range s.byID {
		if b.State != betAccepted {
			continue
		}
		switch holds[b.HoldID] {
		case "SETTLED":
			b.State = betSettled
		case "RELEASED":
			b.State = betVoided
		}
	}
}

// hashToken is how a token is stored and found. It needs no salt: the token has 160 random bits.
func hashToken(token string) [32]byte { return sha256.Sum256([]byte(token)) }

// target is the bet that a win is of: the named one, else the round's oldest without a result, else its newest.
func (s *situation) target(integrationID, playerID, providerRoundID, betTxID string) *bet {
	if betTxID != "" {
		return s.bets[txRef{integrationID, betTxID}]
	}
	r := s.round(integrationID, playerID, providerRoundID)
	if r == nil {
		return nil
	}
	var newest *bet
	for _, b := range r.bets {
		switch b.State {
		case betAccepted:
			return b
		case betRejected:
		default:
			if newest == nil || newest.State == betVoided || b.State != betVoided {
				newest = b
			}
		}
	}
	return newest
}
