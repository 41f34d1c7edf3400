package studio

import (
	"encoding/json"
	"io"
	"slices"
	"time"

	"github.com/pitboss-gaming/pitboss/sandbox/studio/wallet"
)

// game is one of the studio's games. Its outcome is a pure function of what the player asked for, the actions taken and
// the round's random bytes; nothing else of a round is kept, and everything can be shown or checked again.
type game interface {
	about() about
	// open checks what the player asks for and says what it costs.
	open(c currency, ask ask) (opening, *apiError)
	// position computes the round so far.
	position(r *round, c currency, random io.Reader, now time.Time) (position, error)
	// act checks an action. It is not called for a round that is over.
	act(r *round, p position, want action, now time.Time) (a action, cost int64, err *apiError)
	// paytable is what paytable.json answers, sheet what the paytable's page shows.
	paytable() any
	sheet() any
}

// about is what a game says of itself.
type about struct {
	wallet.Game
	RTP         float64
	Method      string // how RTP was found
	MaxOpen     int    // rounds of one session at the same time
	Stepped     bool   // any multiple of the lowest stake can be bet, not only a session's levels
	Figures     map[string]any
	Description string
}

// ask is the body of a new round. Which fields a game reads is its own affair.
type ask struct {
	SpinID      string     `json:"spin_id"`
	Bet         string     `json:"bet,omitempty"`
	Bets        []askedBet `json:"bets,omitempty"`         // roulette
	AutoCashout string     `json:"auto_cashout,omitempty"` // crash, e.g. "1.50"
	Free        string     `json:"free,omitempty"`         // name of free rounds, instead of a bet
}

type askedBet struct {
	On    string `json:"on"`
	Stake string `json:"stake"`
}

// opening is a checked ask.
type opening struct {
	Stake   int64           // minor units
	Request json.RawMessage // kept with the round, compared when the same spin_id comes again
	Text    string          // for the operator's records
}

// action is something a player did in a running round.
type action struct {
	ID   string `json:"action_id"`
	Name string `json:"action"`
	At   int64  `json:"at,omitempty"` // crash: the multiplier cashed out at, in hundredths
}

// position is how a round stands.
type position struct {
	Over    bool
	Win     int64         // minor units, when Over
	GoesOn  time.Duration // without the player, from the round's start; 0: the player decides
	Actions []string      // what the player can do
	View    any           // what the player sees; nothing that is still secret
}

// Codes of the games, as operators name them.
const (
	GameCode      = "pbs_goldenvault"
	CodeRoulette  = "pbs_roulette"
	CodeCrash     = "pbs_skyward"
	CodeBlackjack = "pbs_blackjack"
)

// games in the order of the list that operators get.
var games = []game{slotGame{}, rouletteGame{}, crashGame{}, blackjackGame{}}

func gameOf(code string) (game, bool) {
	i := slices.IndexFunc(games, func(g game) bool { return g.about().Code == code })
	if i < 0 {
		return nil, false
	}
	return games[i], true
}

// GameCodes lists the studio's games.
func GameCodes() []string {
	var out []string
	for _, g := range games {
		out = append(out, g.about().Code)
	}
	return out
}

var errNoAutoCashout = badBet("this game has no auto_cashout")

func badBet(message string) *apiError { return &apiError{Code: "bad_bet", Message: message} }

// oneBet reads an ask that is one bet of the session's levels and nothing else.
func oneBet(c currency, a ask) (int64, *apiError) {
	if a.AutoCashout != "" {
		return 0, errNoAutoCashout
	}
	minor, err := c.parse(a.Bet)
	if err != nil || !c.allows(minor) || len(a.Bets) > 0 {
		return 0, badBet("bet must be one of the session's bet levels")
	}
	return minor, nil
}

// request is an opening's Request; what is asked for is plain data and always marshals.
func request(v any) json.RawMessage {
	b, err := json.Marshal(v)
	if err != nil {
		panic("studio: a request does not marshal: " + err.Error())
	}
	return b
}
