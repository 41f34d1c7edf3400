package books

import (
	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
)

// The rules of the operations. Each checks first and then does, so that what is refused changes nothing.

// take is an operation that takes cash to a system account.
func take(system string, usage func(n int64) Usage) func(e *entry) string {
	return func(e *entry) string {
		n := e.i.Amount
		if reason := e.guarded(n, 0); reason != "" {
			return reason
		}
		if e.s.cash < n {
			return "INSUFFICIENT_FUNDS"
		}
		e.s.cash -= n
		e.from(system, -n)
		e.use(usage(n))
		return ""
	}
}

// give is an operation that gives cash from a system account.
func give(system string, usage func(n int64) Usage) func(e *entry) string {
	return func(e *entry) string {
		n := e.i.Amount
		if reason := e.guarded(n, 0); reason != "" {
			return reason
		}
		e.s.cash += n
		e.from(system, n)
		e.use(usage(n))
		return ""
	}
}

func uncounted(int64) Usage     { return Usage{} }
func lost(n int64) Usage        { return Usage{NetLoss: n} }
func won(n int64) Usage         { return Usage{NetLoss: -n} }
func staked(n int64) Usage      { return Usage{Stake: n, NetLoss: n} }
func takenBack(n int64) Usage   { return Usage{NetDeposit: -n} }
func paidIn(n int64) Usage      { return Usage{Deposit: n, NetDeposit: n} }
func paidInAgain(n int64) Usage { return Usage{NetDeposit: n} }

// realMoney refuses test players before anything else; testMoney everybody else.
func realMoney(next func(e *entry) string) func(e *entry) string {
	return func(e *entry) string {
		if e.i.isTest() {
			return "TEST_PLAYER"
		}
		return next(e)
	}
}

func testMoney(next func(e *entry) string) func(e *entry) string {
	return func(e *entry) string {
		if !e.i.isTest() {
			return "TEST_PLAYER"
		}
		return next(e)
	}
}

// stake checks a stake and says how much of it bonus money pays.
func (e *entry) stake() (pool Pool, bonus int64, reason string) {
	n := e.i.Amount
	if e.i.bonusFunded() {
		if pool, reason = e.pool(); reason != "" {
			return pool, 0, reason
		}
	}
	switch e.i.Policy {
	case walletv1.FundingPolicy_FUNDING_POLICY_BONUS_ONLY:
		bonus = n
	case walletv1.FundingPolicy_FUNDING_POLICY_CASH_FIRST:
		bonus = max(0, n-e.s.cash)
	case walletv1.FundingPolicy_FUNDING_POLICY_BONUS_FIRST:
		bonus = min(n, pool.Free)
	}
	if reason = e.guarded(n, bonus); reason != "" {
		return pool, bonus, reason
	}
	if n-bonus > e.s.cash || bonus > pool.Free {
		return pool, bonus, "INSUFFICIENT_FUNDS"
	}
	return pool, bonus, ""
}

// place opens a hold for a stake that was checked.
func (e *entry) place(bonus int64) *Hold {
	n := e.i.Amount
	h := &Hold{
		ID: e.opens, Account: e.i.Account, Purpose: Bet, State: walletv1.HoldState_HOLD_STATE_OPEN, Amount: n, Bonus: bonus, placed: e.b.Now,
	}
	toBonus := e.i.Wins == walletv1.WinDistribution_WIN_DISTRIBUTION_ALL_TO_BONUS
	switch {
	case !e.i.bonusFunded():
	case toBonus, n == 0 && e.i.Policy == walletv1.FundingPolicy_FUNDING_POLICY_BONUS_ONLY:
		h.Grant, h.Wins = e.i.Grant, walletv1.WinDistribution_WIN_DISTRIBUTION_ALL_TO_BONUS
	case bonus > 0:
		h.Grant, h.Wins = e.i.Grant, walletv1.WinDistribution_WIN_DISTRIBUTION_PRO_RATA
	}
	e.s.cash -= n - bonus
	e.s.held += n - bonus
	e.s.staked += n - bonus
	e.bonus(e.i.Grant, -bonus)
	e.holdBonus(e.i.Grant, bonus)
	e.b.holds[h.ID], e.b.holdOf[e.i.Request()] = h, h.ID
	e.t.Grant, e.t.AmountBonus = h.Grant, bonus
	return h
}

func placeHold(e *entry) string {
	_, bonus, reason := e.stake()
	if reason != "" {
		return reason
	}
	e.place(bonus)
	e.use(Usage{Stake: e.i.Amount - bonus})
	return ""
}

func placeAndSettle(e *entry) string {
	_, bonus, reason := e.stake()
	if reason != "" {
		return reason
	}
	h := e.place(bonus)
	e.use(Usage{Stake: e.i.Amount - bonus})
	e.settle(h, h.Amount, h.Bonus)
	return ""
}

// settle takes a part of a hold to the house and pays winnings.
func (e *entry) settle(h *Hold, n, bonus int64) {
	h.Settled, h.SettledBonus = h.Settled+n, h.SettledBonus+bonus
	e.s.held -= n - bonus
	e.s.staked -= n - bonus
	e.holdBonus(h.Grant, -bonus)
	e.from("house:"+provider, e.i.Jackpot-n)
	e.from("jackpot:"+jackpot, -e.i.Jackpot)
	e.pay(h, e.i.Payout)
	h.end(walletv1.HoldState_HOLD_STATE_SETTLED)
	e.use(Usage{NetLoss: n - bonus - (e.i.Payout - e.t.PayoutBonus)})
}

// pay pays winnings of a hold, cash and bonus.
func (e *entry) pay(h *Hold, n int64) {
	bonus := h.won(n)
	_, late := e.comes(h, bonus)
	e.s.cash += n - bonus + late
	e.from("house:"+provider, n)
	h.Paid, h.PaidBonus = h.Paid+n, h.PaidBonus+bonus
	e.t.PayoutBonus = bonus
}

// touched tells of a hold that was there before.
func (e *entry) touched() {
	total, _ := e.h.left()
	e.t.Remaining, e.t.Grant = total, e.h.Grant
}

func settleHold(e *entry) string {
	if reason := e.openHold(Bet); reason != "" {
		return reason
	}
	n, bonus := e.h.part(e.i.Part)
	e.settle(e.h, n, bonus)
	e.t.Amount, e.t.AmountBonus = n, bonus
	e.touched()
	return ""
}

func releaseHold(e *entry) string {
	if reason := e.openHold(Bet); reason != "" {
		return reason
	}
	n, bonus := e.h.part(e.i.Part)
	e.h.Released, e.h.ReleasedBonus = e.h.Released+n, e.h.ReleasedBonus+bonus
	e.s.held -= n - bonus
	e.s.staked -= n - bonus
	e.holdBonus(e.h.Grant, -bonus)
	_, late := e.comes(e.h, bonus)
	e.s.cash += n - bonus + late
	e.h.end(walletv1.HoldState_HOLD_STATE_RELEASED)
	e.useAt(e.h.placed, Usage{Stake: bonus - n})
	e.t.Amount, e.t.AmountBonus = n, bonus
	e.touched()
	return ""
}

func reserveWithdrawal(e *entry) string {
	n := e.i.Amount
	if reason := e.guarded(n, 0); reason != "" {
		return reason
	}
	switch {
	case e.s.owed > 0:
		return "DEBT_OUTSTANDING"
	case e.s.cash < n:
		return "INSUFFICIENT_FUNDS"
	}
	e.s.cash -= n
	e.s.held += n
	e.b.holds[e.opens] = &Hold{
		ID: e.opens, Account: e.i.Account, Purpose: Withdrawal, State: walletv1.HoldState_HOLD_STATE_OPEN, Amount: n, placed: e.b.Now,
	}
	e.b.holdOf[e.i.Request()] = e.opens
	e.use(Usage{Withdrawal: n})
	return ""
}

func completeWithdrawal(e *entry) string {
	if reason := e.openHold(Withdrawal); reason != "" {
		return reason
	}
	n := e.h.Amount
	e.h.Settled, e.h.State = n, walletv1.HoldState_HOLD_STATE_SETTLED
	e.s.held -= n
	e.from("psp:"+psp, -n)
	e.use(Usage{NetDeposit: -n})
	e.t.Amount = n
	return ""
}

func cancelWithdrawal(e *entry) string {
	if reason := e.openHold(Withdrawal); reason != "" {
		return reason
	}
	n := e.h.Amount
	e.h.Released, e.h.State = n, walletv1.HoldState_HOLD_STATE_RELEASED
	e.s.held -= n
	e.s.cash += n
	e.useAt(e.h.placed, Usage{Withdrawal: -n})
	e.t.Amount = n
	return ""
}

// credit pays late winnings of a closed hold by its split, or any winnings to cash.
func credit(e *entry) string {
	n := e.i.Amount
	if e.i.Hold == "" && e.i.Opener == nil {
		e.s.cash += n
		e.from("house:"+provider, n)
		e.use(Usage{NetLoss: -n})
		return ""
	}
	if reason := e.ofHold(Bet); reason != "" {
		return reason
	}
	switch e.h.State {
	case walletv1.HoldState_HOLD_STATE_OPEN:
		return "HOLD_OPEN"
	case walletv1.HoldState_HOLD_STATE_RELEASED:
		return "HOLD_VOID"
	}
	e.pay(e.h, n)
	e.use(Usage{NetLoss: e.t.PayoutBonus - n})
	e.touched()
	return ""
}

func grantBonus(e *entry) string {
	p, reason := e.pool()
	if reason == "GRANT_CLOSED" {
		return reason
	}
	p.Free += e.i.Amount
	e.s.pools[e.i.Grant] = p
	e.from("bonus_cost", e.i.Amount)
	e.t.Grant, e.t.Pool = e.i.Grant, p.Free
	return ""
}

func convertBonus(e *entry) string {
	p, reason := e.pool()
	switch {
	case reason != "":
		return reason
	case p.Free < e.i.Amount:
		return "INSUFFICIENT_FUNDS"
	}
	p.Free -= e.i.Amount
	e.s.cash += e.i.Amount
	if e.i.Late != 0 {
		e.t.Forfeited = p.Free
		e.from("bonus_cost", -p.Free)
		p.Free, p.Late = 0, e.i.Late
	}
	e.s.pools[e.i.Grant] = p
	e.t.Grant, e.t.Pool = e.i.Grant, p.Free
	return ""
}

func forfeitBonus(e *entry) string {
	p, reason := e.pool()
	if reason != "" {
		return reason
	}
	n := e.i.Amount
	if n == All || e.i.Late != 0 {
		n = p.Free
	}
	if p.Free < n {
		return "INSUFFICIENT_FUNDS"
	}
	p.Free -= n
	p.Late = e.i.Late
	e.s.pools[e.i.Grant] = p
	e.from("bonus_cost", -n)
	e.t.Grant, e.t.Pool, e.t.Amount, e.t.Forfeited = e.i.Grant, p.Free, n, n
	return ""
}

// collect takes cash as far as it goes; the rest becomes debt.
func (e *entry) collect(n int64) {
	cash := min(n, e.s.cash)
	e.s.cash -= cash
	e.s.owed += n - cash
	e.t.CashChange -= cash
	e.t.OwedChange += n - cash
}

// restore pays the debt, and cash with the rest.
func (e *entry) restore(n int64) {
	debt := min(n, e.s.owed)
	e.s.owed -= debt
	e.s.cash += n - debt
	e.t.CashChange += n - debt
	e.t.OwedChange -= debt
}

// debit is an operation that takes cash; when it may, the rest becomes debt.
func debit(system string, usage func(n int64) Usage) func(e *entry) string {
	return func(e *entry) string {
		if !e.i.Debt {
			return take(system, usage)(e)
		}
		e.collect(e.i.Amount)
		e.from(system, -e.i.Amount)
		e.use(usage(e.i.Amount))
		return ""
	}
}

func chargeback(e *entry) string {
	e.collect(e.i.Amount)
	e.from("psp:"+psp, -e.i.Amount)
	e.use(takenBack(e.i.Amount))
	return ""
}

func reverseChargeback(e *entry) string {
	e.restore(e.i.Amount)
	e.from("psp:"+psp, e.i.Amount)
	e.use(paidInAgain(e.i.Amount))
	return ""
}

func settleDebt(e *entry) string {
	n := e.i.Amount
	switch {
	case n > e.s.owed:
		return "NOTHING_OWED"
	case n > e.s.cash:
		return "INSUFFICIENT_FUNDS"
	}
	e.s.cash -= n
	e.s.owed -= n
	e.t.CashChange, e.t.OwedChange = -n, -n
	return ""
}

// adjust changes cash, or what is owed: a positive amount writes a debt off.
func adjust(e *entry) string {
	n := e.i.Amount
	switch {
	case e.i.Debt && n > e.s.owed:
		return "NOTHING_OWED"
	case !e.i.Debt && e.s.cash+n < 0:
		return "INSUFFICIENT_FUNDS"
	case e.i.Debt:
		e.s.owed -= n
		e.t.OwedChange = -n
	default:
		e.s.cash += n
		e.t.CashChange = n
	}
	e.from("adjustment", n)
	return ""
}

// correctHold posts the difference between what a settled bet has paid and what it should have, and gives the stake back when it is void.
func correctHold(e *entry) string {
	h := e.h
	if reason := e.ofHold(Bet); reason != "" {
		return reason
	}
	switch {
	case h.State == walletv1.HoldState_HOLD_STATE_OPEN:
		return "HOLD_OPEN"
	case h.State == walletv1.HoldState_HOLD_STATE_RELEASED && h.Paid == 0:
		return "HOLD_VOID"
	}
	total := e.i.Payout
	switch e.i.Basis {
	case walletv1.CorrectionBasis_CORRECTION_BASIS_MORE:
		total = h.Paid + e.i.Payout
	case walletv1.CorrectionBasis_CORRECTION_BASIS_LESS:
		if total = h.Paid - e.i.Payout; total < 0 {
			return "PART_TOO_LARGE"
		}
	}
	cash, bonus := total-h.won(total)-(h.Paid-h.PaidBonus), h.won(total)-h.PaidBonus
	refund, refundBonus := int64(0), int64(0)
	if e.i.Void {
		refund, refundBonus = h.Settled, h.SettledBonus
	}
	cash, bonus = cash+refund-refundBonus, bonus+refundBonus
	if e.i.RefuseDebt && -cash-e.cashOf(h, bonus) > e.s.cash {
		return "INSUFFICIENT_FUNDS"
	}
	e.from("house:"+provider, cash+bonus)
	if bonus < 0 {
		fromPool, fromCash := e.goes(h, -bonus)
		e.t.BonusChange = -fromPool
		e.collect(fromCash)
	} else {
		toPool, toCash := e.comes(h, bonus)
		e.t.BonusChange = toPool
		e.restore(toCash)
	}
	if cash < 0 {
		e.collect(-cash)
	} else {
		e.restore(cash)
	}
	h.Paid, h.PaidBonus = total, h.won(total)
	if e.i.Void {
		h.Settled, h.SettledBonus, h.State = 0, 0, walletv1.HoldState_HOLD_STATE_RELEASED
		h.Released, h.ReleasedBonus = h.Released+refund, h.ReleasedBonus+refundBonus
	}
	e.useAt(h.placed, Usage{Stake: refundBonus - refund})
	e.use(Usage{NetLoss: -cash})
	e.t.Amount, e.t.Payout = refund, total
	e.touched()
	return ""
}

// partnerCredit is refused for who never had an account.
func partnerCredit(e *entry) string {
	if e.s.version == 0 {
		return "PLAYER_UNKNOWN"
	}
	return give("house:"+partner, won)(e)
}

// played counts a stake that was played elsewhere, and moves nothing. It cannot be refused, but for who never had an account.
func played(e *entry) string {
	if e.s.version == 0 {
		return "PLAYER_UNKNOWN"
	}
	e.use(Usage{Stake: e.i.Amount})
	return ""
}
