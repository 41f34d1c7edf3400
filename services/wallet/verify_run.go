package wallet

import (
	"context"
	"errors"
	"math"
	"slices"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"golang.org/x/sync/errgroup"

	"github.com/pitboss-gaming/pitboss/services/wallet/internal/db"
)

// numbersInBlock is how many numbers a batch takes at once. Ranges end with a block, so that no operation lies in two of them.
const numbersInBlock = 4096

// pageOfAccounts is how many accounts are read at once where all of them are compared.
const pageOfAccounts = 20_000

// verification is one run of VerifyWith.
type verification struct {
	o        VerifyOptions
	pool     *pgxpool.Pool
	findings *findings
	out      *Verification

	cut     cut   // where the checkpoint is to be; number 0 for none
	base    base  // where balances are followed from
	from    int64 // number behind which operations are looked at: the base's, or 0 where only months are archived
	scope   scope
	ranges  []span
	w       *follower
	compare int64 // number of the complete checkpoint that the ledger must still agree with; 0 for none
	mark    mark

	operations, entries, holds atomic.Int64
	progress                   progress
}

// span is one range of numbers: those in (after, upto].
type span struct {
	position    int
	after, upto int64
	followed    bool // balances are followed through it; before the checkpoint that stands for archived months they are not
}

// part is something that one connection does.
type part struct {
	name string
	do   func(ctx context.Context, q *db.Queries) error
}

func (v *verification) run(ctx context.Context) error {
	if v.o.Checkpoint {
		if err := v.findCut(ctx); err != nil {
			return err
		}
	}
	readers, err := openSnapshot(ctx, v.pool, v.o.Parallel)
	defer readers.close()
	if err != nil {
		return err
	}
	q := db.New(readers[0])
	if err := v.begin(ctx, q); err != nil {
		return err
	}
	if err := v.read(ctx, readers); err != nil {
		return err
	}
	v.out.Operations, v.out.Entries, v.out.Holds = v.operations.Load(), v.entries.Load(), v.holds.Load()
	changed, err := v.compareAccounts(ctx, q)
	if err != nil {
		return err
	}
	return v.writeCheckpoint(ctx, changed)
}

// readers are transactions on one snapshot.
type readers []pgx.Tx

// openSnapshot opens read-only transactions that all see the same. What it opened is answered with an error too.
func openSnapshot(ctx context.Context, pool *pgxpool.Pool, n int) (readers, error) {
	var all readers
	var snapshot string
	for i := range n {
		tx, err := pool.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly})
		if err != nil {
			return all, err
		}
		all = append(all, tx)
		if i == 0 {
			snapshot, err = db.ShareSnapshot(ctx, tx)
		} else {
			err = db.UseSnapshot(ctx, tx, snapshot)
		}
		if err != nil {
			return all, err
		}
	}
	return all, nil
}

func (r readers) close() {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	for _, tx := range r {
		_ = tx.Rollback(ctx) // nothing was written; a broken connection is discarded by the pool
	}
}

// begin finds out where to begin and loads what is known there.
func (v *verification) begin(ctx context.Context, q *db.Queries) error {
	archived, err := q.ArchivedUntil(ctx)
	if err != nil {
		return err
	}
	last, err := q.LastCheckpoint(ctx)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return err
	}
	if last.Number > v.cut.number {
		v.cut = cut{} // somebody else has just written a newer one
	}
	v.scope = scope{archivedUntil: archived.ArchivedUntil, keptFrom: slotOf(time.Now()) - keptSlots}
	switch {
	case v.o.Since && last.Number == 0:
		return noCheckpoint()
	case v.o.Since:
		v.base, v.from = baseOf(last), last.Number
		v.scope.after, v.scope.outboxPosition = last.Number, last.OutboxPosition
	default:
		if archived.CheckpointNumber > 0 {
			c, err := q.GetCheckpoint(ctx, archived.CheckpointNumber)
			if err != nil {
				return err
			}
			v.base = baseOf(c)
		}
		if err := v.resume(ctx, q); err != nil {
			return err
		}
	}
	if last.Number > v.base.number {
		v.compare = last.Number
	}
	v.w = newFollower(v.findings, v.cut.number)
	v.w.passed = v.pass
	v.out.SinceNumber = v.base.number
	if err := v.loadBase(ctx, q); err != nil {
		return err
	}
	return v.plan(ctx, q)
}

// plan cuts the ledger into ranges of about the same number of operations, with a boundary wherever something is to be known.
func (v *verification) plan(ctx context.Context, q *db.Queries) error {
	bounds, err := q.OperationBounds(ctx, db.OperationBoundsParams{After: v.from, Every: v.o.rangeOperations})
	if err != nil {
		return err
	}
	for i := range bounds {
		bounds[i] |= numbersInBlock - 1
	}
	bounds = append(bounds, v.base.number, v.cut.number, v.compare, math.MaxInt64)
	slices.Sort(bounds)
	after := v.from
	for _, upto := range slices.Compact(bounds) {
		if upto > after {
			v.ranges = append(v.ranges, span{position: len(v.ranges), after: after, upto: upto, followed: after >= v.base.number})
			after = upto
		}
	}
	return nil
}

// read does all parts, on as many connections as there are. What reads everything comes first, because it takes longest.
func (v *verification) read(ctx context.Context, all readers) error {
	parts := v.parts()
	v.progress = progress{tell: v.o.Progress, done: map[string]int{}, of: map[string]int{}}
	for _, p := range parts {
		v.progress.of[p.name]++
	}
	v.progress.of["accounts"] = 1
	queue := make(chan part, len(parts))
	for _, p := range parts {
		queue <- p
	}
	close(queue)
	g, ctx := errgroup.WithContext(ctx)
	for _, tx := range all {
		g.Go(func() error {
			q := db.New(tx)
			for p := range queue {
				if err := p.do(ctx, q); err != nil {
					return err
				}
				v.progress.advance(p.name)
			}
			return nil
		})
	}
	return g.Wait()
}

func (v *verification) parts() []part {
	var parts []part
	for _, c := range checks {
		do := c.full
		if v.o.Since {
			do = c.since
		}
		if do != nil {
			parts = append(parts, part{c.invariant, func(ctx context.Context, q *db.Queries) error { return do(ctx, q, v.scope, v.findings) }})
		}
	}
	if !v.o.Since {
		parts = append(parts, part{"count of holds", func(ctx context.Context, q *db.Queries) error {
			n, err := q.CountHolds(ctx)
			v.holds.Store(n)
			return err
		}})
	}
	for _, s := range v.ranges {
		parts = append(parts, part{"ranges", func(ctx context.Context, q *db.Queries) error { return v.readRange(ctx, q, s) }})
	}
	return parts
}

func (v *verification) readRange(ctx context.Context, q *db.Queries, s span) error {
	in := v.scope
	in.after, in.upto = s.after, s.upto
	for _, c := range checks {
		if c.inRange == nil {
			continue
		}
		if err := c.inRange(ctx, q, in, v.findings); err != nil {
			return err
		}
	}
	r, err := readRange(ctx, q, v.findings, s)
	if err != nil {
		return err
	}
	v.operations.Add(r.read.operations)
	v.entries.Add(r.read.entries)
	return v.w.take(ctx, q, r)
}
