package wallet

import "math"

func (b *book) receivable(c *command) *account {
	return b.account(accountKey{owner: c.player, currency: c.currency, kind: kindReceivable})
}

// take takes an amount from the player: cash as far as it goes, the rest becomes the player's debt.
func (b *book) take(op *operation, typ entryType, to *account, amount int64) error {
	c := op.command
	cash := b.cash(c)
	paid := min(amount, cash.balance)
	transfers := []transfer{{typ, cash.free(), to.free(), paid}}
	if amount > paid {
		transfers = append(transfers, transfer{typ, b.receivable(c).free(), to.free(), amount - paid})
	}
	if err := post(op, transfers...); err != nil {
		return err
	}
	op.tell.cashChange -= paid
	op.tell.owedChange += amount - paid
	return nil
}

// give gives an amount to the player: it pays the debt first.
func (b *book) give(op *operation, typ entryType, from *account, amount int64) error {
	c := op.command
	cash := b.cash(c)
	debt := min(amount, cash.owed)
	var transfers []transfer
	if debt > 0 {
		transfers = append(transfers, transfer{typ, from.free(), b.receivable(c).free(), debt})
	}
	if err := post(op, append(transfers, transfer{typ, from.free(), cash.free(), amount - debt})...); err != nil {
		return err
	}
	op.tell.cashChange += amount - debt
	op.tell.owedChange -= debt
	return nil
}

// chargeback takes a returned deposit back.
func (b *book) chargeback(op *operation) error {
	return b.take(op, entryChargeback, b.counterparty(op.command), op.command.amount)
}

// settleDebt pays what the player owes from cash.
func (b *book) settleDebt(op *operation) error {
	c := op.command
	cash := b.cash(c)
	if c.amount > cash.owed {
		return nothingOwed(c.currency, cash.owed)
	}
	if err := post(op, transfer{entryCorrection, cash.free(), b.receivable(c).free(), c.amount}); err != nil {
		return err
	}
	op.tell.owedChange, op.tell.cashChange = -c.amount, -c.amount
	return nil
}

// adjust posts what two people decided: to or from cash, or a debt written off or noted.
func (b *book) adjust(op *operation) error {
	c := op.command
	op.tell.adjusted = c.adjusted
	to, from, amount := b.cash(c).free(), b.counterparty(c).free(), c.amount
	if c.debt {
		if cash := b.cash(c); amount > cash.owed {
			return nothingOwed(c.currency, cash.owed)
		}
		to = b.receivable(c).free()
		op.tell.owedChange = -amount
	} else {
		op.tell.cashChange = amount
	}
	if amount < 0 {
		to, from, amount = from, to, -amount
	}
	return post(op, transfer{entryAdjustment, from, to, amount})
}

// correctHold posts the difference between what a settled bet should have paid and what it has paid, and gives the stake back when it is void. The bonus
// part touches cash only where it went there late: what else the pool lacks is borne by bonus_cost.
func (b *book) correctHold(op *operation) error {
	c := op.command
	h := b.holds[c.holdID]
	if err := h.of(c, forBet); err != nil {
		return err
	}
	switch {
	case h.state == holdOpen:
		return holdStillOpen(h.id)
	case h.state == holdReleased && h.paid.total == 0:
		return holdVoid(h.id) // one that has paid all the same can be corrected
	}
	b.complete(c, h)
	total, err := c.correctedTo(h)
	if err != nil {
		return err
	}
	due := h.winnings(total)
	change := due.minus(h.paid)
	refund := funds{}
	if c.void {
		refund = h.settled
		change = change.plus(refund)
	}
	house, cash, late := b.counterparty(c), b.cash(c), b.lateMove(c, h, change.bonus)
	if missing := -change.cash() - late.cash; c.refuseDebt && missing > cash.balance {
		return insufficientFunds(c.currency, cash.balance, missing)
	}
	before := *op
	if err := b.correct(op, h, house, late, change.cash()); err != nil {
		b.takeBack(op, &before)
		return err
	}
	h.paid, c.payout = due, due.total
	if c.void {
		h.settled, h.released, h.state = funds{}, h.released.plus(refund), holdReleased
	}
	h.keepLate(op, late.late)
	op.amount, op.refund, op.corrected = refund.total, refund, change.cash()
	b.touch(op, h)
	return nil
}

// correctedTo is what a correction says that the bet should have paid in all.
func (c *command) correctedTo(h *hold) (int64, error) {
	switch c.basis {
	case basisMore:
		if c.by > math.MaxInt64-h.paid.total {
			return 0, amountOverflow(h.currency)
		}
		return h.paid.total + c.by, nil
	case basisLess:
		switch {
		case c.by > h.paid.total && c.atMostPaid:
			return 0, nil
		case c.by > h.paid.total:
			return 0, partTooLarge(h.id, h.currency, h.paid.total, c.by)
		}
		return h.paid.total - c.by, nil
	}
	return c.payout, nil
}

// correct moves what a correction changes: the bonus part, and then cash. What cash lacks becomes debt, and what it gets pays the debt first.
func (b *book) correct(op *operation, h *hold, house *account, late lateMove, cash int64) error {
	var transfers []transfer
	if late.pool != 0 {
		transfers = append(transfers, eitherWay(entryCorrection, house.free(), b.pool(op.command, h.grantID).free(), late.pool))
	}
	if late.cost != 0 {
		transfers = append(transfers, eitherWay(entryCorrection, house.free(), b.system(op.command, kindBonusCost, bonusCost).free(), late.cost))
	}
	if err := post(op, transfers...); err != nil {
		return err
	}
	op.tell.bonusChange = late.pool
	for _, amount := range [2]int64{late.cash, cash} {
		move, n := b.give, amount
		if amount < 0 {
			move, n = b.take, -amount
		}
		if err := move(op, entryCorrection, house, n); err != nil {
			return err
		}
	}
	return nil
}

// eitherWay is a transfer that goes the other way when the amount is negative.
func eitherWay(typ entryType, from, to side, amount int64) transfer {
	if amount < 0 {
		return transfer{typ, to, from, -amount}
	}
	return transfer{typ, from, to, amount}
}
