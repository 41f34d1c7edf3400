package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"golang.org/x/sync/errgroup"

	commonv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/services/wallet"
)

// benchLimits are wide enough never to refuse.
var benchLimits = []struct {
	kind   walletv1.GuardKind
	window walletv1.GuardWindow
	zone   string
}{
	{walletv1.GuardKind_GUARD_KIND_STAKE, walletv1.GuardWindow_GUARD_WINDOW_ROLLING_24H, ""},
	{walletv1.GuardKind_GUARD_KIND_NET_LOSS, walletv1.GuardWindow_GUARD_WINDOW_MONTH, "Europe/Berlin"},
	{walletv1.GuardKind_GUARD_KIND_STAKE, walletv1.GuardWindow_GUARD_WINDOW_WEEK, "Europe/Berlin"},
	{walletv1.GuardKind_GUARD_KIND_NET_LOSS, walletv1.GuardWindow_GUARD_WINDOW_ROLLING_30D, ""},
}

func benchMoney(amount string) *commonv1.Money {
	return &commonv1.Money{Amount: amount, Currency: "EUR"}
}

func benchPlayer(n int) string { return fmt.Sprint("player ", n) }

// prepare gives players money, limits and a first round, so that every account exists; by group commit, whatever is measured then.
func (b *walletBench) prepare(ctx context.Context, pool *pgxpool.Pool, players int) error {
	b.progress.phase("preparing players", 0)
	w := wallet.New(pool, b.cfg, time.Now)
	defer w.Close()
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(64)
	for p := range players {
		g.Go(func() error {
			defer b.progress.done.Add(1)
			return preparePlayer(ctx, w, benchPlayer(p), benchLimits[:min(b.Limits, len(benchLimits))])
		})
	}
	return g.Wait()
}

func preparePlayer(ctx context.Context, w *wallet.Server, player string, limits []struct {
	kind   walletv1.GuardKind
	window walletv1.GuardWindow
	zone   string
}) error {
	ref := &walletv1.Reference{SourceKind: walletv1.SourceKind_SOURCE_KIND_DEPOSIT, SourceId: "dep"}
	if _, err := w.Deposit(as(ctx, "cashier"), &walletv1.DepositRequest{
		RequestId: "deposit " + player, PlayerId: player, Amount: benchMoney("100000000.00"), Psp: "bench", Reference: ref,
	}); err != nil {
		return err
	}
	for _, l := range limits {
		if _, err := w.SetGuard(as(ctx, "compliance"), &walletv1.SetGuardRequest{
			PlayerId: player, Kind: l.kind, Layer: walletv1.GuardLayer_GUARD_LAYER_OPERATOR, Window: l.window, TimeZone: l.zone,
			Maximum: benchMoney("100000000.00"), Reason: "bench",
		}); err != nil {
			return err
		}
	}
	_, _, err := playRound(ctx, inProcess{w}, player, "first "+player)
	return err
}

// round is a bet of a player: a hold and its settlement, against one provider.
type round struct {
	player, name, holdID string
	ref                  *walletv1.Reference
}

func newRound(player, name string) *round {
	return &round{player: player, name: name, ref: &walletv1.Reference{
		SourceKind: walletv1.SourceKind_SOURCE_KIND_BET, SourceId: "bet " + name, RoundId: name, ProviderTxId: "tx " + name, GameId: "game",
	}}
}

func (r *round) hold(ctx context.Context, ops walletOps) error {
	h, err := ops.hold(ctx, &walletv1.PlaceHoldRequest{RequestId: "hold " + r.name, PlayerId: r.player, Amount: benchMoney("1.00"), Reference: r.ref})
	r.holdID = h.GetHoldId()
	return err
}

func (r *round) settle(ctx context.Context, ops walletOps) error {
	return ops.settle(ctx, &walletv1.SettleHoldRequest{
		RequestId: "settle " + r.name, PlayerId: r.player, HoldId: r.holdID, Payout: benchMoney("0.95"), Provider: "studio", Reference: r.ref,
	})
}

func playRound(ctx context.Context, ops walletOps, player, name string) (hold, settle time.Duration, err error) {
	r := newRound(player, name)
	began := time.Now()
	err = r.hold(ctx, ops)
	hold = time.Since(began)
	if err != nil {
		return hold, 0, err
	}
	began = time.Now()
	err = r.settle(ctx, ops)
	return hold, time.Since(began), err
}

// latencies gathers what callers saw.
type latencies struct {
	mu   sync.Mutex
	all  []time.Duration
	late int // operations that were due and never began
}

func (l *latencies) add(took []time.Duration, late int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all = append(l.all, took...)
	l.late += late
}

// play lets callers play rounds until the time is over, each waiting for its answers.
func (b *walletBench) play(ctx context.Context, ops walletOps, row *benchRow, length time.Duration, name string) error {
	var seen latencies
	began := time.Now()
	g, ctx := errgroup.WithContext(ctx)
	for c := range row.Callers {
		g.Go(func() error {
			var took []time.Duration
			for n := 0; time.Since(began) < length; n++ {
				hold, settle, err := playRound(ctx, ops, benchPlayer(rand.IntN(b.playersOf(row.Players))), fmt.Sprintf("%s %d-%d", name, c, n))
				if err != nil {
					return err
				}
				took = append(took, hold, settle)
				b.progress.done.Add(2)
			}
			seen.add(took, 0)
			return nil
		})
	}
	err := g.Wait()
	row.summarise(&seen, time.Since(began))
	return err
}

// playPaced lets operations begin at a steady rate, by a schedule that does not wait for answers: a caller that is late works off what became due
// meanwhile, and latency counts from when an operation was due. So a pause of the server is seen by all whom it would have met. What is not begun
// after three times the length is counted as late and with the time it waited.
func (b *walletBench) playPaced(ctx context.Context, ops walletOps, row *benchRow, length time.Duration, name string) error {
	var seen latencies
	every := time.Duration(float64(row.Callers) / row.Target * float64(time.Second)) // of one caller
	began := time.Now()
	g, ctx := errgroup.WithContext(ctx)
	for c := range row.Callers {
		g.Go(func() error {
			var took []time.Duration
			var r *round
			late := 0
			for n := 0; ; n++ {
				due := every*time.Duration(c)/time.Duration(row.Callers) + every*time.Duration(n)
				if due >= length {
					break
				}
				time.Sleep(time.Until(began.Add(due)))
				if time.Since(began) > 3*length {
					took = append(took, time.Since(began)-due)
					late++
					continue
				}
				var err error
				if n%2 == 0 {
					r = newRound(benchPlayer(rand.IntN(b.playersOf(row.Players))), fmt.Sprintf("%s %d-%d", name, c, n))
					err = r.hold(ctx, ops)
				} else {
					err = r.settle(ctx, ops)
				}
				if err != nil {
					return err
				}
				took = append(took, time.Since(began)-due)
				b.progress.done.Add(1)
			}
			seen.add(took, late)
			return nil
		})
	}
	err := g.Wait()
	row.summarise(&seen, time.Since(began))
	return err
}

func (b *walletBench) playersOf(shape string) int {
	if shape == "hot" {
		return 1
	}
	return b.Players
}

func (r *benchRow) summarise(seen *latencies, elapsed time.Duration) {
	all := seen.all
	r.Operations, r.Late, r.Seconds = len(all)-seen.late, seen.late, elapsed.Seconds()
	r.Rate = float64(r.Operations) / r.Seconds
	if len(all) == 0 {
		return
	}
	slices.Sort(all)
	at := func(q float64) float64 {
		return float64(all[min(int(q*float64(len(all))), len(all)-1)].Microseconds()) / 1000
	}
	r.P50, r.P99, r.P999 = at(0.5), at(0.99), at(0.999)
}
