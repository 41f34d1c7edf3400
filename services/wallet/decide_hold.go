package wallet

// placeHold reserves a stake, and settles it at once for PLACE_AND_SETTLE. The stake must be there before winnings come.
func (b *book) placeHold(op *operation) error {
	c := op.command
	cash, pool, err := b.cash(c), (*account)(nil), error(nil)
	bonus := int64(0)
	if c.funding.grantID != "" {
		if pool, err = b.openPool(c, c.funding.grantID); err != nil {
			return err
		}
		bonus = pool.balance
	}
	stake := c.funding.split(c.amount, cash.balance, bonus)
	if err := b.allow(c, stake); err != nil {
		return err
	}
	h := &hold{
		player: c.player, currency: c.currency, amount: stake, purpose: forBet, state: holdOpen, ref: c.ref, createdAt: b.now, fresh: true,
	}
	transfers := []transfer{{entryHold, cash.free(), cash.heldSide(), stake.cash()}}
	if stake.bonus > 0 {
		transfers = append(transfers, transfer{entryHold, pool.free(), pool.heldSide(), stake.bonus})
	}
	switch {
	case stake.total == 0 && c.funding.policy == fundBonusOnly: // a stake of nothing has no split, but it says whose winnings they are
		h.grantID, h.wins = c.funding.grantID, winsToBonus
	case stake.bonus > 0 || c.funding.wins == winsToBonus:
		h.grantID, h.wins = c.funding.grantID, max(c.funding.wins, winsProRata)
	}
	if err := post(op, transfers...); err != nil {
		return err
	}
	op.tell.grantID, op.tell.amountBonus = h.grantID, stake.bonus
	if c.kind == opPlaceAndSettle {
		before := *op
		if err := b.settlePart(op, h, stake); err != nil {
			b.takeBack(op, &before)
			return err
		}
	}
	b.open(op, h)
	return nil
}

// takeBack undoes the entries that an operation has made so far.
func (b *book) takeBack(op, to *operation) {
	for i := len(op.entries) - 1; i >= 0; i-- {
		op.entries[i].undo()
	}
	op.entries, op.tell = nil, to.tell
}

func (b *book) open(op *operation, h *hold) {
	h.id = b.newID("hld")
	b.holds[h.id] = h
	b.opened = append(b.opened, h)
	op.hold, op.holdID = h, h.id
}

// reserveWithdrawal puts cash on hold; bonus money is never paid out, and who owes is not paid.
func (b *book) reserveWithdrawal(op *operation) error {
	c := op.command
	if err := b.allow(c, funds{total: c.amount}); err != nil {
		return err
	}
	cash := b.cash(c)
	if cash.owed > 0 {
		return debtOutstanding(c.currency, cash.owed)
	}
	if err := post(op, transfer{entryWithdrawalHold, cash.free(), cash.heldSide(), c.amount}); err != nil {
		return err
	}
	b.open(op, &hold{
		player: c.player, currency: c.currency, amount: funds{total: c.amount}, purpose: forWithdrawal, state: holdOpen, ref: c.ref, createdAt: b.now,
		fresh: true,
	})
	return nil
}

// settleHold settles a hold or a part of it: the money goes to the counterparty, and winnings come from it.
func (b *book) settleHold(op *operation) error {
	c := op.command
	h, part, err := b.partOf(op)
	if err != nil {
		return err
	}
	if h.purpose == forWithdrawal {
		err = post(op, transfer{entryWithdrawal, b.cash(c).heldSide(), b.counterparty(c).free(), part.total})
		if err == nil {
			h.settled = h.settled.plus(part)
		}
	} else {
		err = b.settlePart(op, h, part)
	}
	if err != nil {
		return err
	}
	b.touch(op, h)
	return nil
}

// partOf finds the hold of a command and the part of it that the command is about, and completes the command with what the hold says.
func (b *book) partOf(op *operation) (*hold, funds, error) {
	c := op.command
	purpose := forBet
	if c.kind == opCompleteWithdrawal || c.kind == opCancelWithdrawal {
		purpose = forWithdrawal
	}
	h := b.holds[c.holdID]
	if err := h.closable(c, purpose); err != nil {
		return nil, funds{}, err
	}
	b.complete(c, h)
	part := h.remaining()
	if c.amount != allParts {
		part = part.part(c.amount)
	}
	op.amount = part.total
	op.tell.amountBonus = part.bonus
	return h, part, nil
}

func (b *book) complete(c *command, h *hold) {
	c.currency = h.currency
	if c.ref == (reference{}) {
		c.ref = h.ref
	}
}

// settlePart moves a part of a stake to the house, and winnings and contributions to jackpots from it. When it is refused the entries of the operation are
// as before.
func (b *book) settlePart(op *operation, h *hold, part funds) error {
	c := op.command
	house, cash := b.counterparty(c).free(), b.cash(c)
	won := h.winnings(c.payout)
	transfers := []transfer{{entrySettleDebit, cash.heldSide(), house, part.cash()}}
	if part.bonus > 0 {
		transfers = append(transfers, transfer{entrySettleDebit, b.pool(c, h.grantID).heldSide(), house, part.bonus})
	}
	transfers = append(transfers, transfer{entryPayout, house, cash.free(), won.cash()})
	late := b.lateMove(c, h, won.bonus)
	if won.bonus > 0 {
		transfers = append(transfers, b.bonusIn(c, h, entryPayout, house, late)...)
	}
	for _, j := range c.jackpots {
		transfers = append(transfers, transfer{entryJackpotPart, house, b.system(c, kindJackpot, "jackpot:"+j.jackpot).free(), j.amount})
	}
	if err := post(op, transfers...); err != nil {
		return err
	}
	h.settled, h.paid = h.settled.plus(part), h.paid.plus(won)
	h.keepLate(op, late.late)
	h.closeIfDone(holdSettled)
	op.tell.payoutBonus, op.tell.jackpots = won.bonus, c.jackpots
	op.tell.grantID = h.grantID
	return nil
}

// closeIfDone closes a hold of which nothing is held any more. A hold of which a part was settled is settled.
func (h *hold) closeIfDone(s holdState) {
	if h.remaining().total > 0 {
		return
	}
	if h.settled.total > 0 {
		s = holdSettled
	}
	h.state = s
}

// releaseHold gives a hold or a part of it back to where it came from.
func (b *book) releaseHold(op *operation) error {
	c := op.command
	h, part, err := b.partOf(op)
	if err != nil {
		return err
	}
	typ := entryHoldRelease
	if h.purpose == forWithdrawal {
		typ = entryWithdrawalCancel
	}
	cash := b.cash(c)
	transfers := []transfer{{typ, cash.heldSide(), cash.free(), part.cash()}}
	late := b.lateMove(c, h, part.bonus)
	if part.bonus > 0 {
		transfers = append(transfers, b.bonusIn(c, h, typ, b.pool(c, h.grantID).heldSide(), late)...)
	}
	if err := post(op, transfers...); err != nil {
		return err
	}
	h.released = h.released.plus(part)
	h.keepLate(op, late.late)
	h.closeIfDone(holdReleased)
	b.touch(op, h)
	return nil
}

// touch says that the operation has changed a hold that was there before.
func (b *book) touch(op *operation, h *hold) {
	if h.purpose == forWithdrawal && h.settled.total > 0 {
		h.state = holdSettled
	}
	h.dirty = true
	op.hold, op.holdID = h, h.id
	op.tell.remaining = h.remaining().total
	op.tell.grantID = h.grantID
}

// credit pays the player from the house: late winnings of a closed hold by its split, anything else to cash.
func (b *book) credit(op *operation) error {
	c := op.command
	won := funds{total: c.amount}
	var h *hold
	if c.holdID != "" {
		h = b.holds[c.holdID]
		switch err := h.of(c, forBet); {
		case err != nil:
			return err
		case h.state == holdOpen:
			return holdStillOpen(h.id)
		case h.state == holdReleased:
			return holdVoid(h.id)
		}
		won = h.winnings(c.amount)
	}
	house := b.counterparty(c).free()
	transfers := []transfer{{c.creditType, house, b.cash(c).free(), won.cash()}}
	var late lateMove
	if won.bonus > 0 {
		late = b.lateMove(c, h, won.bonus)
		transfers = append(transfers, b.bonusIn(c, h, c.creditType, house, late)...)
	}
	if err := post(op, transfers...); err != nil {
		return err
	}
	if h != nil {
		h.paid = h.paid.plus(won)
		if won.bonus > 0 {
			h.keepLate(op, late.late)
		}
		b.touch(op, h)
		op.tell.payoutBonus = won.bonus
	}
	return nil
}
