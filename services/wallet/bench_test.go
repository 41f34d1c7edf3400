package wallet

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
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
		{"group", Config{Workers: 4, MaxBatch: 256, QueueLen: 4096}},
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
