package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/pitboss-gaming/pitboss/kit/money"
	"github.com/pitboss-gaming/pitboss/sandbox/fault"
	"github.com/pitboss-gaming/pitboss/sandbox/studio"
	"github.com/pitboss-gaming/pitboss/sandbox/studio/traffic"
)

// studioCmd is about game studios.
type studioCmd struct {
	Run studioRunCmd `cmd:"" help:"Play scripted traffic of a studio, with faults, and hold both sides' books against each other."`
}

// studioRunCmd is a game studio for the time of one run: it connects to the platform as a new provider, its players play, messages are lost,
// repeated and late, and at the end its books must be the platform's to the cent. Differences are printed and make the exit status 1.
type studioRunCmd struct {
	URL      string        `help:"Gateway of the platform." default:"http://127.0.0.1:8080" env:"PITBOSS_JOURNEY_URL"`
	Operator string        `help:"File with an administrator's credentials, as up writes it; default: operator.json of PITBOSS_HOME." type:"path"`
	Protocol string        `help:"Provider protocol: hub88, caleta, evolution, pragmatic, redtiger, pam, a8r, or transfer, whose studio keeps players' money and has one game." default:"hub88" enum:"hub88,caleta,evolution,pragmatic,redtiger,pam,a8r,transfer"`
	Players  int           `help:"Test players." default:"20"`
	Rounds   int           `help:"Rounds for each player." default:"50"`
	AtOnce   int           `help:"Rounds under way at the same time." default:"32"`
	Games    []string      `help:"Games, spread over the players: slot, roulette, crash, blackjack." default:"slot,roulette,crash,blackjack" enum:"slot,roulette,crash,blackjack"`
	Faults   bool          `help:"Lose, repeat, delay, reorder and wrongly sign messages." default:"true" negatable:""`
	LateBets bool          `help:"Let bets arrive after their own rollback too; off for protocols whose rules do not remember a rollback that came first (redtiger, pam)." default:"true" negatable:""`
	Seed     uint64        `help:"Seed of the faults and of the players' choices; 0: one of this moment."`
	Currency string        `help:"Currency." default:"EUR"`
	Funds    string        `help:"What each player begins with." default:"1000.00"`
	Listen   string        `help:"Where the platform reaches the studio." default:"127.0.0.1:0"`
	Patience time.Duration `help:"How long to wait at the end for what is owed, and then for the books to agree." default:"60s"`
}

// kinds are the games by the names of the flag.
var studioGames = map[string]string{"slot": studio.GameCode, "roulette": studio.CodeRoulette, "crash": studio.CodeCrash, "blackjack": studio.CodeBlackjack}

// Validate refuses numbers with which nothing would be played: the books of nothing always agree.
func (c *studioRunCmd) Validate() error {
	for _, n := range []struct {
		flag string
		is   int
	}{{"--players", c.Players}, {"--rounds", c.Rounds}, {"--at-once", c.AtOnce}} {
		if n.is < 1 {
			return fmt.Errorf("%s must be at least 1, not %d", n.flag, n.is)
		}
	}
	if c.Patience <= 0 {
		return fmt.Errorf("--patience must be above zero, not %s", c.Patience)
	}
	if _, known := money.Exponent(c.Currency); !known {
		return fmt.Errorf("--currency %q is not a currency that the platform keeps", c.Currency)
	}
	if a, err := money.Parse(c.Funds, c.Currency); err != nil || a.Sign() <= 0 {
		return fmt.Errorf("--funds must be an amount of %s above zero, not %q", c.Currency, c.Funds)
	}
	return nil
}

// Run plays and compares.
func (c *studioRunCmd) Run(ctx context.Context) error {
	if c.Seed == 0 {
		c.Seed = uint64(time.Now().UnixNano())
	}
	operator, err := c.operator(ctx)
	if err != nil {
		return err
	}
	terminal := onTerminal(os.Stderr)
	o := traffic.Options{
		Protocol: c.Protocol, Players: c.Players, Rounds: c.Rounds, AtOnce: c.AtOnce, Seed: c.Seed, Faults: c.faults(), Patience: c.Patience, Listen: c.Listen,
		Progress: studioProgress(os.Stderr, terminal), Log: traffic.Discard,
	}
	for _, g := range c.Games {
		o.Games = append(o.Games, studioGames[g])
	}
	report, err := traffic.Run(ctx, o, operator)
	if terminal {
		fmt.Fprintln(os.Stderr)
	}
	if err != nil {
		return err
	}
	c.print(os.Stdout, report)
	if len(report.Differences) > 0 || report.Open > 0 {
		return errReported
	}
	return nil
}

func (c *studioRunCmd) faults() []fault.Rule {
	if !c.Faults {
		return nil
	}
	if c.Protocol == traffic.Transfer {
		return traffic.TransferFaults()
	}
	rules := traffic.DefaultFaults()
	if c.LateBets && c.Protocol != "redtiger" && c.Protocol != "pam" {
		rules = append(rules, traffic.LateBets()...)
	}
	return rules
}

// studioProgress writes one line over and over on a terminal; elsewhere a line when something else is done, and every five seconds.
func studioProgress(out io.Writer, terminal bool) func(traffic.Progress) {
	doing, shown := "", time.Duration(0)
	return func(p traffic.Progress) {
		took := time.Since(p.Began)
		line := fmt.Sprintf("%s  %s: %d of %d rounds", took.Round(time.Second), p.Doing, p.Played, p.Of)
		if p.Refused > 0 {
			line += fmt.Sprintf(", %d refused or cancelled", p.Refused)
		}
		if p.Open > 0 {
			line += fmt.Sprintf(", %d still open", p.Open)
		}
		switch {
		case terminal:
			fmt.Fprint(out, "\r\x1b[K"+line)
		case p.Doing != doing || took >= shown+progressElsewhere:
			fmt.Fprintln(out, line)
			doing, shown = p.Doing, took
		}
	}
}

// print writes the report: what was played, what went wrong on purpose, and whether the books agree.
func (c *studioRunCmd) print(out io.Writer, r traffic.Report) {
	total := 0
	var states []string
	for _, s := range slices.Sorted(maps.Keys(r.Rounds)) {
		total += r.Rounds[s]
		states = append(states, fmt.Sprintf("%d %s", r.Rounds[s], s))
	}
	fmt.Fprintf(out, "%s: %d players, %d rounds in %s (%.0f/s): %s\n", c.Protocol, r.Players, total, r.Took.Round(100*time.Millisecond),
		float64(total)/r.Took.Seconds(), strings.Join(states, ", "))
	if c.Protocol == traffic.Transfer {
		fmt.Fprintf(out, "bets: %d; transfers: %d done, %d refused\n", r.Bets, r.Moves[traffic.Done.String()], r.Moves[traffic.Undone.String()])
	} else {
		fmt.Fprintf(out, "bets: %d stand, %d rolled back, %d refused\n", r.Bets, r.RolledBack, r.Refused)
	}
	for _, currency := range slices.Sorted(maps.Keys(r.Staked)) {
		fmt.Fprintf(out, "staked %s %s, won %s %s\n", r.Staked[currency], currency, cmp.Or(r.Won[currency], "0.00"), currency)
	}
	for _, f := range r.Struck {
		fmt.Fprintf(out, "fault %s %s: %d times\n", f.Operation, f.Kind, f.Struck)
	}
	if r.Open > 0 {
		fmt.Fprintf(out, "%d rounds or transfers still owe the other side a message after %s\n", r.Open, c.Patience)
	}
	if len(r.Differences) == 0 {
		also := ""
		if c.Protocol == traffic.Transfer {
			also = ", every transfer"
		}
		fmt.Fprintf(out, "the books agree: every bet%s and every player's balance (seed %d)\n", also, c.Seed)
		return
	}
	fmt.Fprintf(out, "the books DIFFER in %d places (seed %d):\n", len(r.Differences), c.Seed)
	for _, d := range r.Differences {
		fmt.Fprintln(out, "  "+d)
	}
}
