package studio

import (
	"context"
	"time"

	"github.com/pitboss-gaming/pitboss/sandbox/statedir"
	"github.com/pitboss-gaming/pitboss/sandbox/studio/fair"
	"github.com/pitboss-gaming/pitboss/sandbox/studio/wallet"
)

// demoStart is what a demo session begins with, in minor units.
const demoStart = 100_000

// session is one launch of a game by one player.
type session struct {
	ID          string       `json:"id"` // opaque, part of the launch URL
	OperatorID  int64        `json:"operator_id"`
	Game        string       `json:"game,omitempty"`
	User        string       `json:"user,omitempty"`
	Token       string       `json:"token,omitempty"`
	Currency    string       `json:"currency"`
	Country     string       `json:"country"`
	Lang        string       `json:"lang"`
	Mobile      bool         `json:"mobile,omitempty"`
	IP          string       `json:"ip,omitempty"`
	LobbyURL    string       `json:"lobby_url,omitempty"`
	DepositURL  string       `json:"deposit_url,omitempty"`
	Opened      bool         `json:"opened,omitempty"`  // the protocol's own opening is done
	Balance     string       `json:"balance,omitempty"` // as the opening told it, for protocols that do not tell it again
	Demo        bool         `json:"demo,omitempty"`
	DemoBalance int64        `json:"demo_balance,omitempty"` // minor units
	Seeds       fair.Seeds   `json:"seeds"`
	NextServer  string       `json:"next_server_seed,omitempty"`
	Revealed    []fair.Seeds `json:"revealed,omitempty"` // replaced ones, newest first
	CreatedAt   time.Time    `json:"created_at"`
	UsedAt      time.Time    `json:"used_at"`

	lastSpin time.Time
}

// addSession makes a session durable and returns its id.
func (s *Studio) addSession(x session) (string, error) {
	x.ID, x.CreatedAt, x.UsedAt = statedir.RandomToken(), s.now(), s.now()
	x.Demo = x.Currency == demoCurrency
	if x.Demo {
		x.DemoBalance = demoStart
	}
	if err := s.seed(&x); err != nil {
		return "", err
	}
	s.mu.Lock()
	s.sessions[x.ID] = &x
	wait := s.journal.append(entry{Session: &x})
	s.mu.Unlock()
	return x.ID, wait()
}

// seed gives a session what is missing of its seeds.
func (s *Studio) seed(x *session) (err error) {
	for _, seed := range []*string{&x.Seeds.Server, &x.NextServer} {
		if *seed == "" {
			if *seed, err = fair.NewServerSeed(s.cfg.Rand); err != nil {
				return err
			}
		}
	}
	if x.Seeds.Client == "" {
		x.Seeds.Client = fair.NewClientSeed()
	}
	return nil
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

// upgrade completes a session of a version that had one game and no seeds.
func (s *Studio) upgrade(x *session) error {
	if x.Game == "" {
		x.Game = GameCode
	}
	return s.seed(x)
}

// wallet is the session as protocols see it.
func (s *Studio) walletSession(x session) wallet.Session {
	out := wallet.Session{
		ID: x.ID, Player: wallet.Player{ID: x.User, Token: x.Token, Currency: x.Currency}, Country: x.Country, Lang: x.Lang, Mobile: x.Mobile,
		IP: x.IP, LobbyURL: x.LobbyURL, DepositURL: x.DepositURL, Demo: x.Demo,
	}
	if g, ok := gameOf(x.Game); ok {
		out.Game = s.gameInfo(g)
	}
	return out
}

// askBalance asks the wallet, after the protocol's own opening of the session, which happens once and may give the
// session another token.
func (s *Studio) askBalance(ctx context.Context, x session) wallet.Answer {
	line, protocol, err := s.line(x.OperatorID)
	if err != nil {
		return wallet.Failed(err)
	}
	if !x.Opened {
		a := protocol.Open(ctx, line, s.walletSession(x))
		if a.Verdict != wallet.Done {
			return a
		}
		if x = s.opened(x.ID, a); a.Balance != "" {
			return a
		}
	}
	return protocol.Balance(ctx, line, s.walletSession(x))
}

// opened keeps what the opening told and returns the session as it is now. Two pages that open at the same time may
// both have asked; the later answer counts, because a protocol's new token ends the one before.
func (s *Studio) opened(id string, a wallet.Answer) session {
	s.mu.Lock()
	x := s.sessions[id]
	x.Opened = true
	if a.Token != "" {
		x.Token = a.Token
	}
	x.Balance = a.Balance
	wait := s.journal.append(entry{Session: x})
	now := *x
	s.mu.Unlock()
	if err := wait(); err != nil {
		s.log.Error("session's opening is not durable", "err", err)
	}
	return now
}

// demoAnswer plays the wallet for play money. A crash may repeat one movement, which costs nobody anything.
func (s *Studio) demoAnswer(r round) wallet.Answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	x, ok := s.sessions[r.Session]
	if !ok {
		return wallet.Answer{Verdict: wallet.Final, Reason: wallet.ReasonExpired, Status: "demo session over"}
	}
	switch stake := r.last().Amount; {
	case r.State == betting && stake > x.DemoBalance:
		return wallet.Answer{Verdict: wallet.Declined, Reason: wallet.ReasonFunds, Status: "demo"}
	case r.State == betting:
		x.DemoBalance -= stake
	case r.State == paying:
		x.DemoBalance += r.Win
	}
	s.journal.append(entry{Session: x})
	return wallet.Answer{Verdict: wallet.Done, Status: "demo", Balance: currencies[x.Currency].format(x.DemoBalance)}
}
