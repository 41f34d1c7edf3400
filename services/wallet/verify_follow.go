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
	balance  int64 // after the last entry
	total    int64 // sum of all entries; the same as balance, unless something is wrong
	lowest   int64 // lowest balance after any entry, at most 0
	version  int64 // of the last operation; cash accounts only
	last     int64 // number of the last entry or operation
	entries  int64
	currency int32 // of its operations, by position less one in the follower's list; 0 when none was read
}

// counts are how many there are.
type counts struct{ operations, entries int64 }

func (c *counts) add(d counts) {
	c.operations += d.operations
	c.entries += d.entries
}

// follower puts ranges together, in order: ranges are read side by side, and each must begin with the balances and versions that the one before it
// ended with.
type follower struct {
	f  *findings
	mu sync.Mutex
	// next is the range whose turn it is; later ones wait.
	next    int
	waiting map[int]*rangeOf
	// cut is the number of the checkpoint that is to be written, or 0. States up to it stay as they are, what comes behind it is in behind.
	cut        int64
	states     map[int64]state
	behind     map[int64]state
	currencies []string
	// done is what was followed, upToCut what of it lies up to the cut.
	done, upToCut counts
	// passed is told when everything up to the end of a range is known.
	passed func(ctx context.Context, q *db.Queries, s span) error
}

func newFollower(f *findings, cut int64) *follower {
	return &follower{f: f, waiting: map[int]*rangeOf{}, cut: cut, states: map[int64]state{}, behind: map[int64]state{}}
}

// take applies a range when its turn has come, and those that waited for it.
func (w *follower) take(ctx context.Context, q *db.Queries, r *rangeOf) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	r.operations, r.index = nil, nil // it may have to wait
	w.waiting[r.span.position] = r
	for {
		r, ok := w.waiting[w.next]
		if !ok {
			return nil
		}
		delete(w.waiting, w.next)
		w.next++
		if r.span.followed {
			if err := w.apply(ctx, q, r); err != nil {
				return err
			}
		}
		if err := w.passed(ctx, q, r.span); err != nil {
			return err
		}
	}
}

func (w *follower) apply(ctx context.Context, q *db.Queries, r *rangeOf) error {
	w.done.add(r.read)
	if r.span.upto <= w.cut {
		w.upToCut = w.done
	}
	untrue := w.said(r)
	var jumps faults // accounts that do not begin where they ended before
	for _, m := range r.accounts {
		s := w.at(m.account)
		if begin, ok := sum(s.balance, m.firstAmount); !ok || begin != m.firstBalance {
			jumps.add(m.firstNumber, m.account, "says %d, but the balance before it was %d and its amount is %d", m.firstBalance, s.balance, m.firstAmount)
		}
		s.balance, s.total, s.lowest = m.balance, saturate(s.total, m.total), min(s.lowest, m.lowest)
		s.entries += m.entries
		s.last = max(s.last, m.lastNumber)
		if m.currency != 0 {
			w.mixed(&s, m, r.currencies[m.currency-1])
		}
		w.set(r.span, m.account, s)
	}
	for _, b := range r.balances {
		if b.account == 0 {
			continue
		}
		s := w.at(b.account)
		if b.first != s.version+1 {
			w.f.add(VersionMismatch, b.player, "player "+b.player+" "+b.currency, "version %d comes after version %d", b.first, s.version)
		}
		s.version, s.last = b.last, max(s.last, b.lastNumber)
		w.set(r.span, b.account, s)
	}
	if err := reportOperations(ctx, q, w.f, AnswerMismatch, untrue); err != nil {
		return err
	}
	return reportEntries(ctx, q, w.f, jumps)
}

// said compares what operations of a range said of balances that nothing in it had moved yet with what the ranges before have left.
func (w *follower) said(r *rangeOf) (untrue faults) {
	for _, b := range r.balances {
		for _, s := range b.sides {
			if s.moved == 0 && s.number != 0 && s.before != w.at(s.account).balance {
				untrue.add(s.number, 0, "says that it left %d, and its entries left %d on account %d", s.before, w.at(s.account).balance, s.account)
			}
		}
	}
	return untrue
}

// mixed keeps an account's currency and tells when it changes.
func (w *follower) mixed(s *state, m movement, code string) {
	i := slices.Index(w.currencies, code)
	if i < 0 {
		i = len(w.currencies)
		w.currencies = append(w.currencies, code)
	}
	if s.currency != 0 && s.currency != int32(i+1) {
		w.f.add(OperationSum, "", fmt.Sprintf("account %d", m.account), "has entries of operations in %s and, from number %d on, in %s",
			w.currencies[s.currency-1], m.firstNumber, code)
	}
	s.currency = int32(i + 1)
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
