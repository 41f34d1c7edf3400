package wallet

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pitboss-gaming/pitboss/services/wallet/internal/db"
)

const (
	// cutPatience is how long the end of the transactions that run now is waited for.
	cutPatience = 30 * time.Second
	// cutPoll is the pause between two looks.
	cutPoll = 20 * time.Millisecond
	// resumeWithin is how old what was proven may be to go on from it.
	resumeWithin = 24 * time.Hour
)

// Kinds of checks, as walletv1.LedgerCheckKind and the database have them.
const (
	kindFull  int16 = 1
	kindSince int16 = 2
)

// cut is a number such that the snapshot shows every operation up to it that will ever be.
type cut struct {
	number         int64
	outboxPosition int64
}

// base is a number of the ledger from which everything is followed, with the totals up to it; the zero value is the beginning.
type base struct {
	number     int64
	operations int64
	entries    int64
}

func baseOf(c db.LedgerCheckpoint) base {
	return base{number: c.Number, operations: c.Operations, entries: c.Entries}
}

// currencyTotal is what a checkpoint says of one currency.
type currencyTotal struct {
	Entries          int64 `json:"entries"`
	PlayerFundsMinor int64 `json:"player_funds_minor"`
}

// findCut takes the last number that any batch has, and waits until every transaction that may have a number up to it is over. A batch has the locks of its
// accounts, and so a transaction id, before it takes its number. When others do not end, there is no checkpoint, and verification goes on without.
func (v *verification) findCut(ctx context.Context) error {
	q := db.New(v.pool)
	may, err := q.MayCheckpoint(ctx)
	if err != nil {
		return err
	}
	if !may {
		v.out.NoCheckpoint = "this role may not write checkpoints, or the server is a standby"
		return nil
	}
	last, err := q.LastNumber(ctx)
	if err != nil {
		return err
	}
	xid, err := q.TakeTransactionID(ctx)
	if err != nil {
		return err
	}
	tick := time.NewTicker(cutPoll)
	defer tick.Stop()
	patience := time.NewTimer(cutPatience)
	defer patience.Stop()
	for {
		over, err := q.AllOver(ctx, xid)
		if err != nil {
			return err
		}
		if over {
			v.cut = cut{number: last.Number, outboxPosition: last.OutboxPosition}
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-patience.C:
			v.out.NoCheckpoint = "a transaction on the server has been open for too long"
			return nil
		case <-tick.C:
		}
	}
}

// resume moves the base to where an interrupted full verification came.
func (v *verification) resume(ctx context.Context, q *db.Queries) error {
	if !v.o.Resume {
		return nil
	}
	c, err := q.InterruptedCheckpoint(ctx, time.Now().Add(-resumeWithin))
	if errors.Is(err, pgx.ErrNoRows) || err == nil && c.Number <= v.base.number {
		return nil
	}
	if err != nil {
		return err
	}
	v.base, v.from = baseOf(c), c.Number
	return nil
}

// loadBase loads the accounts as they were at the base.
func (v *verification) loadBase(ctx context.Context, q *db.Queries) error {
	if v.base.number == 0 {
		return nil
	}
	return eachStored(ctx, q, v.base.number, func(r db.ListCheckpointAccountsRow) {
		v.w.states[r.AccountID] = state{balance: r.BalanceMinor, total: r.BalanceMinor, version: r.Version, last: r.LastNumber, entries: r.Entries}
	})
}

// eachStored reads the accounts at a checkpoint.
func eachStored(ctx context.Context, q *db.Queries, number int64, do func(db.ListCheckpointAccountsRow)) error {
	after := int64(0)
	for {
		rows, err := q.ListCheckpointAccounts(ctx, db.ListCheckpointAccountsParams{Number: number, After: after, Most: pageOfAccounts})
		if err != nil {
			return err
		}
		for _, r := range rows {
			do(r)
			after = r.AccountID
		}
		if len(rows) < pageOfAccounts {
			return nil
		}
	}
}

// pass is told when everything up to the end of a range is known, in order.
func (v *verification) pass(ctx context.Context, q *db.Queries, s span) error {
	if s.upto == v.compare {
		if err := v.compareCheckpoint(ctx, q); err != nil {
			return err
		}
	}
	done := v.w.done
	if v.o.Since || s.upto >= v.cut.number || done.operations-v.mark.operations < v.o.markEvery || !v.findings.none() {
		return nil
	}
	stored, err := v.storedUpTo(ctx, q, s.upto)
	if err != nil {
		return err
	}
	var changed accountsAt
	for id, st := range v.w.states {
		changed.add(id, st, stored)
	}
	v.mark = mark{number: s.upto, operations: done.operations}
	return v.save(ctx, db.InsertCheckpointParams{
		Number: s.upto, Kind: kindFull, SinceNumber: v.base.number, Operations: v.base.operations + done.operations, Entries: v.base.entries + done.entries,
		Currencies: []byte("{}"),
	}, changed)
}

// mark is the last one that was left for Resume, which the snapshot does not show.
type mark struct{ number, operations int64 }

// storedUpTo is the last number at most this one up to which all accounts are stored.
func (v *verification) storedUpTo(ctx context.Context, q *db.Queries, number int64) (int64, error) {
	stored, err := q.StoredUpTo(ctx, number)
	return max(stored, v.mark.number), err
}

// compareCheckpoint compares the ledger with what the last checkpoint says that it was: a change of the past that keeps every other invariant is seen here.
func (v *verification) compareCheckpoint(ctx context.Context, q *db.Queries) error {
	var wrong []int64
	known := make(map[int64]struct{}, len(v.w.states))
	err := eachStored(ctx, q, v.compare, func(r db.ListCheckpointAccountsRow) {
		known[r.AccountID] = struct{}{}
		if s := v.w.states[r.AccountID]; s.balance != r.BalanceMinor || s.version != r.Version || s.last != r.LastNumber || s.entries != r.Entries {
			wrong = append(wrong, r.AccountID)
		}
	})
	if err != nil {
		return err
	}
	for id := range v.w.states {
		if _, ok := known[id]; !ok {
			wrong = append(wrong, id)
		}
	}
	if len(wrong) == 0 {
		return nil
	}
	v.findings.more(int64(len(wrong) - maxViolations))
	wrong = wrong[:min(len(wrong), maxViolations)]
	owners, err := ownersOf(ctx, q, wrong)
	for _, id := range wrong {
		s := v.w.states[id]
		v.findings.add(CheckpointMismatch, owners[id], fmt.Sprintf("account %d", id), "had another balance, version or number of entries at checkpoint %d than now: %d, %d, %d",
			v.compare, s.balance, s.version, s.entries)
	}
	return err
}

// accountsAt are accounts to be stored, as arrays.
type accountsAt struct{ ids, balances, versions, lasts, entries []int64 }

// add takes an account that changed behind a number.
func (a *accountsAt) add(id int64, s state, stored int64) {
	if s.last <= stored {
		return
	}
	a.ids, a.balances, a.versions = append(a.ids, id), append(a.balances, s.balance), append(a.versions, s.version)
	a.lasts, a.entries = append(a.lasts, s.last), append(a.entries, s.entries)
}

// writeCheckpoint stores the checkpoint of a verification that found nothing.
func (v *verification) writeCheckpoint(ctx context.Context, at atCut) error {
	if v.cut.number == 0 || !v.findings.none() || v.cut.number <= v.base.number {
		return nil
	}
	if v.o.Since && v.w.upToCut.operations < v.o.every {
		return nil
	}
	currencies, err := json.Marshal(at.currencies)
	if err != nil {
		return err
	}
	kind := kindFull
	if v.o.Since {
		kind = kindSince
	}
	err = v.save(ctx, db.InsertCheckpointParams{
		Number: v.cut.number, Complete: true, Kind: kind, SinceNumber: v.base.number, OutboxPosition: v.cut.outboxPosition,
		Operations: v.base.operations + v.w.upToCut.operations, Entries: v.base.entries + v.w.upToCut.entries, Currencies: currencies,
	}, at.changed)
	if err == nil {
		v.out.CheckpointNumber = v.cut.number
	}
	return err
}

// save writes accounts, and then the checkpoint that makes them count. They are not written together, because a transaction that takes long holds the
// events of all others back (kit/bus); what an interruption leaves is true all the same, and the next checkpoint writes those accounts again.
func (v *verification) save(ctx context.Context, c db.InsertCheckpointParams, a accountsAt) error {
	q := db.New(v.pool)
	for from := 0; from < len(a.ids); from += pageOfAccounts {
		to := min(from+pageOfAccounts, len(a.ids))
		if err := q.InsertCheckpointAccounts(ctx, db.InsertCheckpointAccountsParams{
			Number: c.Number, AccountIds: a.ids[from:to], Balances: a.balances[from:to], Versions: a.versions[from:to], LastNumbers: a.lasts[from:to],
			Entries: a.entries[from:to],
		}); err != nil {
			return err
		}
	}
	return q.InsertCheckpoint(ctx, c)
}
