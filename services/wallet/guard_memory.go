package wallet

import (
	"slices"
	"sync"
	"time"

	"github.com/pitboss-gaming/pitboss/services/wallet/internal/db"
)

// guardMemory remembers the guards of players, so that they are not read for each of their operations. What is remembered holds as long as the cash account says
// the same epoch as when it was read; every change of a guard makes the epochs of the accounts it matters to grow (migrations/00007_guard_epoch.sql).
type guardMemory struct {
	mu      sync.Mutex
	players recent[string, knownGuards]
}

// knownGuards are one player's guards, as they were read under the lock on cash accounts of the player.
type knownGuards struct {
	rows   []db.Guard
	epochs map[string]int64 // of those accounts, by currency
}

// holds tells whether the guards are still those of an operation that has locked cash accounts of the player.
func (k knownGuards) holds(cash map[string]int64) bool {
	if len(cash) == 0 {
		return false
	}
	for currency, epoch := range cash {
		if known, ok := k.epochs[currency]; !ok || known != epoch {
			return false
		}
	}
	return true
}

// at are the guards that have not ended. They are not the caller's to change.
func (k knownGuards) at(now time.Time) []db.Guard {
	if !slices.ContainsFunc(k.rows, func(g db.Guard) bool { return expired(g.ExpiresAt, now) }) {
		return k.rows
	}
	rows := make([]db.Guard, 0, len(k.rows))
	for _, r := range k.rows {
		if !expired(r.ExpiresAt, now) {
			rows = append(rows, r)
		}
	}
	return rows
}

// recall splits players into those whose guards are remembered and those whose are not.
func (m *guardMemory) recall(players []string) (known map[string]knownGuards, unknown []string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, p := range players {
		k, ok := m.players.get(p)
		if !ok {
			unknown = append(unknown, p)
			continue
		}
		if known == nil {
			known = make(map[string]knownGuards, len(players))
		}
		known[p] = k
	}
	return known, unknown
}

// remember keeps what was read of players under the locks on their cash accounts, whose epochs are given by player and currency. A player without such an
// account is not remembered: nothing would tell of a change. The rows are not changed afterwards.
func (m *guardMemory) remember(players []string, rows []db.Guard, cash map[string]map[string]int64) {
	if len(players) == 0 {
		return
	}
	of := make(map[string][]db.Guard, len(players))
	for _, r := range rows {
		of[r.PlayerID] = append(of[r.PlayerID], r)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, p := range players {
		if len(cash[p]) > 0 {
			m.players.put(p, knownGuards{rows: of[p], epochs: cash[p]})
		}
	}
}

// forget drops the players whose guards a batch has changed: the epoch has grown by as much as guards were written.
func (m *guardMemory) forget(guards map[string][]*guard) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for player, all := range guards {
		if slices.ContainsFunc(all, func(g *guard) bool { return g.dirty }) {
			m.players.forget(player)
		}
	}
}

// epochsOf are the epochs of the locked cash accounts, by player and currency.
func epochsOf(accounts []accountRow) map[string]map[string]int64 {
	cash := make(map[string]map[string]int64, len(accounts))
	for _, a := range accounts {
		if accountKind(a.Kind) != kindCash {
			continue
		}
		if cash[a.Owner] == nil {
			cash[a.Owner] = make(map[string]int64, 1)
		}
		cash[a.Owner][a.Currency] = a.GuardEpoch
	}
	return cash
}
