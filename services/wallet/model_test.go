package wallet

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"
	"pgregory.net/rapid"

	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/authn"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/testkit/pgtest"
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

// machine runs random operations on a wallet with a real database and on the model.
type machine struct {
	s    *Server
	m    model
	run  string           // makes players and keys of one run its own
	base map[string]int64 // system accounts before the run
	n    int
}

// TestModel_EverySequence: whatever is asked in whatever order, the wallet answers and holds what the model does.
func TestModel_EverySequence(t *testing.T) {
	t.Parallel()
	pool := pgtest.DB(t, Migrations())
	s := New(pool, Config{Workers: 2, MaxBatch: 16, QueueLen: 64}, time.Now)
	s.dial = (&people{}).dial(t)
	defer s.Close()
	rapid.Check(t, func(rt *rapid.T) {
		k := &machine{s: s, run: fmt.Sprint(rand.Uint64()), m: model{purses: map[[2]string]*purse{}, system: map[string]int64{}}}
		k.base = k.systemAccounts(rt)
		k.begin(rt)
		rt.Repeat(map[string]func(*rapid.T){
			"simple": k.simple, "simple again": k.simple, "grant": k.grant, "convert": k.convert, "forfeit": k.forfeit, "hold": k.hold, "hold again": k.hold,
			"play": k.play, "settle": k.settle, "settle again": k.settle, "release": k.release, "late credit": k.lateCredit, "correct": k.correct,
			"correct again": k.correct, "correct late": k.correctLate, "correct late again": k.correctLate, "reserve": k.reserve, "withdraw": k.withdraw, "exchange": k.exchange, "round": k.round, "": k.check,
		})
	})
	v, err := Verify(t.Context(), pool)
	require.NoError(t, err)
	require.True(t, v.GetOk(), v.GetViolations())
}

func (k *machine) key() string { k.n++; return fmt.Sprintf("%s-%d", k.run, k.n) }

// begin gives everybody something, so that sequences need not be long to be of interest.
func (k *machine) begin(t *rapid.T) {
	for _, name := range []string{"ann", "bob"} {
		player := name + k.run
		p, deposit, grant := k.m.purse(player, "EUR"), k.key(), k.key()
		p.cash, p.version, k.m.system["psp:model EUR"] = 20, 1, k.m.system["psp:model EUR"]-20
		k.expect(t, p, "", func() (answer, error) { return k.callSimple("deposit", deposit, player, 20, "EUR") })
		p.pools["g1"], p.version, k.m.system["bonus_cost EUR"] = &modelPool{free: 30}, 2, k.m.system["bonus_cost EUR"]-30
		k.expect(t, p, "", func() (answer, error) { return k.callGrant(grant, player, "g1", 30, "EUR") })
	}
}

func chance(t *rapid.T, of int, name string) bool { return rapid.IntRange(1, of).Draw(t, name) == of }

func (k *machine) player(t *rapid.T) string {
	return rapid.SampledFrom([]string{"ann", "bob"}).Draw(t, "player") + k.run
}

func currencyOf(t *rapid.T) string {
	if chance(t, 8, "dollars") {
		return "USD"
	}
	return "EUR"
}

func grantOf(t *rapid.T) string {
	return rapid.SampledFrom([]string{"g1", "g1", "g2"}).Draw(t, "grant")
}

// upTo is an amount that is usually there.
func upTo(t *rapid.T, there int64, name string) int64 {
	if there < 1 || chance(t, 6, "too much") {
		return there + 1
	}
	return rapid.Int64Range(1, there).Draw(t, name)
}

func minor(t *rapid.T, name string) int64 { return rapid.Int64Range(0, 50).Draw(t, name) }

// expect compares an answer with the model and repeats the request, which must change nothing.
func (k *machine) expect(t *rapid.T, p *purse, reason string, call func() (answer, error)) {
	first, err := call()
	require.Equal(t, reason, errs.ReasonOf(err), "%v", err)
	second, err2 := call()
	require.Equal(t, reason, errs.ReasonOf(err2), "repeated: %v", err2)
	if reason == "" {
		require.Equal(t, p.String(), short(first.GetBalanceAfter()))
		require.False(t, first.GetReplayed())
		require.True(t, second.GetReplayed())
		require.Equal(t, first.GetOperationId(), second.GetOperationId())
		require.Equal(t, p.String(), short(second.GetBalanceAfter()))
	}
}

// simple are the operations that move an amount between cash and one other side, and which that is.
var simple = []struct {
	name, other string
	takes       bool
}{
	{"chargeback", "psp:model ", true}, {"pay debt", "", true}, {"deposit", "psp:model ", false}, {"debit", "house:model ", true}, {"credit", "house:model ", false},
	{"unchargeback", "psp:model ", false}, {"out", "provider_bank:model ", true}, {"in", "provider_bank:model ", false}, {"jackpot", "jackpot:model ", false},
}

func (k *machine) simple(t *rapid.T) {
	op := rapid.SampledFrom(simple).Draw(t, "operation")
	player, currency, n, key := k.player(t), currencyOf(t), minor(t, "amount")+1, k.key()
	p, reason := k.m.purse(player, currency), ""
	switch {
	case op.name == "pay debt" && n > p.owed:
		reason = "NOTHING_OWED"
	case op.takes && n > p.cash && op.name != "chargeback":
		reason = "INSUFFICIENT_FUNDS"
	case op.name == "chargeback":
		p.take(n)
	case op.name == "unchargeback":
		p.give(n)
	case op.name == "pay debt":
		p.cash, p.owed = p.cash-n, p.owed-n
	case op.takes:
		p.cash -= n
	default:
		p.cash += n
	}
	if reason == "" {
		if p.version++; !op.takes {
			n = -n
		}
		if op.other != "" {
			k.m.system[op.other+currency] += n
		}
	}
	k.expect(t, p, reason, func() (answer, error) { return k.callSimple(op.name, key, player, max(n, -n), currency) })
}

func (k *machine) callSimple(name, key, player string, n int64, currency string) (answer, error) {
	amount, ref, gaming, cashier := moneyOf(n, currency), betRef("x"), asPeer("gaming"), asPeer("cashier")
	switch name {
	case "deposit":
		return k.s.Deposit(cashier, &walletv1.DepositRequest{RequestId: key, PlayerId: player, Amount: amount, Psp: "model", Reference: ref})
	case "debit":
		return k.s.Debit(gaming, &walletv1.DebitRequest{RequestId: key, PlayerId: player, Amount: amount, Counterparty: "house:model", Reference: ref})
	case "credit":
		return k.s.Credit(gaming, &walletv1.CreditRequest{
			RequestId: key, PlayerId: player, Amount: amount, Provider: "model", EntryType: walletv1.EntryType_ENTRY_TYPE_TRANSFER, Reference: ref,
		})
	case "out":
		return k.s.TransferOut(gaming, &walletv1.TransferOutRequest{RequestId: key, PlayerId: player, Amount: amount, Provider: "model", Reference: ref})
	case "in":
		return k.s.TransferIn(gaming, &walletv1.TransferInRequest{RequestId: key, PlayerId: player, Amount: amount, Provider: "model", Reference: ref})
	case "jackpot":
		return k.s.PayJackpot(gaming, &walletv1.PayJackpotRequest{RequestId: key, PlayerId: player, Amount: amount, JackpotId: "model", Reference: ref})
	case "chargeback":
		return k.s.PostChargeback(cashier, &walletv1.PostChargebackRequest{RequestId: key, PlayerId: player, Amount: amount, Psp: "model", Reference: ref})
	case "unchargeback":
		return k.s.ReverseChargeback(cashier, &walletv1.ReverseChargebackRequest{RequestId: key, PlayerId: player, Amount: amount, Psp: "model", Reference: ref})
	}
	return k.s.SettleDebt(cashier, &walletv1.SettleDebtRequest{RequestId: key, PlayerId: player, Amount: amount, Reference: ref})
}

func (k *machine) grant(t *rapid.T) {
	player, currency, grant, n, key := k.player(t), currencyOf(t), grantOf(t), minor(t, "amount")+1, k.key()
	p, reason := k.m.purse(player, currency), ""
	if p.pools[grant] == nil {
		p.pools[grant] = &modelPool{}
	}
	if pool := p.pools[grant]; pool.late != 0 {
		reason = "GRANT_CLOSED"
	} else {
		pool.free += n
		p.version++
		k.m.system["bonus_cost "+currency] -= n
	}
	k.expect(t, p, reason, func() (answer, error) { return k.callGrant(key, player, grant, n, currency) })
}

func (k *machine) callGrant(key, player, grant string, n int64, currency string) (answer, error) {
	return k.s.GrantBonus(asPeer("bonus"), &walletv1.GrantBonusRequest{
		RequestId: key, PlayerId: player, GrantId: grant, Amount: moneyOf(n, currency), Reference: betRef("g"),
	})
}

// closing draws whether a pool is closed, and where late money goes then.
func closing(t *rapid.T) (bool, walletv1.LateMoney) {
	if !chance(t, 2, "close") {
		return false, 0
	}
	return true, rapid.SampledFrom([]walletv1.LateMoney{walletv1.LateMoney_LATE_MONEY_CASH, walletv1.LateMoney_LATE_MONEY_DISCARD}).Draw(t, "late money")
}

func (k *machine) convert(t *rapid.T) {
	player, currency, grant, key := k.player(t), currencyOf(t), grantOf(t), k.key()
	closes, late := closing(t)
	p, n := k.m.purse(player, currency), int64(1)
	pool, reason := p.pool(grant)
	if reason == "" {
		if n = upTo(t, pool.free, "amount"); n > pool.free {
			reason = "INSUFFICIENT_FUNDS"
		}
	}
	if reason == "" {
		pool.free -= n
		p.cash += n
		p.version++
		if closes {
			k.m.system["bonus_cost "+currency] += pool.free
			pool.free, pool.late = 0, late
		}
	}
	k.expect(t, p, reason, func() (answer, error) {
		return k.s.ConvertBonus(asPeer("bonus"), &walletv1.ConvertBonusRequest{
			RequestId: key, PlayerId: player, GrantId: grant, Amount: moneyOf(n, currency), Close: closes, LateMoney: late, Reference: betRef("g"),
		})
	})
}

func (k *machine) forfeit(t *rapid.T) {
	player, currency, grant := k.player(t), currencyOf(t), grantOf(t)
	closes, late := closing(t)
	k.forfeitOf(t, player, currency, grant, closes, late)
}

func (k *machine) forfeitOf(t *rapid.T, player, currency, grant string, closes bool, late walletv1.LateMoney) {
	key, all := k.key(), closes || chance(t, 2, "all")
	p, n := k.m.purse(player, currency), int64(1)
	pool, reason := p.pool(grant)
	switch {
	case reason != "":
	case all:
		n = pool.free
	default:
		if n = upTo(t, pool.free, "amount"); n > pool.free {
			reason = "INSUFFICIENT_FUNDS"
		}
	}
	req := &walletv1.ForfeitBonusRequest{
		RequestId: key, PlayerId: player, GrantId: grant, Currency: currency, Close: closes, LateMoney: late, Reference: betRef("g"),
	}
	if !all {
		req.Amount = moneyOf(n, currency)
	}
	if reason == "" {
		pool.free -= n
		pool.late = late
		p.version++
		k.m.system["bonus_cost "+currency] += n
	}
	k.expect(t, p, reason, func() (answer, error) { return k.s.ForfeitBonus(asPeer("bonus"), req) })
}

// stake draws a stake and how it is paid, and makes the hold of it in the model, or says why there is none.
func (k *machine) stake(t *rapid.T) (*modelHold, *walletv1.Funding, string) {
	h := &modelHold{player: k.player(t), currency: currencyOf(t), stake: minor(t, "stake"), open: true}
	policy := walletv1.FundingPolicy(rapid.SampledFrom([]int32{3, 4, 2, 1, 3, 4, 0}).Draw(t, "policy"))
	p, pool, reason := k.m.purse(h.player, h.currency), &modelPool{}, ""
	var f *walletv1.Funding
	if policy > walletv1.FundingPolicy_FUNDING_POLICY_CASH_ONLY {
		f = &walletv1.Funding{Policy: policy, GrantId: grantOf(t), Wins: walletv1.WinDistribution(rapid.IntRange(0, 2).Draw(t, "wins"))}
		if pool, reason = p.pool(f.GetGrantId()); reason != "" {
			return h, f, reason
		}
		h.grant, h.allToBonus = f.GetGrantId(), f.GetWins() == walletv1.WinDistribution_WIN_DISTRIBUTION_ALL_TO_BONUS
	}
	switch policy {
	case walletv1.FundingPolicy_FUNDING_POLICY_BONUS_ONLY:
		h.stakeBonus = h.stake
		h.allToBonus = h.allToBonus || h.stake == 0
	case walletv1.FundingPolicy_FUNDING_POLICY_CASH_FIRST:
		h.stakeBonus = max(0, h.stake-p.cash)
	case walletv1.FundingPolicy_FUNDING_POLICY_BONUS_FIRST:
		h.stakeBonus = min(h.stake, pool.free)
	}
	if h.stake-h.stakeBonus > p.cash || h.stakeBonus > pool.free {
		return h, f, "INSUFFICIENT_FUNDS"
	}
	h.left, h.leftBonus = h.stake, h.stakeBonus
	p.cash -= h.stake - h.stakeBonus
	p.held += h.stake - h.stakeBonus
	pool.free -= h.stakeBonus
	pool.held += h.stakeBonus
	p.version++
	return h, f, ""
}

// keep remembers a hold that the wallet opened.
func (k *machine) keep(h *modelHold, id string, replayed bool, err error) {
	if err == nil && !replayed {
		h.id = id
		k.m.holds = append(k.m.holds, h)
	}
}

func (k *machine) hold(t *rapid.T) {
	key := k.key()
	h, f, reason := k.stake(t)
	k.expect(t, k.m.purse(h.player, h.currency), reason, func() (answer, error) {
		r, err := k.s.PlaceHold(asPeer("gaming"), &walletv1.PlaceHoldRequest{
			RequestId: key, PlayerId: h.player, Amount: moneyOf(h.stake, h.currency), Funding: f, Reference: betRef("b"),
		})
		k.keep(h, r.GetHoldId(), r.GetReplayed(), err)
		return r, err
	})
}

func (k *machine) play(t *rapid.T) {
	key, payout, jackpot := k.key(), minor(t, "payout"), minor(t, "jackpot")
	h, f, reason := k.stake(t)
	if reason == "" {
		k.m.settle(h, h.stake, payout, jackpot)
	}
	k.expect(t, k.m.purse(h.player, h.currency), reason, func() (answer, error) {
		r, err := k.s.PlaceAndSettle(asPeer("gaming"), &walletv1.PlaceAndSettleRequest{
			RequestId: key, PlayerId: h.player, Stake: moneyOf(h.stake, h.currency), Payout: moneyOf(payout, h.currency), Provider: "model", Funding: f,
			Jackpots: jackpots(jackpot, h.currency), Reference: betRef("b"),
		})
		k.keep(h, r.GetHoldId(), r.GetReplayed(), err)
		return r, err
	})
}

// jackpots are contributions that are an amount together.
func jackpots(n int64, currency string) []*walletv1.JackpotPart {
	var parts []*walletv1.JackpotPart
	for _, part := range []int64{n / 3, n - n/3} {
		if part > 0 {
			parts = append(parts, &walletv1.JackpotPart{JackpotId: "model", Amount: moneyOf(part, currency)})
		}
	}
	return parts
}

// pick chooses a hold, or none when there is none, who asks about it in which currency, and why not. Usually it is one for the purpose, open or closed as it
// should be, and asked about by its owner in its currency.
func (k *machine) pick(t *rapid.T, withdrawal, open bool) (h *modelHold, player, currency, reason string) {
	player, currency = k.player(t), currencyOf(t)
	if len(k.m.holds) == 0 {
		return &modelHold{id: "hld_none"}, player, currency, "HOLD_NOT_FOUND"
	}
	holds := slices.DeleteFunc(slices.Clone(k.m.holds), func(h *modelHold) bool { return h.withdrawal != withdrawal || h.open != open })
	if len(holds) == 0 || chance(t, 8, "any hold") {
		holds = k.m.holds
	}
	h = holds[rapid.IntRange(0, len(holds)-1).Draw(t, "hold")]
	if !chance(t, 8, "stranger") {
		player = h.player
	}
	if !chance(t, 8, "other currency") {
		currency = h.currency
	}
	if player != h.player || currency != h.currency || withdrawal != h.withdrawal {
		reason = "HOLD_MISMATCH"
	}
	return h, player, currency, reason
}

// part draws a part of what is still held, rarely more, or all of it, of which the request says nothing.
func (h *modelHold) part(t *rapid.T, least int64) (n int64, all bool) {
	if h.left < least || chance(t, 2, "all") {
		return h.left, true
	}
	n = rapid.Int64Range(least, h.left).Draw(t, "part")
	if chance(t, 8, "too much") {
		n = h.left + 1
	}
	return n, false
}

func (k *machine) settle(t *rapid.T) {
	key, payout, jackpot := k.key(), minor(t, "payout"), minor(t, "jackpot")
	h, player, currency, reason := k.pick(t, false, true)
	part, all := h.part(t, 0)
	switch {
	case reason != "":
	case !h.open:
		reason = "HOLD_CLOSED"
	case part > h.left:
		reason = "PART_TOO_LARGE"
	default:
		k.m.settle(h, part, payout, jackpot)
		k.m.purse(player, currency).version++
	}
	req := &walletv1.SettleHoldRequest{
		RequestId: key, PlayerId: player, HoldId: h.id, Payout: moneyOf(payout, currency), Provider: "model", Jackpots: jackpots(jackpot, currency), Reference: betRef("b"),
	}
	if !all {
		req.SettledStake = moneyOf(part, currency)
	}
	k.expect(t, k.m.purse(player, currency), reason, func() (answer, error) {
		r, err := k.s.SettleHold(asPeer("gaming"), req)
		if err == nil && !r.GetReplayed() {
			require.Equal(t, h.open, r.GetRemaining() != nil)
		}
		return r, err
	})
}

func (k *machine) release(t *rapid.T) {
	key := k.key()
	h, player, currency, reason := k.pick(t, false, true)
	part, all := h.part(t, 1)
	if all && reason != "HOLD_NOT_FOUND" { // then the request has no currency
		if currency, reason = h.currency, ""; player != h.player || h.withdrawal {
			reason = "HOLD_MISMATCH"
		}
	}
	switch {
	case reason != "":
	case !h.open:
		reason = "HOLD_CLOSED"
	case part > h.left:
		reason = "PART_TOO_LARGE"
	default:
		k.m.release(h, part)
		k.m.purse(player, currency).version++
	}
	req := &walletv1.ReleaseHoldRequest{RequestId: key, PlayerId: player, HoldId: h.id, Reference: betRef("b")}
	if !all {
		req.Amount = moneyOf(part, currency)
	}
	k.expect(t, k.m.purse(player, currency), reason, func() (answer, error) { return k.s.ReleaseHold(asPeer("gaming"), req) })
}

func (k *machine) lateCredit(t *rapid.T) {
	key, n := k.key(), minor(t, "amount")+1
	h, player, currency, reason := k.pick(t, false, false)
	switch {
	case reason != "":
	case h.open:
		reason = "HOLD_OPEN"
	case h.void:
		reason = "HOLD_VOID"
	default:
		k.m.win(h, n)
		k.m.purse(player, currency).version++
	}
	k.expect(t, k.m.purse(player, currency), reason, func() (answer, error) {
		return k.s.Credit(asPeer("gaming"), &walletv1.CreditRequest{
			RequestId: key, PlayerId: player, Amount: moneyOf(n, currency), Provider: "model", EntryType: walletv1.EntryType_ENTRY_TYPE_PAYOUT, HoldId: h.id,
			Reference: betRef("b"),
		})
	})
}

func (k *machine) correct(t *rapid.T) {
	h, player, currency, reason := k.pick(t, false, false)
	k.correctOf(t, h, player, currency, reason)
}

// correctLate corrects a bet whose bonus money has no pool any more several times, and closes a pool for it if there is none.
func (k *machine) correctLate(t *rapid.T) {
	bets := slices.DeleteFunc(slices.Clone(k.m.holds), func(h *modelHold) bool { return h.open || h.void || h.wonBonus(50) == 0 })
	if len(bets) == 0 {
		k.play(t)
		return
	}
	h := bets[rapid.IntRange(0, len(bets)-1).Draw(t, "bet")]
	if k.m.purse(h.player, h.currency).pools[h.grant].late == 0 {
		late := rapid.SampledFrom([]walletv1.LateMoney{walletv1.LateMoney_LATE_MONEY_CASH, walletv1.LateMoney_LATE_MONEY_DISCARD}).Draw(t, "late money")
		k.forfeitOf(t, h.player, h.currency, h.grant, true, late)
	}
	for range rapid.IntRange(2, 4).Draw(t, "corrections") {
		k.correctOf(t, h, h.player, h.currency, "")
	}
}

func (k *machine) correctOf(t *rapid.T, h *modelHold, player, currency, reason string) {
	key, payout, void, refuse := k.key(), minor(t, "payout"), chance(t, 4, "void"), chance(t, 4, "refuse debt")
	if void {
		payout = 0
	}
	p := k.m.purse(player, currency)
	before, short := *p, h.short
	switch {
	case reason != "":
	case h.open:
		reason = "HOLD_OPEN"
	case h.void && h.paid == 0:
		reason = "HOLD_VOID"
	default:
		if reason = k.m.correct(h, payout, void, refuse); reason == "" {
			p.version++
		}
	}
	k.expect(t, p, reason, func() (answer, error) {
		r, err := k.s.CorrectHold(asPeer("gaming"), &walletv1.CorrectHoldRequest{
			RequestId: key, PlayerId: player, HoldId: h.id, Payout: moneyOf(payout, currency), Void: void, Provider: "model", Reference: betRef("b"), RefuseDebt: refuse,
		})
		if err == nil {
			require.Equal(t, present(p.owed-before.owed, currency).GetAmount(), r.GetOwedChange().GetAmount())
			require.Equal(t, present(p.cash-before.cash, currency).GetAmount(), r.GetCashChange().GetAmount())
			require.Equal(t, present(h.short-short, currency).GetAmount(), r.GetUncollected().GetAmount())
		}
		return r, err
	})
}

func (k *machine) reserve(t *rapid.T) {
	player, currency, n, key := k.player(t), currencyOf(t), minor(t, "amount")+1, k.key()
	p, reason := k.m.purse(player, currency), ""
	h := &modelHold{player: player, currency: currency, withdrawal: true, open: true, stake: n, left: n}
	switch {
	case p.owed > 0:
		reason = "DEBT_OUTSTANDING"
	case n > p.cash:
		reason = "INSUFFICIENT_FUNDS"
	default:
		p.cash -= n
		p.held += n
		p.version++
	}
	k.expect(t, p, reason, func() (answer, error) {
		r, err := k.s.ReserveWithdrawal(asPeer("cashier"), &walletv1.ReserveWithdrawalRequest{
			RequestId: key, PlayerId: player, Amount: moneyOf(n, currency), Reference: withdrawalRef("w"),
		})
		k.keep(h, r.GetHoldId(), r.GetReplayed(), err)
		return r, err
	})
}

// withdraw completes or cancels a withdrawal, whose currency only the hold knows.
func (k *machine) withdraw(t *rapid.T) {
	key, cancels := k.key(), chance(t, 2, "cancel")
	h, player, _, reason := k.pick(t, true, true)
	if reason != "HOLD_NOT_FOUND" {
		if reason = ""; player != h.player || !h.withdrawal {
			reason = "HOLD_MISMATCH"
		}
	}
	p := k.m.purse(player, h.currency)
	if reason == "" && !h.open {
		reason = "HOLD_CLOSED"
	}
	if reason == "" {
		n := h.left
		if k.m.unhold(h, n); cancels {
			p.cash += n
		} else {
			k.m.system["psp:model "+h.currency] += n
		}
		p.version++
	}
	k.expect(t, p, reason, func() (answer, error) {
		if cancels {
			return k.s.CancelWithdrawal(asPeer("cashier"), &walletv1.CancelWithdrawalRequest{RequestId: key, PlayerId: player, HoldId: h.id})
		}
		return k.s.CompleteWithdrawal(asPeer("cashier"), &walletv1.CompleteWithdrawalRequest{RequestId: key, PlayerId: player, HoldId: h.id, Psp: "model"})
	})
}

func (k *machine) exchange(t *rapid.T) {
	player, from, n, key := k.player(t), currencyOf(t), minor(t, "amount")+1, k.key()
	into := map[string]string{"EUR": "USD", "USD": "EUR"}[from]
	got, reason := n*11/10, ""
	p, q := k.m.purse(player, from), k.m.purse(player, into)
	if n > p.cash {
		reason = "INSUFFICIENT_FUNDS"
	} else {
		p.cash, q.cash = p.cash-n, q.cash+got
		k.m.system["fx:"+from+" "+from] += n
		k.m.system["fx:"+into+" "+into] -= got
		p.version++
		q.version++
	}
	k.expect(t, p, reason, func() (answer, error) {
		r, err := k.s.ConvertCurrency(asPeer("cashier"), &walletv1.ConvertCurrencyRequest{
			RequestId: key, PlayerId: player, From: moneyOf(n, from), To: moneyOf(got, into), Rate: "1.1", RateSource: "model", QuotedAt: timestamppb.New(quoted),
			Reference: betRef("x"),
		})
		if err == nil {
			require.Equal(t, q.String(), short(r.GetTargetBalanceAfter()))
		}
		return r, err
	})
}

// round is a partner's: every part or none, in the order of the request.
func (k *machine) round(t *rapid.T) {
	req, reason := &walletv1.SettleWalletRequest{RequestId: k.key(), RoundId: "r"}, ""
	before := map[*purse]purse{}
	house := k.m.system["house:partner EUR"]
	for range rapid.IntRange(1, 4).Draw(t, "parts") {
		player, n := k.player(t), rapid.Int64Range(1, 30).Draw(t, "amount")
		if chance(t, 2, "takes") {
			n = -n
		}
		req.Operations = append(req.Operations, &walletv1.WalletDelta{PlayerId: player, Delta: moneyOf(n, "EUR").GetAmount(), Currency: "EUR"})
		p := k.m.purse(player, "EUR")
		if _, known := before[p]; !known {
			before[p] = *p
		}
		if p.cash+n < 0 {
			reason = "INSUFFICIENT_FUNDS"
		}
		p.cash += n
		p.version++
		k.m.system["house:partner EUR"] -= n
	}
	if reason != "" {
		for p, was := range before {
			*p = was
		}
		k.m.system["house:partner EUR"] = house
	}
	partner := authn.NewContext(context.Background(), authn.Caller{Kind: authn.KindPartner, ID: "partner", Peer: "gateway"})
	first, err := k.s.SettleWallet(partner, req)
	require.Equal(t, reason, errs.ReasonOf(err), "%v", err)
	second, err := k.s.SettleWallet(partner, req)
	require.Equal(t, reason, errs.ReasonOf(err), "repeated: %v", err)
	require.True(t, proto.Equal(first, second))
}

// check compares everything that is there: balances, pools, and the sums of the system accounts, of which only the sum of stripes is known.
func (k *machine) check(t *rapid.T) {
	ctx := context.Background()
	for _, name := range []string{"ann", "bob"} {
		player := name + k.run
		balances, err := k.s.ListPlayerBalances(ctx, &walletv1.ListPlayerBalancesRequest{PlayerId: player})
		require.NoError(t, err)
		pools, err := k.s.ListBonusPools(ctx, &walletv1.ListBonusPoolsRequest{PlayerId: player, IncludeClosed: true})
		require.NoError(t, err)
		var got, want []string
		for _, b := range balances.GetBalances() {
			got = append(got, b.GetAvailable().GetCurrency()+" "+short(b))
		}
		for _, pool := range pools.GetPools() {
			got = append(got, fmt.Sprint(pool.GetAvailable().GetCurrency(), " ", pool.GetGrantId(), " ", pool.GetAvailable().GetAmount(), " ", pool.GetHeld().GetAmount(),
				" ", pool.GetClosed(), " ", pool.GetLateMoney()))
		}
		for _, currency := range []string{"EUR", "USD"} {
			p := k.m.purse(player, currency)
			if p.version > 0 {
				want = append(want, currency+" "+p.String())
			}
			for grant, pool := range p.pools {
				want = append(want, fmt.Sprint(currency, " ", grant, " ", moneyOf(pool.free, "EUR").GetAmount(), " ", moneyOf(pool.held, "EUR").GetAmount(),
					" ", pool.late != 0, " ", pool.late))
			}
		}
		slices.Sort(got)
		slices.Sort(want)
		require.Equal(t, strings.Join(want, "\n"), strings.Join(got, "\n"))
	}
	now := k.systemAccounts(t)
	for name, sum := range now {
		require.Equal(t, k.m.system[name], sum-k.base[name], name)
	}
	for name, sum := range k.m.system {
		require.Equal(t, sum, now[name]-k.base[name], name)
	}
}

// systemAccounts are the sums of their stripes; runs share them.
func (k *machine) systemAccounts(t *rapid.T) map[string]int64 {
	var names []string
	var sums []int64
	require.NoError(t, k.s.pool.QueryRow(context.Background(), `SELECT coalesce(array_agg(name), '{}'), coalesce(array_agg(total), '{}')
		FROM (SELECT owner || ' ' || currency AS name, sum(balance_minor)::bigint AS total FROM account WHERE kind NOT IN (1, 5, 7) GROUP BY 1) s`).Scan(&names, &sums))
	all := map[string]int64{}
	for i, name := range names {
		all[name] = sums[i]
	}
	return all
}
