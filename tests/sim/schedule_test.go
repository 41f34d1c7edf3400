package sim_test

import (
	"fmt"
	"math/rand/v2"
	"strings"

	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/tests/sim/books"
)

const (
	newIntents = 160 // requests that a schedule makes up
	atOnce     = 6   // most deliveries at the same time
)

// schedule is everything that a run will do. It is made from the seed alone, before anything runs, so that the same seed is the same schedule
// whatever the wallet answers; only the order among deliveries that are made at once is left to the machine.
type schedule struct {
	seed    uint64
	guards  []books.Guard
	intents []planned
	steps   []step
}

// planned is a request whose hold is known only when the one that opens it was answered.
type planned struct {
	books.Intent
	opener int // intent that opens the hold, or -1
}

// step delivers some requests, at once if there are several, while a fault waits for the first commit.
type step struct {
	deliveries []delivery
	fault      fault
	restart    int  // wallet to be closed and made anew before the step, or -1
	again      bool // whoever gets no answer and learns that nothing was done asks again
}

// delivery is one arrival of a request at one of the wallets.
type delivery struct{ intent, wallet int }

// planner makes a schedule.
type planner struct {
	r       *rand.Rand
	s       *schedule
	mailbox []int // intents under way, once for each delivery
	openers map[books.Account]map[books.Purpose][]int
	arrived map[int]bool // intents with a delivery behind them
}

func newSchedule(seed uint64) *schedule {
	p := &planner{r: rand.New(rand.NewPCG(seed, 0)), s: &schedule{seed: seed}, openers: map[books.Account]map[books.Purpose][]int{}, arrived: map[int]bool{}}
	p.s.guards = drawGuards(p.r)
	for len(p.s.intents) < newIntents || len(p.mailbox) > 0 {
		for range 1 + p.r.IntN(3) {
			if len(p.s.intents) < newIntents {
				p.intent()
			}
		}
		p.step()
	}
	return p.s
}

var (
	players    = []string{"ann", "bob", "cy"}
	currencies = []string{"EUR", "JPY"}
)

// drawGuards puts random limits on some players, low enough to be reached.
func drawGuards(r *rand.Rand) (guards []books.Guard) {
	limits := []walletv1.GuardKind{
		walletv1.GuardKind_GUARD_KIND_STAKE, walletv1.GuardKind_GUARD_KIND_NET_LOSS, walletv1.GuardKind_GUARD_KIND_DEPOSIT,
		walletv1.GuardKind_GUARD_KIND_NET_DEPOSIT, walletv1.GuardKind_GUARD_KIND_WITHDRAWAL, walletv1.GuardKind_GUARD_KIND_SINGLE_STAKE,
	}
	for _, player := range players[1:] {
		for _, kind := range limits {
			if r.IntN(3) == 0 {
				guards = append(guards, books.Guard{Player: player, Kind: kind, Currency: currencies[r.IntN(2)], Maximum: 1_000 + r.Int64N(20_000)})
			}
		}
	}
	restrictions := []walletv1.GuardKind{walletv1.GuardKind_GUARD_KIND_NO_DEPOSIT, walletv1.GuardKind_GUARD_KIND_NO_STAKE, walletv1.GuardKind_GUARD_KIND_NO_WITHDRAWAL}
	if r.IntN(2) == 0 {
		guards = append(guards, books.Guard{Player: players[2], Kind: restrictions[r.IntN(3)]})
	}
	return guards
}

// intent makes up a request and puts its deliveries into the mailbox, one to three.
func (p *planner) intent() {
	n := len(p.s.intents)
	i := planned{Intent: books.Intent{
		Op: books.Draw(p.r), Key: fmt.Sprintf("request-%d", n), Account: books.Account{Player: players[p.r.IntN(len(players))], Currency: currencies[p.r.IntN(2)]},
	}, opener: -1}
	if accounts := len(players) * len(currencies); n < accounts { // everybody begins with money
		i.Op, i.Account = books.Operations[0], books.Account{Player: players[n%len(players)], Currency: currencies[n/len(players)]}
	}
	if i.Op.Closes != books.None {
		if i.opener = p.opener(i.Account, i.Op.Closes); i.opener < 0 {
			i.Op = books.Operations[0]
		}
		if p.r.IntN(20) == 0 { // somebody else's hold
			i.Player = players[p.r.IntN(len(players))]
		}
	}
	i.Amount, i.Payout = i.Op.Draw(p.r)
	if i.Op.Opens != books.None {
		if p.openers[i.Account] == nil {
			p.openers[i.Account] = map[books.Purpose][]int{}
		}
		p.openers[i.Account][i.Op.Opens] = append(p.openers[i.Account][i.Op.Opens], n)
	}
	p.s.intents = append(p.s.intents, i)
	p.mailbox = append(p.mailbox, n)
	for range 2 {
		if p.r.IntN(4) == 0 {
			p.mailbox = append(p.mailbox, n)
		}
	}
}

// opener chooses the intent whose hold is to be closed: mostly one that has arrived, sometimes one that is itself still under way.
func (p *planner) opener(a books.Account, purpose books.Purpose) int {
	early := p.r.IntN(8) == 0
	var list []int
	for _, n := range p.openers[a][purpose] {
		if early || p.arrived[n] {
			list = append(list, n)
		}
	}
	if len(list) == 0 {
		return -1
	}
	return list[max(0, len(list)-1-p.r.IntN(4))]
}

// step takes deliveries out of the mailbox in any order: some come late, some twice, some at once.
func (p *planner) step() {
	s := step{restart: -1, again: p.r.IntN(2) == 0}
	count := 1
	if p.r.IntN(3) == 0 {
		count = 2 + p.r.IntN(atOnce-1)
	}
	for range min(count, len(p.mailbox)) {
		n := p.r.IntN(len(p.mailbox))
		s.deliveries = append(s.deliveries, delivery{p.mailbox[n], p.r.IntN(wallets)})
		p.arrived[p.mailbox[n]] = true
		p.mailbox[n] = p.mailbox[len(p.mailbox)-1]
		p.mailbox = p.mailbox[:len(p.mailbox)-1]
	}
	switch n := p.r.IntN(100); {
	case n < 12:
		s.fault = before
	case n < 26:
		s.fault = after
	case n < 32:
		s.fault = cut
	case n < 45:
		s.fault = slow
	}
	if p.r.IntN(30) == 0 {
		s.restart = p.r.IntN(wallets)
	}
	p.s.steps = append(p.s.steps, s)
}

// describe is a step for the report of a failure.
func (s *schedule) describe(n int) string {
	var b strings.Builder
	x := s.steps[n]
	fmt.Fprintf(&b, "step %d:", n)
	if x.restart >= 0 {
		fmt.Fprintf(&b, " wallet %d made anew;", x.restart)
	}
	if x.fault != none {
		fmt.Fprintf(&b, " fault %q;", x.fault)
	}
	for _, d := range x.deliveries {
		i := s.intents[d.intent]
		fmt.Fprintf(&b, " [to wallet %d: %v, hold of %d]", d.wallet, &i.Intent, i.opener)
	}
	return b.String()
}
