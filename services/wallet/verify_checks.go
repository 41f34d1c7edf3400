package wallet

import (
	"context"
	"time"

	"github.com/pitboss-gaming/pitboss/services/wallet/internal/db"
)

// check is how one invariant is looked at. A new invariant is a new line in checks, its queries in internal/db/verify.sql, a line in
// docs/runbooks/ledger.md and a case in verify_test.go. What the entries themselves tell, read once and in order, is not here
// but in verify_range.go, verify_follow.go and verify_accounts.go.
type check struct {
	invariant string
	// inRange looks at one range of numbers more than verify_range.go does; it is asked for each.
	inRange probe
	// full looks at everything, for an invariant that no range can tell.
	full probe
	// since looks at what operations behind a checkpoint did; nil where only full can tell.
	since probe
}

// probe reports what it finds.
type probe func(ctx context.Context, q *db.Queries, s scope, f *findings) error

var checks = []check{
	{invariant: KeyMismatch, full: wrongKeys, since: wrongNewKeys},
	{invariant: HoldHistory, full: wrongHolds, since: wrongNewHolds},
	{invariant: EventMissing, full: missingEvents, since: missingEvents},
	{invariant: FundingMismatch, full: wrongFunding, since: wrongNewFunding},
	{invariant: LateMismatch, full: wrongLate},
	{invariant: HeldMismatch, full: wrongHeldBalances, since: wrongHeldChanges},
	{invariant: GuardMismatch, full: wrongGuards, since: wrongGuards},
}

// scope is what a probe looks at.
type scope struct {
	after, upto    int64     // numbers; upto is for ranges alone
	outboxPosition int64     // operations behind after have their events behind it
	archivedUntil  time.Time // what was done before it is no longer there
	keptFrom       int64     // first slot of guard usage that is kept
}

func wrongHeldBalances(ctx context.Context, q *db.Queries, _ scope, f *findings) error {
	rows, err := q.WrongHeldBalances(ctx, maxViolations)
	return reportRows(f, rows, err, func(r db.WrongHeldBalancesRow) int64 {
		f.add(HeldMismatch, r.Owner, "player "+r.Owner+" "+r.Currency, "held %d of %q, open holds %s; of it for bets %d, open bets %s; or the sums over pools and debts",
			r.BalanceMinor, r.Pool, r.Total, r.StakedMinor, r.Staked)
		return r.Found
	})
}

func wrongHeldChanges(ctx context.Context, q *db.Queries, s scope, f *findings) error {
	rows, err := q.WrongHeldChanges(ctx, db.WrongHeldChangesParams{After: s.after, Most: maxViolations})
	return reportRows(f, rows, err, func(r db.WrongHeldChangesRow) int64 {
		f.add(HeldMismatch, r.Owner, "player "+r.Owner+" "+r.Currency, "held changed by %s since the checkpoint, holds by %s", r.Moved, r.Held)
		return r.Found
	})
}

func wrongFunding(ctx context.Context, q *db.Queries, s scope, f *findings) error {
	rows, err := q.WrongFunding(ctx, db.WrongFundingParams{ArchivedUntil: s.archivedUntil, Most: maxViolations})
	return reportRows(f, rows, err, func(r db.WrongFundingRow) int64 { return tellFunding(f, db.WrongNewFundingRow(r)) })
}

func wrongNewFunding(ctx context.Context, q *db.Queries, s scope, f *findings) error {
	rows, err := q.WrongNewFunding(ctx, db.WrongNewFundingParams{After: s.after, Most: maxViolations})
	return reportRows(f, rows, err, func(r db.WrongNewFundingRow) int64 { return tellFunding(f, r) })
}

func tellFunding(f *findings, r db.WrongNewFundingRow) int64 {
	f.add(FundingMismatch, r.PlayerID, "hold "+r.HoldID, "bonus part %d of grant %q, and its entries hold %s of %q to %q", r.BonusMinor, r.GrantID, r.Total, r.FirstPool, r.LastPool)
	return r.Found
}

func wrongLate(ctx context.Context, q *db.Queries, s scope, f *findings) error {
	rows, err := q.WrongLate(ctx, db.WrongLateParams{ArchivedUntil: s.archivedUntil, Most: maxViolations})
	return reportRows(f, rows, err, func(r db.WrongLateRow) int64 {
		f.add(LateMismatch, r.PlayerID, "hold "+r.HoldID, "late money %d, and its entries on bonus_cost are %s", r.LateMinor, r.Total)
		return r.Found
	})
}

func wrongGuards(ctx context.Context, q *db.Queries, s scope, f *findings) error {
	rows, err := q.WrongGuards(ctx, db.WrongGuardsParams{KeptFrom: s.keptFrom, After: s.after, Most: maxViolations})
	return reportRows(f, rows, err, func(r db.WrongGuardsRow) int64 {
		f.add(GuardMismatch, r.PlayerID, "guard "+r.ID+" of player "+r.PlayerID, "counted %d, usage %s", r.UsedMinor, r.Total)
		return r.Found
	})
}

func wrongHolds(ctx context.Context, q *db.Queries, s scope, f *findings) error {
	rows, err := q.WrongHolds(ctx, db.WrongHoldsParams{ArchivedUntil: s.archivedUntil, Most: maxViolations})
	return reportRows(f, rows, err, func(r db.WrongHoldsRow) int64 {
		f.add(HoldHistory, r.PlayerID, "hold "+r.HoldID, "state %q, opened by %d operations, closed by %d", holdState(r.State), r.Opened, r.Closed)
		return r.Found
	})
}

func wrongNewHolds(ctx context.Context, q *db.Queries, s scope, f *findings) error {
	rows, err := q.WrongNewHolds(ctx, db.WrongNewHoldsParams{After: s.after, Most: maxViolations})
	return reportRows(f, rows, err, func(r db.WrongNewHoldsRow) int64 {
		f.add(HoldHistory, r.PlayerID, "hold "+r.HoldID, "state %q, since the checkpoint opened by %d operations, closed by %d; or at another time than they say",
			holdState(r.State), r.Opened, r.Closed)
		return r.Found
	})
}

func wrongKeys(ctx context.Context, q *db.Queries, s scope, f *findings) error {
	rows, err := q.WrongKeys(ctx, db.WrongKeysParams{ArchivedUntil: s.archivedUntil, Most: maxViolations})
	return reportRows(f, rows, err, func(r db.WrongKeysRow) int64 {
		subject := "operation " + r.OperationID
		if r.OperationID == "" {
			subject = "operation " + r.KeyOperationID + ", which does not exist"
		}
		f.add(KeyMismatch, r.PlayerID, subject, "key %s %q leads to %q", r.Caller, r.RequestID, r.KeyOperationID)
		return r.Found
	})
}

func wrongNewKeys(ctx context.Context, q *db.Queries, s scope, f *findings) error {
	rows, err := q.WrongNewKeys(ctx, db.WrongNewKeysParams{After: s.after, Most: maxViolations})
	return reportRows(f, rows, err, func(r db.WrongNewKeysRow) int64 {
		f.add(KeyMismatch, r.PlayerID, "operation "+r.OperationID, "key %s %q leads to %q", r.Caller, r.RequestID, r.KeyOperationID)
		return r.Found
	})
}

func missingEvents(ctx context.Context, q *db.Queries, s scope, f *findings) error {
	p := db.EventsParams{After: s.after, OutboxPosition: s.outboxPosition, Most: maxViolations}
	gaps, err := q.GapsInEvents(ctx, p)
	if err != nil || len(gaps) == 0 {
		return err
	}
	f.more(gaps[0].Found - int64(len(gaps)))
	rows, err := q.MissingEvents(ctx, p, gaps)
	named := map[string]bool{}
	for _, r := range rows {
		named[r.PlayerID] = true
		f.add(EventMissing, r.PlayerID, "operation "+r.OperationID, "%d events, not 1", r.Events)
	}
	for _, g := range gaps {
		if !named[g.PlayerID] && len(rows) < maxViolations {
			f.add(EventMissing, g.PlayerID, "player "+g.PlayerID+" "+g.Currency, "%d events, which are not those of its versions", g.Events)
		}
	}
	return err
}
