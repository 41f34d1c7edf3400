package gaming

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pitboss-gaming/pitboss/kit/bus"
	"github.com/pitboss-gaming/pitboss/services/gaming/internal/db"
)

// never stands for a time that is not set in arrays, which hold no nulls.
var never = time.Unix(0, 0).UTC()

func timeOr(t *time.Time) time.Time {
	if t == nil {
		return never
	}
	return *t
}

// write is everything that the batch changed, its events, and the commit, in one round trip after what comes first in it.
func (s *situation) write(ctx context.Context, conn *pgx.Conn, now time.Time, events bus.OutboxRows, first ...db.Call) error {
	calls := first
	add := func(n int, call db.Call) {
		if n > 0 {
			calls = append(calls, call)
		}
	}
	opened, moved := s.roundRows(now)
	placed, changed := s.betRows()
	txs := s.txRows(now)
	add(len(opened.RoundIds), func(ctx context.Context, q *db.Queries) error { return q.InsertRounds(ctx, opened) })
	add(len(moved.RoundIds), func(ctx context.Context, q *db.Queries) error { return q.UpdateRounds(ctx, moved) })
	add(len(placed.BetIds), func(ctx context.Context, q *db.Queries) error { return q.InsertBets(ctx, placed) })
	add(len(changed.BetIds), func(ctx context.Context, q *db.Queries) error { return q.UpdateBets(ctx, changed) })
	beside := s.adjustedRows()
	add(len(beside.RoundIds), func(ctx context.Context, q *db.Queries) error { return q.UpdateAdjusted(ctx, beside) })
	less := s.stakeRows()
	add(len(less.BetIds), func(ctx context.Context, q *db.Queries) error { return q.UpdateStakes(ctx, less) })
	add(len(txs.Ids), func(ctx context.Context, q *db.Queries) error { return q.InsertTransactions(ctx, txs) })
	add(len(events.EventIDs), db.Statement(bus.InsertSQL, events.Args(len(events.EventIDs) > 0 && bus.ShouldNotify(conn))...))
	if len(calls) == len(first) {
		return db.Pipeline(ctx, conn, db.Statement("rollback"))
	}
	return db.Pipeline(ctx, conn, append(calls, db.Statement("commit"))...)
}

func (s *situation) roundRows(now time.Time) (fresh db.InsertRoundsParams, old db.UpdateRoundsParams) {
	fresh.Now, old.Now = now, now
	for _, r := range s.rounds {
		switch {
		case r.fresh:
			fresh.RoundIds = append(fresh.RoundIds, r.RoundID)
			fresh.Integrations = append(fresh.Integrations, r.IntegrationID)
			fresh.Players = append(fresh.Players, r.PlayerID)
			fresh.ProviderRounds = append(fresh.ProviderRounds, r.ProviderRoundID)
			fresh.Games = append(fresh.Games, r.GameID)
			fresh.Currencies = append(fresh.Currencies, r.Currency)
			fresh.States = append(fresh.States, r.State)
			fresh.Closings = append(fresh.Closings, r.Closing)
			fresh.Stucks = append(fresh.Stucks, r.Stuck)
			fresh.Versions = append(fresh.Versions, r.Version)
			fresh.OpenedAts = append(fresh.OpenedAts, r.OpenedAt)
			fresh.ClosedAts = append(fresh.ClosedAts, timeOr(r.ClosedAt))
			r.TouchedAt = now
		case r.dirty:
			r.TouchedAt = touch(now, r.TouchedAt)
			old.RoundIds = append(old.RoundIds, r.RoundID)
			old.States = append(old.States, r.State)
			old.Closings = append(old.Closings, r.Closing)
			old.Stucks = append(old.Stucks, r.Stuck)
			old.Versions = append(old.Versions, r.Version)
			old.ClosedAts = append(old.ClosedAts, timeOr(r.ClosedAt))
			old.TouchedAts = append(old.TouchedAts, r.TouchedAt)
			old.Reopeneds = append(old.Reopeneds, r.was != roundOpen && r.State == roundOpen)
		}
	}
	return fresh, old
}

// touch is now, or just after what was before when that is not earlier: each change of a round moves its time, by which a change is noticed (Unchanged).
func touch(now, before time.Time) time.Time {
	if now.After(before) {
		return now
	}
	return before.Add(time.Microsecond)
}

func (s *situation) betRows() (fresh db.InsertBetsParams, old db.UpdateBetsParams) {
	for _, b := range s.byID {
		switch {
		case b.fresh:
			fresh.BetIds = append(fresh.BetIds, b.BetID)
			fresh.RoundIds = append(fresh.RoundIds, b.RoundID)
			fresh.Integrations = append(fresh.Integrations, b.IntegrationID)
			fresh.Players = append(fresh.Players, b.PlayerID)
			fresh.Games = append(fresh.Games, b.GameID)
			fresh.GameCodes = append(fresh.GameCodes, b.GameCode)
			fresh.Sessions = append(fresh.Sessions, b.GameSessionID)
			fresh.ProviderTxs = append(fresh.ProviderTxs, b.ProviderTxID)
			fresh.Currencies = append(fresh.Currencies, b.Currency)
			fresh.Stakes = append(fresh.Stakes, b.StakeMinor)
			fresh.Payouts = append(fresh.Payouts, b.PayoutMinor)
			fresh.FreeRounds = append(fresh.FreeRounds, b.FreeRound)
			fresh.States = append(fresh.States, b.State)
			fresh.Holds = append(fresh.Holds, b.HoldID)
			fresh.RejectReasons = append(fresh.RejectReasons, b.RejectReason)
			fresh.PlacedAts = append(fresh.PlacedAts, b.PlacedAt)
			fresh.SettledAts = append(fresh.SettledAts, timeOr(b.SettledAt))
			fresh.CashedOuts = append(fresh.CashedOuts, b.CashedOut)
			fresh.WinningsTakens = append(fresh.WinningsTakens, b.WinningsTaken)
			fresh.Jackpots = append(fresh.Jackpots, b.JackpotMinor)
			fresh.Decideds = append(fresh.Decideds, b.Decided)
		case b.dirty:
			old.BetIds = append(old.BetIds, b.BetID)
			old.States = append(old.States, b.State)
			old.Payouts = append(old.Payouts, b.PayoutMinor)
			old.Holds = append(old.Holds, b.HoldID)
			old.SettledAts = append(old.SettledAts, timeOr(b.SettledAt))
			old.CashedOuts = append(old.CashedOuts, b.CashedOut)
			old.WinningsTakens = append(old.WinningsTakens, b.WinningsTaken)
			old.Jackpots = append(old.Jackpots, b.JackpotMinor)
			old.Decideds = append(old.Decideds, b.Decided)
		}
	}
	return fresh, old
}

// adjustedRows are the rounds whose winnings were adjusted beside their bets.
func (s *situation) adjustedRows() (p db.UpdateAdjustedParams) {
	for _, r := range s.rounds {
		if r.adjusted {
			p.RoundIds, p.Adjusteds = append(p.RoundIds, r.RoundID), append(p.Adjusteds, r.AdjustedMinor)
			p.Adjustments, p.Backs = append(p.Adjustments, r.Adjustments), append(p.Backs, r.AdjustmentsBack)
		}
	}
	return p
}

// stakeRows are the bets of whose stake a part went back, or whose result an operator corrected.
func (s *situation) stakeRows() (p db.UpdateStakesParams) {
	for _, b := range s.byID {
		if b.parted {
			p.BetIds, p.Stakes = append(p.BetIds, b.BetID), append(p.Stakes, b.StakeMinor)
			p.Returneds, p.Operators = append(p.Returneds, b.ReturnedMinor), append(p.Operators, b.OperatorMinor)
		}
	}
	return p
}

func (s *situation) txRows(now time.Time) (p db.InsertTransactionsParams) {
	p.Now = now
	for _, t := range s.fresh {
		p.Integrations = append(p.Integrations, t.IntegrationID)
		p.Kinds = append(p.Kinds, t.Kind)
		p.Ids = append(p.Ids, t.ProviderTxID)
		p.Fingerprints = append(p.Fingerprints, t.Fingerprint)
		p.States = append(p.States, t.State)
		p.Actions = append(p.Actions, t.Action)
		p.Players = append(p.Players, t.PlayerID)
		p.RoundIds = append(p.RoundIds, t.RoundID)
		p.BetIds = append(p.BetIds, t.BetID)
		p.ReferenceIds = append(p.ReferenceIds, t.ReferenceTxID)
		p.ReferenceKinds = append(p.ReferenceKinds, t.ReferenceKind)
		p.Currencies = append(p.Currencies, t.Currency)
		p.Amounts = append(p.Amounts, t.AmountMinor)
		p.Winnings = append(p.Winnings, t.WinningsMinor)
		p.RoundCloseds = append(p.RoundCloseds, t.RoundClosed)
		p.RefuseReasons = append(p.RefuseReasons, t.RefuseReason)
		p.Balances = append(p.Balances, t.BalanceMinor)
		p.Bonuses = append(p.Bonuses, t.BonusMinor)
		p.Reporteds = append(p.Reporteds, t.ReportedMinor)
		p.ProviderRounds = append(p.ProviderRounds, t.ProviderRoundID)
		p.GameCodes = append(p.GameCodes, t.GameCode)
		p.Refusals = append(p.Refusals, string(t.Refusal))
		p.Applieds = append(p.Applieds, t.Applied)
		p.WasCancelleds = append(p.WasCancelleds, t.WasCancelled)
		p.ReferenceWants = append(p.ReferenceWants, t.ReferenceWant)
		p.Purposes = append(p.Purposes, t.Purpose)
		p.Campaigns = append(p.Campaigns, t.Campaign)
		p.Notes = append(p.Notes, t.Note)
		p.CreatedAts = append(p.CreatedAts, t.CreatedAt)
	}
	return p
}
