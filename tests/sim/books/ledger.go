package books

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/services/wallet"
)

// Row is one operation in a ledger, with everything that belongs to it and could be missing.
type Row struct {
	ID, Caller, RequestID, Kind, Player, Currency, Hold string
	Available, Held, Version                            int64
	Said, Entries                                       int64  // how many entries the operation says it has, and how many there are
	Sum, Cash, HeldMoved                                int64  // of all entries, and of those on the player's two accounts
	KeyLeadsTo                                          string // operation id that the key names
	Events                                              int64
}

// readRows answers every operation once, each account's in the order of its versions. Only columns that belong to what every operation is are used.
const readRows = `
WITH lines AS (
    SELECT e.operation_number, count(*) AS entries, sum(e.amount_minor) AS total,
           sum(e.amount_minor) FILTER (WHERE a.kind = 1) AS cash, sum(e.amount_minor) FILTER (WHERE a.kind = 2) AS held
    FROM entry e JOIN ledger_account a ON a.id = e.account_id GROUP BY e.operation_number
), told AS (SELECT aggregate_id, version, count(*) AS events FROM outbox GROUP BY aggregate_id, version)
SELECT o.id, o.caller, o.request_id, o.kind, o.player_id, o.currency, o.hold_id, o.available_minor, o.held_minor, o.balance_version,
       o.entry_count::bigint, coalesce(l.entries, 0)::bigint, coalesce(l.total, 0)::bigint, coalesce(l.cash, 0)::bigint, coalesce(l.held, 0)::bigint,
       coalesce(k.operation_id, ''), coalesce(t.events, 0)::bigint
FROM operation o
LEFT JOIN lines l ON l.operation_number = o.number
LEFT JOIN operation_key k ON k.key = request_key(o.caller, o.request_id)
LEFT JOIN told t ON t.aggregate_id = o.player_id || '/' || o.currency AND t.version = o.balance_version
ORDER BY o.player_id, o.currency, o.balance_version`

// Report is what Prove found.
type Report struct {
	// Problems is empty when all is right. It is bounded.
	Problems []string
	// Found are the operations by the request that made them.
	Found map[Request]Answer
	// Doubled is how many requests are in the ledger more than once.
	Doubled int
	// Verified is what the wallet's own proof said.
	Verified *walletv1.VerifyLedgerResponse
}

// maxProblems bounds a report; a broken ledger can have one for each operation.
const maxProblems = 50

func (r *Report) problem(format string, args ...any) {
	if len(r.Problems) < maxProblems {
		r.Problems = append(r.Problems, fmt.Sprintf(format, args...))
	}
}

// Prove reads a ledger at rest and shows that it is what the requests make of an empty one: each operation is whole, was made by one request, by
// which none other was made, and was acceptable when it came; balances and open holds are those of the model; and the wallet's own proof holds.
// intents finds the request that was sent under a name, nil when there was none.
func Prove(ctx context.Context, pool *pgxpool.Pool, guards []Guard, intents func(Request) *Intent) (*Report, error) {
	r := &Report{Found: map[Request]Answer{}}
	b := New(guards...)
	rows, err := pool.Query(ctx, readRows)
	if err != nil {
		return nil, err
	}
	var row Row
	_, err = pgx.ForEachRow(rows, []any{
		&row.ID, &row.Caller, &row.RequestID, &row.Kind, &row.Player, &row.Currency, &row.Hold, &row.Available, &row.Held, &row.Version,
		&row.Said, &row.Entries, &row.Sum, &row.Cash, &row.HeldMoved, &row.KeyLeadsTo, &row.Events,
	}, func() error {
		r.whole(row)
		r.replay(b, row, intents(Request{row.Caller, row.RequestID}))
		return nil
	})
	if err != nil {
		return nil, err
	}
	for _, check := range []func(context.Context, *pgxpool.Pool, *Book) error{r.strays, r.balances, r.holds} {
		if err := check(ctx, pool, b); err != nil {
			return nil, err
		}
	}
	if r.Verified, err = wallet.Verify(ctx, pool); err != nil {
		return nil, err
	}
	for _, v := range r.Verified.GetViolations() {
		r.problem("Verify: %s %s: %s", v.GetInvariant(), v.GetSubject(), v.GetDetail())
	}
	return r, nil
}

// whole checks that nothing of an operation is missing.
func (r *Report) whole(row Row) {
	request := Request{row.Caller, row.RequestID}
	if _, twice := r.Found[request]; twice {
		r.Doubled++
		r.problem("request %v is in the ledger again as %s", request, row.ID)
	}
	r.Found[request] = Answer{Operation: row.ID, Hold: row.Hold, Account: Account{row.Player, row.Currency}, Balance: Balance{row.Available, row.Held, row.Version}}
	if row.Entries != row.Said || row.Sum != 0 {
		r.problem("%s has %d entries of %d, with the sum %d", row.ID, row.Entries, row.Said, row.Sum)
	}
	if row.KeyLeadsTo != row.ID {
		r.problem("the key of %s leads to %q", row.ID, row.KeyLeadsTo)
	}
	if row.Events != 1 {
		r.problem("%s has %d events", row.ID, row.Events)
	}
}

// replay does an operation again in the model and compares.
func (r *Report) replay(b *Book, row Row, i *Intent) {
	if i == nil {
		r.problem("%s %s was made by a request %s %q that nobody sent", row.Kind, row.ID, row.Caller, row.RequestID)
		return
	}
	if row.Kind != i.Op.Kind || row.Player != i.Player || row.Currency != i.Currency || i.Op.Closes != None && row.Hold != i.Hold {
		r.problem("%s %s of %s/%s about hold %q was made by %v", row.Kind, row.ID, row.Player, row.Currency, row.Hold, i)
	}
	if reason := b.Expect(i); reason != "" {
		r.problem("%s should have been refused with %s: %v", row.ID, reason, i)
	}
	before := b.Balance(i.Account)
	b.Apply(i, row.Hold)
	after := b.Balance(i.Account)
	if cash, held := after.Available-before.Available, after.Held-before.Held; row.Cash != cash || row.HeldMoved != held {
		r.problem("%s moved cash by %d and held money by %d, not by %d and %d: %v", row.ID, row.Cash, row.HeldMoved, cash, held, i)
	}
	if said := (Balance{row.Available, row.Held, row.Version}); said != after {
		r.problem("%s left the balance %v, not %v: %v", row.ID, said, after, i)
		b.of(i.Account).Balance = said // or each later operation would be reported too
	}
}

// strays looks for keys and events that belong to no operation: the halves of something that did not happen.
func (r *Report) strays(ctx context.Context, pool *pgxpool.Pool, _ *Book) error {
	var keys, events int64
	if err := pool.QueryRow(ctx, `SELECT count(*) FROM operation_key k WHERE NOT EXISTS (SELECT FROM operation o WHERE o.id = k.operation_id)`).Scan(&keys); err != nil {
		return err
	}
	if err := pool.QueryRow(ctx, `SELECT count(*) FROM outbox x WHERE x.subject IN ('wallet.hold.v1', 'wallet.release.v1', 'wallet.settled.v1', 'wallet.credited.v1', 'wallet.debited.v1')
		AND NOT EXISTS (SELECT FROM operation o WHERE o.player_id || '/' || o.currency = x.aggregate_id AND o.balance_version = x.version)`).Scan(&events); err != nil {
		return err
	}
	if keys+events > 0 {
		r.problem("%d keys and %d events are without their operation", keys, events)
	}
	return nil
}

// balances compares every player's accounts with the model.
func (r *Report) balances(ctx context.Context, pool *pgxpool.Pool, b *Book) error {
	rows, err := pool.Query(ctx, `SELECT owner, currency, balance_minor, held_minor, version FROM account WHERE kind = 1`)
	if err != nil {
		return err
	}
	seen := map[Account]bool{}
	var a Account
	var has Balance
	_, err = pgx.ForEachRow(rows, []any{&a.Player, &a.Currency, &has.Available, &has.Held, &has.Version}, func() error {
		seen[a] = true
		if want := b.Balance(a); has != want {
			r.problem("%v has %v, and its operations make %v", a, has, want)
		}
		return nil
	})
	for a, s := range b.balances {
		if !seen[a] && s.Version > 0 {
			r.problem("%v has operations and no account", a)
		}
	}
	return err
}

// holds compares the open holds with the model's; the held money is compared with them by the balances, where both are sums of the same operations.
func (r *Report) holds(ctx context.Context, pool *pgxpool.Pool, b *Book) error {
	rows, err := pool.Query(ctx, `SELECT id, player_id, currency, amount_minor FROM hold WHERE state = 1`)
	if err != nil {
		return err
	}
	want := b.Open()
	sums := map[Account]int64{}
	var h Hold
	_, err = pgx.ForEachRow(rows, []any{&h.ID, &h.Player, &h.Currency, &h.Amount}, func() error {
		w, ok := want[h.ID]
		if !ok || w.Account != h.Account || w.Amount != h.Amount {
			r.problem("hold %s of %v over %d is open, and the operations make it %v", h.ID, h.Account, h.Amount, w)
		}
		delete(want, h.ID)
		sums[h.Account] += h.Amount
		return nil
	})
	for id := range want {
		r.problem("hold %s should be open", id)
	}
	for a, s := range b.balances {
		if s.Held != sums[a] {
			r.problem("%v holds %d, and its open holds sum to %d", a, s.Held, sums[a])
		}
	}
	return err
}
