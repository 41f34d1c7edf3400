package wallet

import "time"

// guardKind is what a guard watches; the numbers are those of walletv1.GuardKind and of the database.
type guardKind int16

const (
	guardStake        guardKind = 1
	guardNetLoss      guardKind = 2
	guardDeposit      guardKind = 3
	guardNetDeposit   guardKind = 4
	guardWithdrawal   guardKind = 5
	guardSingleStake  guardKind = 6
	guardNoStake      guardKind = 7
	guardNoDeposit    guardKind = 8
	guardNoWithdrawal guardKind = 9
)

// isLimit tells whether the kind counts over a window.
func (k guardKind) isLimit() bool { return k <= guardWithdrawal }

// isRestriction tells whether the kind forbids altogether.
func (k guardKind) isRestriction() bool { return k >= guardNoStake }

// String is the kind's name in error metadata.
func (k guardKind) String() string {
	return [...]string{"", "STAKE", "NET_LOSS", "DEPOSIT", "NET_DEPOSIT", "WITHDRAWAL", "SINGLE_STAKE", "NO_STAKE", "NO_DEPOSIT", "NO_WITHDRAWAL"}[k]
}

// guardLayer is who stands behind a guard; the numbers are those of walletv1.GuardLayer.
type guardLayer int16

const (
	layerPlayer    guardLayer = 1
	layerOperator  guardLayer = 2
	layerRegulator guardLayer = 3
	layerGroup     guardLayer = 4
)

// String is the layer's name in error metadata.
func (l guardLayer) String() string {
	return [...]string{"", "PLAYER", "OPERATOR", "REGULATOR", "GROUP"}[l]
}

// guardWindow is the time over which a limit counts; the numbers are those of walletv1.GuardWindow.
type guardWindow int16

const windowDay guardWindow = 4 // the first of the calendar windows

// isCalendar tells whether the window needs a time zone.
func (w guardWindow) isCalendar() bool { return w >= windowDay }

// String is the window's name in error metadata.
func (w guardWindow) String() string {
	return [...]string{"", "ROLLING_24H", "ROLLING_7D", "ROLLING_30D", "DAY", "WEEK", "MONTH"}[w]
}

const (
	// slotLength is how finely usage is kept: calendar windows of all of today's time zones begin on a quarter of an hour.
	slotLength = 15 * time.Minute
	// recountSlots is how far a counter may lag behind its window before it is summed anew instead of being moved on: a week.
	recountSlots = 7 * 24 * 4
	// keptSlots is how long usage is kept: the longest window (31 days), a week of lag, and two days to spare.
	keptSlots = 40 * 24 * 4
	// hitEvery is the least time between two events about refusals of one guard, so that a player who keeps trying floods nobody.
	hitEvery = time.Minute
)

// slotOf is the slot that holds an instant.
func slotOf(t time.Time) int64 { return t.Unix() / int64(slotLength/time.Second) }

// guard is one rule about one player, as a batch sees it.
type guard struct {
	id, player       string
	kind             guardKind
	layer            guardLayer
	window           guardWindow
	timeZone         string
	currency         string // empty for restrictions
	maximum          int64
	reason           string
	expiresAt, hitAt *time.Time
	setAt            time.Time
	setBy            string
	counted          int64 // sum of the usage from fromSlot on
	fromSlot         int64
	windowEnd        time.Time // of a calendar window, kept with fromSlot
	resetsAt         time.Time
	hits             int64
	dirty            bool // to be written
}

// used is what a limit has counted. What is won or paid out beyond what was lost or paid in is no credit for later. Stakes of open bets are lost
// until the contrary is proven.
func (g *guard) used(staked int64) int64 {
	n := max(g.counted, 0)
	if g.kind == guardNetLoss {
		n = saturate(n, staked)
	}
	return n
}

// room is how much more a limit or a maximum stake allows; negative when a limit was lowered below what was used.
func (g *guard) room(staked int64) int64 {
	if g.kind.isLimit() {
		return g.maximum - g.used(staked) // both are not negative
	}
	return g.maximum
}

// usage is what operations add to the counters of a slot; voids add negative amounts.
type usage struct{ stake, netLoss, deposit, netDeposit, withdrawal int64 }

// of is the part that a kind of limit counts.
func (u usage) of(k guardKind) int64 {
	return [...]int64{0, u.stake, u.netLoss, u.deposit, u.netDeposit, u.withdrawal}[k]
}

func (u *usage) add(v usage) {
	u.stake, u.netLoss = saturate(u.stake, v.stake), saturate(u.netLoss, v.netLoss)
	u.deposit, u.netDeposit = saturate(u.deposit, v.deposit), saturate(u.netDeposit, v.netDeposit)
	u.withdrawal = saturate(u.withdrawal, v.withdrawal)
}

// usageKey is a cash account and a slot.
type usageKey struct {
	account *account
	slot    int64
}

// hit is a refusal that an event tells.
type hit struct {
	guard   guard // as it was then
	staked  int64
	command *command
}

// watched says which guards an operation has to pass: a restriction, and limits and maxima on its amount. Operations that are not here give money to the
// player, give it back, or finish what was allowed when it began; they are never refused.
var watched = map[operationKind]struct {
	restriction guardKind
	limits      [2]guardKind
	single      guardKind
}{
	opDeposit:           {guardNoDeposit, [2]guardKind{guardDeposit, guardNetDeposit}, 0},
	opReserveWithdrawal: {guardNoWithdrawal, [2]guardKind{guardWithdrawal}, 0},
	opPlaceHold:         {guardNoStake, [2]guardKind{guardStake, guardNetLoss}, guardSingleStake},
	opPlaceAndSettle:    {guardNoStake, [2]guardKind{guardStake, guardNetLoss}, guardSingleStake},
}

// allow finds out whether a command passes the player's guards. A restriction comes before all limits; of the limits that do not leave room, the one
// with the least is named.
func (b *book) allow(c *command) error {
	guards := b.guards[c.player]
	w, ok := watched[c.kind]
	if !ok || len(guards) == 0 {
		return nil
	}
	staked := b.held(c).staked
	var binding *guard
	for _, g := range guards {
		if g.kind == w.restriction {
			b.tell(g, staked, c)
			return restricted(g)
		}
		watches := g.kind == w.limits[0] || g.kind == w.limits[1] || g.kind == w.single
		if !watches || g.currency != c.currency || c.amount == 0 || c.amount <= g.room(staked) {
			continue
		}
		if binding == nil || g.room(staked) < binding.room(staked) {
			binding = g
		}
	}
	if binding == nil {
		return nil
	}
	b.tell(binding, staked, c)
	return limitReached(binding, staked, c.amount)
}

// tell notes a refusal for an event, unless there was one just now.
func (b *book) tell(g *guard, staked int64, c *command) {
	if g.hitAt != nil && b.now.Sub(*g.hitAt) < hitEvery {
		return
	}
	at := b.now
	g.hitAt, g.dirty = &at, true
	g.hits++
	b.hits = append(b.hits, hit{guard: *g, staked: staked, command: c})
}

// count adds an accepted operation to the usage of its slot and to the limits. A void is subtracted in the slot of what it voids.
func (b *book) count(op *operation) {
	c, now := op.command, slotOf(b.now)
	switch c.kind {
	case opDeposit:
		b.use(c, now, usage{deposit: c.amount, netDeposit: c.amount})
	case opReserveWithdrawal:
		b.use(c, now, usage{withdrawal: c.amount})
	case opCancelWithdrawal:
		b.use(c, slotOf(op.closed.createdAt), usage{withdrawal: -op.closed.amount})
	case opCompleteWithdrawal:
		b.use(c, now, usage{netDeposit: -op.closed.amount})
	case opPlaceHold:
		b.held(c).staked += c.amount
		b.use(c, now, usage{stake: c.amount})
	case opReleaseHold:
		b.held(c).staked -= op.closed.amount
		b.use(c, slotOf(op.closed.createdAt), usage{stake: -op.closed.amount})
	case opSettleHold:
		b.held(c).staked -= op.closed.amount
		b.use(c, now, usage{netLoss: op.closed.amount - c.payout})
	case opPlaceAndSettle:
		b.use(c, now, usage{stake: c.amount, netLoss: c.amount - c.payout})
	case opCredit:
		if c.creditType == entryPayout {
			b.use(c, now, usage{netLoss: -c.amount})
		}
	case opDebit:
		if c.counterparty.kind == kindHouse {
			b.use(c, now, usage{netLoss: c.amount})
		} else {
			b.use(c, now, usage{netDeposit: -c.amount})
		}
	}
}

func (b *book) use(c *command, slot int64, u usage) {
	if u == (usage{}) {
		return
	}
	k := usageKey{b.cash(c), slot}
	if b.usage == nil {
		b.usage = map[usageKey]*usage{}
	}
	if b.usage[k] == nil {
		b.usage[k] = &usage{}
	}
	b.usage[k].add(u)
	for _, g := range b.guards[c.player] {
		if !g.kind.isLimit() || g.currency != c.currency || slot < g.fromSlot {
			continue
		}
		if n := u.of(g.kind); n != 0 {
			g.counted, g.dirty = saturate(g.counted, n), true
		}
	}
}

// saturate is a+b, cut to what a balance can be.
func saturate(a, b int64) int64 {
	sum, ok := add(a, b)
	switch {
	case ok:
		return sum
	case b > 0:
		return maxMinor
	}
	return -maxMinor
}
