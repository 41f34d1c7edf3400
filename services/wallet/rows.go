package wallet

import (
	"strings"

	"github.com/pitboss-gaming/pitboss/services/wallet/internal/db"
)

// The arrays of the second round trip, one element per row.

func accountRows(b *book) db.UpdateAccountsParams {
	var p db.UpdateAccountsParams
	for _, a := range b.accounts {
		if a.dirty {
			p.Ids = append(p.Ids, a.id)
			p.Balances = append(p.Balances, a.balance)
			p.Versions = append(p.Versions, a.version)
			p.Staked = append(p.Staked, a.staked)
		}
	}
	return p
}

func operationRows(b *book, traceparents []string) db.InsertOperationsParams {
	p := db.InsertOperationsParams{CreatedAt: b.now}
	for i, op := range b.operations {
		c := op.command
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
		p.Availables = append(p.Availables, op.available)
		p.Helds = append(p.Helds, op.held)
		p.BalanceVersions = append(p.BalanceVersions, op.version)
		p.EntryCounts = append(p.EntryCounts, int16(len(op.entries)))
	}
	return p
}

func entryRows(b *book) db.InsertEntriesParams {
	p := db.InsertEntriesParams{CreatedAt: b.now}
	for _, op := range b.operations {
		for i, e := range op.entries {
			p.Numbers = append(p.Numbers, op.number+int64(i))
			p.OperationNumbers = append(p.OperationNumbers, op.number)
			p.AccountIds = append(p.AccountIds, e.account.id)
			p.Types = append(p.Types, int16(e.typ))
			p.Amounts = append(p.Amounts, e.amount)
			p.BalancesAfter = append(p.BalancesAfter, e.after)
		}
	}
	return p
}

func keyRows(b *book) db.InsertKeysParams {
	p := db.InsertKeysParams{CreatedAt: b.now}
	for _, op := range b.operations {
		p.Callers = append(p.Callers, op.command.caller)
		p.RequestIds = append(p.RequestIds, op.command.requestID)
		p.Fingerprints = append(p.Fingerprints, op.command.fingerprint[:])
		p.OperationIds = append(p.OperationIds, op.operationID)
		p.OperationNumbers = append(p.OperationNumbers, op.number)
		p.HoldIds = append(p.HoldIds, op.holdID)
		p.Currencies = append(p.Currencies, op.currency)
		p.Availables = append(p.Availables, op.available)
		p.Helds = append(p.Helds, op.held)
		p.BalanceVersions = append(p.BalanceVersions, op.version)
	}
	return p
}

func openedRows(b *book) db.InsertHoldsParams {
	p := db.InsertHoldsParams{CreatedAt: b.now}
	for _, h := range b.opened {
		p.Ids = append(p.Ids, h.id)
		p.PlayerIds = append(p.PlayerIds, h.player)
		p.Currencies = append(p.Currencies, h.currency)
		p.Amounts = append(p.Amounts, h.amount)
		p.Purposes = append(p.Purposes, int16(h.purpose))
		p.States = append(p.States, int16(h.state))
		p.SourceKinds = append(p.SourceKinds, h.ref.sourceKind)
		p.SourceIds = append(p.SourceIds, h.ref.sourceID)
		p.RoundIds = append(p.RoundIds, h.ref.roundID)
		p.ProviderTxIds = append(p.ProviderTxIds, h.ref.providerTxID)
		p.GameIds = append(p.GameIds, h.ref.gameID)
	}
	return p
}

func closedRows(b *book) db.CloseHoldsParams {
	p := db.CloseHoldsParams{ClosedAt: b.now}
	for _, h := range b.holds {
		if h.dirty && !h.fresh {
			p.Ids = append(p.Ids, h.id)
			p.States = append(p.States, int16(h.state))
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
