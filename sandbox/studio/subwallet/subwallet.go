// Package subwallet is the studio's side of its transfer wallet protocol: wallets of players that the studio keeps itself, transfers between them and an operator's cash, one
// game that is played with them, and a history of what was played. The protocol is described in ../README.md; nothing of the platform is known here.
package subwallet

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/pitboss-gaming/pitboss/sandbox/fault"
	"github.com/pitboss-gaming/pitboss/sandbox/statedir"
	"github.com/pitboss-gaming/pitboss/sandbox/studio/fair"
	"github.com/pitboss-gaming/pitboss/sandbox/studio/slot"
)

// Words of the protocol.
const (
	In      = "in" // to the studio
	Out     = "out"
	Applied = "APPLIED"
	Refused = "REFUSED"
	Unknown = "UNKNOWN" // only of an answer: the studio does not know the transfer
)

// GameCode is the game that is played with wallets of the studio.
const GameCode = "pbs_goldenpurse"

// Unavailable is a fault of this part's own: the request is answered with 503 before anything of it happens.
const Unavailable fault.Kind = "unavailable"

// Operations are what faults can be set for. "record" is the writing of a bet into the history: delayed it comes late, duplicated it comes twice.
var Operations = []string{"transfer.apply", "transfer.query", "transfer.funds", "transfer.history", "transfer.record", "transfer.close"}

// Config of the part. All fields are required.
type Config struct {
	PublicURL string
	Clock     func() time.Time
	Rand      io.Reader
	Faults    *fault.Injector
	Currency  func(code string) (Currency, bool)
	// Append takes an entry for the journal and answers a function that waits until it is on disk.
	Append func(Entry) (wait func() error)
}

// Currency says how amounts of one are written and which stakes the game takes.
type Currency struct {
	Parse  func(text string) (int64, error)
	Format func(minor int64) string
	Stakes []int64
}

// Operator is a licensee with wallets at the studio.
type Operator struct {
	ID     string `json:"operator_id"`
	Secret string `json:"signing_secret"`
}

// Transfer is one movement in the studio's book. A refused one moves nothing, now and later.
type Transfer struct {
	Operator  string    `json:"operator"`
	ID        string    `json:"transfer_id"`
	Player    string    `json:"player_id"`
	Direction string    `json:"direction"`
	Amount    string    `json:"amount"` // as the platform wrote it
	Currency  string    `json:"currency"`
	Status    string    `json:"status"`
	Reason    string    `json:"reason,omitempty"`
	Ref       string    `json:"ref"`
	At        time.Time `json:"at"`
}

// Bet is one played round.
type Bet struct {
	Operator   string    `json:"operator"`
	ID         string    `json:"bet_id"`
	Round      string    `json:"round_id"`
	Session    string    `json:"session"`
	SpinID     string    `json:"spin_id"`
	Player     string    `json:"player_id"`
	Currency   string    `json:"currency"`
	Stake      int64     `json:"stake"`
	Payout     int64     `json:"payout"`
	Multiple   int       `json:"multiple"` // in line bets
	ServerSeed string    `json:"server_seed"`
	ClientSeed string    `json:"client_seed"`
	Nonce      int64     `json:"nonce"`
	At         time.Time `json:"at"`
	ShownAt    time.Time `json:"shown_at"` // in the history, as recorded_at says At
	Times      int       `json:"times"`    // how often the history lists it
}

// Session is one launch of the game.
type Session struct {
	ID       string     `json:"id"`
	Operator string     `json:"operator"`
	Player   string     `json:"player_id"`
	Currency string     `json:"currency"`
	LobbyURL string     `json:"lobby_url"`
	Seeds    fair.Seeds `json:"seeds"`
	OpenedAt time.Time  `json:"opened_at"`
	ClosedAt *time.Time `json:"closed_at,omitempty"`
}

// Account is what a wallet holds.
type Account struct {
	Operator string `json:"operator"`
	Player   string `json:"player_id"`
	Currency string `json:"currency"`
	Minor    int64  `json:"minor"`
}

// Entry is a line of the journal. A movement comes with its account as it is after it.
type Entry struct {
	Operator *Operator `json:"operator,omitempty"`
	Transfer *Transfer `json:"transfer,omitempty"`
	Bet      *Bet      `json:"bet,omitempty"`
	Session  *Session  `json:"session,omitempty"`
	Account  *Account  `json:"account,omitempty"`
}

// Book is the running part. All methods are safe for concurrent use.
type Book struct {
	cfg Config

	mu        sync.Mutex
	operators map[string]*Operator
	accounts  map[Account]int64 // keyed with Minor zero
	transfers map[[2]string]*Transfer
	order     []*Transfer // as they came
	bets      []*Bet      // as they were played
	spins     map[[2]string]*Bet
	sessions  map[string]*Session
}

// New makes an empty part; Restore fills it.
func New(cfg Config) *Book {
	return &Book{
		cfg: cfg, operators: map[string]*Operator{}, accounts: map[Account]int64{}, transfers: map[[2]string]*Transfer{}, spins: map[[2]string]*Bet{},
		sessions: map[string]*Session{},
	}
}

// Restore applies one journal entry; later ones about the same thing replace earlier ones.
func (b *Book) Restore(e Entry) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if e.Operator != nil {
		b.operators[e.Operator.ID] = e.Operator
	}
	if e.Session != nil {
		b.sessions[e.Session.ID] = e.Session
	}
	if e.Transfer != nil {
		b.addTransfer(e.Transfer)
	}
	if e.Bet != nil {
		b.addBet(e.Bet)
	}
	if e.Account != nil {
		b.accounts[e.Account.key()] = e.Account.Minor
	}
}

// Snapshot gives everything worth keeping to put; taken is called while nothing can change.
func (b *Book) Snapshot(put func(Entry), taken func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, o := range b.operators {
		put(Entry{Operator: o})
	}
	for _, x := range b.sessions {
		put(Entry{Session: x})
	}
	for _, t := range b.order {
		put(Entry{Transfer: t})
	}
	for _, x := range b.bets {
		put(Entry{Bet: x})
	}
	for key, minor := range b.accounts {
		key.Minor = minor
		put(Entry{Account: &key})
	}
	taken()
}

func (a Account) key() Account {
	a.Minor = 0
	return a
}

func (b *Book) addTransfer(t *Transfer) {
	key := [2]string{t.Operator, t.ID}
	if b.transfers[key] == nil {
		b.order = append(b.order, t)
	}
	b.transfers[key] = t
}

func (b *Book) addBet(x *Bet) {
	key := [2]string{x.Session, x.SpinID}
	if b.spins[key] == nil {
		b.bets = append(b.bets, x)
	}
	b.spins[key] = x
}

// ErrOperator is wrapped by what is wrong with a licensee.
var ErrOperator = errors.New("subwallet: invalid operator")

// Register adds a licensee or replaces it, durably.
func (b *Book) Register(o Operator) error {
	if o.ID == "" || len(o.ID) > 255 || len(o.Secret) < 16 || len(o.Secret) > 255 {
		return fmt.Errorf("%w: operator_id must not be empty and signing_secret must have 16 to 255 characters", ErrOperator)
	}
	b.mu.Lock()
	b.operators[o.ID] = &o
	wait := b.cfg.Append(Entry{Operator: &o})
	b.mu.Unlock()
	return wait()
}

// now is to the millisecond, as the journal keeps it.
func (b *Book) now() time.Time { return b.cfg.Clock().UTC().Truncate(time.Millisecond) }

// errMismatch says that a transfer's id was used for another one.
var errMismatch = errors.New("subwallet: the transfer id was used for other content")

// move carries a transfer out, once: a repetition answers what came of the first, also a refusal.
func (b *Book) move(t Transfer) (Transfer, error) {
	b.mu.Lock()
	if known := b.transfers[[2]string{t.Operator, t.ID}]; known != nil {
		b.mu.Unlock()
		if known.Player != t.Player || known.Direction != t.Direction || known.Amount != t.Amount || known.Currency != t.Currency {
			return Transfer{}, errMismatch
		}
		return *known, nil
	}
	key := Account{Operator: t.Operator, Player: t.Player, Currency: t.Currency}
	has := b.accounts[key]
	t.Status, t.Ref, t.At = Applied, uuid.NewString(), b.now()
	c, known := b.cfg.Currency(t.Currency)
	e := Entry{Transfer: &t}
	if !known {
		t.Status, t.Reason = Refused, "UNSUPPORTED_CURRENCY"
	} else if has, t.Reason = booked(c, has, t); t.Reason != "" {
		t.Status = Refused
	} else {
		b.accounts[key] = has
		key.Minor = has
		e.Account = &key
	}
	b.addTransfer(&t)
	wait := b.cfg.Append(e)
	b.mu.Unlock()
	return t, wait()
}

// booked is what a wallet holds after a transfer, or why it is refused.
func booked(c Currency, has int64, t Transfer) (after int64, refusal string) {
	minor, err := c.Parse(t.Amount)
	switch {
	case err != nil || minor <= 0:
		return has, "UNSUPPORTED_AMOUNT"
	case t.Direction == Out && has < minor:
		return has, "INSUFFICIENT_FUNDS"
	case t.Direction == Out:
		return has - minor, ""
	case minor > maxMinor || has > maxMinor-minor:
		return has, "WALLET_FULL"
	}
	return has + minor, ""
}

// maxMinor is the most that a wallet holds.
const maxMinor = 1 << 53

// Launch starts a session, durably, and answers its id.
func (b *Book) Launch(x Session) (string, error) {
	x.ID = statedir.RandomToken()
	var err error
	if x.Seeds.Server, err = fair.NewServerSeed(b.cfg.Rand); err != nil {
		return "", err
	}
	x.Seeds.Client, x.OpenedAt = fair.NewClientSeed(), b.now()
	b.mu.Lock()
	b.sessions[x.ID] = &x
	wait := b.cfg.Append(Entry{Session: &x})
	b.mu.Unlock()
	return x.ID, wait()
}

// close ends a player's sessions that were opened until a moment, durably, and says how many were open.
func (b *Book) close(operator, player string, until time.Time) (closed int, err error) {
	var waits []func() error
	b.mu.Lock()
	now := b.now()
	for _, x := range b.sessions {
		if x.Operator != operator || x.Player != player || x.ClosedAt != nil || x.OpenedAt.After(until) {
			continue
		}
		x.ClosedAt = &now
		waits = append(waits, b.cfg.Append(Entry{Session: x}))
	}
	b.mu.Unlock()
	for _, wait := range waits {
		err = errors.Join(err, wait())
	}
	return len(waits), err
}

// Refusals of a spin.
var (
	errSession = errors.New("session_not_found")
	errBet     = errors.New("bad_bet")
	errReused  = errors.New("spin_id_reused")
	errFunds   = errors.New("insufficient_funds")
	errClosed  = errors.New("session_closed")
)

// spin plays one round with the money of the session's wallet. The same spin id gives the same round.
func (b *Book) spin(sessionID, spinID, bet string) (Bet, int64, error) {
	plan := b.cfg.Faults.Take("transfer.record")
	b.mu.Lock()
	x := b.sessions[sessionID]
	if x == nil {
		b.mu.Unlock()
		return Bet{}, 0, errSession
	}
	c, _ := b.cfg.Currency(x.Currency) // checked at launch
	stake, err := c.Parse(bet)
	key := Account{Operator: x.Operator, Player: x.Player, Currency: x.Currency}
	has := b.accounts[key]
	known := b.spins[[2]string{sessionID, spinID}]
	switch {
	case err != nil || !slices.Contains(c.Stakes, stake):
		err = errBet
	case known != nil && known.Stake != stake:
		err = errReused
	case known != nil:
		b.mu.Unlock()
		return *known, has, nil
	case x.ClosedAt != nil:
		err = errClosed
	case has < stake:
		err = errFunds
	}
	if err != nil {
		b.mu.Unlock()
		return Bet{}, has, err
	}
	round, err := slot.Draw(fair.NewStream(x.Seeds.Server, x.Seeds.Client, x.Seeds.Nonce))
	if err != nil {
		b.mu.Unlock()
		return Bet{}, has, err
	}
	played := &Bet{
		Operator: x.Operator, ID: uuid.NewString(), Round: uuid.NewString(), Session: x.ID, SpinID: spinID, Player: x.Player, Currency: x.Currency, Stake: stake,
		Payout: stake / slot.Lines * int64(round.Multiple), Multiple: round.Multiple, ServerSeed: x.Seeds.Server, ClientSeed: x.Seeds.Client, Nonce: x.Seeds.Nonce,
		At: b.now(), Times: plan.Sends,
	}
	played.ShownAt = played.At.Add(plan.Delay)
	x.Seeds.Nonce++
	has += played.Payout - stake
	b.accounts[key] = has
	b.addBet(played)
	key.Minor = has
	wait := b.cfg.Append(Entry{Session: x, Bet: played, Account: &key})
	b.mu.Unlock()
	return *played, has, wait()
}

// balance is what a wallet holds.
func (b *Book) balance(operator, player, currency string) int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.accounts[Account{Operator: operator, Player: player, Currency: currency}]
}

// Balances lists an operator's wallets by player and currency.
func (b *Book) Balances(operator string) []Account {
	b.mu.Lock()
	defer b.mu.Unlock()
	var out []Account
	for key, minor := range b.accounts {
		if key.Operator == operator {
			key.Minor = minor
			out = append(out, key)
		}
	}
	slices.SortFunc(out, func(x, y Account) int {
		return cmp.Or(strings.Compare(x.Player, y.Player), strings.Compare(x.Currency, y.Currency))
	})
	return out
}

// history lists an operator's bets that were recorded at or after from and are shown by now.
func (b *Book) history(operator string, from time.Time) []Bet {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.now()
	var out []Bet
	for _, x := range b.bets {
		if x.Operator != operator || x.At.Before(from) || x.ShownAt.After(now) {
			continue
		}
		for range max(x.Times, 1) {
			out = append(out, *x)
		}
	}
	return out
}

// movements lists an operator's transfers of a span that moved money.
func (b *Book) movements(operator string, from, until time.Time) []Transfer {
	b.mu.Lock()
	defer b.mu.Unlock()
	var out []Transfer
	for _, t := range b.order {
		if t.Operator == operator && t.Status == Applied && !t.At.Before(from) && t.At.Before(until) {
			out = append(out, *t)
		}
	}
	return out
}
