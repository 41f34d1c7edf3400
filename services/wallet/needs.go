package wallet

import (
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/pitboss-gaming/pitboss/services/wallet/internal/db"
)

// needs lists what a batch has to lock and load.
type needs struct {
	locks   db.LockAccountsParams
	named   []lockName   // accounts to lock
	byID    []accountKey // of them, those whose id is remembered
	own     db.LoadAccountsParams
	keys    []pgtype.UUID
	holdIDs []string
	late    []string // holds whose late money is read
	players []string
	blocks  int32
	asked   map[accountKey]bool
}

type lockName struct {
	accountKey
	holdID string
}

func needsOf(batch []pending, more found) *needs {
	n := &needs{asked: make(map[accountKey]bool, 3*len(batch)), late: more.late}
	locked, players := make(map[lockName]bool, 2*len(batch)), make(map[string]bool, len(batch))
	commands, entries := 0, 0
	for _, p := range batch {
		for _, c := range p.commands {
			commands++
			entries += mostEntries + 2*len(c.jackpots)
			if !players[c.player] {
				players[c.player] = true
				n.players = append(n.players, c.player)
			}
			n.keys = append(n.keys, pgtype.UUID{Bytes: c.hash, Valid: true})
			if c.holdID != "" {
				n.holdIDs = append(n.holdIDs, c.holdID)
			}
			n.want(locked, c, accountKey{owner: c.player, kind: kindCash})
			if c.counterparty.owner != "" {
				n.want(locked, c, c.counterparty)
			}
			if c.funding.grantID != "" {
				n.load(accountKey{owner: c.player, currency: c.currency, kind: kindBonus, pool: c.funding.grantID})
			}
		}
	}
	for _, k := range more.accounts {
		if k.kind == kindBonus || k.kind == kindReceivable {
			n.load(k)
			continue
		}
		n.lock(locked, lockName{accountKey: k})
	}
	n.blocks = int32(entries/(blockSize-mostEntries-16) + 1)
	return n
}

// want locks an account of a command. Where its currency is not known yet, the command's hold tells it.
func (n *needs) want(locked map[lockName]bool, c *command, k accountKey) {
	l := lockName{accountKey: k}
	if l.currency = c.currency; c.currency == "" {
		l.holdID = c.holdID
	}
	n.lock(locked, l)
}

func (n *needs) lock(locked map[lockName]bool, l lockName) {
	if locked[l] {
		return
	}
	locked[l] = true
	if l.currency != "" {
		n.asked[l.accountKey] = true
	}
	n.named = append(n.named, l)
}

// lockBy asks for the locks by ids where they are remembered, and otherwise by name.
func (n *needs) lockBy(m *accountIDs) {
	ids := m.of(n.named)
	n.locks.Ids = make([]int64, 0, len(ids))
	for i, l := range n.named {
		if ids[i] != 0 {
			n.locks.Ids = append(n.locks.Ids, ids[i])
			n.byID = append(n.byID, l.accountKey)
			continue
		}
		n.locks.Owners = append(n.locks.Owners, l.owner)
		n.locks.Currencies = append(n.locks.Currencies, l.currency)
		n.locks.Kinds = append(n.locks.Kinds, int16(l.kind))
		n.locks.Pools = append(n.locks.Pools, l.pool)
		n.locks.Stripes = append(n.locks.Stripes, l.stripe)
		n.locks.HoldIds = append(n.locks.HoldIds, l.holdID)
	}
}

// load reads an account that the lock on the player's cash account protects.
func (n *needs) load(k accountKey) {
	if n.asked[k] {
		return
	}
	n.asked[k] = true
	n.own.Owners = append(n.own.Owners, k.owner)
	n.own.Currencies = append(n.own.Currencies, k.currency)
	n.own.Kinds = append(n.own.Kinds, int16(k.kind))
	n.own.Pools = append(n.own.Pools, k.pool)
}

// accountRow is a row of account, whichever query read it.
type accountRow db.LockAccountsRow

func appendRows[R db.LockAccountsRow | db.LoadAccountsRow](to []accountRow, rows []R) []accountRow {
	for _, r := range rows {
		to = append(to, accountRow(r))
	}
	return to
}

func (r accountRow) key() accountKey {
	return accountKey{owner: r.Owner, currency: r.Currency, kind: accountKind(r.Kind), pool: r.Pool, stripe: r.Stripe}
}

func (r accountRow) account() *account {
	a := &account{
		accountKey: r.key(), id: r.ID, balance: r.BalanceMinor, held: r.HeldMinor, late: lateMoney(r.LateTo), version: r.Version, staked: r.StakedMinor,
		bonus: r.BonusMinor, heldBonus: r.HeldBonusMinor, owed: r.OwedMinor, slot: r.UsageSlot,
		used: usage{r.UsedStake, r.UsedNetLoss, r.UsedDeposit, r.UsedNetDeposit, r.UsedWithdrawal},
	}
	if r.HeldID != nil {
		a.heldID = *r.HeldID
	}
	return a
}

func holdOf(h db.LoadHoldsRow) *hold {
	return &hold{
		id: h.ID, player: h.PlayerID, currency: h.Currency, amount: funds{h.AmountMinor, h.BonusMinor}, purpose: holdPurpose(h.Purpose),
		state: holdState(h.State), ref: reference{h.SourceKind, h.SourceID, h.RoundID, h.ProviderTxID, h.GameID, ""}, grantID: h.GrantID, wins: winTo(h.WinTo),
		settled: funds{h.SettledMinor, h.SettledBonusMinor}, released: funds{h.ReleasedMinor, h.ReleasedBonusMinor},
		paid: funds{h.PaidMinor, h.PaidBonusMinor}, createdAt: h.CreatedAt,
	}
}

// knowLate makes the late money of holds known that was asked for; those without a row have none.
func (b *book) knowLate(asked []string, rows []db.HoldLate) {
	for _, id := range asked {
		if h := b.holds[id]; h != nil {
			h.lateRead = true
		}
	}
	for _, r := range rows {
		if h := b.holds[r.HoldID]; h != nil {
			h.late = r.LateMinor
		}
	}
}
