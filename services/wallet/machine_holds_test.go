package wallet

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"
	"pgregory.net/rapid"

	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/authn"
	"github.com/pitboss-gaming/pitboss/kit/errs"
)

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
