package gaming

import (
	"fmt"
	"time"

	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	"github.com/pitboss-gaming/pitboss/kit/money"
)

// timingGrace is how far two books may differ about when a round ended before it counts as missing in a span (domain.md 6.4).
const timingGrace = 300 * time.Second

// bookState is where a round stands in a book.
type bookState int

const (
	bookOpen bookState = iota + 1
	bookFinished
	bookCancelled
)

func (b bookState) String() string {
	return map[bookState]string{bookOpen: "open", bookFinished: "finished", bookCancelled: "cancelled"}[b]
}

// roundBook is one round as one of both books has it.
type roundBook struct {
	roundRef, roundID, player, currency string
	formerRef                           string // of theirs: the name that we may have it under
	game                                string // provider's code; of ours empty when its bets are of several
	state                               bookState
	stake, payout                       int64
	endedAt                             time.Time        // zero while it is open
	bets                                map[string]int64 // stakes by the provider's transaction id; nil when the book tells sums only
}

// gain is what the player gained in it.
func (r roundBook) gain() int64 { return r.payout - r.stake }

func (r roundBook) words() string {
	amount := func(minor int64) string { return money.Amount{Minor: minor, Currency: r.currency}.String() }
	return fmt.Sprintf("%s, stake %s %s, payout %s %s, player %s", r.state, amount(r.stake), r.currency, amount(r.payout), r.currency, r.player)
}

// difference is how two books differ about a round or one of its transactions.
type difference struct {
	kind         gamingv1.FindingKind
	txID         string
	ours, theirs string
	delta        *int64 // nil when currencies differ
}

// priority of a difference, 1 the most urgent.
func (d difference) priority() int16 {
	switch d.kind {
	case gamingv1.FindingKind_FINDING_KIND_CURRENCY_MISMATCH, gamingv1.FindingKind_FINDING_KIND_PLAYER_MISMATCH,
		gamingv1.FindingKind_FINDING_KIND_LEDGER_MISMATCH:
		return 1
	case gamingv1.FindingKind_FINDING_KIND_TIMING:
		return 4
	case gamingv1.FindingKind_FINDING_KIND_OPEN_ROUND, gamingv1.FindingKind_FINDING_KIND_DUPLICATE:
		return 3
	}
	return 2
}

// compareRound says how the books differ about a round that both have. One difference a round is told, the gravest that applies (domain.md 6.4): player,
// currency, amount, status, open round, timing; only when the sums agree are transactions looked at.
func compareRound(ours, theirs roundBook, from, until time.Time) []difference {
	gain := ours.gain() - theirs.gain()
	d := difference{ours: ours.words(), theirs: theirs.words(), delta: &gain}
	switch {
	case ours.player != theirs.player:
		d.kind = gamingv1.FindingKind_FINDING_KIND_PLAYER_MISMATCH
	case ours.currency != theirs.currency:
		d.kind, d.delta = gamingv1.FindingKind_FINDING_KIND_CURRENCY_MISMATCH, nil
	case ours.state == bookCancelled && theirs.state == bookCancelled:
		return nil
	case ours.state == bookCancelled || theirs.state == bookCancelled:
		d.kind = gamingv1.FindingKind_FINDING_KIND_STATUS_MISMATCH
	case ours.stake != theirs.stake || ours.payout != theirs.payout:
		d.kind = gamingv1.FindingKind_FINDING_KIND_AMOUNT_MISMATCH
	case ours.state == bookOpen && theirs.state == bookFinished:
		d.kind = gamingv1.FindingKind_FINDING_KIND_OPEN_ROUND
	case outside(ours.endedAt, from, until) != outside(theirs.endedAt, from, until):
		d.kind = gamingv1.FindingKind_FINDING_KIND_TIMING
	default:
		return compareBets(ours, theirs)
	}
	return []difference{d}
}

func outside(t, from, until time.Time) bool {
	return !t.IsZero() && (t.Before(from) || !t.Before(until))
}

// compareBets says which stakes one book has and the other has not, when both tell their transactions.
func compareBets(ours, theirs roundBook) []difference {
	if ours.bets == nil || theirs.bets == nil {
		return nil
	}
	var out []difference
	words := func(minor int64) string {
		return "stake " + money.Amount{Minor: minor, Currency: ours.currency}.String() + " " + ours.currency
	}
	for id, stake := range theirs.bets {
		has, ok := ours.bets[id]
		delta := stake - has
		switch {
		case !ok:
			out = append(out, difference{kind: gamingv1.FindingKind_FINDING_KIND_MISSING_OURS, txID: id, theirs: words(stake), delta: &delta})
		case has != stake:
			out = append(out, difference{kind: gamingv1.FindingKind_FINDING_KIND_AMOUNT_MISMATCH, txID: id, ours: words(has), theirs: words(stake), delta: &delta})
		}
	}
	for id, stake := range ours.bets {
		if _, ok := theirs.bets[id]; !ok {
			delta := -stake
			out = append(out, difference{kind: gamingv1.FindingKind_FINDING_KIND_MISSING_THEIRS, txID: id, ours: words(stake), delta: &delta})
		}
	}
	return out
}

// missingOurs is a round that only the provider has.
func missingOurs(theirs roundBook) difference {
	delta := -theirs.gain()
	return difference{kind: gamingv1.FindingKind_FINDING_KIND_MISSING_OURS, theirs: theirs.words(), delta: &delta}
}

// missingTheirs is a round that only we have, though the provider's book was read a little beyond the span too.
func missingTheirs(ours roundBook, until, asked time.Time) difference {
	delta := ours.gain()
	return difference{kind: missingKind(ours.endedAt, until, asked), ours: ours.words(), delta: &delta}
}

// missingKind is the kind of what only we have. When the provider's book was read before the time after the span was over, what ended near the end of the span may be listed
// there yet.
func missingKind(endedAt, until, asked time.Time) gamingv1.FindingKind {
	if asked.Before(until.Add(timingGrace)) && until.Sub(endedAt) <= timingGrace {
		return gamingv1.FindingKind_FINDING_KIND_TIMING
	}
	return gamingv1.FindingKind_FINDING_KIND_MISSING_THEIRS
}
