// Package wallet is what the studio's games know of an operator's wallet: that a bet is placed, a win delivered, a bet
// taken back. Each provider protocol implements Protocol in a package of its own and says in the protocol's words what
// the game means, and what the operator's answer means for the game. No game knows which protocol it is played through.
package wallet

import (
	"context"
	"net/http"
	"time"
)

// Verdict is what an answer means for the message it answers.
type Verdict int

// The verdicts. Which status of a protocol is which is the protocol's provider retry behaviour.
const (
	Retry    Verdict = iota // no usable answer, or "not now": the same message goes out again
	Done                    // it stands, or stood already
	Declined                // a bet is refused and leaves nothing behind
	Undo                    // a bet is refused, and the protocol wants it rolled back nevertheless
	Final                   // a win or a rollback is refused for good: people have to talk
)

// Reasons a player can be told why a bet did not stand.
const (
	ReasonFunds       = "insufficient_funds"
	ReasonLimit       = "limit_reached"
	ReasonExpired     = "session_expired"
	ReasonDisabled    = "account_disabled"
	ReasonUnreachable = "wallet_unreachable"
	ReasonWallet      = "wallet_error"
)

// Answer is what came of one attempt to tell the wallet something.
type Answer struct {
	Verdict Verdict
	Reason  string // of Declined and Undo, one of the reasons above
	Status  string // the wallet's own word, or what came instead of an answer
	Balance string // exact decimals in major units; "" when the answer tells none
	Token   string // a session token that replaces the old one; "" when it stays
}

// Failed is the answer that did not come.
func Failed(err error) Answer { return Answer{Verdict: Retry, Status: err.Error()} }

// Policy is how a provider of the protocol behaves when answers do not come.
type Policy struct {
	BetAttempts    int  // before the bet is rolled back
	CancelAttempts int  // before a rollback is given up
	CloseRound     bool // the round's end is a message of its own, after the win
	FreeRounds     bool // operators can give free rounds away
	FreeSilent     bool // free rounds are not told one by one
	Decimals       int  // most decimals of an amount on the wire
}

// Player is whom a session is of, in the operator's words.
type Player struct {
	ID       string
	Token    string // of the game session
	Currency string
}

// Game is one of the studio's games.
type Game struct {
	ID        int    // numeric, where a protocol has such
	Code      string // as operators name it
	Name      string
	Kind      string // slot, roulette, crash, blackjack
	Category  string
	FreeSpins bool // can be given away as free rounds
	Thumb     string
	Backdrop  string
}

// Session is one launch.
type Session struct {
	ID         string
	Player     Player
	Game       Game
	Country    string
	Lang       string
	Mobile     bool
	IP         string
	LobbyURL   string
	DepositURL string
	Demo       bool
}

// Round is what a movement belongs to.
type Round struct {
	ID     string // a UUID
	View   string // unguessable, under which the round's page is shown
	Game   Game
	Player Player // the token is the one the round was started with
	Began  time.Time
}

// Movement is one message about money. Amounts are positive; a win may be 0.
type Movement struct {
	Round
	ID      string   // of this movement, a UUID, the same in each attempt
	Bet     string   // the movement it refers to: of a win the round's first bet, of a rollback its bet
	Bets    []string // of a win or a close: every bet of the round that stands, the first included
	Amount  Amount
	Staked  Amount // of a win or a close: all bets of the round that stand
	Text    string // the bet in words, for the operator's records
	Free    string // the name of the free rounds it belongs to; "" when the stake is the player's
	Attempt int    // from 1
	At      time.Time
}

// Protocol is one provider protocol, spoken on the provider's side. Implementations keep no state; all methods are safe
// for concurrent use.
type Protocol interface {
	// Name is how a licensee names it: hub88, caleta, evolution, pragmatic, redtiger, pam, a8r.
	Name() string
	Policy() Policy
	// Check validates and completes what a licensee was registered with. The error says what is wrong.
	Check(l *Licensee) error
	// Routes serves what operators call: launch, game list, round pages.
	Routes(m *http.ServeMux, h Host)

	// Open is told when a session's game loads the first time, before any other call.
	Open(ctx context.Context, c Line, s Session) Answer
	Balance(ctx context.Context, c Line, s Session) Answer
	Bet(ctx context.Context, c Line, m Movement) Answer
	Win(ctx context.Context, c Line, m Movement) Answer
	Cancel(ctx context.Context, c Line, m Movement) Answer
	// Close is called after the win where Policy.CloseRound says so. A round it cannot close is closed all the same.
	Close(ctx context.Context, c Line, m Movement) Answer
}

// Host is the studio as the operator-facing side of a protocol sees it.
type Host interface {
	// Licensee finds an enabled licensee of the protocol by its name at the protocol: the value of Key.
	Licensee(protocol, key string) *Licensee
	// Launch starts a session and returns the URL that the player's browser is sent to. The error is a *LaunchError when
	// the launch is at fault.
	Launch(l *Licensee, s Session) (url string, err error)
	Games() []Game
	Currencies() []string
	// Round finds a round of the licensee by its id or by a movement's id.
	Round(l *Licensee, ref string) (RoundInfo, bool)
	PublicURL() string

	// Grant gives a player free rounds. Granting the same ones again changes nothing; others of the same name, or ones that
	// cannot be played, are a *LaunchError.
	Grant(l *Licensee, f FreeRounds) (FreeRounds, error)
	// Revoke ends free rounds that nobody has begun to play; false when there are none of that name.
	Revoke(l *Licensee, name string) bool
	// FreeRounds lists a player's free rounds, or everybody's.
	FreeRounds(l *Licensee, player string) []FreeRounds
}

// FreeRounds are rounds that an operator pays for.
type FreeRounds struct {
	Name    string // the protocol's: reward_uuid, bonusCode, issue_id; unique for the licensee
	Player  Player // without a token
	Games   []string
	Bet     Amount // of a round
	Count   int
	Starts  time.Time
	Expires time.Time
	Used    int
	Won     Amount
	State   string // active, finishing, finished, cancelled, expired
}

// Finisher is a protocol that tells the total of free rounds when they are over.
type Finisher interface {
	Finish(ctx context.Context, c Line, f FreeRounds, id string) Answer
}

// RoundInfo is what an operator may know of a round.
type RoundInfo struct {
	Round
	Open   bool
	State  string
	Staked Amount
	Won    Amount
	Ended  time.Time
}

// LaunchError says which field of a launch is wrong.
type LaunchError struct {
	Field   string // game, currency, country, language, lobby, deposit, player, token; bet, rounds, time, name of free rounds
	Problem string
}

func (e *LaunchError) Error() string { return e.Field + " " + e.Problem }

// DemoCurrency is play money: no wallet is called.
const DemoCurrency = "XXX"
