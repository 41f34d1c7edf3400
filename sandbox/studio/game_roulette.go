package studio

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/pitboss-gaming/pitboss/sandbox/studio/roulette"
	"github.com/pitboss-gaming/pitboss/sandbox/studio/wallet"
)

// rouletteGame is European roulette; all bets of a round are one stake in the wallet.
type rouletteGame struct{}

const maxRouletteBets = 60

// placedBet is a checked bet; stakes are whole multiples of the lowest chip.
type placedBet struct {
	On    string `json:"on"`
	Stake int64  `json:"stake"`
}

func (rouletteGame) about() about {
	return about{
		Game: wallet.Game{ID: 1002, Code: CodeRoulette, Name: "European Roulette", Kind: "roulette", Category: "Table Games"},
		RTP:  roulette.RTP, MaxOpen: 1, Stepped: true,
		Method:      "exact: every bet returns 36 of its 37 pockets, which the studio's own tests count for all 157 places of the cloth",
		Description: "One zero, 157 places to bet on, up to 60 of them in one round.",
		Figures:     map[string]any{"pockets": roulette.Pockets, "places": len(roulette.Spots()), "max_bets": maxRouletteBets},
	}
}

func (rouletteGame) open(c currency, a ask) (opening, *apiError) {
	if len(a.Bets) == 0 || len(a.Bets) > maxRouletteBets || a.Bet != "" {
		return opening{}, badBet(fmt.Sprintf("bets must be 1 to %d of {\"on\",\"stake\"}", maxRouletteBets))
	}
	if a.AutoCashout != "" {
		return opening{}, errNoAutoCashout
	}
	bets := make([]placedBet, 0, len(a.Bets))
	total := int64(0)
	for _, b := range a.Bets {
		if _, ok := roulette.Find(b.On); !ok {
			return opening{}, badBet("there is no such place to bet on: " + text(b.On, 40))
		}
		stake, err := c.parse(b.Stake)
		if err != nil || stake < c.minMinor || stake > c.maxMinor || stake%c.minMinor != 0 {
			return opening{}, badBet("each stake must be a multiple of " + c.format(c.minMinor))
		}
		if slices.ContainsFunc(bets, func(p placedBet) bool { return p.On == b.On }) {
			return opening{}, badBet("each place can be bet on once")
		}
		bets = append(bets, placedBet{b.On, stake})
		total += stake
	}
	if total > c.maxMinor {
		return opening{}, badBet("all bets together must be at most " + c.format(c.maxMinor))
	}
	return opening{Stake: total, Request: request(bets), Text: fmt.Sprintf("European Roulette: %d bets", len(bets))}, nil
}

// rouletteView is a turned wheel.
type rouletteView struct {
	Number int           `json:"number"`
	Colour string        `json:"colour"`
	Bets   []rouletteBet `json:"bets"`
}

type rouletteBet struct {
	On    string `json:"on"`
	Stake string `json:"stake"`
	Win   string `json:"win"`
}

func (rouletteGame) position(r *round, c currency, random io.Reader, _ time.Time) (position, error) {
	var bets []placedBet
	if err := json.Unmarshal(r.Request, &bets); err != nil {
		return position{}, err
	}
	number, err := roulette.Draw(random)
	if err != nil {
		return position{}, err
	}
	v := rouletteView{Number: number, Colour: colour(number)}
	win := int64(0)
	for _, b := range bets {
		spot, _ := roulette.Find(b.On) // checked when the round was opened
		pays := spot.Payout(b.Stake, number)
		win += pays
		v.Bets = append(v.Bets, rouletteBet{b.On, c.format(b.Stake), c.format(pays)})
	}
	return position{Over: true, Win: win, View: v}, nil
}

func colour(n int) string {
	switch {
	case n == 0:
		return "green"
	case roulette.Red(n):
		return "red"
	}
	return "black"
}

func (rouletteGame) act(*round, position, action, time.Time) (action, int64, *apiError) {
	return action{}, 0, &apiError{Code: "bad_action", Message: "this game has no actions"}
}

type rouletteTable struct {
	Game     string                `json:"game"`
	GameCode string                `json:"game_code"`
	Pays     []roulettePay         `json:"pays"`
	Wheel    []int                 `json:"wheel"`
	Spots    []roulette.Spot       `json:"places"`
	RTP      string                `json:"rtp"`
	Stakes   map[string]stakeRange `json:"stakes"`
	MaxBets  int                   `json:"max_bets"`
}

type roulettePay struct {
	Kind    string `json:"kind"`
	Numbers int    `json:"numbers"`
	Pays    int    `json:"pays_to_1"`
	Chance  string `json:"chance"`
}

func (rouletteGame) paytable() any {
	t := rouletteTable{
		Game: "European Roulette", GameCode: CodeRoulette, Wheel: roulette.Wheel[:], Spots: roulette.Spots(),
		RTP: fmt.Sprintf("%.4f %%", 100*roulette.RTP), Stakes: stakeRanges(true), MaxBets: maxRouletteBets,
	}
	for _, k := range roulette.Kinds {
		t.Pays = append(t.Pays, roulettePay{k.Name, k.Numbers, 36/k.Numbers - 1, fmt.Sprintf("%.2f %%", 100*float64(k.Numbers)/roulette.Pockets)})
	}
	return t
}

func (g rouletteGame) sheet() any { return g.paytable() }

// text cuts what a client sent down to what an error may repeat.
func text(s string, most int) string { return fmt.Sprintf("%.*q", most, s) }
