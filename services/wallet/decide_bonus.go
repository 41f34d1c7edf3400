package wallet

// bonusCost is the account against which bonus money is granted and forfeited.
const bonusCost = "bonus_cost"

// pool is the account of one grant's money; it need not exist.
func (b *book) pool(c *command, grant string) *account {
	return b.account(accountKey{owner: c.player, currency: c.currency, kind: kindBonus, pool: grant})
}

// openPool is the pool of a grant, if it exists and is open.
func (b *book) openPool(c *command, grant string) (*account, error) {
	p := b.pool(c, grant)
	switch {
	case p.id == 0 && !p.dirty:
		return nil, grantNotFound(grant, c.currency)
	case p.late != 0:
		return nil, grantClosed(grant)
	}
	return p, nil
}

// changeBonus grants, converts or forfeits money of one grant's pool.
func (b *book) changeBonus(op *operation) error {
	c := op.command
	grant, cost := c.funding.grantID, b.counterparty(c).free()
	p := b.pool(c, grant)
	if c.kind == opGrantBonus {
		if p.late != 0 {
			return grantClosed(grant)
		}
		if err := post(op, transfer{entryBonusGrant, cost, p.free(), c.amount}); err != nil {
			return err
		}
		op.tell.grantID, op.tell.pool = grant, p.balance
		return nil
	}
	p, err := b.openPool(c, grant)
	if err != nil {
		return err
	}
	var transfers []transfer
	forfeited := int64(0)
	if c.kind == opConvertBonus {
		transfers = append(transfers, transfer{entryBonusConvert, p.free(), b.cash(c).free(), c.amount})
		if c.closes && c.amount <= p.balance {
			forfeited = p.balance - c.amount
		}
	} else {
		if c.amount == allParts || c.closes {
			op.amount = p.balance // the command stays as it is: a batch may be decided again on other balances
		}
		forfeited = op.amount
	}
	if err := post(op, append(transfers, transfer{entryBonusForfeit, p.free(), cost, forfeited})...); err != nil {
		return err
	}
	if c.closes {
		p.late, p.dirty = c.late, true
	}
	op.tell.grantID, op.tell.pool, op.tell.forfeited = grant, p.balance, forfeited
	return nil
}
