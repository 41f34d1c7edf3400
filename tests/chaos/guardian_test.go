package chaos_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/tests/sim/books"
)

// guardian changes guards while stakes race with it. The ledger tells in the end whether each operation was right with the guards of its moment.
type guardian struct {
	*load
	r   *rand.Rand
	set map[books.Guard]books.Guard // by rule, those that it knows
}

// guarded are the players whose guards change.
const guarded = 12

func (g *guardian) run(begin, patient context.Context) {
	g.set = map[books.Guard]books.Guard{}
	for pause(begin, time.Duration(g.r.IntN(200))*time.Millisecond) {
		g.change(patient)
	}
}

// draw makes up a guard, low enough to be reached soon, or a restriction, which is mostly over soon.
func (g *guardian) draw() books.Guard {
	x := books.Guard{Player: fmt.Sprintf("player-%02d", 10+g.r.IntN(guarded)), Layer: walletv1.GuardLayer(1 + g.r.IntN(2)), Currency: []string{"EUR", "JPY"}[g.r.IntN(2)]}
	if g.r.IntN(guarded) == 0 {
		x.Player, x.Currency = "hot", "EUR"
	}
	switch g.r.IntN(3) {
	case 0:
		x.Kind, x.Maximum = walletv1.GuardKind(1+g.r.IntN(5)), 5_000+g.r.Int64N(200_000)
		x.Window = []walletv1.GuardWindow{walletv1.GuardWindow_GUARD_WINDOW_ROLLING_24H, walletv1.GuardWindow_GUARD_WINDOW_DAY}[g.r.IntN(2)]
	case 1:
		x.Kind, x.Maximum = walletv1.GuardKind_GUARD_KIND_SINGLE_STAKE, 200+g.r.Int64N(3_000)
		if g.r.IntN(2) == 0 {
			x.Kind = walletv1.GuardKind_GUARD_KIND_SINGLE_STAKE_BONUS
		}
	default:
		x.Kind, x.Currency = walletv1.GuardKind_GUARD_KIND_NO_STAKE+walletv1.GuardKind(g.r.IntN(3)), ""
		x.Expires = time.Now().Add(time.Duration(100+g.r.IntN(4_000)) * time.Millisecond).Truncate(time.Microsecond)
	}
	return x
}

// change sets a guard, and loosens or clears one of the same rule that it has set before.
func (g *guardian) change(ctx context.Context) {
	x := g.draw()
	do, name := x.Set, "guards set"
	if known, ok := g.set[x.Rule()]; ok && g.r.IntN(3) > 0 {
		if x.ID = known.ID; g.r.IntN(3) == 0 {
			do, name = x.Loosen, "guards loosened"
		} else {
			do, name = x.Clear, "guards cleared"
		}
	}
	for attempt := g.r.IntN(replicas); ; attempt++ {
		client := g.p.clients["compliance"][attempt%replicas]
		once, cancel := context.WithTimeout(ctx, attemptLimit)
		err := do(once, client)
		cancel()
		switch reason := errs.ReasonOf(err); {
		case err == nil:
			g.count(name)
			g.learn(ctx, x.Player)
			return
		case reason == "GUARD_LOOSER" || reason == "GUARD_NOT_FOUND" || reason == "GUARD_INVALID" && !x.Expires.IsZero():
			g.count("guards refused: " + reason) // the last: the end came before the answer
			return
		case final(reason):
			g.problem("guard %+v was refused with %s", x, reason)
			return
		}
		if !pause(ctx, 50*time.Millisecond) {
			return
		}
	}
}

// learn asks for the ids of a player's guards.
func (g *guardian) learn(ctx context.Context, player string) {
	once, cancel := context.WithTimeout(ctx, attemptLimit)
	defer cancel()
	res, err := g.p.clients["compliance"][0].ListPlayerGuards(once, &walletv1.ListPlayerGuardsRequest{PlayerId: player})
	if err != nil {
		return // the next change learns it
	}
	for _, p := range res.GetGuards() {
		if x, err := books.GuardOf(p); err == nil {
			g.set[x.Rule()] = x
		}
	}
}
