package wallet

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/pitboss-gaming/pitboss/services/wallet/internal/db"
)

// state is what is known of one account at a number of the ledger. There is one for each account, so it holds no more than is needed.
type state struct {
	balance int64 // after the last entry
	total   int64 // sum of all entries; the same as balance, unless something is wrong
	lowest  int64 // lowest balance after any entry, at most 0
	version int64 // of the last operation; cash accounts only
	last    int64 // number of the last entry or operation
	entries int64
}

// followed is what one range of numbers did to accounts.
type followed struct {
	span     span
	entries  []db.FollowEntriesRow
	versions []db.FollowVersionsRow
	counts   db.CountRangeRow
}

// follower puts ranges together, in order: ranges are read side by side, and each must begin with the balances that the one before it ended with.
type follower struct {
	f  *findings
	mu sync.Mutex
	// next is the range whose turn it is; later ones wait.
	next    int
	waiting map[int]followed
	// cut is the number of the checkpoint that is to be written, or 0. States up to it stay as they are, what comes behind it is in behind.
	cut    int64
	states map[int64]state
	behind map[int64]state
	// counts are the totals of what was followed, cutCounts of what was followed up to the cut.
	counts, cutCounts db.CountRangeRow
	// passed is told when everything up to the end of a range is known.
	passed func(ctx context.Context, q *db.Queries, s span) error
}

func newFollower(f *findings, cut int64) *follower {
	return &follower{f: f, waiting: map[int]followed{}, cut: cut, states: map[int64]state{}, behind: map[int64]state{}}
}

// follow reads one range and takes it and all that waited for it. Before the base a range is only counted.
func (w *follower) follow(ctx context.Context, q *db.Queries, s span) (counts db.CountRangeRow, err error) {
	r := followed{span: s}
	if !s.followed {
		if r.counts, err = q.CountRange(ctx, db.CountRangeParams{After: s.after, Upto: s.upto}); err != nil {
			return counts, err
		}
		return r.counts, w.take(ctx, q, r)
	}
	if r.entries, err = q.FollowEntries(ctx, db.FollowEntriesParams{After: s.after, Upto: s.upto}); err != nil {
		return counts, err
	}
	if err := w.broken(ctx, q, r); err != nil {
		return counts, err
	}
	if r.versions, err = q.FollowVersions(ctx, db.FollowVersionsParams{After: s.after, Upto: s.upto}); err != nil {
		return counts, err
	}
	for _, e := range r.entries {
		r.counts.Entries += e.Entries
	}
	for _, o := range r.versions {
		r.counts.Operations += o.Operations
	}
	return r.counts, w.take(ctx, q, r)
}

// broken names the entries inside a range that do not follow from the one before them.
func (w *follower) broken(ctx context.Context, q *db.Queries, r followed) error {
	var ids []int64
	for _, e := range r.entries {
		if e.Broken > 0 {
			ids = append(ids, e.AccountID)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	owners, err := ownersOf(ctx, q, ids)
	if err != nil {
		return err
	}
	rows, err := q.WrongRunningBalances(ctx, db.WrongRunningBalancesParams{AccountIds: ids, After: r.span.after, Upto: r.span.upto, Most: maxViolations})
	return reportRows(w.f, rows, err, func(e db.WrongRunningBalancesRow) int64 {
		w.f.add(RunningBalance, owners[e.AccountID], fmt.Sprintf("entry %d of account %d", e.Number, e.AccountID), "says %d, the entries up to it make %s",
			e.BalanceAfterMinor, e.Running)
		return e.Found
	})
}

// take applies a range when its turn has come.
func (w *follower) take(ctx context.Context, q *db.Queries, r followed) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.waiting[r.span.position] = r
	for {
		r, ok := w.waiting[w.next]
		if !ok {
			return nil
		}
		delete(w.waiting, w.next)
		w.next++
		if err := w.apply(ctx, q, r); err != nil {
			return err
		}
		if w.passed != nil {
			if err := w.passed(ctx, q, r.span); err != nil {
				return err
			}
		}
	}
}

func (w *follower) apply(ctx context.Context, q *db.Queries, r followed) error {
	if !r.span.followed {
		return nil
	}
	w.counts.Operations += r.counts.Operations
	w.counts.Entries += r.counts.Entries
	if r.span.upto <= w.cut {
		w.cutCounts = w.counts
	}
	var jumps []db.FollowEntriesRow // accounts that do not begin where they ended before
	for _, e := range r.entries {
		s := w.at(e.AccountID)
		if begin, ok := sum(s.balance, e.FirstAmount); !ok || begin != e.FirstBalance {
			jumps = append(jumps, e)
		}
		s.balance, s.total, s.lowest = e.LastBalance, saturate(s.total, e.Total), min(s.lowest, e.Lowest)
		s.entries += e.Entries
		s.last = max(s.last, e.LastNumber)
		w.set(r.span, e.AccountID, s)
	}
	for _, o := range r.versions {
		if o.AccountID == 0 {
			w.f.add(VersionMismatch, o.PlayerID, "player "+o.PlayerID+" "+o.Currency, "%d operations, but no account", o.Operations)
			continue
		}
		s := w.at(o.AccountID)
		if o.Operations != o.Versions || o.Lowest != s.version+1 || o.Highest != s.version+o.Operations {
			w.f.add(VersionMismatch, o.PlayerID, "player "+o.PlayerID+" "+o.Currency, "after version %d come %d operations with %d versions from %d to %d",
				s.version, o.Operations, o.Versions, o.Lowest, o.Highest)
		}
		s.version, s.last = o.Highest, max(s.last, o.LastNumber)
		w.set(r.span, o.AccountID, s)
	}
	if len(jumps) == 0 {
		return nil
	}
	return w.jumped(ctx, q, jumps)
}

func (w *follower) jumped(ctx context.Context, q *db.Queries, jumps []db.FollowEntriesRow) error {
	w.f.more(int64(len(jumps) - maxViolations))
	jumps = jumps[:min(len(jumps), maxViolations)]
	ids := make([]int64, len(jumps))
	for i, e := range jumps {
		ids[i] = e.AccountID
	}
	owners, err := ownersOf(ctx, q, ids)
	for _, e := range jumps {
		w.f.add(RunningBalance, owners[e.AccountID], fmt.Sprintf("entry %d of account %d", e.FirstNumber, e.AccountID),
			"says %d after %d, which is not what the account had before", e.FirstBalance, e.FirstAmount)
	}
	return err
}

// at is the newest state of an account.
func (w *follower) at(id int64) state {
	if s, ok := w.behind[id]; ok {
		return s
	}
	return w.states[id]
}

// set keeps the state of an account after a range.
func (w *follower) set(r span, id int64, s state) {
	if w.cut > 0 && r.after >= w.cut {
		w.behind[id] = s
		return
	}
	w.states[id] = s
}

// ownersOf names the players among the owners of accounts.
func ownersOf(ctx context.Context, q *db.Queries, ids []int64) (map[int64]string, error) {
	rows, err := q.NameAccounts(ctx, slices.Compact(slices.Sorted(slices.Values(ids))))
	owners := make(map[int64]string, len(rows))
	for _, a := range rows {
		if accountKind(a.Kind).ofPlayer() {
			owners[a.ID] = a.Owner
		}
	}
	return owners, err
}

// sum adds, or says that the result does not fit.
func sum(a, b int64) (int64, bool) {
	n := a + b
	return n, (n > a) == (b > 0)
}
