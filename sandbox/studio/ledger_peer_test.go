package studio

import (
	"fmt"
	"sync"
)

// book is an operator's wallet without a dialect: idempotent by id, with tombstones. Amounts are hundredths.
type book struct {
	mu      sync.Mutex
	balance int64
	bets    map[string]*entryOf // by the bet's id
	wins    map[string]int64    // by the win's id
	tombs   map[string]bool     // cancelled before they came
	closed  map[string]bool     // rounds
	calls   map[string]int
}

type entryOf struct {
	amount    int64
	cancelled bool
}

func newBook() *book {
	return &book{balance: 1_000_00, bets: map[string]*entryOf{}, wins: map[string]int64{}, tombs: map[string]bool{}, closed: map[string]bool{}, calls: map[string]int{}}
}

// outcome of one call.
type outcome string

const (
	ok       outcome = "ok"
	repeated outcome = "repeated"
	noFunds  outcome = "funds"
	unknown  outcome = "unknown"
	tomb     outcome = "tomb" // refused because it was cancelled before
	broken   outcome = "broken"
)

func (b *book) bet(id string, amount int64) outcome {
	switch known := b.bets[id]; {
	case known != nil:
		return repeated
	case b.tombs[id]:
		return tomb
	case amount > b.balance:
		return noFunds
	}
	b.balance -= amount
	b.bets[id] = &entryOf{amount: amount}
	return ok
}

func (b *book) win(id, bet string, amount int64) outcome {
	known := b.bets[bet]
	switch _, twice := b.wins[id]; {
	case twice:
		return repeated
	case known == nil:
		return unknown
	case known.cancelled:
		return tomb
	}
	b.wins[id] = amount
	b.balance += amount
	return ok
}

func (b *book) cancel(bet string) outcome {
	known := b.bets[bet]
	switch {
	case known == nil:
		b.tombs[bet] = true
		return unknown
	case known.cancelled:
		return repeated
	}
	known.cancelled = true
	b.balance += known.amount
	return ok
}

// net is what the bets and wins come to.
func (b *book) net() (staked, won int64) {
	for _, e := range b.bets {
		if !e.cancelled {
			staked += e.amount
		}
	}
	for _, v := range b.wins {
		won += v
	}
	return staked, won
}

// parse reads an amount with two decimals at most, exactly.
func parse(text string) int64 {
	v, err := currencies["EUR"].parse(text)
	if err != nil {
		panic(fmt.Sprintf("the studio sent the amount %q", text))
	}
	return v
}
