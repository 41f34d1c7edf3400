package books

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
)

func operation(t *testing.T, kind, caller string) *Operation {
	t.Helper()
	for _, o := range append([]*Operation{partnerPays, partnerTakes}, Operations...) {
		if o.Kind == kind && (o.Caller == caller || caller == "") {
			return o
		}
	}
	t.Fatalf("no operation %s of %s", kind, caller)
	return nil
}

var (
	ann  = Account{"ann", "EUR"}
	noon = time.Date(2026, 3, 10, 12, 7, 0, 0, time.UTC)
)

// day is a book of ann's that is written line by line.
type day struct {
	t *testing.T
	b *Book
}

// does expects an operation to be refused with a reason, or to leave a balance. opens is the hold that it opens.
func (d *day) does(i *Intent, opens, reason string, after Balance) Told {
	d.t.Helper()
	i.Account = ann
	require.Equal(d.t, reason, d.b.Why(i), "%v", i)
	var told Told
	if reason == "" {
		var why string
		told, why = d.b.Apply(i, opens)
		require.Empty(d.t, why)
	}
	require.Equal(d.t, after, d.b.Balance(ann), "%v", i)
	return told
}

// TestBook_Limits is one player's day: what is expected of each request, and what it leaves.
func TestBook_Limits(t *testing.T) {
	t.Parallel()
	d := &day{t, New()}
	d.b.Now = noon
	d.b.Put(Guard{ID: "g1", Player: "ann", Kind: limitLoss, Window: walletv1.GuardWindow_GUARD_WINDOW_ROLLING_24H, Currency: "EUR", Maximum: 500})
	d.b.Put(Guard{ID: "g2", Player: "ann", Kind: noWithdrawal, Expires: noon.Add(time.Hour)})
	for n, step := range []struct {
		kind, caller   string
		amount, payout int64
		hold           string // closed, or opened
		reason         string
		after          Balance
	}{
		{"DEPOSIT", "cashier", 1_000, 0, "", "", Balance{Available: 1_000, Version: 1}},
		{"PLACE_HOLD", "gaming", 300, 0, "h1", "", Balance{Available: 700, Held: 300, Version: 2}},
		{"PLACE_HOLD", "gaming", 201, 0, "h2", "LIMIT_REACHED", Balance{Available: 700, Held: 300, Version: 2}}, // what is open counts as lost
		{"RESERVE_WITHDRAWAL", "cashier", 9_999, 0, "h3", "RESTRICTED", Balance{Available: 700, Held: 300, Version: 2}},
		{"RELEASE_HOLD", "gaming", 0, 0, "h4", "HOLD_NOT_FOUND", Balance{Available: 700, Held: 300, Version: 2}},
		{"COMPLETE_WITHDRAWAL", "cashier", 0, 0, "h1", "HOLD_MISMATCH", Balance{Available: 700, Held: 300, Version: 2}},
		{"SETTLE_HOLD", "gaming", 0, 350, "h1", "", Balance{Available: 1_050, Version: 3}},
		{"RELEASE_HOLD", "gaming", 0, 0, "h1", "HOLD_CLOSED", Balance{Available: 1_050, Version: 3}},
		{"PLACE_AND_SETTLE", "gaming", 500, 0, "h5", "", Balance{Available: 550, Version: 4}}, // winnings before were no credit, but they are subtracted
		{"PLACE_AND_SETTLE", "gaming", 51, 0, "h6", "LIMIT_REACHED", Balance{Available: 550, Version: 4}},
		{"DEBIT", "cashier", 551, 0, "", "INSUFFICIENT_FUNDS", Balance{Available: 550, Version: 4}},
		{"CREDIT", "gaming", 10, 0, "", "", Balance{Available: 560, Version: 5}},
	} {
		i := &Intent{Op: operation(t, step.kind, step.caller), Key: step.kind + string(rune('a'+n)), Amount: step.amount, Payout: step.payout, Part: All}
		if i.Op.Closes != None {
			i.Hold = step.hold
		}
		d.does(i, step.hold, step.reason, step.after)
	}
	d.b.Now = noon.Add(time.Hour) // the restriction is over
	d.does(&Intent{Op: operation(t, "RESERVE_WITHDRAWAL", ""), Key: "w", Amount: 60}, "h7", "", Balance{Available: 500, Held: 60, Version: 6})
	d.b.Now = noon.Add(25 * time.Hour) // the losses have left the window
	d.does(&Intent{Op: operation(t, "PLACE_HOLD", ""), Key: "p", Amount: 500}, "h8", "", Balance{Held: 560, Version: 7})
}

// TestBook_BonusAndDebt: parts round down for bonus, late money goes where it was decided, what is taken back and not there is owed.
func TestBook_BonusAndDebt(t *testing.T) {
	t.Parallel()
	d := &day{t, New()}
	d.b.Now = noon
	d.does(&Intent{Op: Deposit, Key: "1", Amount: 100}, "", "", Balance{Available: 100, Version: 1})
	d.does(&Intent{Op: Grant, Key: "2", Amount: 50, Grant: "g"}, "", "", Balance{Available: 100, Bonus: 50, Version: 2})
	bet := &Intent{Op: placeOp, Key: "3", Amount: 75, Grant: "g", Policy: walletv1.FundingPolicy_FUNDING_POLICY_BONUS_FIRST}
	d.does(bet, "h", "", Balance{Available: 75, Held: 25, HeldBonus: 50, Version: 3})
	told := d.does(&Intent{Op: settleOp, Key: "4", Hold: "h", Part: 10, Payout: 10}, "", "", Balance{Available: 79, Held: 21, Bonus: 6, HeldBonus: 44, Version: 4})
	require.Equal(t, Told{Amount: 10, Payout: 10, Grant: "g", AmountBonus: 6, PayoutBonus: 6, Remaining: 65}, told)
	forfeit := &Intent{Op: operation(t, "FORFEIT_BONUS", ""), Key: "5", Amount: All, Grant: "g", Late: walletv1.LateMoney_LATE_MONEY_DISCARD}
	d.does(forfeit, "", "", Balance{Available: 79, Held: 21, HeldBonus: 44, Version: 5})
	d.does(&Intent{Op: settleOp, Key: "6", Hold: "h", Part: All, Payout: 30}, "", "", Balance{Available: 89, Version: 6})
	d.does(&Intent{Op: operation(t, "CHARGEBACK", ""), Key: "7", Amount: 100}, "", "", Balance{Owed: 11, Version: 7})
	d.does(&Intent{Op: operation(t, "RESERVE_WITHDRAWAL", ""), Key: "8", Amount: 1}, "", "DEBT_OUTSTANDING", Balance{Owed: 11, Version: 7})
	told = d.does(&Intent{Op: correctOp, Key: "9", Hold: "h", Void: true}, "", "", Balance{Version: 8})
	require.Equal(t, Told{Amount: 75, Grant: "g", OwedChange: -11}, told, "what was discarded is nobody's")
	d.does(&Intent{Op: correctOp, Key: "10", Hold: "h"}, "", "HOLD_VOID", Balance{Version: 8})
}

// TestBook_LateMoney: what went to cash is taken back from there, and what could not be taken back is made good before anything else.
func TestBook_LateMoney(t *testing.T) {
	t.Parallel()
	d := &day{t, New()}
	d.b.Now = noon
	d.does(&Intent{Op: Deposit, Key: "1", Amount: 50}, "", "", Balance{Available: 50, Version: 1})
	d.does(&Intent{Op: Grant, Key: "2", Amount: 20, Grant: "g"}, "", "", Balance{Available: 50, Bonus: 20, Version: 2})
	bet := &Intent{Op: placeOp, Key: "3", Amount: 20, Grant: "g", Policy: walletv1.FundingPolicy_FUNDING_POLICY_BONUS_ONLY}
	d.does(bet, "h", "", Balance{Available: 50, HeldBonus: 20, Version: 3})
	d.does(&Intent{Op: settleOp, Key: "4", Hold: "h", Part: All, Payout: 30}, "", "", Balance{Available: 50, Bonus: 30, Version: 4})
	d.does(&Intent{Op: operation(t, "FORFEIT_BONUS", ""), Key: "5", Amount: 25, Grant: "g"}, "", "", Balance{Available: 50, Bonus: 5, Version: 5})
	told := d.does(&Intent{Op: correctOp, Key: "6", Hold: "h"}, "", "", Balance{Available: 50, Version: 6})
	require.Equal(t, Told{Grant: "g", BonusChange: -5, Uncollected: 25}, told)
	told = d.does(&Intent{Op: lateCreditOp, Key: "7", Hold: "h", Amount: 26}, "", "", Balance{Available: 50, Bonus: 1, Version: 7})
	require.Equal(t, Told{Amount: 26, Grant: "g", PayoutBonus: 26, Uncollected: -25}, told)
	closes := &Intent{Op: operation(t, "FORFEIT_BONUS", ""), Key: "8", Amount: All, Grant: "g", Late: walletv1.LateMoney_LATE_MONEY_CASH}
	d.does(closes, "", "", Balance{Available: 50, Version: 8})
	d.does(&Intent{Op: correctOp, Key: "9", Hold: "h", Payout: 86}, "", "", Balance{Available: 110, Version: 9})
	d.does(&Intent{Op: operation(t, "CHARGEBACK", ""), Key: "10", Amount: 100}, "", "", Balance{Available: 10, Version: 10})
	d.does(&Intent{Op: correctOp, Key: "11", Hold: "h", RefuseDebt: true}, "", "INSUFFICIENT_FUNDS", Balance{Available: 10, Version: 10})
	told = d.does(&Intent{Op: correctOp, Key: "12", Hold: "h"}, "", "", Balance{Owed: 50, Version: 11})
	require.Equal(t, Told{Grant: "g", CashChange: -10, OwedChange: 50, Uncollected: 26}, told)
}

// TestBook_AllOrNothing: a request of several operations is refused as a whole, and leaves nothing.
func TestBook_AllOrNothing(t *testing.T) {
	t.Parallel()
	d := &day{t, New()}
	d.b.Now = noon
	d.does(&Intent{Op: Deposit, Key: "1", Amount: 100}, "", "", Balance{Available: 100, Version: 1})
	bet := &Intent{Op: placeOp, Key: "r/0", Account: ann, Amount: 80}
	round := &Intent{Op: operation(t, "round", ""), Key: "r", Account: ann, Steps: []*Intent{bet, {Op: houseDebitOp, Key: "r/1", Account: ann, Amount: 21}}}
	d.does(round, "", "INSUFFICIENT_FUNDS", Balance{Available: 100, Version: 1})
	round.Steps[1] = &Intent{Op: settleOp, Key: "r/1", Account: ann, Part: All, Payout: 5, Opener: bet}
	require.Empty(t, d.b.Why(round))
	require.False(t, d.b.Half(round))
	d.does(bet, "h", "", Balance{Available: 20, Held: 80, Version: 2})
	require.True(t, d.b.Half(round))
	require.Empty(t, d.b.Why(round), "it goes on from what was done")
	d.does(round.Steps[1], "", "", Balance{Available: 25, Version: 3})
	require.True(t, d.b.Done(round))
}

// TestExchanged: half to even, or down.
func TestExchanged(t *testing.T) {
	t.Parallel()
	require.Equal(t, int64(2), exchanged(1_000, "EUR", "JPY", "0.25", false))
	require.Equal(t, int64(4), exchanged(1_000, "EUR", "JPY", "0.35", false))
	require.Equal(t, int64(3), exchanged(1_000, "EUR", "JPY", "0.35", true))
	require.Equal(t, int64(62), exchanged(100, "JPY", "EUR", "0.0062", true))
}
