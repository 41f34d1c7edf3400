package wallet

import (
	"slices"
	"time"
)

// remembered is what was done before under a key.
type remembered struct {
	fingerprint [32]byte
	result      result
}

// book is the part of the ledger that a batch works on. Commands are decided one after the other, each on what the previous left.
type book struct {
	accounts map[accountKey]*account
	asked    map[accountKey]bool // accounts that were looked for, whether they exist or not
	wanted   []accountKey        // accounts that were needed without having been looked for: the batch is decided again with them
	holds    map[string]*hold
	sought   []string // holds that were looked for, whether they exist or not
	unsought bool     // a hold is needed that was not: the batch is decided again
	unread   []string // holds whose late money is needed and was not read: the batch is decided again with it
	keys     map[[16]byte]remembered
	blocks   []int64 // first numbers of blocks that are free
	next     int64   // next number of the block in use
	end      int64   // number behind the block in use
	now      time.Time
	newID    func(prefix string) string
	guards   map[string][]*guard // by player

	opened     []*hold
	operations []*operation
	usage      map[usageKey]*usage
	hits       []hit
}

// blockSize is how many numbers a block has.
const blockSize = 4096

// mostEntries is how many entries an operation makes at most, without those of jackpots.
const mostEntries = 12

// decide answers one command. An error is a refusal and leaves the book as it was. A command that was done before is answered with its
// first result and changes nothing.
func (b *book) decide(c *command) (result, error) {
	if before, ok := b.keys[c.hash]; ok {
		if before.fingerprint != c.fingerprint {
			return result{}, idempotencyConflict(c.requestID)
		}
		r := before.result
		r.player, r.replayed = c.player, true
		return r, nil
	}
	op := &operation{command: c, amount: c.amount}
	err := b.current(c)
	if err == nil {
		err = b.apply(op)
	}
	if err != nil {
		return result{}, err
	}
	b.count(op)
	return b.accept(op), nil
}

// decideAll answers the commands of one request, all or none. The position of the one that was refused is the last answer's.
func (b *book) decideAll(commands []*command) ([]result, int, error) {
	results := make([]result, len(commands))
	var undo func()
	if len(commands) > 1 {
		undo = b.mark(commands)
	}
	for i, c := range commands {
		if c.holdStep > 0 {
			c.holdID = results[c.holdStep-1].holdID
			// Of a step that was done before, only now it is known.
			b.unsought = b.unsought || b.holds[c.holdID] == nil && !slices.Contains(b.sought, c.holdID)
		}
		r, err := b.decide(c)
		if err != nil {
			if undo != nil {
				undo()
			}
			return nil, i, err
		}
		results[i] = r
	}
	return results, 0, nil
}

// mark remembers the book as far as commands can change it, and returns what brings it back. Refusals that are told stay told.
func (b *book) mark(commands []*command) func() {
	accounts, holds, guards := map[*account]account{}, map[*hold]hold{}, map[*guard]guard{}
	for _, a := range b.accounts {
		accounts[a] = *a
	}
	for _, h := range b.holds {
		holds[h] = *h
	}
	used := make(map[usageKey]usage, len(b.usage))
	for k, u := range b.usage {
		used[k] = *u
	}
	for _, c := range commands {
		for _, g := range b.guards[c.player] {
			guards[g] = *g
		}
	}
	opened, operations, blocks, next, end := len(b.opened), len(b.operations), b.blocks, b.next, b.end
	return func() {
		for k, a := range b.accounts {
			before, known := accounts[a]
			if !known {
				before = account{accountKey: k, home: a.home}
			}
			*a = before
		}
		for h, before := range holds {
			*h = before
		}
		for g, before := range guards {
			before.hits, before.hitAt, before.dirty = g.hits, g.hitAt, before.dirty || g.hits != before.hits
			*g = before
		}
		b.usage = make(map[usageKey]*usage, len(used))
		for k, u := range used {
			b.usage[k] = &u
		}
		for _, h := range b.opened[opened:] {
			delete(b.holds, h.id)
		}
		for _, op := range b.operations[operations:] {
			delete(b.keys, op.command.hash)
		}
		b.opened, b.operations, b.blocks, b.next, b.end = b.opened[:opened], b.operations[:operations], blocks, next, end
	}
}

// apply moves the money of one operation.
func (b *book) apply(op *operation) error {
	c := op.command
	switch c.kind {
	case opPlaceHold, opPlaceAndSettle:
		return b.placeHold(op)
	case opSettleHold, opCompleteWithdrawal:
		return b.settleHold(op)
	case opReleaseHold, opCancelWithdrawal:
		return b.releaseHold(op)
	case opReserveWithdrawal:
		return b.reserveWithdrawal(op)
	case opCredit:
		return b.credit(op)
	case opGrantBonus, opConvertBonus, opForfeitBonus:
		return b.changeBonus(op)
	case opCorrectHold:
		return b.correctHold(op)
	case opChargeback:
		return b.chargeback(op)
	case opReverseChargeback:
		return b.give(op, entryChargeback, b.counterparty(c), c.amount)
	case opSettleDebt:
		return b.settleDebt(op)
	case opAdjust:
		return b.adjust(op)
	case opCountPlay:
		return b.knowsPlayer(c)
	}
	return b.move(op)
}

// moves are the operations of one transfer between cash and a system account.
var moves = map[operationKind]struct {
	typ   entryType
	gives bool // to the player
}{
	opDeposit:       {entryDeposit, true},
	opDebit:         {entryTransfer, false},
	opFXOut:         {entryFX, false},
	opFXIn:          {entryFX, true},
	opTransferOut:   {entryTransferOut, false},
	opTransferIn:    {entryTransferIn, true},
	opPayJackpot:    {entryJackpotWin, true},
	opPartnerDebit:  {entrySettleDebit, false},
	opPartnerCredit: {entryPayout, true},
	opTestFund:      {entryTransfer, true},
	opTestDraw:      {entryTransfer, false},
}

func (b *book) move(op *operation) error {
	c := op.command
	m := moves[c.kind]
	op.tell.conversion = c.conversion
	from, to := b.cash(c).free(), b.counterparty(c).free()
	if m.gives {
		from, to = to, from
	}
	if a := b.cash(c); c.kind == opPartnerCredit && a.id == 0 && !a.dirty {
		return playerUnknown(c.player, c.currency)
	}
	if err := b.allow(c, funds{total: c.amount}); err != nil {
		return err
	}
	if c.kind == opDebit && c.debt {
		return b.take(op, m.typ, b.counterparty(c), c.amount)
	}
	return post(op, transfer{m.typ, from, to, c.amount})
}

// current refuses a decision that was made on an older balance.
func (b *book) current(c *command) error {
	if c.expectedVersion == 0 {
		return nil
	}
	if v := b.cash(c).version; c.expectedVersion != v {
		return staleVersion(c.expectedVersion, v)
	}
	return nil
}

// accept gives an operation its number, id and version and remembers its key.
func (b *book) accept(op *operation) result {
	c := op.command
	cash := b.cash(c)
	cash.version++
	cash.dirty = true
	op.result = result{
		operationID: b.newID("wop"), number: b.number(max(1, len(op.entries))), at: b.now, holdID: op.holdID, player: c.player, currency: c.currency,
		after: balances{
			available: cash.balance, held: cash.held, bonus: cash.bonus, heldBonus: cash.heldBonus, owed: cash.owed, version: cash.version,
		},
	}
	if !op.tell.empty() {
		op.result.detail = &op.tell
	}
	b.keys[c.hash] = remembered{fingerprint: c.fingerprint, result: op.result}
	b.operations = append(b.operations, op)
	return op.result
}

// empty tells whether there is nothing to tell.
func (d *detail) empty() bool {
	return d.grantID == "" && d.amountBonus == 0 && d.payoutBonus == 0 && d.remaining == 0 && d.owedChange == 0 && d.cashChange == 0 &&
		d.bonusChange == 0 && d.uncoll == 0 && d.forfeited == 0 && d.pool == 0 && len(d.jackpots) == 0 && d.conversion == nil && d.adjusted == nil && d.guard == ""
}

// number takes n numbers that follow one another.
func (b *book) number(n int) int64 {
	if b.end-b.next < int64(n) {
		b.next, b.blocks = b.blocks[0], b.blocks[1:]
		b.end = b.next + blockSize
	}
	first := b.next
	b.next += int64(n)
	return first
}

func (b *book) cash(c *command) *account {
	return b.account(accountKey{owner: c.player, currency: c.currency, kind: kindCash})
}

func (b *book) counterparty(c *command) *account {
	k := c.counterparty
	k.currency = c.currency
	return b.account(k)
}

// system is a striped system account that the command did not name.
func (b *book) system(c *command, kind accountKind, name string) *account {
	k := systemAccount(kind, name, c.player)
	k.currency = c.currency
	return b.account(k)
}

func (b *book) account(k accountKey) *account {
	if a := b.accounts[k]; a != nil {
		return a
	}
	a := &account{accountKey: k}
	b.accounts[k] = a
	if !b.asked[k] {
		b.wanted = append(b.wanted, k)
	}
	b.settleIn(a)
	return a
}

// settleIn makes an account known to its cash account.
func (b *book) settleIn(a *account) {
	switch a.kind {
	case kindCash:
		a.home = a
	case kindBonus, kindReceivable:
		a.home = b.account(accountKey{owner: a.owner, currency: a.currency, kind: kindCash})
	}
}

// missing are the accounts that the batch changed although they do not exist yet.
func (b *book) missing() []accountKey {
	var keys []accountKey
	for k, a := range b.accounts {
		if a.dirty && a.id == 0 {
			keys = append(keys, k)
		}
	}
	return keys
}
