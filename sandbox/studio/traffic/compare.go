package traffic

import (
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strings"
	"time"

	"github.com/pitboss-gaming/pitboss/sandbox/fault"
	"github.com/pitboss-gaming/pitboss/sandbox/studio"
)

// Book is what the operator has.
type Book struct {
	Accounts map[string]Account // by player
	Bets     map[string]Bet     // by Key of the provider's transaction
}

// Account is a player's money.
type Account struct{ Available, Held string }

// Bet is one stake at the operator.
type Bet struct {
	Player string
	Stake  string
	State  BetState
	Payout string // of a studio that keeps players' money
}

// BetState is what a comparison needs to know of a bet.
type BetState int

// The states.
const (
	Settled BetState = iota // taken, and its result is there
	Void                    // taken back or refused: no money
	Open                    // taken, without a result yet
)

func (s BetState) String() string { return [...]string{"settled", "void", "open"}[s] }

// Key makes one key of the forms in which protocols write a transaction's id: with dashes or without, and behind the name
// of the provider where an aggregator stands in between.
func Key(tx string) string {
	tx = tx[strings.LastIndexByte(tx, '/')+1:]
	return strings.ToLower(strings.ReplaceAll(tx, "-", ""))
}

// Report is the outcome of a run.
type Report struct {
	Rounds      map[string]int // by state at the studio
	Bets        int            // that stand
	RolledBack  int
	Refused     int
	Staked, Won map[string]string // by currency
	Players     int
	Took        time.Duration
	Struck      []fault.Rule
	Open        int            // rounds that still owe the wallet something, or transfers under way
	Moves       map[string]int // transfers by state at the operator, of a studio that keeps players' money
	Differences []string
}

// Compare holds the studio's rounds against the operator's book: each bet by itself, and each player's money.
func Compare(rounds []studio.BookedRound, players []Player, book Book) Report {
	r := Report{Rounds: map[string]int{}, Staked: map[string]string{}, Won: map[string]string{}, Players: len(players)}
	net, staked, won := map[string]*big.Rat{}, map[string]*big.Rat{}, map[string]*big.Rat{}
	seen := map[string]bool{}
	for _, round := range rounds {
		r.Rounds[round.State]++
		if round.State == "disputed" {
			r.differ("round %s of %s is disputed: %s", round.RoundID, round.User, round.LastStatus)
		}
		for _, k := range round.Stakes {
			if round.Free != "" {
				continue // nobody's money
			}
			seen[Key(k.BetUUID)] = true
			r.bet(round, k, book)
			if k.State == "standing" {
				add(net, round.User, "-"+k.Amount)
				add(staked, round.Currency, k.Amount)
			}
		}
		if round.State == "settled" || round.State == "closing" {
			add(net, round.User, round.Win)
			add(won, round.Currency, round.Win)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(book.Bets)) {
		if b := book.Bets[key]; !seen[key] && b.State != Void {
			r.differ("bet %s of %s, %s: the operator has it %s, the studio has never made it", key, b.Player, b.Stake, b.State)
		}
	}
	for _, p := range players {
		r.money(p, net[p.ID], book.Accounts[p.ID])
	}
	for currency, sum := range staked {
		r.Staked[currency] = sum.FloatString(2)
	}
	for currency, sum := range won {
		r.Won[currency] = sum.FloatString(2)
	}
	return r
}

// bet compares one stake.
func (r *Report) bet(round studio.BookedRound, k studio.BookedStake, book Book) {
	has, known := book.Bets[Key(k.BetUUID)]
	switch k.State {
	case "standing":
		r.Bets++
		switch {
		case !known || has.State == Void:
			r.differ("bet %s of %s, %s: it stands at the studio and not at the operator", k.BetUUID, round.User, k.Amount)
		case has.State == Open && (round.State == "settled" || round.State == "closing"):
			r.differ("bet %s of %s: the studio has settled its round, the operator has it open", k.BetUUID, round.User)
		case rat(has.Stake).Cmp(rat(k.Amount)) != 0:
			r.differ("bet %s of %s: %s at the studio, %s at the operator", k.BetUUID, round.User, k.Amount, has.Stake)
		}
	case "cancelled", "refused":
		if k.State == "cancelled" {
			r.RolledBack++
		} else {
			r.Refused++
		}
		if known && has.State != Void {
			r.differ("bet %s of %s, %s: it is %s at the studio and %s at the operator", k.BetUUID, round.User, k.Amount, k.State, has.State)
		}
	}
}

// money compares a player's balance.
func (r *Report) money(p Player, net *big.Rat, has Account) {
	want := rat(p.Funds)
	if net != nil {
		want.Add(want, net)
	}
	if rat(has.Available).Cmp(want) != 0 {
		r.differ("player %s: by the studio's books %s %s, at the operator %s", p.ID, want.FloatString(6), p.Currency, has.Available)
	}
	if rat(has.Held).Sign() != 0 {
		r.differ("player %s: %s %s are still held", p.ID, has.Held, p.Currency)
	}
}

func (r *Report) differ(format string, args ...any) {
	r.Differences = append(r.Differences, fmt.Sprintf(format, args...))
}

func add(sums map[string]*big.Rat, key, amount string) {
	if sums[key] == nil {
		sums[key] = new(big.Rat)
	}
	sums[key].Add(sums[key], rat(amount))
}

// rat reads a decimal; what is none counts as zero and shows up as a difference.
func rat(text string) *big.Rat {
	v, ok := new(big.Rat).SetString(text)
	if !ok {
		return new(big.Rat)
	}
	return v
}
