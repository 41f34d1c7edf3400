package sim_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/tests/sim/books"
)

const (
	newIntents = 150 // requests that a schedule makes up
	atOnce     = 6   // most deliveries at the same time
)

// schedule is everything that a run will do. It is made from the seed alone, before anything runs, so that the same seed is the same schedule
// whatever the wallet answers; only the order among deliveries that are made at once is left to the machine.
type schedule struct {
	seed    uint64
	guards  []books.Guard // set when everybody has something
	intents []*planned
	begin   []step // gives everybody something, without faults
	steps   []step
}

// planned is a request with what is known only when it is sent first: the hold of another one, and the version of the balance.
type planned struct {
	*books.Intent
	opener  *books.Intent // operation that opens the hold; nil for none
	version int           // 1 for the version that is known then, 2 for an older one
}

// step delivers some requests, at once if there are several, while a fault waits for the first commit and somebody may change a guard.
type step struct {
	deliveries []delivery
	change     *change
	fault      fault
	wait       time.Duration // before it
	restart    int           // wallet to be closed and made anew before the step, or -1
	again      bool          // whoever gets no answer and learns that nothing was done asks again
}

// delivery is one arrival of a request at one of the wallets.
type delivery struct{ intent, wallet int }

// change sets a guard, loosens the one of its rule, or clears it.
type change struct {
	verb    string
	guard   books.Guard
	expires time.Duration // from then on; 0 when it does not
	wallet  int
}

// planner makes a schedule.
type planner struct {
	r       *rand.Rand
	s       *schedule
	mailbox []int // intents under way, once for each delivery
	openers map[books.Account]map[books.Purpose][]*books.Intent
	plays   map[books.Account][]*books.Intent
	arrived map[*books.Intent]bool // operations with a delivery behind them
	grants  map[books.Account]int  // how many there were
}

func newSchedule(seed uint64) *schedule {
	p := &planner{
		r: rand.New(rand.NewPCG(seed, 0)), s: &schedule{seed: seed}, openers: map[books.Account]map[books.Purpose][]*books.Intent{},
		plays: map[books.Account][]*books.Intent{}, arrived: map[*books.Intent]bool{}, grants: map[books.Account]int{},
	}
	p.begin()
	p.s.guards = drawGuards(p.r)
	for first := len(p.s.intents); len(p.s.intents)-first < newIntents || len(p.mailbox) > 0; {
		for range 1 + p.r.IntN(3) {
			if len(p.s.intents)-first < newIntents {
				p.intent()
			}
		}
		p.step()
	}
	return p.s
}

var (
	players    = []string{"ann", "bob", "cy", "tpl_dan"}
	currencies = []string{"EUR", "JPY"}
	accounts   = func() (all []books.Account) {
		for _, c := range currencies {
			for _, p := range players {
				all = append(all, books.Account{Player: p, Currency: c})
			}
		}
		return all
	}()
)

// begin gives everybody cash and then bonus money.
func (p *planner) begin() {
	for _, op := range []*books.Operation{books.Deposit, books.Grant} {
		s := step{restart: -1}
		for _, a := range accounts {
			if op == books.Deposit && a.Player == "tpl_dan" {
				op = books.TestFund
			}
			i := &books.Intent{Op: op, Key: fmt.Sprintf("begin-%d", len(p.s.intents)), Account: a}
			op.Draw(p.r, i, accounts)
			if op.Granted {
				p.grants[a], i.Grant = 1, "g1"
			}
			s.deliveries = append(s.deliveries, delivery{len(p.s.intents), p.r.IntN(wallets)})
			p.s.intents = append(p.s.intents, &planned{Intent: i})
			if op == books.TestFund {
				op = books.Deposit
			}
		}
		p.s.begin = append(p.s.begin, s)
	}
}

var (
	limits = []walletv1.GuardKind{
		walletv1.GuardKind_GUARD_KIND_STAKE, walletv1.GuardKind_GUARD_KIND_NET_LOSS, walletv1.GuardKind_GUARD_KIND_DEPOSIT,
		walletv1.GuardKind_GUARD_KIND_NET_DEPOSIT, walletv1.GuardKind_GUARD_KIND_WITHDRAWAL,
	}
	maxima       = []walletv1.GuardKind{walletv1.GuardKind_GUARD_KIND_SINGLE_STAKE, walletv1.GuardKind_GUARD_KIND_SINGLE_STAKE_BONUS}
	restrictions = []walletv1.GuardKind{
		walletv1.GuardKind_GUARD_KIND_NO_DEPOSIT, walletv1.GuardKind_GUARD_KIND_NO_STAKE, walletv1.GuardKind_GUARD_KIND_NO_WITHDRAWAL,
	}
	windows = []walletv1.GuardWindow{
		walletv1.GuardWindow_GUARD_WINDOW_ROLLING_24H, walletv1.GuardWindow_GUARD_WINDOW_ROLLING_24H, walletv1.GuardWindow_GUARD_WINDOW_ROLLING_7D,
		walletv1.GuardWindow_GUARD_WINDOW_DAY,
	}
)

// drawGuard makes up a guard that is low enough to be reached.
func drawGuard(r *rand.Rand, player string) books.Guard {
	g := books.Guard{Player: player, Layer: walletv1.GuardLayer(1 + r.IntN(2)), Currency: currencies[r.IntN(2)], Maximum: 1_000 + r.Int64N(20_000)}
	switch n := r.IntN(10); {
	case n < 6:
		g.Kind, g.Window = limits[r.IntN(len(limits))], windows[r.IntN(len(windows))]
	case n < 8:
		g.Kind, g.Maximum = maxima[r.IntN(len(maxima))], 500+r.Int64N(3_000)
	default:
		g.Kind, g.Currency, g.Maximum = restrictions[r.IntN(len(restrictions))], "", 0
	}
	return g
}

// drawGuards puts random limits on some players.
func drawGuards(r *rand.Rand) (guards []books.Guard) {
	for _, player := range players[1:] {
		for range r.IntN(4) {
			g := drawGuard(r, player)
			if g.Currency != "" && !slices.ContainsFunc(guards, func(x books.Guard) bool { return x.Rule() == g.Rule() }) {
				guards = append(guards, g)
			}
		}
	}
	return guards
}

// change makes up a change of a guard: of one that there is, or may be, as often as not.
func (p *planner) change() *change {
	c := &change{verb: "set", guard: drawGuard(p.r, players[1+p.r.IntN(len(players)-1)]), wallet: p.r.IntN(wallets)}
	if p.r.IntN(3) == 0 || c.guard.Currency == "" && p.r.IntN(4) > 0 {
		c.expires = time.Duration(1+p.r.IntN(40)) * time.Minute
	}
	var known []books.Guard
	known = append(known, p.s.guards...)
	for _, s := range p.s.steps {
		if s.change != nil && s.change.verb == "set" {
			known = append(known, s.change.guard)
		}
	}
	if n := p.r.IntN(4); n < 3 && len(known) > 0 {
		c.verb = []string{"clear", "clear", "loosen"}[n]
		g := known[p.r.IntN(len(known))]
		if c.guard.Maximum = 1_000 + p.r.Int64N(30_000); g.Currency == "" {
			c.guard.Maximum = 0
		}
		g.Maximum, g.ID = c.guard.Maximum, ""
		c.guard = g
	}
	return c
}

// intent makes up a request and puts its deliveries into the mailbox, one to three.
func (p *planner) intent() {
	a := accounts[p.r.IntN(len(accounts))]
	i := &planned{Intent: &books.Intent{Op: books.Draw(p.r), Key: fmt.Sprintf("request-%d", len(p.s.intents)), Account: a}}
	if a.Player == "tpl_dan" && i.Op == books.Deposit && p.r.IntN(8) > 0 {
		i.Op = books.TestFund
	}
	switch {
	case i.Op.Ended:
		i.opener = p.ended(a)
	case i.Op.Closes != books.None:
		i.opener = p.opener(a, i.Op.Closes)
	}
	if i.opener == nil && (i.Op.Ended || i.Op.Closes != books.None) {
		i.Op = books.Deposit
	}
	if i.opener != nil && p.r.IntN(20) == 0 { // somebody else's hold
		i.Player = players[p.r.IntN(len(players))]
	}
	i.Op.Draw(p.r, i.Intent, accounts)
	if i.Op.Versioned && p.r.IntN(6) == 0 {
		i.version = 1 + p.r.IntN(2)
	}
	for _, leaf := range i.Grants() {
		p.grant(leaf)
	}
	for _, leaf := range i.Leaves() {
		p.opens(leaf)
	}
	p.send(i)
	if len(i.Steps) > 1 && i.Steps[0].Op.Opens == books.Bet && p.r.IntN(3) == 0 { // its first bet is also asked for alone
		i.Steps[0].Alone = true
		p.send(&planned{Intent: i.Steps[0]})
	}
}

// grant chooses one of the last grants of an account, or makes a new one.
func (p *planner) grant(leaf *books.Intent) {
	if leaf.Op == books.Grant && p.r.IntN(3) == 0 {
		p.grants[leaf.Account]++
	}
	leaf.Grant = fmt.Sprintf("g%d", max(1, p.grants[leaf.Account]-p.r.IntN(3)))
}

func (p *planner) opens(leaf *books.Intent) {
	switch {
	case leaf.Op.Opens == books.None:
		return
	case leaf.Op.Kind == "PLACE_AND_SETTLE":
		p.plays[leaf.Account] = append(p.plays[leaf.Account], leaf)
		return
	}
	if p.openers[leaf.Account] == nil {
		p.openers[leaf.Account] = map[books.Purpose][]*books.Intent{}
	}
	p.openers[leaf.Account][leaf.Op.Opens] = append(p.openers[leaf.Account][leaf.Op.Opens], leaf)
}

func (p *planner) send(i *planned) {
	n := len(p.s.intents)
	p.s.intents = append(p.s.intents, i)
	p.mailbox = append(p.mailbox, n)
	for range 2 {
		if p.r.IntN(4) == 0 {
			p.mailbox = append(p.mailbox, n)
		}
	}
}

// opener chooses the operation whose hold is to be closed: mostly one that has arrived, sometimes one that is itself still under way.
func (p *planner) opener(a books.Account, purpose books.Purpose) *books.Intent {
	early := p.r.IntN(8) == 0
	var list []*books.Intent
	for _, i := range p.openers[a][purpose] {
		if early || p.arrived[i] {
			list = append(list, i)
		}
	}
	if len(list) == 0 {
		return nil
	}
	return list[max(0, len(list)-1-p.r.IntN(4))]
}

// ended chooses an operation whose bet may have its result by now.
func (p *planner) ended(a books.Account) *books.Intent {
	list := append(slices.Clone(p.plays[a]), p.openers[a][books.Bet]...)
	if len(list) == 0 {
		return nil
	}
	return list[p.r.IntN(len(list))]
}

// step takes deliveries out of the mailbox in any order: some come late, some twice, some at once.
func (p *planner) step() {
	s := step{restart: -1, again: p.r.IntN(2) == 0, wait: p.pause()}
	count := 1
	if p.r.IntN(3) == 0 {
		count = 2 + p.r.IntN(atOnce-1)
	}
	for range min(count, len(p.mailbox)) {
		n := p.r.IntN(len(p.mailbox))
		s.deliveries = append(s.deliveries, delivery{p.mailbox[n], p.r.IntN(wallets)})
		for _, leaf := range p.s.intents[p.mailbox[n]].Leaves() {
			p.arrived[leaf] = true
		}
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
	if p.r.IntN(8) == 0 {
		s.change = p.change()
	}
	p.s.steps = append(p.s.steps, s)
}

// pause is how long it takes to the next step: mostly a moment, sometimes so long that windows move on.
func (p *planner) pause() time.Duration {
	switch n := p.r.IntN(100); {
	case n < 15:
		return time.Duration(p.r.IntN(20)) * time.Minute
	case n < 19:
		return time.Duration(p.r.IntN(30)) * time.Hour
	case n < 20:
		return 9 * 24 * time.Hour
	}
	return 7 * time.Millisecond
}

// describe is a step for the report of a failure.
func (s *schedule) describe(n int) string {
	var b strings.Builder
	x := s.steps[n]
	fmt.Fprintf(&b, "step %d after %v:", n, x.wait)
	if x.restart >= 0 {
		fmt.Fprintf(&b, " wallet %d made anew;", x.restart)
	}
	if x.fault != none {
		fmt.Fprintf(&b, " fault %q;", x.fault)
	}
	if x.change != nil {
		fmt.Fprintf(&b, " [to wallet %d: %s %+v, expires after %v]", x.change.wallet, x.change.verb, x.change.guard, x.change.expires)
	}
	for _, d := range x.deliveries {
		i := s.intents[d.intent]
		fmt.Fprintf(&b, " [to wallet %d: %v", d.wallet, i.Intent)
		if i.opener != nil {
			fmt.Fprintf(&b, ", about the hold of %s", i.opener.Key)
		}
		b.WriteString("]")
	}
	return b.String()
}
