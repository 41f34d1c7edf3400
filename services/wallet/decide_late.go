package wallet

// lateMove is how bonus money comes to the player of a hold, or is taken back: what each account gets. Negative is taken.
type lateMove struct {
	pool int64 // the grant's pool
	cash int64 // because late money of the pool is the player's
	cost int64 // bonus_cost
	late int64 // of the hold afterwards
}

// lateMove decides about bonus money of a hold; negative is taken back. What comes makes good first what could not be taken back before, and the rest goes to the
// pool or where late money goes. What is taken back is taken from where late money went, then from the pool while it is open; bonus_cost bears the rest.
func (b *book) lateMove(c *command, h *hold, amount int64) lateMove {
	if amount == 0 {
		return lateMove{late: h.late}
	}
	p, late := b.pool(c, h.grantID), b.lateOf(h)
	var m lateMove
	went := int64(0) // of the amount, from or to where late money goes
	if amount > 0 {
		m.cost = min(amount, max(0, -late))
		if p.late != 0 {
			went = amount - m.cost
		} else {
			m.pool = amount - m.cost
		}
	} else {
		if went = max(amount, min(0, -late)); p.late == 0 {
			m.pool = max(amount-went, -p.balance)
		}
		m.cost = amount - went - m.pool
	}
	if p.late == lateToCash {
		m.cash = went
	} else {
		m.cost += went
	}
	m.late = late + amount - m.pool
	return m
}

// lateOf is the late money of a hold. That of an older hold is read when it is asked for, and the batch is decided again.
func (b *book) lateOf(h *hold) int64 {
	if !h.fresh && !h.lateRead {
		b.unread = append(b.unread, h.id)
	}
	return h.late
}

// bonusIn are the transfers of bonus money that comes to the player.
func (b *book) bonusIn(c *command, h *hold, typ entryType, from side, m lateMove) []transfer {
	transfers := []transfer{{typ, from, b.cash(c).free(), m.cash}}
	if m.pool != 0 {
		transfers = append(transfers, transfer{typ, from, b.pool(c, h.grantID).free(), m.pool})
	}
	if m.cost != 0 {
		transfers = append(transfers, transfer{typ, from, b.system(c, kindBonusCost, bonusCost).free(), m.cost})
	}
	return transfers
}

// keepLate remembers what the late money of a hold is now, and tells how much more, or less, could not be taken back.
func (h *hold) keepLate(op *operation, late int64) {
	op.tell.uncoll += max(0, -late) - max(0, -h.late)
	h.lateDirty = h.lateDirty || late != h.late
	h.late = late
}
