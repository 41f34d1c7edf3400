// Package chaos_test kills what holds the money while it is being moved: two wallet processes and a durable PostgreSQL, under the load of many
// callers over mutual TLS, who repeat their requests until they know. In the end every operation that was acknowledged has to be in the ledger
// once, and nothing that is not whole. See docs/testing.md.
package chaos_test

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/tests/sim/books"
)

// binary is what TestMain built.
var binary string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "pitboss-chaos-")
	if err != nil {
		panic(err)
	}
	binary = filepath.Join(dir, "pitboss")
	build := exec.Command("go", "build", "-o", binary, "github.com/pitboss-gaming/pitboss/cmd/pitboss")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "build: %v\n%s", err, out)
		os.Exit(1)
	}
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}

const (
	longestRun  = 2 * time.Hour
	mostCallers = 512
	// mostRequests bounds what is kept in memory and proven in the end.
	mostRequests = 1_000_000
)

// options say how much. They come from the environment, because go test has no room for flags of one package.
type options struct {
	seed          uint64
	length, every time.Duration
	callers, rate int
}

func readOptions(t *testing.T) options {
	o := options{seed: uint64(time.Now().UnixNano()), length: 15 * time.Second, every: 1500 * time.Millisecond, callers: 48, rate: 800}
	var err error
	if v := os.Getenv("PITBOSS_CHAOS_SEED"); v != "" {
		o.seed, err = strconv.ParseUint(v, 10, 64)
		require.NoError(t, err, "PITBOSS_CHAOS_SEED")
	}
	for name, into := range map[string]*time.Duration{"PITBOSS_CHAOS_TIME": &o.length, "PITBOSS_CHAOS_EVERY": &o.every} {
		if v := os.Getenv(name); v != "" {
			*into, err = time.ParseDuration(v)
			require.NoError(t, err, name)
		}
	}
	for name, into := range map[string]*int{"PITBOSS_CHAOS_CALLERS": &o.callers, "PITBOSS_CHAOS_RATE": &o.rate} {
		if v := os.Getenv(name); v != "" {
			*into, err = strconv.Atoi(v)
			require.NoError(t, err, name)
		}
	}
	require.True(t, o.length > 0 && o.length <= longestRun && o.every >= 100*time.Millisecond, "a run takes at most %v and kills at most every 100 ms", longestRun)
	require.True(t, o.callers > 0 && o.callers <= mostCallers && o.rate > 0, "at most %d callers", mostCallers)
	return o
}

// TestChaos_NothingLostNothingDoubled is short here; `make chaos` is the long form of the same.
func TestChaos_NothingLostNothingDoubled(t *testing.T) {
	o := readOptions(t)
	ctx, cancel := context.WithTimeout(t.Context(), o.length+30*time.Minute)
	defer cancel()
	fmt.Printf("chaos: PITBOSS_CHAOS_SEED=%d, %v of load by %d callers, a kill about every %v\n", o.seed, o.length, o.callers, o.every)
	players, guards := cast()
	p := startPlatform(ctx, t)

	l := &load{
		p: p, think: time.Second * time.Duration(o.callers) / time.Duration(o.rate), players: players, most: mostRequests / o.callers,
		known: map[books.Account]*known{}, tally: map[string]int{},
	}
	k := &killer{r: rand.New(rand.NewPCG(o.seed, 0)), every: o.every, done: map[string]int{}}
	beginner := &caller{load: l, id: o.callers, r: rand.New(rand.NewPCG(o.seed, 0))}
	beginner.begin(ctx)
	p.setGuards(ctx, t, guards)
	requests := append(l.run(ctx, o, k), beginner.sent...)
	require.NoError(t, p.db.failure())
	for _, w := range p.wallets {
		require.Empty(t, w.crashes(), "a wallet crashed by itself:\n%s", w.tail())
	}

	// Whatever is still on its way arrives or dies before the ledger is read. One that is starting would not end in order.
	for n := range p.wallets {
		p.awaitAnswer(ctx, t, n)
	}
	p.stopWallets(t)
	p.wallets[0].start(ctx)
	p.awaitAnswer(ctx, t, 0)
	p.adjusted(ctx, t)
	late := inquireAll(ctx, t, p, requests)
	pool := p.pool(ctx, t)
	events, repeated := p.published(ctx, t, pool)
	require.NoError(t, p.wallets[0].stop(stopLimit))
	began := time.Now()
	intents := make([]*books.Intent, len(requests))
	for n, s := range requests {
		intents[n] = s.Intent
	}
	report, err := books.Prove(ctx, pool, intents)
	require.NoError(t, err)
	v := judge(l, requests, late, report)
	printTable(o, l, k, v, report, fmt.Sprintf("%d, %d of them sent more than once", events, repeated), time.Since(began))
	problems := slices.Concat(l.problems, report.Problems, v.problems)
	require.Empty(t, problems, "PITBOSS_CHAOS_SEED=%d\n%s", o.seed, strings.Join(problems, "\n"))
	require.Positive(t, l.tally["acknowledged"])
}

// cast are the players and their guards: the hot player first, with limits that only cost time, and some whose guards refuse.
func cast() (players []books.Account, guards []books.Guard) {
	const eur, jpy = "EUR", "JPY"
	players = append(players, books.Account{Player: "hot", Currency: eur})
	for n := range 40 {
		for _, currency := range []string{eur, jpy} {
			players = append(players, books.Account{Player: fmt.Sprintf("player-%02d", n), Currency: currency})
		}
	}
	for _, currency := range []string{eur, jpy} {
		players = append(players, books.Account{Player: "tpl_dan", Currency: currency})
	}
	limit := func(player string, kind walletv1.GuardKind, currency string, maximum int64) books.Guard {
		return books.Guard{Player: player, Kind: kind, Layer: layerOperator, Window: walletv1.GuardWindow_GUARD_WINDOW_ROLLING_24H, Currency: currency, Maximum: maximum}
	}
	return players, []books.Guard{
		limit("hot", walletv1.GuardKind_GUARD_KIND_STAKE, eur, 1e12),
		limit("hot", walletv1.GuardKind_GUARD_KIND_NET_LOSS, eur, 1e12),
		limit("player-01", walletv1.GuardKind_GUARD_KIND_STAKE, eur, 30_000),
		limit("player-02", walletv1.GuardKind_GUARD_KIND_NET_LOSS, eur, 20_000),
		limit("player-03", walletv1.GuardKind_GUARD_KIND_DEPOSIT, jpy, 100_000),
		limit("player-04", walletv1.GuardKind_GUARD_KIND_WITHDRAWAL, eur, 20_000),
		{Player: "player-05", Kind: walletv1.GuardKind_GUARD_KIND_SINGLE_STAKE, Layer: layerOperator, Currency: jpy, Maximum: 1_000},
		{Player: "player-06", Kind: walletv1.GuardKind_GUARD_KIND_NO_WITHDRAWAL, Layer: layerOperator},
		{Player: "player-07", Kind: walletv1.GuardKind_GUARD_KIND_NO_STAKE, Layer: layerOperator},
		limit("player-08", walletv1.GuardKind_GUARD_KIND_NET_DEPOSIT, eur, 50_000),
		{Player: "player-09", Kind: walletv1.GuardKind_GUARD_KIND_SINGLE_STAKE_BONUS, Layer: layerOperator, Currency: eur, Maximum: 500},
	}
}

// run lets callers call and the killer kill, and answers every request that was sent.
func (l *load) run(ctx context.Context, o options, k *killer) []*sent {
	begin, stop := context.WithTimeout(ctx, o.length)
	defer stop()
	patient, give := context.WithTimeout(ctx, o.length+patience)
	defer give()
	go func() { // nobody has to be patient with a database that is gone for good
		select {
		case <-l.p.db.ended:
			give()
			stop()
		case <-patient.Done():
		}
	}()
	var wg sync.WaitGroup
	wg.Go(func() { k.run(begin, l.p) })
	g := &guardian{load: l, r: rand.New(rand.NewPCG(o.seed, math.MaxUint64))}
	wg.Go(func() { g.run(begin, patient) })
	callers := make([]*caller, o.callers)
	for n := range callers {
		callers[n] = &caller{load: l, id: n, r: rand.New(rand.NewPCG(o.seed, uint64(n+1)))}
		wg.Go(func() { callers[n].run(begin, patient) })
	}
	wg.Wait()
	var all []*sent
	for _, c := range callers {
		all = append(all, c.sent...)
	}
	return all
}

// inquireAll asks about every request whose fate its caller does not know, now that nothing is on its way any more.
func inquireAll(ctx context.Context, t *testing.T, p *platform, requests []*sent) map[books.Request]*books.Answer {
	answers := map[books.Request]*books.Answer{}
	for _, s := range requests {
		if s.outcome == acknowledged || !s.Op.Findable() {
			continue
		}
		for _, leaf := range s.Leaves() {
			if leaf.Request().Caller != s.Op.Caller {
				continue // the wallet's own name for a further part
			}
			once, cancel := context.WithTimeout(ctx, 20*time.Second)
			a, err := books.Find(once, p.clients[s.Op.Caller][0], leaf.Key)
			cancel()
			require.NoError(t, err)
			answers[leaf.Request()] = a
		}
	}
	return answers
}
