package wallet

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/timestamppb"

	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
)

// beside is another replica on the same ledger and clock.
func (w *timed) beside() *timed {
	s := New(w.db.Pool, oneWorker, func() time.Time { return *w.now.Load() })
	w.t.Cleanup(s.Close)
	return &timed{t: w.t, ledger: &ledger{Server: s, db: w.db}, keys: 1_000_000}
}

// remembered is how many guards a replica remembers of ann; -1 when it does not remember her.
func (w *timed) remembered() int {
	w.guardMemory.mu.Lock()
	defer w.guardMemory.mu.Unlock()
	if k, ok := w.guardMemory.players.young["ann"]; ok {
		return len(k.rows)
	}
	return -1
}

// What one replica remembers never outlives what another changes: set, lowered, cleared, counted on, moved to a new window.
func TestGuardMemory_OtherReplicasChanges(t *testing.T) {
	w := newTimed(t, "2026-03-10T10:00:00Z")
	other := w.beside()
	w.pays("1000.00", "")
	w.stakes("1.00", "")
	require.Equal(t, 0, w.remembered(), "that there are none is remembered too")

	g := other.limits(t, limitStake, rolling24h, "10.00")
	w.stakes("9.01", "LIMIT_REACHED")
	w.stakes("2.00", "")
	w.stakes("2.00", "")
	require.Equal(t, 1, w.remembered())
	other.stakes("1.00", "")
	w.stakes("4.01", "LIMIT_REACHED")

	other.limits(t, limitStake, rolling24h, "6.00")
	w.stakes("0.01", "LIMIT_REACHED")
	other.first(w, "2026-03-10T10:16:00Z") // the slot of before is added to the counter, by the other
	w.stakes("0.01", "LIMIT_REACHED")
	_, err := other.LoosenGuard(asPeer("compliance"), &walletv1.LoosenGuardRequest{PlayerId: "ann", GuardId: g.GetGuardId(), Maximum: eur("8.00"), Reason: "asked for"})
	require.NoError(t, err)
	w.stakes("2.01", "LIMIT_REACHED")
	other.stakes("1.00", "")
	w.stakes("1.01", "LIMIT_REACHED")

	w.set("2026-03-11T10:20:00Z") // all of it has left the window
	other.stakes("5.00", "")
	w.stakes("3.01", "LIMIT_REACHED")
	_, err = other.ClearGuard(asPeer("compliance"), &walletv1.ClearGuardRequest{PlayerId: "ann", GuardId: g.GetGuardId(), Reason: "moved away"})
	require.NoError(t, err)
	w.stakes("100.00", "")
	require.Equal(t, 0, w.remembered())
}

// first lets an operation of this replica be the first at a time.
func (w *timed) first(clock *timed, at string) {
	clock.set(at)
	w.stakes("0.00", "")
}

// A restriction of another replica holds at once in every currency, and ends by itself although it is remembered.
func TestGuardMemory_Restrictions(t *testing.T) {
	w := newTimed(t, "2026-03-10T10:00:00Z")
	other := w.beside()
	for i, amount := range []*walletv1.DepositRequest{{Amount: eur("100.00")}, {Amount: usd("100.00")}} {
		amount.RequestId, amount.PlayerId, amount.Psp, amount.Reference = fmt.Sprint("pay ", i), "ann", "stripe", betRef("d")
		_, err := w.Deposit(asPeer("cashier"), amount)
		require.NoError(t, err)
	}
	stake := func(s *timed, dollars bool, reason string) {
		t.Helper()
		a := eur("1.00")
		if dollars {
			a = usd("1.00")
		}
		_, err := s.PlaceHold(asPeer("gaming"), &walletv1.PlaceHoldRequest{RequestId: s.key(), PlayerId: "ann", Amount: a, Reference: betRef("b")})
		require.Equal(t, reason, errs.ReasonOf(err), "%v", err)
	}
	stake(w, false, "")
	stake(w, true, "")
	stake(w, false, "")
	until, err := time.Parse(time.RFC3339, "2026-03-10T10:05:00Z")
	require.NoError(t, err)
	_, err = other.SetGuard(asPeer("compliance"), &walletv1.SetGuardRequest{
		PlayerId: "ann", Kind: walletv1.GuardKind_GUARD_KIND_NO_STAKE, Layer: walletv1.GuardLayer_GUARD_LAYER_PLAYER, Reason: "a break", ExpiresAt: timestamppb.New(until),
	})
	require.NoError(t, err)
	for range 2 {
		stake(w, true, "RESTRICTED")
		stake(w, false, "RESTRICTED")
		stake(other, false, "RESTRICTED")
	}
	require.Equal(t, 1, w.remembered())
	w.set("2026-03-10T10:05:00Z")
	stake(w, false, "") // in the currency in which it is remembered
	stake(w, true, "")
}

// Whoever changes a guard past the wallet, in SQL, is obeyed too.
func TestGuardMemory_ChangedByHand(t *testing.T) {
	w := newTimed(t, "2026-03-10T10:00:00Z")
	w.pays("1000.00", "")
	w.limits(t, limitStake, rolling24h, "10.00")
	w.stakes("1.00", "")
	w.stakes("1.00", "")
	_, err := w.db.Pool.Exec(t.Context(), "UPDATE guard SET maximum_minor = 250 WHERE player_id = 'ann'")
	require.NoError(t, err)
	w.stakes("0.51", "LIMIT_REACHED")
	w.stakes("0.50", "")
}

// What is remembered is bounded, and what is used stays.
func TestGuardMemory_Bounded(t *testing.T) {
	t.Parallel()
	var m guardMemory
	cash := map[string]map[string]int64{}
	name := func(i int) string { return fmt.Sprint("player ", i) }
	for i := range 3 * recentKept {
		cash[name(i)] = map[string]int64{"EUR": 1}
		m.remember([]string{name(i)}, nil, cash)
		if i%1000 == 0 {
			known, _ := m.recall([]string{name(0)})
			require.Len(t, known, 1)
		}
	}
	require.LessOrEqual(t, len(m.players.young)+len(m.players.old), 2*recentKept)
	_, unknown := m.recall([]string{name(1)})
	require.Equal(t, []string{name(1)}, unknown)
}
