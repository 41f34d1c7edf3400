package books

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	commonv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/money"
)

// Row is one operation in a ledger with everything that belongs to it and could be missing, or one change of a guard. Both happen under the lock on the
// player's accounts, and their positions in the outbox are the order in which they did.
type Row struct {
	Position int64
	At       time.Time
	// Guard is the guard that was set, or cleared when Cleared.
	Guard   *Guard
	Cleared bool

	ID, Kind, Hold string
	Request        Request
	Account        Account
	Balance        Balance
	Told           Told
	Said, Entries  int64   // how many entries the operation says it has, and how many there are
	Sum            int64   // of all entries
	Moved          Balance // by its entries on the player's accounts, the version aside
	KeyLeadsTo     string  // operation id that the key names
	Events         int64
}

// Answer is what the ledger has of an operation, as an answer.
func (r *Row) Answer() Answer {
	return Answer{Operation: r.ID, Hold: r.Hold, Account: r.Account, Balance: r.Balance}
}

// readOperations answers every operation once. An adjustment is named by who asked for it and by the reason, which is the key. Those without an event are last, and
// read only from the beginning.
const readOperations = `
WITH told AS (SELECT aggregate_id, version, count(*) AS events, min(id) AS position FROM outbox WHERE id > $1 GROUP BY aggregate_id, version
), picked AS (
    SELECT coalesce(t.position, 9223372036854775807) AS position, coalesce(t.events, 0) AS events, o.*
    FROM operation o LEFT JOIN told t ON t.aggregate_id = o.player_id || '/' || o.currency AND t.version = o.balance_version
    WHERE t.position IS NOT NULL OR $1 = 0
), lines AS (
    SELECT e.operation_number, count(*) AS entries, sum(e.amount_minor) AS total,
           coalesce(sum(e.amount_minor) FILTER (WHERE a.kind = 1), 0) AS cash, coalesce(sum(e.amount_minor) FILTER (WHERE a.kind = 2), 0) AS held,
           coalesce(sum(e.amount_minor) FILTER (WHERE a.kind = 5), 0) AS bonus, coalesce(sum(e.amount_minor) FILTER (WHERE a.kind = 6), 0) AS held_bonus,
           coalesce(sum(e.amount_minor) FILTER (WHERE a.kind = 7), 0) AS owed
    FROM entry e JOIN ledger_account a ON a.id = e.account_id WHERE $1 = 0 OR e.operation_number IN (SELECT number FROM picked) GROUP BY e.operation_number
)
SELECT o.position, o.created_at, o.id, o.kind, o.hold_id,
       coalesce('operator:' || j.requested_by, o.caller), coalesce(j.reason, o.request_id), o.player_id, o.currency,
       o.available_minor, o.held_minor, o.balance_version, coalesce(o.amount_minor, 0), coalesce(o.payout_minor, 0), coalesce(o.detail::text, ''),
       o.entry_count::bigint, coalesce(l.entries, 0)::bigint, coalesce(l.total, 0)::bigint, coalesce(l.cash, 0)::bigint, coalesce(l.held, 0)::bigint,
       coalesce(l.bonus, 0)::bigint, coalesce(l.held_bonus, 0)::bigint, coalesce(-l.owed, 0)::bigint,
       coalesce(k.operation_id, ''), o.events::bigint
FROM picked o
LEFT JOIN adjustment j ON o.kind = 'ADJUST' AND j.id = o.source_id
LEFT JOIN lines l ON l.operation_number = o.number
LEFT JOIN operation_key k ON k.key = request_key(o.caller, o.request_id)
ORDER BY 1, o.number`

const readGuardChanges = `SELECT id, occurred_at, subject, payload FROM outbox WHERE id > $1 AND subject IN ('wallet.guard_set.v1', 'wallet.guard_cleared.v1')`

// Read reads what happened behind a position, in order, and hands it on one by one. Nothing may be under way.
func Read(ctx context.Context, pool *pgxpool.Pool, after int64, do func(*Row)) error {
	changes, err := guardChanges(ctx, pool, after)
	if err != nil {
		return err
	}
	rows, err := pool.Query(ctx, readOperations, after)
	if err != nil {
		return err
	}
	var r Row
	var detail string
	var broken error
	_, err = pgx.ForEachRow(rows, []any{
		&r.Position, &r.At, &r.ID, &r.Kind, &r.Hold, &r.Request.Caller, &r.Request.ID, &r.Account.Player, &r.Account.Currency,
		&r.Balance.Available, &r.Balance.Held, &r.Balance.Version, &r.Told.Amount, &r.Told.Payout, &detail,
		&r.Said, &r.Entries, &r.Sum, &r.Moved.Available, &r.Moved.Held, &r.Moved.Bonus, &r.Moved.HeldBonus, &r.Moved.Owed, &r.KeyLeadsTo, &r.Events,
	}, func() error {
		for len(changes) > 0 && changes[0].Position < r.Position {
			do(changes[0])
			changes = changes[1:]
		}
		row := r
		if broken = row.detail(detail); broken == nil {
			do(&row)
		}
		return broken
	})
	for _, c := range changes {
		do(c)
	}
	return err
}

func guardChanges(ctx context.Context, pool *pgxpool.Pool, after int64) ([]*Row, error) {
	rows, err := pool.Query(ctx, readGuardChanges, after)
	if err != nil {
		return nil, err
	}
	var out []*Row
	var position int64
	var at time.Time
	var subject string
	var payload []byte
	_, err = pgx.ForEachRow(rows, []any{&position, &at, &subject, &payload}, func() error {
		r := &Row{Position: position, At: at, Cleared: strings.Contains(subject, "cleared")}
		guard := &walletv1.Guard{}
		if r.Cleared {
			var e walletv1.GuardCleared
			if err := proto.Unmarshal(payload, &e); err != nil {
				return err
			}
			guard = e.GetGuard()
		} else {
			var e walletv1.GuardSet
			if err := proto.Unmarshal(payload, &e); err != nil {
				return err
			}
			guard = e.GetGuard()
		}
		g, err := GuardOf(guard)
		r.Guard = &g
		out = append(out, r)
		return err
	})
	slices.SortFunc(out, func(a, b *Row) int { return int(a.Position - b.Position) })
	return out, err
}

// detail reads what the columns have no room for.
func (r *Row) detail(text string) error {
	if text == "" {
		return nil
	}
	var kept walletv1.StoredAnswer
	if err := protojson.Unmarshal([]byte(text), &kept); err != nil {
		return err
	}
	d := kept.GetDetail()
	r.Balance.Bonus, r.Balance.HeldBonus, r.Balance.Owed = kept.GetBonusMinor(), kept.GetHeldBonusMinor(), kept.GetOwedMinor()
	r.Told.Grant = d.GetGrantId()
	for _, x := range []struct {
		into *int64
		m    *commonv1.Money
	}{
		{&r.Told.AmountBonus, d.GetAmountBonus()}, {&r.Told.PayoutBonus, d.GetPayoutBonus()}, {&r.Told.Remaining, d.GetRemaining()}, {&r.Told.OwedChange, d.GetOwedChange()},
		{&r.Told.CashChange, d.GetCashChange()}, {&r.Told.BonusChange, d.GetBonusChange()}, {&r.Told.Uncollected, d.GetUncollected()}, {&r.Told.Forfeited, d.GetForfeited()},
		{&r.Told.Pool, d.GetPool()},
	} {
		if x.m == nil {
			continue
		}
		n, err := money.FromProto(x.m)
		if err != nil {
			return err
		}
		*x.into = n.Minor
	}
	return nil
}

// Enter puts a row into the book as what its request makes of the book, and tells what is wrong with it.
func (b *Book) Enter(r *Row, leaf *Intent) []string {
	var wrong problems
	b.Now = r.At
	if r.Guard != nil {
		if r.Cleared {
			if !b.Drop(*r.Guard) {
				wrong.add("guard %v was cleared and was not there", *r.Guard)
			}
		} else {
			b.Put(*r.Guard)
		}
		return wrong
	}
	r.whole(&wrong)
	if leaf == nil {
		wrong.add("%s %s was made by a request %v that nobody sent", r.Kind, r.ID, r.Request)
		return wrong
	}
	if b.done[r.Request] {
		wrong.add("%v is in the ledger again as %s", leaf, r.ID)
	}
	if r.Kind != leaf.Op.Kind || r.Account != leaf.Account {
		wrong.add("%s %s of %v was made by %v", r.Kind, r.ID, r.Account, leaf)
	}
	if h := b.hold(leaf); (leaf.Op.Closes != None || leaf.Op.Ended) && (h == nil || h.ID != r.Hold) {
		wrong.add("%s %s is about hold %q and was made by %v", r.Kind, r.ID, r.Hold, leaf)
	}
	before := b.Balance(leaf.Account)
	told, reason := b.Apply(leaf, r.Hold)
	if reason != "" {
		wrong.add("%s should have been refused with %s: %v", r.ID, reason, leaf)
		return wrong
	}
	after := b.Balance(leaf.Account)
	if moved := (Balance{after.Available - before.Available, after.Held - before.Held, after.Bonus - before.Bonus, after.HeldBonus - before.HeldBonus, after.Owed - before.Owed, 0}); r.Moved != moved {
		wrong.add("%s moved %+v, not %+v: %v", r.ID, r.Moved, moved, leaf)
	}
	if r.Balance != after {
		wrong.add("%s left the balance %+v, not %+v: %v", r.ID, r.Balance, after, leaf)
	}
	if r.Told != told {
		wrong.add("%s tells %+v, not %+v: %v", r.ID, r.Told, told, leaf)
	}
	return wrong
}

// whole checks that nothing of an operation is missing.
func (r *Row) whole(wrong *problems) {
	if r.Entries != r.Said || r.Sum != 0 {
		wrong.add("%s has %d entries of %d, with the sum %d", r.ID, r.Entries, r.Said, r.Sum)
	}
	if r.KeyLeadsTo != r.ID {
		wrong.add("the key of %s leads to %q", r.ID, r.KeyLeadsTo)
	}
	if r.Events != 1 {
		wrong.add("%s has %d events", r.ID, r.Events)
	}
}
