// Package blackjack is blackjack for one player against the dealer. Every card is drawn from a full deck of 52 (as from a
// machine that shuffles after each card), so that nothing can be counted and the return can be computed exactly.
//
// Rules: the dealer stands on all 17 and looks for a blackjack under an ace or a ten; a blackjack pays 3 to 2; two cards
// of one rank can be split once, aces receive one card each; the first two cards of a hand can be doubled, also after a
// split of other ranks than aces; 21 after a split is no blackjack; no insurance, no surrender.
package blackjack

import (
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/pitboss-gaming/pitboss/sandbox/studio/fair"
)

// Card is 0..51: rank Card%13 (0 is the ace, 9 to 12 ten to king), suit Card/13 (spades, hearts, diamonds, clubs).
type Card uint8

const (
	rankNames = "A23456789TJQK"
	suitNames = "shdc"
)

// String is rank and suit, "Th" being the ten of hearts.
func (c Card) String() string { return string([]byte{rankNames[c%13], suitNames[c/13]}) }

// Value is 1 for an ace and 10 for the court.
func (c Card) Value() int { return min(int(c%13)+1, 10) }

// Action is what a player does with a hand.
type Action string

// The actions. Double and Split cost another stake.
const (
	Hit    Action = "hit"
	Stand  Action = "stand"
	Double Action = "double"
	Split  Action = "split"
)

// Costs says whether the action needs another stake.
func (a Action) Costs() bool { return a == Double || a == Split }

// Hand is one of the player's hands.
type Hand struct {
	Cards   []Card
	Doubled bool
	Done    bool
	split   bool
}

// Table is a round as it stands.
type Table struct {
	Hands  []Hand
	Active int    // the hand whose turn it is
	Dealer []Card // the second one is face down until Over
	Over   bool

	random io.Reader
}

// ErrAction is returned for an action that the rules do not allow now.
var ErrAction = errors.New("blackjack: this cannot be done now")

// Play deals and carries out the actions. Cards are drawn in this order: player, dealer, player, dealer; then each as it
// is needed, at a split one for each hand; the dealer's at the end.
func Play(random io.Reader, actions []Action) (*Table, error) {
	t := &Table{random: random}
	var deal [4]Card
	for i := range deal {
		var err error
		if deal[i], err = t.draw(); err != nil {
			return nil, err
		}
	}
	t.Hands, t.Dealer = []Hand{{Cards: []Card{deal[0], deal[2]}}}, []Card{deal[1], deal[3]}
	if natural(t.Hands[0].Cards) || natural(t.Dealer) {
		t.Hands[0].Done, t.Over = true, true
	}
	for _, a := range actions {
		if err := t.act(a); err != nil {
			return nil, err
		}
	}
	return t, nil
}

// Allowed lists what the active hand can do.
func (t *Table) Allowed() []Action {
	var out []Action
	for _, a := range []Action{Hit, Stand, Double, Split} {
		if t.allows(a) {
			out = append(out, a)
		}
	}
	return out
}

func (t *Table) allows(a Action) bool {
	if t.Over {
		return false
	}
	h := &t.Hands[t.Active]
	switch a {
	case Hit, Stand:
		return true
	case Double:
		return len(h.Cards) == 2
	case Split:
		return len(h.Cards) == 2 && !h.split && h.Cards[0]%13 == h.Cards[1]%13
	}
	return false
}

func (t *Table) act(a Action) error {
	if !t.allows(a) {
		return fmt.Errorf("%w: %s", ErrAction, a)
	}
	h := &t.Hands[t.Active]
	var err error
	switch a {
	case Hit:
		err = t.give(h)
	case Stand:
		h.Done = true
	case Double:
		h.Doubled = true
		err = t.give(h)
		h.Done = true
	case Split:
		err = t.split()
	}
	if err != nil {
		return err
	}
	return t.next()
}

// give draws a card for the hand; 21 and more is the end of it.
func (t *Table) give(h *Hand) error {
	c, err := t.draw()
	h.Cards = append(h.Cards, c)
	total, _ := Total(h.Cards)
	h.Done = h.Done || total >= 21
	return err
}

func (t *Table) split() error {
	a, b := t.Hands[0].Cards[0], t.Hands[0].Cards[1]
	t.Hands = []Hand{{Cards: []Card{a}, split: true}, {Cards: []Card{b}, split: true}}
	for i := range t.Hands {
		if err := t.give(&t.Hands[i]); err != nil {
			return err
		}
		t.Hands[i].Done = t.Hands[i].Done || a.Value() == 1
	}
	return nil
}

// next passes the turn on, at last to the dealer, who draws unless every hand is bust.
func (t *Table) next() error {
	for t.Active < len(t.Hands) && t.Hands[t.Active].Done {
		t.Active++
	}
	if t.Active < len(t.Hands) {
		return nil
	}
	t.Active, t.Over = len(t.Hands)-1, true
	if !slices.ContainsFunc(t.Hands, func(h Hand) bool { total, _ := Total(h.Cards); return total <= 21 }) {
		return nil
	}
	for {
		if total, _ := Total(t.Dealer); total >= 17 {
			return nil
		}
		c, err := t.draw()
		if err != nil {
			return err
		}
		t.Dealer = append(t.Dealer, c)
	}
}

// HalfStakes is what the hand returns in halves of the first stake, stakes included: 5 for a blackjack, 4 for a win, 8
// for a doubled one.
func (t *Table) HalfStakes(hand int) int64 {
	h := t.Hands[hand]
	mine, _ := Total(h.Cards)
	theirs, _ := Total(t.Dealer)
	mineNatural := len(t.Hands) == 1 && natural(h.Cards)
	stake := int64(2)
	if h.Doubled {
		stake = 4
	}
	switch {
	case mineNatural && !natural(t.Dealer):
		return 5
	case natural(t.Dealer) && !mineNatural, mine > 21:
		return 0
	case theirs > 21 || mine > theirs:
		return 2 * stake
	case mine == theirs:
		return stake
	}
	return 0
}

// Stakes is how many stakes the round has cost.
func (t *Table) Stakes() int64 {
	n := int64(len(t.Hands))
	for _, h := range t.Hands {
		if h.Doubled {
			n++
		}
	}
	return n
}

// Payout is what the round returns for its first stake, which must be even.
func (t *Table) Payout(stake int64) int64 {
	var halves int64
	for i := range t.Hands {
		halves += t.HalfStakes(i)
	}
	return stake / 2 * halves
}

// Total is the best sum of the cards; soft says that an ace counts 11 in it.
func Total(cards []Card) (total int, soft bool) {
	ace := false
	for _, c := range cards {
		total += c.Value()
		ace = ace || c.Value() == 1
	}
	if ace && total <= 11 {
		return total + 10, true
	}
	return total, false
}

// Natural says that two cards are a blackjack.
func Natural(cards []Card) bool { return natural(cards) }

func natural(cards []Card) bool {
	total, _ := Total(cards)
	return len(cards) == 2 && total == 21
}

func (t *Table) draw() (Card, error) {
	n, err := fair.Uniform(t.random, 52)
	return Card(n), err
}
