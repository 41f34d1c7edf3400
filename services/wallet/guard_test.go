package wallet

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/timestamppb"

	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/testkit/pgtest"
)

// The names that these tests use for walletv1's.
const (
	limitStake      = walletv1.GuardKind_GUARD_KIND_STAKE
	limitNetLoss    = walletv1.GuardKind_GUARD_KIND_NET_LOSS
	limitDeposit    = walletv1.GuardKind_GUARD_KIND_DEPOSIT
	limitNetDeposit = walletv1.GuardKind_GUARD_KIND_NET_DEPOSIT
	limitWithdrawal = walletv1.GuardKind_GUARD_KIND_WITHDRAWAL
	rolling24h      = walletv1.GuardWindow_GUARD_WINDOW_ROLLING_24H
	rolling30d      = walletv1.GuardWindow_GUARD_WINDOW_ROLLING_30D
	calendarDay     = walletv1.GuardWindow_GUARD_WINDOW_DAY
)

// at is a ledger whose time the test sets.
type timed struct {
	*ledger
	t    *testing.T
	now  atomic.Pointer[time.Time]
	keys int
}

func newTimed(t *testing.T, start string) *timed {
	t.Helper()
	t.Parallel()
	w := &timed{t: t}
	w.set(start)
	d := pgtest.New(t, pgtest.Sets(Migrations())...)
	s := New(d.Pool, oneWorker, func() time.Time { return *w.now.Load() })
	t.Cleanup(s.Close)
	w.ledger = &ledger{Server: s, db: d}
	t.Cleanup(func() { w.proven(t) })
	return w
}

func (w *timed) set(at string) {
	now, err := time.Parse(time.RFC3339, at)
	require.NoError(w.t, err)
	w.now.Store(&now)
}

func (w *timed) key() string { w.keys++; return fmt.Sprint("key ", w.keys) }

func (w *timed) pays(amount, reason string) {
	w.t.Helper()
	_, err := w.pay(asPeer("cashier"), w.key(), "ann", amount)
	require.Equal(w.t, reason, errs.ReasonOf(err), "%v", err)
}

// stakes answers the hold, or "" when it is refused.
func (w *timed) stakes(amount, reason string) string {
	w.t.Helper()
	r, err := w.stake(w.key(), "ann", amount)
	require.Equal(w.t, reason, errs.ReasonOf(err), "%v", err)
	return r.GetHoldId()
}

func (w *timed) settles(hold, payout string) {
	w.t.Helper()
	_, err := w.win(w.key(), "ann", hold, payout)
	require.NoError(w.t, err)
}

func (w *timed) voids(hold string) {
	w.t.Helper()
	_, err := w.ReleaseHold(asPeer("gaming"), &walletv1.ReleaseHoldRequest{RequestId: w.key(), PlayerId: "ann", HoldId: hold, Reference: betRef("b")})
	require.NoError(w.t, err)
}

// limits sets a guard of ann's in EUR; a calendar window is one of Berlin.
func (l *ledger) limits(t testing.TB, kind walletv1.GuardKind, window walletv1.GuardWindow, maximum string, layer ...walletv1.GuardLayer) *walletv1.Guard {
	t.Helper()
	req := &walletv1.SetGuardRequest{
		PlayerId: "ann", Kind: kind, Layer: walletv1.GuardLayer_GUARD_LAYER_OPERATOR, Window: window, Maximum: eur(maximum), Reason: "test",
	}
	if window >= calendarDay {
		req.TimeZone = "Europe/Berlin"
	}
	if len(layer) > 0 {
		req.Layer = layer[0]
	}
	r, err := l.SetGuard(asPeer("compliance"), req)
	require.NoError(t, err)
	return r.GetGuard()
}

// used is "used remaining" of ann's guards, in the order in which they were made.
func (l *ledger) used(t testing.TB) []string {
	t.Helper()
	r, err := l.ListPlayerGuards(context.Background(), &walletv1.ListPlayerGuardsRequest{PlayerId: "ann"})
	require.NoError(t, err)
	var out []string
	for _, g := range r.GetGuards() {
		out = append(out, g.GetUsed().GetAmount()+" "+g.GetRemaining().GetAmount())
	}
	return out
}

// A thousand stakes at once, in every worker's reach and on two replicas, never pass a limit by a cent.
func TestGuard_ThousandStakesAtOnce(t *testing.T) {
	t.Parallel()
	l := newLedger(t, Config{Workers: 4, MaxBatch: 32, QueueLen: 1024})
	other := New(l.db.Pool, Config{Workers: 4, MaxBatch: 32, QueueLen: 1024}, time.Now)
	t.Cleanup(other.Close)
	replicas := []*ledger{l, {Server: other, db: l.db}}
	l.mustPay(t, "deposit", "ann", "100000.00")
	l.limits(t, limitStake, rolling24h, "500.07")
	l.limits(t, limitNetLoss, rolling24h, "600.00")
	var placed, refused atomic.Int64
	each(1000, func(i int) {
		r := replicas[i%2]
		h, err := r.stake(fmt.Sprint("stake ", i), "ann", "1.00")
		if err != nil {
			require.Equal(t, "LIMIT_REACHED", errs.ReasonOf(err), "%v", err)
			refused.Add(1)
			return
		}
		placed.Add(1)
		_, err = r.win(fmt.Sprint("settle ", i), "ann", h.GetHoldId(), "1.00")
		require.NoError(t, err)
	})
	require.Equal(t, []int64{500, 500}, []int64{placed.Load(), refused.Load()})
	require.Equal(t, []string{"500.00 0.07", "0.00 600.00"}, l.used(t))
	_, err := l.stake("seven cents", "ann", "0.07")
	require.NoError(t, err)
	_, err = l.stake("one cent", "ann", "0.01")
	require.Equal(t, "LIMIT_REACHED", errs.ReasonOf(err))
	l.proven(t)
}

func TestGuard_RollingWindow(t *testing.T) {
	w := newTimed(t, "2026-03-10T10:07:00Z")
	w.pays("1000.00", "")
	w.limits(t, limitStake, rolling24h, "10.00")
	void := w.stakes("6.00", "")
	w.set("2026-03-10T20:00:00Z")
	w.stakes("4.00", "")
	w.stakes("0.01", "LIMIT_REACHED")
	_, err := w.stake("refused", "ann", "0.01")
	m := errs.Metadata(err)
	require.Equal(t, "2026-03-11T10:15:00Z", m["resets_at"], "the end of the quarter of an hour of the oldest stake, a day on")
	require.Equal(t, []string{"STAKE", "OPERATOR", "ROLLING_24H", "10.00", "10.00", "0.00", "0.01", "EUR"},
		[]string{m["guard"], m["layer"], m["window"], m["maximum"], m["used"], m["remaining"], m["requested"], m["currency"]})
	w.set("2026-03-11T10:07:00Z")
	w.stakes("0.01", "LIMIT_REACHED") // never shorter than a day
	w.set("2026-03-11T10:15:00Z")
	require.Equal(t, []string{"4.00 6.00"}, w.used(t))
	w.stakes("6.01", "LIMIT_REACHED")
	w.stakes("5.00", "")
	w.voids(void) // it has left the window, and gives nothing back to this one
	require.Equal(t, []string{"9.00 1.00"}, w.used(t))
}

func TestGuard_VoidGivesBackInItsWindow(t *testing.T) {
	w := newTimed(t, "2026-03-10T10:00:00Z")
	w.pays("1000.00", "")
	w.limits(t, limitStake, rolling24h, "10.00")
	h := w.stakes("10.00", "")
	w.stakes("1.00", "LIMIT_REACHED")
	w.set("2026-03-10T18:00:00Z")
	w.voids(h)
	require.Equal(t, []string{"0.00 10.00"}, w.used(t))
	w.settles(w.stakes("10.00", ""), "0.00")
	w.stakes("0.01", "LIMIT_REACHED")
}

// Days are the player's, also over the change of clocks (Berlin, 29 March 2026: 23 hours).
func TestGuard_CalendarDayInTheTimeZone(t *testing.T) {
	w := newTimed(t, "2026-03-28T22:59:00Z") // 23:59 in Berlin
	w.pays("1000.00", "")
	g := w.limits(t, limitStake, calendarDay, "10.00")
	require.Equal(t, "2026-03-28T23:00:00Z", g.GetResetsAt().AsTime().Format(time.RFC3339))
	w.stakes("10.00", "")
	w.stakes("0.01", "LIMIT_REACHED")
	w.set("2026-03-28T23:00:00Z")
	w.stakes("10.00", "")
	w.set("2026-03-29T21:59:59Z")
	_, err := w.stake("refused", "ann", "0.01")
	require.Equal(t, "2026-03-29T22:00:00Z", errs.Metadata(err)["resets_at"])
	w.set("2026-03-29T22:00:00Z")
	w.stakes("10.00", "")
}

// What was used before a limit is set counts, and a counter that was long unused is right again.
func TestGuard_CountsWhatWasBefore(t *testing.T) {
	w := newTimed(t, "2026-03-02T00:00:00Z")
	w.pays("100.00", "")
	w.set("2026-03-20T00:00:00Z")
	w.pays("50.00", "")
	w.limits(t, limitDeposit, walletv1.GuardWindow_GUARD_WINDOW_MONTH, "200.00")
	w.limits(t, limitDeposit, rolling24h, "60.00")
	w.limits(t, limitDeposit, rolling30d, "170.00", walletv1.GuardLayer_GUARD_LAYER_REGULATOR)
	require.Equal(t, []string{"150.00 50.00", "50.00 10.00", "150.00 20.00"}, w.used(t))
	w.pays("30.00", "LIMIT_REACHED")
	w.pays("10.00", "")
	w.set("2026-04-25T00:00:00Z") // more than a week behind every window
	require.NoError(t, w.pruneUsage(t.Context()))
	require.Equal(t, []string{"0.00 200.00", "0.00 60.00", "0.00 170.00"}, w.used(t))
	w.pays("60.00", "")
	require.Equal(t, []string{"60.00 140.00", "60.00 0.00", "60.00 110.00"}, w.used(t))
	var rows int
	require.NoError(t, w.pool.QueryRow(t.Context(), "SELECT count(*) FROM guard_usage").Scan(&rows))
	require.Equal(t, 1, rows, "the oldest usage was deleted, and the running slot is in the account")
}

// Of several layers the strictest binds; the refusal names it.
func TestGuard_StrictestLayerBinds(t *testing.T) {
	w := newTimed(t, "2026-03-10T10:00:00Z")
	w.pays("1000.00", "")
	w.limits(t, limitStake, rolling24h, "100.00", walletv1.GuardLayer_GUARD_LAYER_OPERATOR)
	w.limits(t, limitStake, rolling24h, "20.00", walletv1.GuardLayer_GUARD_LAYER_PLAYER)
	w.limits(t, limitStake, rolling30d, "30.00", walletv1.GuardLayer_GUARD_LAYER_GROUP)
	w.limits(t, walletv1.GuardKind_GUARD_KIND_SINGLE_STAKE, 0, "15.00")
	_, err := w.stake("too much at once", "ann", "15.01")
	require.Equal(t, []string{"SINGLE_STAKE", "15.00", ""}, []string{errs.Metadata(err)["guard"], errs.Metadata(err)["maximum"], errs.Metadata(err)["resets_at"]})
	w.stakes("15.00", "")
	_, err = w.stake("too much", "ann", "10.00")
	require.Equal(t, []string{"PLAYER", "5.00"}, []string{errs.Metadata(err)["layer"], errs.Metadata(err)["remaining"]})
	w.stakes("0.00", "") // nothing is staked
}

// A loss is what was settled, and what is open until it is settled. Winnings beyond the losses are no credit for later.
func TestGuard_NetLoss(t *testing.T) {
	w := newTimed(t, "2026-03-10T10:00:00Z")
	w.pays("1000.00", "")
	w.limits(t, limitNetLoss, rolling24h, "10.00")
	open := w.stakes("8.00", "")
	require.Equal(t, []string{"8.00 2.00"}, w.used(t))
	w.stakes("2.01", "LIMIT_REACHED")
	w.settles(open, "100.00")
	require.Equal(t, []string{"0.00 10.00"}, w.used(t))
	w.stakes("10.01", "LIMIT_REACHED")
	w.set("2026-03-11T10:15:00Z") // the win has left the window
	old := w.stakes("7.00", "")
	w.set("2026-03-14T10:15:00Z")
	require.Equal(t, []string{"7.00 3.00"}, w.used(t), "an open stake counts however old it is")
	w.settles(old, "3.00")
	require.Equal(t, []string{"4.00 6.00"}, w.used(t), "and when it is settled, it counts where it is settled")
	_, err := w.PlaceAndSettle(asPeer("gaming"), &walletv1.PlaceAndSettleRequest{
		RequestId: w.key(), PlayerId: "ann", Stake: eur("6.01"), Payout: eur("50.00"), Provider: "acme", Reference: betRef("b"),
	})
	require.Equal(t, "LIMIT_REACHED", errs.ReasonOf(err), "the stake has to fit before the winnings come")
	_, err = w.Credit(asPeer("gaming"), &walletv1.CreditRequest{
		RequestId: w.key(), PlayerId: "ann", Amount: eur("4.00"), Provider: "acme", EntryType: walletv1.EntryType_ENTRY_TYPE_PAYOUT, Reference: betRef("late"),
	})
	require.NoError(t, err)
	require.Equal(t, []string{"0.00 10.00"}, w.used(t), "late winnings are winnings")
}

func TestGuard_MoneyInAndOut(t *testing.T) {
	w := newTimed(t, "2026-03-10T10:00:00Z")
	w.limits(t, limitDeposit, rolling24h, "100.00")
	w.limits(t, limitNetDeposit, rolling24h, "60.00")
	w.limits(t, limitWithdrawal, rolling24h, "50.00")
	w.pays("60.00", "")
	w.pays("1.00", "LIMIT_REACHED")
	reserve := func(amount, reason string) string {
		t.Helper()
		r, err := w.ReserveWithdrawal(asPeer("cashier"), &walletv1.ReserveWithdrawalRequest{RequestId: w.key(), PlayerId: "ann", Amount: eur(amount), Reference: withdrawalRef("w")})
		require.Equal(t, reason, errs.ReasonOf(err))
		return r.GetHoldId()
	}
	paid, cancelled := reserve("30.00", ""), reserve("20.00", "")
	reserve("0.01", "LIMIT_REACHED")
	_, err := w.CancelWithdrawal(asPeer("cashier"), &walletv1.CancelWithdrawalRequest{RequestId: w.key(), PlayerId: "ann", HoldId: cancelled})
	require.NoError(t, err)
	require.Equal(t, []string{"60.00 40.00", "60.00 0.00", "30.00 20.00"}, w.used(t))
	_, err = w.CompleteWithdrawal(asPeer("cashier"), &walletv1.CompleteWithdrawalRequest{RequestId: w.key(), PlayerId: "ann", HoldId: paid, Psp: "stripe"})
	require.NoError(t, err)
	require.Equal(t, []string{"60.00 40.00", "30.00 30.00", "30.00 20.00"}, w.used(t))
	w.pays("30.01", "LIMIT_REACHED")
	w.pays("30.00", "")
}

// A restriction stops what begins, and never what pays the player or ends what began before. It ends by itself.
func TestGuard_Restrictions(t *testing.T) {
	w := newTimed(t, "2026-03-10T10:00:00Z")
	w.pays("1000.00", "")
	open := w.stakes("10.00", "")
	until, err := time.Parse(time.RFC3339, "2026-03-17T10:00:00Z")
	require.NoError(t, err)
	for _, k := range []walletv1.GuardKind{walletv1.GuardKind_GUARD_KIND_NO_STAKE, walletv1.GuardKind_GUARD_KIND_NO_DEPOSIT} {
		_, err := w.SetGuard(asPeer("compliance"), &walletv1.SetGuardRequest{
			PlayerId: "ann", Kind: k, Layer: walletv1.GuardLayer_GUARD_LAYER_PLAYER, Reason: "a week off", ExpiresAt: timestamppb.New(until),
		})
		require.NoError(t, err)
	}
	w.stakes("1.00", "RESTRICTED")
	w.stakes("0.00", "RESTRICTED")
	w.pays("1.00", "RESTRICTED")
	_, err = w.stake("refused", "ann", "99999.00")
	m := errs.Metadata(err)
	require.Equal(t, []string{"NO_STAKE", "PLAYER", "a week off", "2026-03-17T10:00:00Z"}, []string{m["guard"], m["layer"], m["restriction_reason"], m["expires_at"]})
	w.settles(open, "50.00")
	_, err = w.ReserveWithdrawal(asPeer("cashier"), &walletv1.ReserveWithdrawalRequest{RequestId: w.key(), PlayerId: "ann", Amount: eur("100.00"), Reference: withdrawalRef("w")})
	require.NoError(t, err, "whoever is excluded may still take money out")
	w.set("2026-03-17T09:59:59Z")
	w.stakes("1.00", "RESTRICTED")
	w.set("2026-03-17T10:00:00Z")
	w.stakes("1.00", "")
	require.Empty(t, w.used(t))
}

// A request that was done is answered with its result, whatever guards say by now; and one that was refused is decided anew.
func TestGuard_RepeatedRequests(t *testing.T) {
	w := newTimed(t, "2026-03-10T10:00:00Z")
	w.pays("1000.00", "")
	_, err := w.stake("done", "ann", "10.00")
	require.NoError(t, err)
	w.limits(t, limitStake, rolling24h, "10.00")
	r, err := w.stake("done", "ann", "10.00")
	require.NoError(t, err)
	require.True(t, r.GetReplayed())
	_, err = w.stake("refused", "ann", "10.00")
	require.Equal(t, "LIMIT_REACHED", errs.ReasonOf(err))
	w.set("2026-03-11T10:15:00Z")
	_, err = w.stake("refused", "ann", "10.00")
	require.NoError(t, err)
}

// A limit lowered below what was used leaves nothing, and refuses no zero.
func TestGuard_LoweredBelowUse(t *testing.T) {
	w := newTimed(t, "2026-03-10T10:00:00Z")
	w.pays("1000.00", "")
	w.limits(t, limitStake, rolling24h, "100.00")
	w.stakes("60.00", "")
	w.limits(t, limitStake, rolling24h, "50.00")
	require.Equal(t, []string{"60.00 0.00"}, w.used(t))
	w.stakes("0.01", "LIMIT_REACHED")
}

// A batch locks a player's account in one currency, and another one in another currency may be in commit beside it: each moves the limits of its own currency
// alone, or one would write over what the other has counted.
func TestGuard_WindowMovesBesideAnotherCurrency(t *testing.T) {
	w := newTimed(t, "2026-03-10T12:07:00Z")
	yen := &walletv1.DepositRequest{RequestId: "yen", PlayerId: "ann", Amount: moneyOf(500, "JPY"), Psp: "stripe", Reference: betRef("dep")}
	w.pays("10.00", "")
	_, err := w.Deposit(asPeer("cashier"), yen)
	require.NoError(t, err)
	w.limits(t, limitDeposit, rolling24h, "100.00")
	w.set("2026-03-10T12:16:00Z")

	yen.RequestId = "more yen"
	c := command{kind: opDeposit, currency: "JPY", amount: 500, counterparty: psp("stripe", "ann")}
	require.NoError(t, c.key("cashier", yen))
	batch := []pending{{ctx: t.Context(), commands: []*command{&c}}}
	conn, err := w.batchConns.Acquire(t.Context())
	require.NoError(t, err)
	b, err := w.load(t.Context(), conn.Conn(), batch, found{})
	require.NoError(t, err)
	_, _, err = b.decideAll(batch[0].commands)
	require.NoError(t, err)

	replica := &timed{t: t, ledger: &ledger{Server: New(w.db.Pool, oneWorker, w.clock), db: w.db}}
	defer replica.Close()
	replica.keys = 100
	replica.pays("5.00", "")
	require.NoError(t, w.write(t.Context(), conn.Conn(), b, batch))
	conn.Release()
	require.Equal(t, []string{"15.00 85.00"}, w.used(t))
	w.proven(t)
	w.set("2026-03-10T12:31:00Z")
	w.pays("85.00", "")
	w.pays("0.01", "LIMIT_REACHED")
}
