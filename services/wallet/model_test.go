package wallet

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/money"
	"github.com/pitboss-gaming/pitboss/kit/testkit/pgtest"
)

// model is what the wallet should do, as simple as it can be said.
type model struct {
	cash, held map[string]int64
	version    map[string]int64
	holds      []modelHold
	done       map[string]string // request -> operation id
	house, psp int64
}

type modelHold struct {
	id, player string
	amount     int64
	open       bool
}

// machine runs random operations on a wallet with a real database and on the model.
type machine struct {
	s   *Server
	m   model
	run string // makes players and keys of one run its own
	n   int
}

// TestModel_EverySequence: whatever is asked in whatever order, the wallet answers and holds what the model does.
func TestModel_EverySequence(t *testing.T) {
	t.Parallel()
	pool := pgtest.DB(t, Migrations())
	s := New(pool, Config{Workers: 2, MaxBatch: 16, QueueLen: 64}, time.Now)
	defer s.Close()
	rapid.Check(t, func(rt *rapid.T) {
		k := &machine{s: s, run: fmt.Sprint(rand.Uint64()), m: model{
			cash: map[string]int64{}, held: map[string]int64{}, version: map[string]int64{}, done: map[string]string{},
		}}
		rt.Repeat(map[string]func(*rapid.T){
			"deposit": k.deposit, "hold": k.hold, "settle": k.settle, "release": k.release, "play": k.play, "debit": k.debit, "": k.check,
		})
	})
	v, err := Verify(t.Context(), pool)
	require.NoError(t, err)
	require.True(t, v.GetOk(), v.GetViolations())
}

func (k *machine) player(t *rapid.T) string {
	return rapid.SampledFrom([]string{"ann", "bob"}).Draw(t, "player") + k.run
}

func (k *machine) key() string { k.n++; return fmt.Sprintf("%s-%d", k.run, k.n) }

func minor(t *rapid.T, name string) int64 { return rapid.Int64Range(0, 500).Draw(t, name) }

func cents(n int64) string { return money.Amount{Minor: n, Currency: "EUR"}.String() }

// expect compares an answer with the model and repeats the request, which must change nothing.
func (k *machine) expect(t *rapid.T, reason string, call func() (answer, error)) {
	first, err := call()
	require.Equal(t, reason, errs.ReasonOf(err), "%v", err)
	second, err2 := call()
	require.Equal(t, reason, errs.ReasonOf(err2), "repeated: %v", err2)
	if reason == "" {
		require.False(t, first.GetReplayed())
		require.True(t, second.GetReplayed())
		require.Equal(t, first.GetOperationId(), second.GetOperationId())
	}
}

func (k *machine) deposit(t *rapid.T) {
	p, n, key := k.player(t), minor(t, "amount")+1, k.key()
	k.m.cash[p] += n
	k.m.version[p]++
	k.m.psp -= n
	k.expect(t, "", func() (answer, error) {
		return k.s.Deposit(asPeer("cashier"), &walletv1.DepositRequest{
			RequestId: key, PlayerId: p, Amount: eur(cents(n)), Psp: "model" + k.run, Reference: betRef("d"),
		})
	})
}

func (k *machine) debit(t *rapid.T) {
	p, n, key := k.player(t), minor(t, "amount")+1, k.key()
	reason := "INSUFFICIENT_FUNDS"
	if k.m.cash[p] >= n {
		reason = ""
		k.m.cash[p] -= n
		k.m.version[p]++
		k.m.house += n
	}
	k.expect(t, reason, func() (answer, error) {
		return k.s.Debit(asPeer("gaming"), &walletv1.DebitRequest{
			RequestId: key, PlayerId: p, Amount: eur(cents(n)), Counterparty: "house:model" + k.run, Reference: betRef("d"),
		})
	})
}

func (k *machine) hold(t *rapid.T) {
	p, n, key := k.player(t), minor(t, "stake"), k.key()
	reason := "INSUFFICIENT_FUNDS"
	if k.m.cash[p] >= n {
		reason = ""
		k.m.cash[p] -= n
		k.m.held[p] += n
		k.m.version[p]++
	}
	k.expect(t, reason, func() (answer, error) {
		r, err := k.s.PlaceHold(asPeer("gaming"), &walletv1.PlaceHoldRequest{RequestId: key, PlayerId: p, Amount: eur(cents(n)), Reference: betRef("b")})
		if err == nil && !r.GetReplayed() {
			k.m.holds = append(k.m.holds, modelHold{r.GetHoldId(), p, n, true})
		}
		return r, err
	})
}

// pick chooses a hold, or none when there is none, and says why a player could not close it.
func (k *machine) pick(t *rapid.T, p string) (*modelHold, string) {
	if len(k.m.holds) == 0 {
		return &modelHold{id: "hld_none"}, "HOLD_NOT_FOUND"
	}
	h := &k.m.holds[rapid.IntRange(0, len(k.m.holds)-1).Draw(t, "hold")]
	switch {
	case h.player != p:
		return h, "HOLD_MISMATCH"
	case !h.open:
		return h, "HOLD_CLOSED"
	}
	return h, ""
}

func (k *machine) settle(t *rapid.T) {
	p, n, key := k.player(t), minor(t, "payout"), k.key()
	h, reason := k.pick(t, p)
	if reason == "" {
		h.open = false
		k.m.held[p] -= h.amount
		k.m.cash[p] += n
		k.m.version[p]++
		k.m.house += h.amount - n
	}
	k.expect(t, reason, func() (answer, error) {
		return k.s.SettleHold(asPeer("gaming"), &walletv1.SettleHoldRequest{
			RequestId: key, PlayerId: p, HoldId: h.id, Payout: eur(cents(n)), Provider: "model" + k.run, Reference: betRef("b"),
		})
	})
}

func (k *machine) release(t *rapid.T) {
	p, key := k.player(t), k.key()
	h, reason := k.pick(t, p)
	if reason == "" {
		h.open = false
		k.m.held[p] -= h.amount
		k.m.cash[p] += h.amount
		k.m.version[p]++
	}
	k.expect(t, reason, func() (answer, error) {
		return k.s.ReleaseHold(asPeer("gaming"), &walletv1.ReleaseHoldRequest{RequestId: key, PlayerId: p, HoldId: h.id, Reference: betRef("b")})
	})
}

func (k *machine) play(t *rapid.T) {
	p, stake, payout, key := k.player(t), minor(t, "stake"), minor(t, "payout"), k.key()
	reason := "INSUFFICIENT_FUNDS"
	if k.m.cash[p] >= stake {
		reason = ""
		k.m.cash[p] += payout - stake
		k.m.version[p]++
		k.m.house += stake - payout
	}
	k.expect(t, reason, func() (answer, error) {
		return k.s.PlaceAndSettle(asPeer("gaming"), &walletv1.PlaceAndSettleRequest{
			RequestId: key, PlayerId: p, Stake: eur(cents(stake)), Payout: eur(cents(payout)), Provider: "model" + k.run, Reference: betRef("b"),
		})
	})
}

func (k *machine) check(t *rapid.T) {
	for p, version := range k.m.version {
		r, err := k.s.GetBalance(context.Background(), &walletv1.GetBalanceRequest{PlayerId: p, Currency: "EUR"})
		require.NoError(t, err)
		require.Equal(t, fmt.Sprintf("%s %s v%d", cents(k.m.cash[p]), cents(k.m.held[p]), version), short(r.GetBalance()))
	}
	var house, psp int64
	require.NoError(t, k.s.pool.QueryRow(context.Background(), `SELECT coalesce(sum(balance_minor) FILTER (WHERE owner = 'house:model' || $1), 0)::bigint,
		coalesce(sum(balance_minor) FILTER (WHERE owner = 'psp:model' || $1), 0)::bigint FROM account`, k.run).Scan(&house, &psp))
	require.Equal(t, []int64{k.m.house, k.m.psp}, []int64{house, psp}, "stripes are summed")
}
