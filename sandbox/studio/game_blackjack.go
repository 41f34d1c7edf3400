package studio

import (
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/pitboss-gaming/pitboss/sandbox/studio/blackjack"
	"github.com/pitboss-gaming/pitboss/sandbox/studio/wallet"
)

// blackjackGame is blackjack against the dealer. Doubling and splitting cost another stake, which is a bet of its own in
// the wallet, within the same round.
type blackjackGame struct{}

func (blackjackGame) about() about {
	f := blackjack.Compute()
	return about{
		Game: wallet.Game{ID: 1004, Code: CodeBlackjack, Name: "Blackjack", Kind: "blackjack", Category: "Table Games"},
		RTP:  f.RTP, MaxOpen: 1,
		Method:      "exact expectation of the best play, computed over all cards because each is drawn from a full deck; simulated by the studio's own tests",
		Description: "Blackjack with split and double, every card from a full deck.",
		Figures:     map[string]any{"stakes_per_round": f.Stakes, "rtp_of_all_stakes": f.OfAll, "blackjack_pays": "3:2", "decks": "a full deck for each card"},
	}
}

func (blackjackGame) open(c currency, a ask) (opening, *apiError) {
	minor, err := oneBet(c, a)
	if err != nil {
		return opening{}, err
	}
	return opening{Stake: minor, Request: request(map[string]int64{"bet": minor}), Text: "Blackjack"}, nil
}

// blackjackView hides the dealer's second card until the round is over.
type blackjackView struct {
	Hands   []handView `json:"hands"`
	Active  int        `json:"active"`
	Dealer  []string   `json:"dealer"`
	Total   int        `json:"dealer_total"`
	Natural bool       `json:"dealer_blackjack,omitempty"`
}

type handView struct {
	Cards   []string `json:"cards"`
	Total   int      `json:"total"`
	Soft    bool     `json:"soft,omitempty"`
	Stake   string   `json:"stake"`
	Doubled bool     `json:"doubled,omitempty"`
	Result  string   `json:"result,omitempty"` // blackjack, win, push, lose, bust
	Win     string   `json:"win,omitempty"`
}

func (blackjackGame) position(r *round, c currency, random io.Reader, _ time.Time) (position, error) {
	t, err := replay(r, random)
	if err != nil {
		return position{}, err
	}
	stake := r.Stakes[0].Amount
	v := blackjackView{Active: t.Active, Dealer: cards(t.Dealer[:1])}
	v.Total, _ = blackjack.Total(t.Dealer[:1])
	if t.Over {
		v.Dealer, v.Natural = cards(t.Dealer), blackjack.Natural(t.Dealer)
		v.Total, _ = blackjack.Total(t.Dealer)
	}
	for i, h := range t.Hands {
		v.Hands = append(v.Hands, handOf(t, i, h, stake, c))
	}
	if t.Over {
		return position{Over: true, Win: t.Payout(stake), View: v}, nil
	}
	p := position{View: v}
	for _, a := range t.Allowed() {
		p.Actions = append(p.Actions, string(a))
	}
	return p, nil
}

func replay(r *round, random io.Reader) (*blackjack.Table, error) {
	var actions []blackjack.Action
	for _, a := range r.Actions {
		actions = append(actions, blackjack.Action(a.Name))
	}
	return blackjack.Play(random, actions)
}

func handOf(t *blackjack.Table, i int, h blackjack.Hand, stake int64, c currency) handView {
	v := handView{Cards: cards(h.Cards), Doubled: h.Doubled}
	v.Total, v.Soft = blackjack.Total(h.Cards)
	halves := int64(2)
	if h.Doubled {
		halves = 4
	}
	v.Stake = c.format(stake / 2 * halves)
	if !t.Over {
		return v
	}
	got := t.HalfStakes(i)
	v.Win = c.format(stake / 2 * got)
	switch {
	case got == 5:
		v.Result = "blackjack"
	case got > halves:
		v.Result = "win"
	case got == halves:
		v.Result = "push"
	case v.Total > 21:
		v.Result = "bust"
	default:
		v.Result = "lose"
	}
	return v
}

func cards(in []blackjack.Card) (out []string) {
	for _, c := range in {
		out = append(out, c.String())
	}
	return out
}

func (blackjackGame) act(r *round, p position, want action, _ time.Time) (action, int64, *apiError) {
	if !slices.Contains(p.Actions, want.Name) {
		return action{}, 0, &apiError{Code: "bad_action", Message: "this cannot be done with this hand"}
	}
	cost := int64(0)
	if blackjack.Action(want.Name).Costs() {
		cost = r.Stakes[0].Amount
	}
	return action{ID: want.ID, Name: want.Name}, cost, nil
}

func (blackjackGame) paytable() any {
	f := blackjack.Compute()
	percent := func(v float64) string { return fmt.Sprintf("%.4f %%", 100*v) }
	type row struct {
		Result string `json:"result"`
		Pays   string `json:"pays"`
	}
	return map[string]any{
		"game": "Blackjack", "game_code": CodeBlackjack, "rtp": percent(f.RTP), "rtp_of_all_stakes": percent(f.OfAll), "stakes": fmt.Sprintf("%.4f", f.Stakes),
		"pays": []row{{"Blackjack", "3 to 2"}, {"Win", "1 to 1"}, {"Push", "the stake back"}, {"Loss", "nothing"}},
		"rules": []string{
			"Every card is drawn from a full deck of 52: nothing can be counted.",
			"The dealer stands on all 17, soft 17 included, and looks for a blackjack under an ace or a ten before you decide.",
			"The first two cards of a hand can be doubled: one more card, then the hand stands.",
			"Two cards of one rank can be split once. Each hand can then be doubled; split aces receive one card each.",
			"21 after a split is no blackjack. No insurance, no surrender.",
			"A hand that is left alone for an hour stands.",
		},
	}
}

func (g blackjackGame) sheet() any { return g.paytable() }
