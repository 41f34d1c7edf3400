package wallet

import (
	"context"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/ids"
	"github.com/pitboss-gaming/pitboss/kit/testkit/pgtest"
)

// benchCallers is how many callers ask at the same time.
const benchCallers = 256

// BenchmarkGroupCommit measures holds and settlements of many players with two limits each against one provider, committed together and one transaction each, on the
// same server in one run, and prints operations per second and the ratio. The test server runs without fsync, which favours one
// transaction each: with durable commits the ratio is higher.
func BenchmarkGroupCommit(b *testing.B) {
	rates := map[string]float64{}
	for _, mode := range []struct {
		name string
		cfg  Config
	}{
		{"one-by-one", Config{Workers: 8, MaxBatch: 1, QueueLen: 4096}},
		{"group", Config{Workers: 2, MaxBatch: 512, QueueLen: 4096}},
	} {
		b.Run(mode.name, func(b *testing.B) {
			s := New(pgtest.DB(b, Migrations()), mode.cfg, time.Now)
			defer s.Close()
			rates[mode.name] = playRounds(b, s)
		})
	}
	if rates["one-by-one"] > 0 {
		b.Logf("group commit %.0f operations/s, one transaction each %.0f: ratio %.1f", rates["group"], rates["one-by-one"],
			rates["group"]/rates["one-by-one"])
	}
}

// BenchmarkDecide measures the decision alone, without database, events and requests: a hold and its settlement on a book in memory, in batches as the
// workers decide them. ns/op is for both operations.
func BenchmarkDecide(b *testing.B) {
	for _, limits := range []int{0, 2} {
		b.Run(fmt.Sprintf("limits=%d", limits), func(b *testing.B) {
			w := newDecideBench(b, limits)
			b.ReportAllocs()
			b.ResetTimer()
			for n := range b.N {
				if n%decideBatch == 0 {
					w.newBatch()
				}
				w.round(n)
			}
		})
	}
}

// decideBatch is how many rounds are decided on one book.
const decideBatch = 64

// decideBench is a book with players who have money, and the commands of their rounds.
type decideBench struct {
	b             *testing.B
	book          *book
	holds, settle [decideBatch]*command
	blocks        []int64
}

func newDecideBench(b *testing.B, limits int) *decideBench {
	w := &decideBench{b: b, blocks: []int64{blockSize}, book: &book{
		accounts: map[accountKey]*account{}, asked: map[accountKey]bool{}, guards: map[string][]*guard{}, now: time.Unix(1_700_000_000, 0), newID: ids.New,
	}}
	for i := range decideBatch {
		player := fmt.Sprint("player ", i)
		cash := &account{accountKey: accountKey{owner: player, currency: "EUR", kind: kindCash}, id: int64(2*i + 100), heldID: int64(2*i + 101), balance: 1e12}
		cash.home = cash
		w.book.accounts[cash.accountKey] = cash
		to := house("studio", player)
		to.currency = "EUR"
		w.book.accounts[to] = &account{accountKey: to, id: int64(to.stripe) + 1}
		for _, kind := range []guardKind{guardStake, guardNetLoss}[:limits] {
			w.book.guards[player] = append(w.book.guards[player], &guard{player: player, kind: kind, layer: layerOperator, window: 1, currency: "EUR", maximum: 1e15})
		}
		ref := reference{sourceKind: 1, sourceID: "bet", roundID: "round", providerTxID: "tx", gameID: "game"}
		w.holds[i] = &command{kind: opPlaceHold, player: player, currency: "EUR", amount: 100, ref: ref, funding: funding{policy: fundCashOnly}}
		w.settle[i] = &command{kind: opSettleHold, player: player, currency: "EUR", amount: allParts, payout: 95, counterparty: house("studio", player), ref: ref}
	}
	return w
}

// newBatch leaves the balances and forgets what a batch wrote.
func (w *decideBench) newBatch() {
	k := w.book
	k.keys, k.holds, k.opened, k.operations = map[[16]byte]remembered{}, map[string]*hold{}, nil, nil
	k.blocks, k.next, k.end = w.blocks, 0, 0
}

func (w *decideBench) round(n int) {
	h, s := w.holds[n%decideBatch], w.settle[n%decideBatch]
	binary.BigEndian.PutUint64(h.hash[:], uint64(2*n))
	binary.BigEndian.PutUint64(s.hash[:], uint64(2*n+1))
	r, err := w.book.decide(h)
	if err != nil { // require would be measured too
		w.b.Fatal(err)
	}
	s.holdID = r.holdID
	if _, err = w.book.decide(s); err != nil {
		w.b.Fatal(err)
	}
}

// playRounds places and settles holds until b.N operations are done and answers operations per second.
func playRounds(b *testing.B, s *Server) float64 {
	const players = 1000
	each(benchCallers, func(caller int) {
		for p := caller; p < players; p += benchCallers {
			_, err := s.Deposit(asPeer("cashier"), &walletv1.DepositRequest{
				RequestId: fmt.Sprint("deposit ", p), PlayerId: fmt.Sprint("player ", p), Amount: eur("1000000.00"), Psp: "stripe", Reference: betRef("b"),
			})
			require.NoError(b, err)
			for _, kind := range []walletv1.GuardKind{limitStake, limitNetLoss} {
				_, err = s.SetGuard(asPeer("compliance"), &walletv1.SetGuardRequest{
					PlayerId: fmt.Sprint("player ", p), Kind: kind, Layer: walletv1.GuardLayer_GUARD_LAYER_OPERATOR, Window: rolling24h,
					Maximum: eur("1000000.00"), Reason: "bench",
				})
				require.NoError(b, err)
			}
		}
	})
	var done atomic.Int64
	b.ResetTimer()
	began := time.Now()
	each(benchCallers, func(caller int) {
		ctx := asPeer("gaming")
		for i := 0; ; i++ {
			n := done.Add(2)
			if n > int64(b.N)+1 {
				return
			}
			player := fmt.Sprint("player ", rand.IntN(players))
			round := fmt.Sprintf("round_%d", n)
			h, err := s.PlaceHold(ctx, &walletv1.PlaceHoldRequest{
				RequestId: fmt.Sprint("hold ", n), PlayerId: player, Amount: eur("1.00"), Reference: roundRef(round),
			})
			require.NoError(b, err)
			_, err = s.SettleHold(ctx, &walletv1.SettleHoldRequest{
				RequestId: fmt.Sprint("settle ", n), PlayerId: player, HoldId: h.GetHoldId(), Payout: eur("0.90"), Provider: "acme",
				Reference: roundRef(round),
			})
			require.NoError(b, err)
		}
	})
	rate := float64(b.N) / time.Since(began).Seconds()
	b.StopTimer()
	b.ReportMetric(rate, "operations/s")
	v, err := Verify(context.Background(), s.pool)
	require.NoError(b, err)
	require.True(b, v.GetOk(), v.GetViolations())
	return rate
}

// each runs fn for 0..n-1 at the same time.
func each(n int, fn func(i int)) {
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { fn(i) })
	}
	wg.Wait()
}
