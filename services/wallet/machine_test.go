package wallet

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/testkit/pgtest"
)

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
