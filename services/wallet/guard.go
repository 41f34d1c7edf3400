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
	guardBonusStake   guardKind = 10
)

// isLimit tells whether the kind counts over a window.
func (k guardKind) isLimit() bool { return k <= guardWithdrawal }

// isRestriction tells whether the kind forbids altogether.
func (k guardKind) isRestriction() bool { return k >= guardNoStake && k <= guardNoWithdrawal }

// String is the kind's name in error metadata.
func (k guardKind) String() string {
	return [...]string{"", "STAKE", "NET_LOSS", "DEPOSIT", "NET_DEPOSIT", "WITHDRAWAL", "SINGLE_STAKE", "NO_STAKE", "NO_DEPOSIT", "NO_WITHDRAWAL",
		"SINGLE_STAKE_BONUS"}[k]
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

// author is who changes guards: the name of a service, or empty for staff.
type author string

const compliance author = "compliance"

// sets tells whether the author may set, loosen and clear guards of a kind and layer at all. A service that is not named sets none.
func (a author) sets(k guardKind, l guardLayer) bool {
	switch a {
	case "", compliance:
		return true
	case "risk":
		return l == layerOperator || l == layerGroup
	case "bonus":
		return l == layerOperator && k == guardBonusStake
	case self: // a player of whom the ledger is wrong is stopped
		return l == layerOperator && k.isRestriction()
	}
	return false
}

// loosens tells whether the author may let a layer allow more. What the player or a regulator has set is not for staff to loosen (UKGC RTS 12, LCCP 3.4.3: a
// customer's limit is raised by the customer's own, delayed request; regulators' caps by their proofs); compliance carries out those requests.
func (a author) loosens(l guardLayer) bool {
	return a == compliance || l != layerPlayer && l != layerRegulator
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
	counted          int64 // sum of guard_usage from fromSlot on; the running slot is in the cash account
	fromSlot         int64
	oldestSlot       int64     // first slot of guard_usage in the window; 0 when there is none
	windowEnd        time.Time // of a calendar window, kept with fromSlot
	hits             int64
	dirty            bool // to be written
}

// used is what a limit has counted of a player's cash account. What is won or paid out beyond what was lost or paid in is no credit for later. Stakes of
// open bets are lost until the contrary is proven.
func (g *guard) used(cash *account) int64 {
	n := g.counted
	if cash.slot >= g.fromSlot {
		n = saturate(n, cash.used.of(g.kind))
	}
	n = max(n, 0)
	if g.kind == guardNetLoss {
		n = saturate(n, cash.staked)
	}
	return n
}

// room is how much more a limit or a maximum stake allows; negative when a limit was lowered below what was used.
func (g *guard) room(cash *account) int64 {
	if g.kind.isLimit() {
		return g.maximum - g.used(cash) // both are not negative
	}
	return g.maximum
}

// move moves the counter on to the window that begins at first: what has left the window is subtracted, or the counter is counted anew.
func (g *guard) move(first, moved int64, recount bool, windowEnd time.Time, oldest int64) {
	if first <= g.fromSlot && !g.window.isCalendar() {
		return // another replica's clock is ahead, and its window stands
	}
	g.counted = saturate(g.counted, -moved)
	if recount {
		g.counted = moved
	}
	g.fromSlot, g.windowEnd, g.oldestSlot, g.dirty = max(first, g.fromSlot), windowEnd, oldest, true
}

// resetsAt is when a limit's window makes room next: when it ends, or when the oldest usage leaves it.
func (g *guard) resetsAt(cash *account, now time.Time) time.Time {
	if g.window.isCalendar() {
		return g.windowEnd
	}
	oldest := g.oldestSlot
	if oldest == 0 {
		if oldest = cash.slot; cash.used.of(g.kind) == 0 {
			oldest = slotOf(now)
		}
	}
	return leaves(g.window, oldest)
}

// slots is the length of a rolling window.
func (w guardWindow) slots() int64 { return [...]int64{0, 96, 672, 2880}[w] }

// leaves is when usage of a slot leaves a rolling window.
func leaves(w guardWindow, slot int64) time.Time {
	return time.Unix((slot+1+w.slots())*int64(slotLength/time.Second), 0)
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
	guard   guard   // as it was then
	cash    account // as it was then
	command *command
}

// watched says which guards an operation has to pass: a restriction, and limits and maxima on its amount. Operations that are not here give money to the
// player, give it back, or finish what was allowed when it began; they are never refused.
var watched = map[operationKind]struct {
	restriction guardKind
	limits      [2]guardKind
	stake       bool // maximum single stakes hold
}{
	opDeposit:           {guardNoDeposit, [2]guardKind{guardDeposit, guardNetDeposit}, false},
	opReserveWithdrawal: {guardNoWithdrawal, [2]guardKind{guardWithdrawal}, false},
	opPlaceHold:         {guardNoStake, [2]guardKind{guardStake, guardNetLoss}, true},
	opPlaceAndSettle:    {guardNoStake, [2]guardKind{guardStake, guardNetLoss}, true},
	opTransferOut:       {guardNoStake, [2]guardKind{guardNetLoss, guardStake}, false}, // what a limit on stakes has no room for must not be played with there either
	opPartnerDebit:      {guardNoStake, [2]guardKind{guardStake, guardNetLoss}, true},
}

// allow finds out whether an amount of a command passes the player's guards: limits count cash, maximum stakes all of it. A restriction comes before all
// limits; of the limits that do not leave room, the one with the least is named.
func (b *book) allow(c *command, stake funds) error {
	guards := b.guards[c.player]
	if len(guards) == 0 {
		return nil
	}
	w, ok := watched[c.kind]
	if !ok {
		return nil
	}
	cash := b.cash(c)
	var binding *guard
	for _, g := range guards {
		if g.kind == w.restriction {
			b.tell(g, cash, c)
			return restricted(g)
		}
		amount := stake.total
		switch {
		case g.currency != c.currency:
			continue
		case g.kind == w.limits[0], g.kind == w.limits[1]:
			amount = stake.cash()
		case !w.stake || g.kind != guardSingleStake && (g.kind != guardBonusStake || stake.bonus == 0):
			continue
		}
		if amount == 0 || amount <= g.room(cash) {
			continue
		}
		if binding == nil || g.room(cash) < binding.room(cash) {
			binding = g
		}
	}
	if binding == nil {
		return nil
	}
	b.tell(binding, cash, c)
	return limitReached(binding, cash, b.now, c.amount)
}

// tell notes a refusal for an event, unless there was one just now.
func (b *book) tell(g *guard, cash *account, c *command) {
	if g.hitAt != nil && b.now.Sub(*g.hitAt) < hitEvery {
		return
	}
	at := b.now
	g.hitAt, g.dirty = &at, true
	g.hits++
	b.hits = append(b.hits, hit{guard: *g, cash: *cash, command: c})
}

// count adds an accepted operation to the usage of its slot and to the limits; cash only. A void is subtracted in the slot of what it voids.
func (b *book) count(op *operation) {
	c, now := op.command, slotOf(b.now)
	part := funds{op.amount, op.tell.amountBonus}
	won := c.payout - op.tell.payoutBonus
	switch c.kind {
	case opDeposit:
		b.use(c, now, usage{deposit: c.amount, netDeposit: c.amount})
	case opReserveWithdrawal:
		b.use(c, now, usage{withdrawal: c.amount})
	case opCancelWithdrawal:
		b.use(c, slotOf(op.hold.createdAt), usage{withdrawal: -op.amount})
	case opCompleteWithdrawal, opChargeback:
		b.use(c, now, usage{netDeposit: -op.amount})
	case opReverseChargeback:
		b.use(c, now, usage{netDeposit: op.amount})
	case opPlaceHold:
		b.cash(c).staked += part.cash()
		b.use(c, now, usage{stake: part.cash()})
	case opReleaseHold:
		b.cash(c).staked -= part.cash()
		b.use(c, slotOf(op.hold.createdAt), usage{stake: -part.cash()})
	case opSettleHold:
		b.cash(c).staked -= part.cash()
		b.use(c, now, usage{netLoss: part.cash() - won})
	case opPlaceAndSettle:
		b.use(c, now, usage{stake: part.cash(), netLoss: part.cash() - won})
	case opCredit:
		if c.creditType == entryPayout {
			b.use(c, now, usage{netLoss: op.tell.payoutBonus - c.amount})
		}
	case opDebit:
		if c.counterparty.kind == kindHouse {
			b.use(c, now, usage{netLoss: c.amount})
		} else {
			b.use(c, now, usage{netDeposit: -c.amount})
		}
	case opTransferOut:
		b.use(c, now, usage{netLoss: c.amount})
	case opTransferIn, opPayJackpot, opPartnerCredit:
		b.use(c, now, usage{netLoss: -c.amount})
	case opPartnerDebit:
		b.use(c, now, usage{stake: c.amount, netLoss: c.amount})
	case opCountPlay:
		b.countPlay(op)
	case opCorrectHold:
		b.use(c, slotOf(op.hold.createdAt), usage{stake: -op.refund.cash()})
		b.use(c, now, usage{netLoss: -op.corrected})
	}
}

// use adds to the usage of a slot: in the cash account for the running one, in guard_usage for those that are over.
func (b *book) use(c *command, slot int64, u usage) {
	if u == (usage{}) {
		return
	}
	cash := b.cash(c)
	if now := slotOf(b.now); now > cash.slot {
		b.spend(cash, cash.slot, cash.used)
		cash.slot, cash.used = now, usage{}
	}
	cash.dirty = true
	if slot >= cash.slot {
		cash.used.add(u)
		return
	}
	b.spend(cash, slot, u)
}

// spend adds to guard_usage and to the limits that count the slot.
func (b *book) spend(cash *account, slot int64, u usage) {
	if u == (usage{}) {
		return
	}
	k := usageKey{cash, slot}
	if b.usage == nil {
		b.usage = map[usageKey]*usage{}
	}
	if b.usage[k] == nil {
		b.usage[k] = &usage{}
	}
	b.usage[k].add(u)
	for _, g := range b.guards[cash.owner] {
		if !g.kind.isLimit() || g.currency != cash.currency || slot < g.fromSlot {
			continue
		}
		if n := u.of(g.kind); n != 0 {
			g.counted, g.dirty = saturate(g.counted, n), true
			if g.oldestSlot == 0 || slot < g.oldestSlot {
				g.oldestSlot = slot
			}
		}
	}
}
