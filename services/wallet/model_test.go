package wallet

import (
	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
)

// model is what the wallet should do, as simple as it can be said: sums that are added to and subtracted from. It knows no transfers, entries or batches.
type model struct {
	purses map[[2]string]*purse // by player and currency
	system map[string]int64     // by name and currency
	holds  []*modelHold
}

// purse is what a player has in one currency.
type purse struct {
	cash, held, owed, version int64
	pools                     map[string]*modelPool // by grant
}

type modelPool struct {
	free, held int64
	late       walletv1.LateMoney // where money goes that comes after it was closed; zero while it is open
}

type modelHold struct {
	id, player, currency, grant string
	withdrawal, allToBonus      bool
	open, void                  bool
	stake, left, settled, paid  int64
	stakeBonus, leftBonus       int64 // parts of the above
	settledBonus, paidBonus     int64
	short, inCash, discarded    int64 // bonus money: could not be taken back; came late and went to cash, or to nobody
}

func (m *model) purse(player, currency string) *purse {
	k := [2]string{player, currency}
	if m.purses[k] == nil {
		m.purses[k] = &purse{pools: map[string]*modelPool{}}
	}
	return m.purses[k]
}

// String is what short says of the balance.
func (p *purse) String() string {
	var free, held int64
	for _, pool := range p.pools {
		free, held = free+pool.free, held+pool.held
	}
	return short(balanceOf("", "EUR", balances{available: p.cash, held: p.held, bonus: free, heldBonus: held, owed: p.owed, version: p.version}))
}

// pool is a grant's pool that is open, or why it is none.
func (p *purse) pool(grant string) (*modelPool, string) {
	switch pool := p.pools[grant]; {
	case pool == nil:
		return nil, "GRANT_NOT_FOUND"
	case pool.late != 0:
		return nil, "GRANT_CLOSED"
	default:
		return pool, ""
	}
}

func (p *purse) receive(n int64) { p.cash += n }

// give pays the debt, and cash with the rest.
func (p *purse) give(n int64) {
	p.owed -= n
	if p.owed < 0 {
		p.cash, p.owed = p.cash-p.owed, 0
	}
}

// take takes cash, and makes a debt of what is not there.
func (p *purse) take(n int64) {
	p.cash -= n
	if p.cash < 0 {
		p.owed, p.cash = p.owed-p.cash, 0
	}
}

// bonusIn is bonus money that comes to a hold, whose pool may be closed by now. What could not be taken back before is made good first. Cash gets late money by
// toCash.
func (m *model) bonusIn(h *modelHold, n int64, toCash func(n int64)) {
	if n == 0 {
		return
	}
	good := min(n, h.short)
	h.short -= good
	n -= good
	m.system["bonus_cost "+h.currency] += good
	switch pool := m.purse(h.player, h.currency).pools[h.grant]; pool.late {
	case walletv1.LateMoney_LATE_MONEY_CASH:
		h.inCash += n
		toCash(n)
	case walletv1.LateMoney_LATE_MONEY_DISCARD:
		h.discarded += n
		m.system["bonus_cost "+h.currency] += n
	default:
		pool.free += n
	}
}

// bonusOut takes bonus money of a hold back: late money from where it went, then what its open pool has. The rest is short.
func (m *model) bonusOut(h *modelHold, n int64) {
	p := m.purse(h.player, h.currency)
	pool := p.pools[h.grant]
	there := min(n, h.inCash)
	h.inCash -= there
	n -= there
	p.take(there)
	there = min(n, h.discarded)
	h.discarded -= there
	m.system["bonus_cost "+h.currency] -= there
	if n -= there; pool.late == 0 {
		there = min(n, pool.free)
		pool.free -= there
		n -= there
	}
	h.short += n
	m.system["bonus_cost "+h.currency] -= n
}

// takesCash is how much cash a change of a hold's winnings takes, late money included.
func (m *model) takesCash(h *modelHold, cash, bonus int64) int64 {
	pool := m.purse(h.player, h.currency).pools[h.grant]
	switch {
	case bonus < 0:
		cash -= min(-bonus, h.inCash)
	case bonus > 0 && pool.late == walletv1.LateMoney_LATE_MONEY_CASH:
		cash += max(0, bonus-h.short)
	}
	return -cash
}

// wonBonus is the part of winnings that is bonus money.
func (h *modelHold) wonBonus(n int64) int64 {
	switch {
	case h.allToBonus:
		return n
	case h.stakeBonus == 0:
		return 0
	}
	return n * h.stakeBonus / h.stake
}

// win pays winnings of a hold.
func (m *model) win(h *modelHold, n int64) {
	bonus, p := h.wonBonus(n), m.purse(h.player, h.currency)
	p.cash += n - bonus
	m.bonusIn(h, bonus, p.receive)
	m.system["house:model "+h.currency] -= n
	h.paid, h.paidBonus = h.paid+n, h.paidBonus+bonus
}

// unhold takes a part out of a hold, and says how much of it is bonus.
func (m *model) unhold(h *modelHold, part int64) (bonus int64) {
	if bonus = h.leftBonus; part < h.left {
		bonus = part * h.leftBonus / h.left
	}
	p := m.purse(h.player, h.currency)
	if p.held -= part - bonus; bonus > 0 {
		p.pools[h.grant].held -= bonus
	}
	h.left, h.leftBonus = h.left-part, h.leftBonus-bonus
	h.open = h.left > 0
	return bonus
}

func (m *model) settle(h *modelHold, part, payout, jackpot int64) {
	bonus := m.unhold(h, part)
	h.settled, h.settledBonus = h.settled+part, h.settledBonus+bonus
	m.system["house:model "+h.currency] += part - jackpot
	m.system["jackpot:model "+h.currency] += jackpot
	m.win(h, payout)
}

func (m *model) release(h *modelHold, part int64) {
	bonus, p := m.unhold(h, part), m.purse(h.player, h.currency)
	p.cash += part - bonus
	m.bonusIn(h, bonus, p.receive)
	h.void = !h.open && h.settled == 0
}

// correct says that a hold should have paid another amount. It is refused when it may not leave a debt and cash does not cover it.
func (m *model) correct(h *modelHold, payout int64, void, refuseDebt bool) (reason string) {
	p, won := m.purse(h.player, h.currency), h.wonBonus(payout)
	cash, bonus := payout-won-(h.paid-h.paidBonus), won-h.paidBonus
	if void {
		cash, bonus = cash+h.settled-h.settledBonus, bonus+h.settledBonus
	}
	if refuseDebt && m.takesCash(h, cash, bonus) > p.cash {
		return "INSUFFICIENT_FUNDS"
	}
	if h.paid, h.paidBonus = payout, won; void {
		h.settled, h.settledBonus, h.void = 0, 0, true
	}
	m.system["house:model "+h.currency] -= cash + bonus
	if bonus > 0 {
		m.bonusIn(h, bonus, p.give)
	} else if bonus < 0 {
		m.bonusOut(h, -bonus)
	}
	if cash > 0 {
		p.give(cash)
	} else {
		p.take(-cash)
	}
	return ""
}
