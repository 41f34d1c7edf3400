package chaos_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"
)

// kill is one way of killing; it tells whether there was something to kill.
type kill struct {
	name string
	do   func(p *platform, r *rand.Rand) bool
}

// deck holds the kinds of kills as often as they come in one round of the schedule. A short run so sees each kind at least once.
var deck = []kill{
	{"one wallet", killOneWallet}, {"one wallet", killOneWallet}, {"one wallet", killOneWallet},
	{"both wallets", func(p *platform, _ *rand.Rand) bool { a := p.wallets[0].kill(); return p.wallets[1].kill() || a }},
	{"postmaster", func(p *platform, _ *rand.Rand) bool { return p.db.killPostmaster() }},
	{"database backend", func(p *platform, r *rand.Rand) bool { return p.db.killBackend(r) }},
	{"whole database", func(p *platform, _ *rand.Rand) bool { return p.db.killAll() }},
	{"wallet and postmaster", func(p *platform, r *rand.Rand) bool { a := p.db.killPostmaster(); return killOneWallet(p, r) || a }},
}

func killOneWallet(p *platform, r *rand.Rand) bool { return p.wallets[r.IntN(replicas)].kill() }

// killer kills until ctx ends, at moments between half and one and a half times every.
type killer struct {
	r     *rand.Rand
	every time.Duration
	done  map[string]int
	idle  int // nothing to kill, because it was down from the kill before
}

func (k *killer) run(ctx context.Context, p *platform) {
	began := time.Now()
	for {
		for _, n := range k.r.Perm(len(deck)) {
			pause := k.every/2 + time.Duration(k.r.Int64N(int64(k.every)))
			select {
			case <-ctx.Done():
				return
			case <-time.After(pause):
			}
			// What a kill draws depends on what is running; its own source keeps that from changing the rest of the schedule.
			if !deck[n].do(p, rand.New(rand.NewPCG(k.r.Uint64(), 0))) {
				k.idle++
				continue
			}
			k.done[deck[n].name]++
			fmt.Printf("%7.1f s  killed %s\n", time.Since(began).Seconds(), deck[n].name)
		}
	}
}
