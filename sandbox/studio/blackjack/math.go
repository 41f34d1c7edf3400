package blackjack

import "sync"

// Figures are the game's expectation per round when every decision is the best one. They are computed, not simulated:
// because every card comes from a full deck, hands after a split and the dealer's draw depend on nothing but totals.
type Figures struct {
	RTP    float64 // what a round returns of its first stake, further stakes netted: 1 + gain
	Gain   float64 // net gain per first stake; negative, the house's edge
	Stakes float64 // stakes a round costs on average
	OfAll  float64 // what is returned of all that is staked
}

// chance is the probability of a card of that value.
func chance(value int) float64 {
	if value == 10 {
		return 4.0 / 13
	}
	return 1.0 / 13
}

// sum is a hand as the expectation sees it: hard total, and whether there is an ace in it.
type sum struct {
	hard int
	ace  bool
}

func (s sum) add(value int) sum { return sum{s.hard + value, s.ace || value == 1} }

func (s sum) best() int {
	if s.ace && s.hard <= 11 {
		return s.hard + 10
	}
	return s.hard
}

// outlook is the expectation of every hand against one up card, given that the dealer has no blackjack.
type outlook struct {
	final [22]float64 // chance of the dealer's final total, 17..21; [0] is bust
	hit   map[sum]float64
}

var outlooks = sync.OnceValue(func() (all [11]*outlook) {
	for up := 1; up <= 10; up++ {
		o := &outlook{hit: map[sum]float64{}}
		o.dealer(sum{up, up == 1}, 1, up)
		all[up] = o
	}
	return all
})

// dealer follows the dealer's draw; up is the up card's value for the second card, which is known to make no blackjack,
// and 0 afterwards.
func (o *outlook) dealer(s sum, p float64, up int) {
	if up == 0 && s.best() >= 17 {
		if s.best() > 21 {
			o.final[0] += p
		} else {
			o.final[s.best()] += p
		}
		return
	}
	without := 0
	switch up {
	case 1:
		without = 10
	case 10:
		without = 1
	}
	rest := 1.0
	if without > 0 {
		rest -= chance(without)
	}
	for v := 1; v <= 10; v++ {
		if v != without {
			o.dealer(s.add(v), p*chance(v)/rest, 0)
		}
	}
}

func (o *outlook) stand(s sum) float64 {
	mine := s.best()
	if mine > 21 {
		return -1
	}
	gain := o.final[0]
	for total := 17; total <= 21; total++ {
		switch {
		case total < mine:
			gain += o.final[total]
		case total > mine:
			gain -= o.final[total]
		}
	}
	return gain
}

// hitting is the gain of one more card and the best play after it.
func (o *outlook) hitting(s sum) float64 {
	if v, ok := o.hit[s]; ok {
		return v
	}
	gain := 0.0
	for v := 1; v <= 10; v++ {
		n := s.add(v)
		if n.hard > 21 {
			gain -= chance(v)
			continue
		}
		gain += chance(v) * max(o.stand(n), o.hitIfAllowed(n))
	}
	o.hit[s] = gain
	return gain
}

// hitIfAllowed: a hand of 21 stands by itself.
func (o *outlook) hitIfAllowed(s sum) float64 {
	if s.best() == 21 {
		return o.stand(s)
	}
	return o.hitting(s)
}

func (o *outlook) doubling(s sum) float64 {
	gain := 0.0
	for v := 1; v <= 10; v++ {
		gain += chance(v) * 2 * o.stand(s.add(v))
	}
	return gain
}

// two is the best play of two cards that cannot be split, and the stakes it costs.
func (o *outlook) two(s sum) (gain, stakes float64) {
	if s.best() == 21 {
		return o.stand(s), 1
	}
	gain, stakes = max(o.stand(s), o.hitting(s)), 1
	if d := o.doubling(s); d > gain {
		gain, stakes = d, 2
	}
	return gain, stakes
}

// splitting is both hands together.
func (o *outlook) splitting(value int) (gain, stakes float64) {
	for v := 1; v <= 10; v++ {
		s := sum{value, value == 1}.add(v)
		if value == 1 {
			gain, stakes = gain+2*chance(v)*o.stand(s), stakes+2*chance(v)
			continue
		}
		g, n := o.two(s)
		gain, stakes = gain+2*chance(v)*g, stakes+2*chance(v)*n
	}
	return gain, stakes
}

// Compute works the figures out; it takes milliseconds.
var Compute = sync.OnceValue(func() Figures {
	var f Figures
	all := outlooks()
	for up := 1; up <= 10; up++ {
		for a := 1; a <= 10; a++ {
			for b := 1; b <= 10; b++ {
				g, n := first(all[up], up, a, b)
				p := chance(up) * chance(a) * chance(b)
				f.Gain, f.Stakes = f.Gain+p*g, f.Stakes+p*n
			}
		}
	}
	f.RTP = 1 + f.Gain
	f.OfAll = (f.Gain + f.Stakes) / f.Stakes
	return f
})

// first is the expectation of two cards against an up card, the dealer's blackjack included.
func first(o *outlook, up, a, b int) (gain, stakes float64) {
	peeked := 0.0
	switch up {
	case 1:
		peeked = chance(10)
	case 10:
		peeked = chance(1)
	}
	s := sum{a, a == 1}.add(b)
	if s.best() == 21 {
		return 1.5 * (1 - peeked), 1
	}
	gain, stakes = o.two(s)
	// Cards of value ten are of one rank in a quarter of the cases: only those can be split.
	if a == b {
		if g, n := o.splitting(a); g > gain {
			pairs := 1.0
			if a == 10 {
				pairs = 0.25
			}
			gain, stakes = pairs*g+(1-pairs)*gain, pairs*n+(1-pairs)*stakes
		}
	}
	return -peeked + (1-peeked)*gain, peeked + (1-peeked)*stakes
}

// situation is all that a decision depends on.
type situation struct {
	up, hard    int
	ace         bool
	first, pair bool // two cards; that can be split
}

// Best is the decision with the highest expectation for the table's active hand.
func (t *Table) Best() Action {
	h := t.Hands[t.Active]
	s := sum{}
	for _, c := range h.Cards {
		s = s.add(c.Value())
	}
	first := len(h.Cards) == 2
	return decisions()[situation{
		up: t.Dealer[0].Value(), hard: s.hard, ace: s.ace, first: first, pair: first && !h.split && h.Cards[0]%13 == h.Cards[1]%13,
	}]
}

var decisions = sync.OnceValue(func() map[situation]Action {
	all := map[situation]Action{}
	for up := 1; up <= 10; up++ {
		for hard := 2; hard <= 21; hard++ {
			for _, ace := range []bool{false, true} {
				for _, first := range []bool{false, true} {
					x := situation{up: up, hard: hard, ace: ace, first: first}
					all[x] = x.decide(0)
				}
			}
		}
		for value := 1; value <= 10; value++ {
			x := situation{up: up, hard: 2 * value, ace: value == 1, first: true, pair: true}
			all[x] = x.decide(value)
		}
	}
	return all
})

// decide compares what is allowed; pair is the value of the pair, if there is one.
func (x situation) decide(pair int) Action {
	o, s := outlooks()[x.up], sum{x.hard, x.ace}
	best, gain := Stand, o.stand(s)
	better := func(a Action, g float64) {
		if g > gain {
			best, gain = a, g
		}
	}
	better(Hit, o.hitting(s))
	if x.first {
		better(Double, o.doubling(s))
	}
	if pair > 0 {
		g, _ := o.splitting(pair)
		better(Split, g)
	}
	return best
}
