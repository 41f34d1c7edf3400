package wallet

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgtype"

	"github.com/pitboss-gaming/pitboss/services/wallet/internal/db"
)

// The arrays of the second round trip, one element per row.

func accountRows(b *book) db.UpdateAccountsParams {
	var p db.UpdateAccountsParams
	for _, a := range b.accounts {
		if !a.dirty {
			continue
		}
		p.Ids = append(p.Ids, a.id)
		p.Balances = append(p.Balances, a.balance)
		p.Helds = append(p.Helds, a.held)
		p.Versions = append(p.Versions, a.version)
		p.Staked = append(p.Staked, a.staked)
		p.LateTos = append(p.LateTos, int16(a.late))
		p.Bonuses = append(p.Bonuses, a.bonus)
		p.HeldBonuses = append(p.HeldBonuses, a.heldBonus)
		p.Owed = append(p.Owed, a.owed)
		p.UsageSlots = append(p.UsageSlots, a.slot)
		p.UsedStakes = append(p.UsedStakes, a.used.stake)
		p.UsedNetLosses = append(p.UsedNetLosses, a.used.netLoss)
		p.UsedDeposits = append(p.UsedDeposits, a.used.deposit)
		p.UsedNetDeposits = append(p.UsedNetDeposits, a.used.netDeposit)
		p.UsedWithdrawals = append(p.UsedWithdrawals, a.used.withdrawal)
	}
	return p
}

// operationRows are the operations and their keys.
func operationRows(b *book, traceparents []string) (db.InsertOperationsParams, db.InsertKeysParams, error) {
	p, k := newOperations(len(b.operations), b.now), newKeys(len(b.operations), b.now)
	for i, op := range b.operations {
		c := op.command
		text, raw, err := detailRow(op)
		if err != nil {
			return p, k, err
		}
		p.Numbers = append(p.Numbers, op.number)
		p.Ids = append(p.Ids, op.operationID)
		p.Callers = append(p.Callers, c.caller)
		p.RequestIds = append(p.RequestIds, c.requestID)
		p.Kinds = append(p.Kinds, string(c.kind))
		p.PlayerIds = append(p.PlayerIds, c.player)
		p.Currencies = append(p.Currencies, c.currency)
		p.HoldIds = append(p.HoldIds, op.holdID)
		p.SourceKinds = append(p.SourceKinds, c.ref.sourceKind)
		p.SourceIds = append(p.SourceIds, c.ref.sourceID)
		p.RoundIds = append(p.RoundIds, c.ref.roundID)
		p.ProviderTxIds = append(p.ProviderTxIds, c.ref.providerTxID)
		p.GameIds = append(p.GameIds, c.ref.gameID)
		p.TraceIds = append(p.TraceIds, traceID(traceparents[i]))
		p.Availables = append(p.Availables, op.after.available)
		p.Helds = append(p.Helds, op.after.held)
		p.BalanceVersions = append(p.BalanceVersions, op.after.version)
		p.EntryCounts = append(p.EntryCounts, int16(len(op.entries)))
		p.Accounts = append(p.Accounts, accountsOf(op))
		p.Amounts = append(p.Amounts, op.amount)
		p.Payouts = append(p.Payouts, c.payout)
		p.Details = append(p.Details, text)

		k.Keys = append(k.Keys, pgtype.UUID{Bytes: c.hash, Valid: true})
		k.Fingerprints = append(k.Fingerprints, c.fingerprint[:])
		k.OperationIds = append(k.OperationIds, op.operationID)
		k.OperationNumbers = append(k.OperationNumbers, op.number)
		k.HoldIds = append(k.HoldIds, op.holdID)
		k.Currencies = append(k.Currencies, op.currency)
		k.Availables = append(k.Availables, op.after.available)
		k.Helds = append(k.Helds, op.after.held)
		k.BalanceVersions = append(k.BalanceVersions, op.after.version)
		k.Details = append(k.Details, raw)
	}
	return p, k, nil
}

func newOperations(n int, at time.Time) db.InsertOperationsParams {
	text, number, small := func() []string { return make([]string, 0, n) }, func() []int64 { return make([]int64, 0, n) }, func() []int16 { return make([]int16, 0, n) }
	return db.InsertOperationsParams{
		CreatedAt: at, Numbers: number(), Ids: text(), Callers: text(), RequestIds: text(), Kinds: text(), PlayerIds: text(), Currencies: text(), HoldIds: text(),
		SourceKinds: small(), SourceIds: text(), RoundIds: text(), ProviderTxIds: text(), GameIds: text(), TraceIds: text(), Availables: number(),
		Helds: number(), BalanceVersions: number(), EntryCounts: small(), Accounts: text(), Amounts: number(), Payouts: number(), Details: text(),
	}
}

func newKeys(n int, at time.Time) db.InsertKeysParams {
	return db.InsertKeysParams{
		CreatedAt: at, Keys: make([]pgtype.UUID, 0, n), Fingerprints: make([][]byte, 0, n), OperationIds: make([]string, 0, n),
		OperationNumbers: make([]int64, 0, n), HoldIds: make([]string, 0, n), Currencies: make([]string, 0, n), Availables: make([]int64, 0, n),
		Helds: make([]int64, 0, n), BalanceVersions: make([]int64, 0, n), Details: make([][]byte, 0, n),
	}
}

// accountsOf is the array of the accounts on which an operation's entries lie, each once.
func accountsOf(op *operation) string {
	var seen [16]int64
	n := 0
	text := make([]byte, 0, 48)
	text = append(text, '{')
	for _, e := range op.entries {
		id := e.side.entryAccount()
		if slices.Contains(seen[:n], id) {
			continue
		}
		if n < len(seen) {
			seen[n] = id
			n++
		}
		if len(text) > 1 {
			text = append(text, ',')
		}
		text = strconv.AppendInt(text, id, 10)
	}
	return string(append(text, '}'))
}

func entryRows(b *book) db.InsertEntriesParams {
	n := 0
	for _, op := range b.operations {
		n += len(op.entries)
	}
	p := db.InsertEntriesParams{
		CreatedAt: b.now, Numbers: make([]int64, 0, n), OperationNumbers: make([]int64, 0, n), AccountIds: make([]int64, 0, n), Types: make([]int16, 0, n),
		Amounts: make([]int64, 0, n), BalancesAfter: make([]int64, 0, n),
	}
	for _, op := range b.operations {
		for i, e := range op.entries {
			p.Numbers = append(p.Numbers, op.number+int64(i))
			p.OperationNumbers = append(p.OperationNumbers, op.number)
			p.AccountIds = append(p.AccountIds, e.side.entryAccount())
			p.Types = append(p.Types, int16(e.typ))
			p.Amounts = append(p.Amounts, e.amount)
			p.BalancesAfter = append(p.BalancesAfter, e.after)
		}
	}
	return p
}

func openedRows(b *book) db.InsertHoldsParams {
	p := db.InsertHoldsParams{CreatedAt: b.now}
	for _, h := range b.opened {
		p.Ids = append(p.Ids, h.id)
		p.PlayerIds = append(p.PlayerIds, h.player)
		p.Currencies = append(p.Currencies, h.currency)
		p.Amounts = append(p.Amounts, h.amount.total)
		p.Purposes = append(p.Purposes, int16(h.purpose))
		p.States = append(p.States, int16(h.state))
		p.SourceKinds = append(p.SourceKinds, h.ref.sourceKind)
		p.SourceIds = append(p.SourceIds, h.ref.sourceID)
		p.RoundIds = append(p.RoundIds, h.ref.roundID)
		p.ProviderTxIds = append(p.ProviderTxIds, h.ref.providerTxID)
		p.GameIds = append(p.GameIds, h.ref.gameID)
		p.ProviderRoundIds = append(p.ProviderRoundIds, h.ref.providerRoundID)
		p.Bonuses = append(p.Bonuses, h.amount.bonus)
		p.GrantIds = append(p.GrantIds, h.grantID)
		p.WinTos = append(p.WinTos, int16(h.wins))
		p.Settled = append(p.Settled, h.settled.total)
		p.SettledBonuses = append(p.SettledBonuses, h.settled.bonus)
		p.Released = append(p.Released, h.released.total)
		p.ReleasedBonuses = append(p.ReleasedBonuses, h.released.bonus)
		p.Paid = append(p.Paid, h.paid.total)
		p.PaidBonuses = append(p.PaidBonuses, h.paid.bonus)
	}
	return p
}

func changedRows(b *book) db.UpdateHoldsParams {
	p := db.UpdateHoldsParams{Now: b.now}
	for _, h := range b.holds {
		if h.dirty && !h.fresh {
			p.Ids = append(p.Ids, h.id)
			p.States = append(p.States, int16(h.state))
			p.Settled = append(p.Settled, h.settled.total)
			p.SettledBonuses = append(p.SettledBonuses, h.settled.bonus)
			p.Released = append(p.Released, h.released.total)
			p.ReleasedBonuses = append(p.ReleasedBonuses, h.released.bonus)
			p.Paid = append(p.Paid, h.paid.total)
			p.PaidBonuses = append(p.PaidBonuses, h.paid.bonus)
		}
	}
	return p
}

func lateRows(b *book) db.KeepLateParams {
	p := db.KeepLateParams{Now: b.now}
	for _, h := range b.holds {
		if h.lateDirty {
			p.Ids = append(p.Ids, h.id)
			p.Late = append(p.Late, h.late)
		}
	}
	return p
}

func usageRows(b *book) db.AddUsageParams {
	var p db.AddUsageParams
	for k, u := range b.usage {
		if *u == (usage{}) {
			continue
		}
		p.AccountIds = append(p.AccountIds, k.account.id)
		p.Slots = append(p.Slots, k.slot)
		p.Stakes = append(p.Stakes, u.stake)
		p.NetLosses = append(p.NetLosses, u.netLoss)
		p.Deposits = append(p.Deposits, u.deposit)
		p.NetDeposits = append(p.NetDeposits, u.netDeposit)
		p.Withdrawals = append(p.Withdrawals, u.withdrawal)
	}
	return p
}

func guardRows(b *book) db.UpdateGuardsParams {
	p := db.UpdateGuardsParams{Now: b.now}
	for _, guards := range b.guards {
		for _, g := range guards {
			if g.dirty {
				p.Ids = append(p.Ids, g.id)
				p.Used = append(p.Used, g.counted)
				p.FromSlots = append(p.FromSlots, g.fromSlot)
				p.WindowEnds = append(p.WindowEnds, g.windowEnd)
				p.OldestSlots = append(p.OldestSlots, g.oldestSlot)
				p.Hits = append(p.Hits, g.hits)
			}
		}
	}
	return p
}

// traceID is the second field of a W3C traceparent.
func traceID(traceparent string) string {
	if parts := strings.Split(traceparent, "-"); len(parts) == 4 {
		return parts[1]
	}
	return ""
}
