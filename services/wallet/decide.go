package wallet

import "time"

// entryType is what an entry is called; the numbers are those of walletv1.EntryType and of the database.
type entryType int16

const (
	entryDeposit          entryType = 1
	entryWithdrawalHold   entryType = 2
	entryWithdrawal       entryType = 3
	entryWithdrawalCancel entryType = 4
	entryHold             entryType = 5
	entryHoldRelease      entryType = 6
	entrySettleDebit      entryType = 7
	entryPayout           entryType = 8
	entryTransfer         entryType = 9
)

// operationKind names what an operation was, in the database, in walletv1.Operation and in events.
type operationKind string

const (
	opDeposit            operationKind = "DEPOSIT"
	opReserveWithdrawal  operationKind = "RESERVE_WITHDRAWAL"
	opCompleteWithdrawal operationKind = "COMPLETE_WITHDRAWAL"
	opCancelWithdrawal   operationKind = "CANCEL_WITHDRAWAL"
	opPlaceHold          operationKind = "PLACE_HOLD"
	opSettleHold         operationKind = "SETTLE_HOLD"
	opReleaseHold        operationKind = "RELEASE_HOLD"
	opPlaceAndSettle     operationKind = "PLACE_AND_SETTLE"
	opCredit             operationKind = "CREDIT"
	opDebit              operationKind = "DEBIT"
)

// reference ties an operation to the facts it came from.
type reference struct {
	sourceKind                              int16
	sourceID, roundID, providerTxID, gameID string
}

// requestKey is the idempotency key: never the same for two operations.
type requestKey struct{ caller, requestID string }

// command is a checked request for one operation. Amounts are minor units and not negative.
type command struct {
	requestKey
	fingerprint     [32]byte
	kind            operationKind
	player          string
	currency        string // empty where only the hold says it
	amount          int64  // deposited, reserved, staked, credited or debited
	payout          int64
	counterparty    accountKey // system account on the other side, its currency empty until it is known
	holdID          string     // hold to close
	expectedVersion int64      // 0 does not check
	creditType      entryType
	ref             reference
}

// result is the answer to a command, kept with its key.
type result struct {
	operationID string
	number      int64
	at          time.Time
	holdID      string
	player      string
	currency    string
	available   int64
	held        int64
	version     int64
	replayed    bool
}

// operation is a decided command with everything that is to be written.
type operation struct {
	result
	command *command
	entries []entry
	closed  *hold // hold that was closed, if any: events tell its amount
}

// remembered is what was done before under a key.
type remembered struct {
	fingerprint [32]byte
	result      result
}

// book is the part of the ledger that a batch works on. Commands are decided one after the other, each on what the previous left.
type book struct {
	accounts   map[accountKey]*account
	holds      map[string]*hold
	keys       map[requestKey]remembered
	nextNumber int64
	now        time.Time
	newID      func(prefix string) string
	guards     map[string][]*guard // by player
	opened     []*hold
	operations []*operation
	usage      map[usageKey]*usage
	hits       []hit
}

// decide answers one command. An error is a refusal and leaves the book as it was. A command that was done before is answered with its
// first result and changes nothing.
func (b *book) decide(c *command) (result, error) {
	if before, ok := b.keys[c.requestKey]; ok {
		if before.fingerprint != c.fingerprint {
			return result{}, idempotencyConflict(c.requestID)
		}
		r := before.result
		r.player, r.replayed = c.player, true
		return r, nil
	}
	own := *c
	c = &own // completed below with what the hold says
	op := &operation{command: c}
	err := b.current(c)
	if err == nil {
		err = b.allow(c)
	}
	if err != nil {
		return result{}, err
	}
	switch c.kind {
	case opDeposit:
		err = b.move(op, entryDeposit, b.counterparty(c), b.cash(c))
	case opCredit:
		err = b.move(op, c.creditType, b.counterparty(c), b.cash(c))
	case opDebit:
		err = b.move(op, entryTransfer, b.cash(c), b.counterparty(c))
	case opReserveWithdrawal:
		err = b.reserve(op, entryWithdrawalHold, forWithdrawal)
	case opPlaceHold:
		err = b.reserve(op, entryHold, forBet)
	case opPlaceAndSettle:
		err = b.placeAndSettle(op)
	case opSettleHold:
		err = b.closeHold(op, forBet, holdSettled)
	case opReleaseHold:
		err = b.closeHold(op, forBet, holdReleased)
	case opCompleteWithdrawal:
		err = b.closeHold(op, forWithdrawal, holdSettled)
	case opCancelWithdrawal:
		err = b.closeHold(op, forWithdrawal, holdReleased)
	}
	if err != nil {
		return result{}, err
	}
	b.count(op)
	return b.accept(op), nil
}

// current refuses a decision that was made on an older balance.
func (b *book) current(c *command) error {
	if v := b.cash(c).version; c.expectedVersion != 0 && c.expectedVersion != v {
		return staleVersion(c.expectedVersion, v)
	}
	return nil
}

// move is an operation of one transfer without a hold.
func (b *book) move(op *operation, typ entryType, from, to *account) (err error) {
	op.entries, err = post(transfer{typ, from, to, op.command.amount})
	return err
}

// reserve opens a hold.
func (b *book) reserve(op *operation, typ entryType, p holdPurpose) (err error) {
	c := op.command
	if op.entries, err = post(transfer{typ, b.cash(c), b.held(c), c.amount}); err != nil {
		return err
	}
	op.holdID = b.open(c, p, holdOpen).id
	return nil
}

// placeAndSettle opens a hold and closes it. The stake must be there before the winnings come.
func (b *book) placeAndSettle(op *operation) (err error) {
	c := op.command
	op.entries, err = post(
		transfer{entryHold, b.cash(c), b.held(c), c.amount},
		transfer{entrySettleDebit, b.held(c), b.counterparty(c), c.amount},
		transfer{entryPayout, b.counterparty(c), b.cash(c), c.payout})
	if err != nil {
		return err
	}
	op.closed = b.open(c, forBet, holdSettled)
	op.holdID = op.closed.id
	return nil
}

// closeHold settles a hold (the money goes to the counterparty, and winnings come from it) or releases it (the money goes back).
func (b *book) closeHold(op *operation, p holdPurpose, state holdState) (err error) {
	c := op.command
	h := b.holds[c.holdID]
	if err := h.closable(c, p); err != nil {
		return err
	}
	c.currency = h.currency
	if c.ref == (reference{}) {
		c.ref = h.ref
	}
	switch {
	case state == holdReleased && p == forBet:
		op.entries, err = post(transfer{entryHoldRelease, b.held(c), b.cash(c), h.amount})
	case state == holdReleased:
		op.entries, err = post(transfer{entryWithdrawalCancel, b.held(c), b.cash(c), h.amount})
	case p == forWithdrawal:
		op.entries, err = post(transfer{entryWithdrawal, b.held(c), b.counterparty(c), h.amount})
	default:
		op.entries, err = post(
			transfer{entrySettleDebit, b.held(c), b.counterparty(c), h.amount},
			transfer{entryPayout, b.counterparty(c), b.cash(c), c.payout})
	}
	if err != nil {
		return err
	}
	h.state, h.dirty = state, true
	op.holdID, op.closed = h.id, h
	return nil
}

// accept gives an operation its number, id and version and remembers its key.
func (b *book) accept(op *operation) result {
	c := op.command
	cash, held := b.cash(c), b.held(c)
	cash.version++
	cash.dirty = true
	op.result = result{
		operationID: b.newID("wop"), number: b.nextNumber, at: b.now, holdID: op.holdID, player: c.player, currency: c.currency,
		available: cash.balance, held: held.balance, version: cash.version,
	}
	b.nextNumber += int64(max(1, len(op.entries)))
	b.keys[c.requestKey] = remembered{fingerprint: c.fingerprint, result: op.result}
	b.operations = append(b.operations, op)
	return op.result
}

func (b *book) open(c *command, p holdPurpose, state holdState) *hold {
	h := &hold{id: b.newID("hld"), player: c.player, currency: c.currency, amount: c.amount, purpose: p, state: state, ref: c.ref, createdAt: b.now, fresh: true}
	b.holds[h.id] = h
	b.opened = append(b.opened, h)
	return h
}

func (b *book) cash(c *command) *account {
	return b.account(accountKey{owner: c.player, currency: c.currency, kind: kindCash})
}

func (b *book) held(c *command) *account {
	return b.account(accountKey{owner: c.player, currency: c.currency, kind: kindHeldCash})
}

func (b *book) counterparty(c *command) *account {
	k := c.counterparty
	k.currency = c.currency
	return b.account(k)
}

func (b *book) account(k accountKey) *account {
	a := b.accounts[k]
	if a == nil {
		a = &account{accountKey: k}
		b.accounts[k] = a
	}
	return a
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
