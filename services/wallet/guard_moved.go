package wallet

import (
	"slices"
	"sync"
	"time"

	"github.com/pitboss-gaming/pitboss/services/wallet/internal/db"
)

// movedMost is how many players a process remembers to have moved the limits of.
const movedMost = 200_000

// movedSet are the players whose limits this process has moved on to the windows of the running slot, so that it need not be asked again for each of their
// operations. It only saves a query: a limit that is behind all the same is seen when it is loaded (behind).
type movedSet struct {
	mu      sync.Mutex
	slot    int64
	players map[string]bool
}

// without leaves out the players whose limits have been moved.
func (m *movedSet) without(slot int64, players []string) []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	if slot != m.slot {
		return players
	}
	var rest []string
	for _, p := range players {
		if !m.players[p] {
			rest = append(rest, p)
		}
	}
	return rest
}

// add remembers the players of a batch that was committed.
func (m *movedSet) add(slot int64, guards map[string][]*guard) {
	if len(guards) == 0 {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if slot > m.slot {
		m.slot, m.players = slot, map[string]bool{}
	}
	if slot < m.slot {
		return
	}
	for p := range guards {
		if len(m.players) >= movedMost {
			return
		}
		m.players[p] = true
	}
}

// counts tells whether the batch has locked the cash account on which a loaded limit counts. Other limits of its players are another batch's to move and to
// count, which may be in commit now; nothing is decided by them here.
func (l *loaded) counts(limit db.Guard) bool {
	return slices.ContainsFunc(l.accounts, func(a accountRow) bool {
		return a.Owner == limit.PlayerID && a.Currency == limit.Currency && accountKind(a.Kind) == kindCash
	})
}

// ownMoves are the loaded moves without those of limits that the batch does not count.
func (l *loaded) ownMoves() []db.MoveGuardsRow {
	return slices.DeleteFunc(l.moves, func(m db.MoveGuardsRow) bool {
		return !slices.ContainsFunc(l.guards, func(g db.Guard) bool { return g.ID == m.ID && l.counts(g) })
	})
}

// behind asks for the moves of loaded limits whose window has moved on and that were not asked for.
func behind(l loaded, asked db.MoveGuardsParams, now time.Time) db.MoveGuardsParams {
	var players []string
	slot := slotOf(now)
	for _, g := range l.guards {
		w := guardWindow(g.GuardWindow)
		late := guardKind(g.Kind).isLimit() && (w.isCalendar() && !g.WindowEnd.After(now) || !w.isCalendar() && g.FromSlot < slot-w.slots())
		if late && !slices.Contains(asked.Players, g.PlayerID) && !slices.Contains(players, g.PlayerID) && l.counts(g) {
			players = append(players, g.PlayerID)
		}
	}
	return movesAt(now, players)
}
