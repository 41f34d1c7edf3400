package studio

import (
	"time"

	"github.com/pitboss-gaming/pitboss/sandbox/statedir"
)

// demoStart is what a demo session begins with, in minor units.
const demoStart = 100_000

// session is one launch of the game by one player.
type session struct {
	ID          string    `json:"id"` // opaque, part of the launch URL
	OperatorID  int64     `json:"operator_id"`
	User        string    `json:"user,omitempty"`
	Token       string    `json:"token,omitempty"`
	Currency    string    `json:"currency"`
	Country     string    `json:"country"`
	Lang        string    `json:"lang"`
	Platform    string    `json:"platform"`
	LobbyURL    string    `json:"lobby_url,omitempty"`
	DepositURL  string    `json:"deposit_url,omitempty"`
	Demo        bool      `json:"demo,omitempty"`
	DemoBalance int64     `json:"demo_balance,omitempty"` // minor units
	CreatedAt   time.Time `json:"created_at"`
	UsedAt      time.Time `json:"used_at"`

	lastSpin time.Time
}

// addSession makes a session durable and returns its id.
func (s *Studio) addSession(x session) (string, error) {
	x.ID, x.CreatedAt, x.UsedAt = statedir.RandomToken(), s.now(), s.now()
	x.Demo = x.Currency == demoCurrency
	if x.Demo {
		x.DemoBalance = demoStart
	}
	s.mu.Lock()
	s.sessions[x.ID] = &x
	wait := s.journal.append(entry{Session: &x})
	s.mu.Unlock()
	return x.ID, wait()
}

// session returns the session unless it is unknown or over, and notes that it is in use; the caller has the lock.
func (s *Studio) session(id string) (x *session, over, ok bool) {
	x, ok = s.sessions[id]
	if !ok {
		return nil, false, false
	}
	now := s.now()
	idle := now.Sub(x.UsedAt)
	if idle > s.cfg.SessionTTL {
		return x, true, true
	}
	if idle > time.Minute {
		x.UsedAt = now
		s.journal.append(entry{Session: x}) // losing this note only shortens the session
	}
	return x, false, true
}

// demoReply plays the wallet for play money. A crash may repeat one movement, which costs nobody anything.
func (s *Studio) demoReply(r round) reply {
	s.mu.Lock()
	defer s.mu.Unlock()
	x, ok := s.sessions[r.Session]
	if !ok {
		return reply{Status: "RS_ERROR_INVALID_TOKEN"}
	}
	switch {
	case r.State == betting && r.Bet > x.DemoBalance:
		return reply{Status: statusNoMoney}
	case r.State == betting:
		x.DemoBalance -= r.Bet
	case r.State == paying:
		x.DemoBalance += r.Win
	}
	s.journal.append(entry{Session: x})
	balance := currencies[x.Currency].wire(x.DemoBalance)
	return reply{Status: statusOK, Balance: &balance}
}
