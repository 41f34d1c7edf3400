package chaos_test

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/pitboss-gaming/pitboss/tests/sim/books"
)

// verdict compares what callers were told with what the ledger holds.
type verdict struct {
	problems        []string
	lost, doubled   int
	found, absent   int // of the requests that callers gave up
	againstRefusals int // refused in the end, although an attempt without an answer had been or was then done
}

func (v *verdict) problem(format string, args ...any) {
	if len(v.problems) < 50 {
		v.problems = append(v.problems, fmt.Sprintf(format, args...))
	}
}

func judge(l *load, requests []*sent, late map[books.Request]*books.Answer, report *books.Report) *verdict {
	v := &verdict{doubled: report.Doubled}
	for _, s := range requests {
		done := true
		for n, leaf := range s.Leaves() {
			has, there := report.Found[leaf.Request()]
			done = done && there
			v.told(leaf, s, late, has, there)
			switch {
			case s.outcome != acknowledged && !s.found:
			case !there:
				v.lost++
				v.problem("lost: %v was acknowledged as %s", leaf, s.answers[n].Operation)
			case !s.answers[n].Of(has):
				v.problem("%v was acknowledged with %+v, and the ledger has %+v", leaf, s.answers[n], has)
			}
		}
		switch {
		case s.outcome == refused && done && (!s.doubt || s.Op.Decided):
			v.problem("%v was refused with %s and done all the same", s.Intent, s.reason)
		case s.outcome == refused && done:
			v.againstRefusals++
		case s.outcome == unknown && done:
			v.found++
		case s.outcome == unknown:
			v.absent++
		}
	}
	return v
}

// told checks that FindOperation says what the ledger holds.
func (v *verdict) told(leaf *books.Intent, s *sent, late map[books.Request]*books.Answer, has books.Answer, there bool) {
	answer, asked := late[leaf.Request()]
	if asked && ((answer != nil) != there || there && !answer.Of(has)) {
		v.problem("FindOperation answers %+v about %v, and the ledger has %+v", answer, s.Intent, has)
	}
}

// printTable prints what a run is for: what was killed, what callers saw, and what the ledger holds.
func printTable(o options, l *load, k *killer, v *verdict, report *books.Report, events string, proof time.Duration) {
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	row := func(name string, value any) { fmt.Fprintf(w, "%s\t%v\n", name, value) }
	fmt.Fprintln(w)
	row("seed", o.seed)
	row("load", fmt.Sprintf("%v, %d callers, %d players and currencies, %d wallets", o.length, o.callers, len(l.players), replicas))
	for _, name := range slices.Sorted(maps.Keys(k.done)) {
		row("killed: "+name, k.done[name])
	}
	row("killed: nothing, it was down", k.idle)
	for _, p := range l.p.wallets {
		row(p.name+" started", fmt.Sprintf("%d times, ended by itself %d times", p.starts, p.ownEnds))
	}
	row("PostgreSQL started again", l.p.db.restarts)
	row("operations acknowledged", l.tally["acknowledged"])
	row("requests retried", l.tally["retried"])
	row("answers replayed", l.tally["replayed"])
	row("keys sent twice at once", l.tally["sent twice at once"])
	row("conflicting requests refused", l.tally["conflicts refused"])
	for _, name := range slices.Sorted(maps.Keys(l.tally)) {
		if strings.HasPrefix(name, "refused: ") || strings.HasPrefix(name, "attempts without an answer: ") {
			row(name, l.tally[name])
		}
	}
	row("refused after an attempt without an answer, and found", v.againstRefusals)
	row("given up, then found", v.found)
	row("given up, then absent", v.absent)
	for _, name := range slices.Sorted(maps.Keys(report.Kinds)) {
		row("in the ledger: "+name, report.Kinds[name])
	}
	row("changes of guards", report.Guards)
	row("lost", v.lost)
	row("doubled", v.doubled)
	row("done in part", report.Halves)
	row("longest outage seen by a caller", l.outage.Round(time.Millisecond))
	row("events published", events)
	row("ledger", fmt.Sprintf("%d operations, %d entries, proven in %v, Verify ok: %t", report.Verified.GetOperations(), report.Verified.GetEntries(), proof.Round(time.Millisecond), report.Verified.GetOk()))
	_ = w.Flush() // standard output
}
