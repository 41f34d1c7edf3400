package books

import (
	"maps"
	"time"

	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
)

// Book is the model: what a wallet holds after the operations and the changes of guards that were applied, in their order.
type Book struct {
	// Now is the time of what comes next.
	Now time.Time

	accounts map[Account]*state
	holds    map[string]*Hold
	holdOf   map[Request]string // by the operation that opened it
	guards   map[string][]*Guard
	system   map[string]int64 // by name and currency
	done     map[Request]bool
	// asked are the pools to which money was granted by a request that was sent. Such a pool may exist, empty, before the grant is done: the wallet makes accounts
	// in a transaction of their own.
	asked map[poolName]bool
}

type poolName struct {
	Account
	grant string
}

// state is one account with what its limits have counted.
type state struct {
	cash, held, owed, version int64
	staked                    int64 // part of the held cash that bets hold
	pools                     map[string]Pool
	used                      map[int64]Usage // by slot
}

// New makes an empty book.
func New() *Book {
	return &Book{
		accounts: map[Account]*state{}, holds: map[string]*Hold{}, holdOf: map[Request]string{}, guards: map[string][]*Guard{}, system: map[string]int64{},
		done: map[Request]bool{}, asked: map[poolName]bool{},
	}
}

// Balance is what an account has; zero when nothing ever happened.
func (b *Book) Balance(a Account) Balance {
	s := b.of(a)
	out := Balance{Available: s.cash, Held: s.held, Owed: s.owed, Version: s.version}
	for _, p := range s.pools {
		out.Bonus += p.Free
		out.HeldBonus += p.Held
	}
	return out
}

// Pools are the bonus pools of an account by grant.
func (b *Book) Pools(a Account) map[string]Pool { return b.of(a).pools }

func (b *Book) of(a Account) *state {
	s := b.accounts[a]
	if s == nil {
		s = &state{pools: map[string]Pool{}, used: map[int64]Usage{}}
		b.accounts[a] = s
	}
	return s
}

// Sent notes that a request is on its way. Its pools may exist from now on.
func (b *Book) Sent(i *Intent) {
	for _, leaf := range i.Leaves() {
		if leaf.Op.Kind == "GRANT_BONUS" {
			b.asked[poolName{leaf.Account, leaf.Grant}] = true
		}
	}
}

// Done tells whether all of a request's operations were applied.
func (b *Book) Done(i *Intent) bool {
	for _, leaf := range i.Leaves() {
		if !b.done[leaf.Request()] {
			return false
		}
	}
	return true
}

// Refuses tells whether a request that was not done before is refused now for a reason, or with "" whether it is accepted. The order of the checks is
// part of the wallet's contract.
func (b *Book) Refuses(i *Intent, reason string) bool {
	for _, early := range []bool{false, true} {
		if b.try(i, early) == reason {
			return true
		}
	}
	return false
}

// Why is the reason for which a request is refused now, "" when it is accepted.
func (b *Book) Why(i *Intent) string {
	if b.Refuses(i, "") {
		return ""
	}
	return b.try(i, false)
}

// try does a request on a copy of what it touches. early makes the pools that were asked for.
func (b *Book) try(i *Intent, early bool) string {
	c := New()
	c.Now, c.guards, c.done, c.asked = b.Now, b.guards, maps.Clone(b.done), b.asked
	if len(i.Steps) == 0 {
		c.done = map[Request]bool{}
	}
	for _, leaf := range i.Leaves() {
		if c.accounts[leaf.Account] == nil {
			s := *b.of(leaf.Account)
			s.pools, s.used = maps.Clone(s.pools), maps.Clone(s.used)
			c.accounts[leaf.Account] = &s
		}
		if leaf.Opener != nil {
			if id, ok := b.holdOf[leaf.Opener.Request()]; ok {
				c.holdOf[leaf.Opener.Request()] = id
			}
		}
		if h := b.hold(leaf); h != nil && c.holds[h.ID] == nil {
			copied := *h
			c.holds[h.ID] = &copied
		}
	}
	for _, leaf := range i.Leaves() {
		if c.done[leaf.Request()] {
			continue // a part of a round that was done before is answered as it was
		}
		if _, reason := c.do(leaf, "dry "+leaf.Key, early); reason != "" {
			return reason
		}
	}
	return ""
}

// Apply does one operation of an accepted request, and says what it tells and, if it should have been refused, why. hold is the id of the hold that it opened.
func (b *Book) Apply(leaf *Intent, hold string) (Told, string) {
	for _, early := range []bool{false, true} {
		t, reason := b.do(leaf, hold, early)
		if reason == "" || early {
			return t, reason
		}
	}
	return Told{}, ""
}

// do checks an operation and then does it; one that is refused leaves the book as it was.
func (b *Book) do(leaf *Intent, hold string, early bool) (Told, string) {
	s := b.of(leaf.Account)
	if name := (poolName{leaf.Account, leaf.Grant}); early && leaf.Grant != "" && b.asked[name] {
		if _, ok := s.pools[leaf.Grant]; !ok {
			s.pools[leaf.Grant] = Pool{}
		}
	}
	if leaf.Version != 0 && leaf.Version != s.version {
		return Told{}, "STALE_VERSION"
	}
	t := Told{Amount: leaf.Amount, Payout: leaf.Payout}
	if reason := leaf.Op.do(&entry{b: b, s: s, i: leaf, h: b.hold(leaf), t: &t, opens: hold}); reason != "" {
		return Told{}, reason
	}
	s.version++
	b.done[leaf.Request()] = true
	return t, ""
}

// hold is the hold that an operation names; nil when there is none.
func (b *Book) hold(leaf *Intent) *Hold {
	if leaf.Opener != nil {
		return b.holds[b.holdOf[leaf.Opener.Request()]]
	}
	return b.holds[leaf.Hold]
}

// entry is one operation while it is done.
type entry struct {
	b     *Book
	s     *state
	i     *Intent
	h     *Hold
	t     *Told
	opens string // id of the hold that it opens
}

// from takes from a system account what the player gets; a negative amount is what the player gives.
func (e *entry) from(system string, n int64) {
	if e.i.isTest() {
		system = "test:" + system
	}
	e.b.system[system+" "+e.i.Currency] -= n
}

// use counts in the running slot.
func (e *entry) use(u Usage) { e.useAt(e.b.Now, u) }

func (e *entry) useAt(at time.Time, u Usage) {
	e.s.used[slot(at)] = e.s.used[slot(at)].plus(u)
}

// ofHold finds out whether the operation may touch its hold. What belongs to others is a mismatch whatever its state.
func (e *entry) ofHold(p Purpose) string {
	switch {
	case e.h == nil:
		return "HOLD_NOT_FOUND"
	case e.h.Account != e.i.Account, e.h.Purpose != p:
		return "HOLD_MISMATCH"
	}
	return ""
}

// openHold is ofHold for what closes it or a part of it.
func (e *entry) openHold(p Purpose) string {
	if reason := e.ofHold(p); reason != "" {
		return reason
	}
	if e.h.State != walletv1.HoldState_HOLD_STATE_OPEN {
		return "HOLD_CLOSED"
	}
	if total, _ := e.h.left(); e.i.Part > total {
		return "PART_TOO_LARGE"
	}
	return ""
}

// pool is the open pool of the operation's grant, or why there is none.
func (e *entry) pool() (Pool, string) {
	p, ok := e.s.pools[e.i.Grant]
	switch {
	case !ok:
		return p, "GRANT_NOT_FOUND"
	case p.Late != 0:
		return p, "GRANT_CLOSED"
	}
	return p, ""
}

// comes is bonus money that comes to the player of a hold. bonus_cost keeps what it bore for the hold; the rest is the pool's, or goes where late money goes,
// and is said: to cash, or discarded.
func (e *entry) comes(h *Hold, n int64) (toPool, toCash int64) {
	if n == 0 {
		return 0, 0
	}
	borne := min(n, h.short)
	h.short -= borne
	e.t.Uncollected -= borne
	e.from("bonus_cost", -borne)
	n -= borne
	p := e.s.pools[h.Grant]
	switch p.Late {
	case walletv1.LateMoney_LATE_MONEY_CASH:
		h.Late += n
		return 0, n
	case walletv1.LateMoney_LATE_MONEY_DISCARD:
		h.Late += n
		e.from("bonus_cost", -n)
		return 0, 0
	}
	e.bonus(h.Grant, n)
	return n, 0
}

// goes is bonus money of a hold that is taken back: late money first, from where it went, then what the pool has while it is open. bonus_cost bears the rest.
func (e *entry) goes(h *Hold, n int64) (fromPool, fromCash int64) {
	p, late := e.s.pools[h.Grant], min(n, h.Late)
	h.Late -= late
	n -= late
	if p.Late == walletv1.LateMoney_LATE_MONEY_DISCARD {
		e.from("bonus_cost", late)
	} else {
		fromCash = late
	}
	if p.Late == 0 {
		fromPool = min(n, p.Free)
		e.bonus(h.Grant, -fromPool)
		n -= fromPool
	}
	h.short += n
	e.t.Uncollected += n
	e.from("bonus_cost", n)
	return fromPool, fromCash
}

// cashOf is what comes or goes would do to cash.
func (e *entry) cashOf(h *Hold, n int64) int64 {
	switch late := e.s.pools[h.Grant].Late; {
	case late != walletv1.LateMoney_LATE_MONEY_CASH:
		return 0
	case n < 0:
		return -min(-n, h.Late)
	}
	return max(0, n-h.short)
}

// bonus adds to the free money of a grant's pool.
func (e *entry) bonus(grant string, n int64) {
	if n != 0 {
		p := e.s.pools[grant]
		p.Free += n
		e.s.pools[grant] = p
	}
}

func (e *entry) holdBonus(grant string, n int64) {
	if n != 0 {
		p := e.s.pools[grant]
		p.Held += n
		e.s.pools[grant] = p
	}
}
