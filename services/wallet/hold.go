package wallet

import (
	"math/bits"
	"time"
)

// holdState is where a hold stands; the numbers are those of walletv1.HoldState and of the database.
type holdState int16

const (
	holdOpen     holdState = 1
	holdSettled  holdState = 2
	holdReleased holdState = 3
)

// String is the state's name in error metadata.
func (s holdState) String() string {
	return map[holdState]string{holdOpen: "OPEN", holdSettled: "SETTLED", holdReleased: "RELEASED"}[s]
}

// holdPurpose says who may close a hold: a bet's hold is not paid out as a withdrawal, nor the other way round.
type holdPurpose int16

const (
	forBet        holdPurpose = 1
	forWithdrawal holdPurpose = 2
)

// funds is an amount of cash and bonus together, and how much of it is bonus.
type funds struct{ total, bonus int64 }

func (m funds) cash() int64         { return m.total - m.bonus }
func (m funds) plus(n funds) funds  { return funds{m.total + n.total, m.bonus + n.bonus} }
func (m funds) minus(n funds) funds { return funds{m.total - n.total, m.bonus - n.bonus} }

// part is the share of an amount that a part of it has: bonus in proportion, rounded down, so that the parts of all make the whole.
func (m funds) part(total int64) funds {
	if total == m.total {
		return m
	}
	return funds{total, share(total, m.bonus, m.total)}
}

// share is amount times part by whole, rounded down; whole is not less than part.
func share(amount, part, whole int64) int64 {
	if part == 0 || whole == 0 {
		return 0
	}
	high, low := bits.Mul64(uint64(amount), uint64(part))
	q, _ := bits.Div64(high, low, uint64(whole)) // high < whole because part <= whole and amount fits 63 bits
	return int64(q)
}

// hold is money of a player reserved for a bet or a withdrawal.
type hold struct {
	id       string
	player   string
	currency string
	amount   funds
	purpose  holdPurpose
	state    holdState
	ref      reference
	grantID  string
	wins     winTo
	settled  funds
	released funds
	paid     funds
	// Bonus money of it that came when its pool was closed and went to cash, or was discarded. Below zero: what could not be taken back, and bonus_cost bears.
	late int64

	createdAt time.Time
	fresh     bool // opened in this batch
	dirty     bool // changed in this batch
	lateRead  bool // late is what the database has
	lateDirty bool // late changed in this batch
}

// remaining is what is still held.
func (h *hold) remaining() funds { return h.amount.minus(h.settled).minus(h.released) }

// winnings splits winnings: by the stake's split, all to bonus, or all to cash.
func (h *hold) winnings(total int64) funds {
	switch {
	case h.wins == winsToBonus:
		return funds{total, total}
	case h.wins == winsProRata:
		return funds{total, share(total, h.amount.bonus, h.amount.total)}
	}
	return funds{total, 0}
}

// of finds out whether a command may touch the hold. The order of the checks is part of the contract: what belongs to others is
// a mismatch whatever its state.
func (h *hold) of(c *command, p holdPurpose) error {
	switch {
	case h == nil:
		return holdNotFound(c.holdID)
	case h.player != c.player, c.currency != "" && h.currency != c.currency, h.purpose != p:
		return holdMismatch(c.holdID)
	}
	return nil
}

// closable finds out whether a command may close the hold or a part of it.
func (h *hold) closable(c *command, p holdPurpose) error {
	if err := h.of(c, p); err != nil {
		return err
	}
	if h.state != holdOpen {
		return holdClosed(c.holdID, h.state)
	}
	if left := h.remaining().total; c.amount > left {
		return partTooLarge(c.holdID, h.currency, left, c.amount)
	}
	return nil
}
